use git2::Error;

/// How often it is tried to write an object.
const TRIES: usize = 3;

/// Returns what `write` answers, which is tried three times.
///
/// A `git gc` removes the folders of objects that it has emptied, and so now and then the one that has just been made for
/// the object that is being written.
pub(in crate::store) fn retried<T>(write: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
    (1..TRIES).find_map(|_| write().ok()).map_or_else(write, Ok)
}
