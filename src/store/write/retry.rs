use git2::Error;

/// How often writing an object is tried.
const TRIES: usize = 3;

/// Calls `write` up to three times, and returns its last result.
///
/// `git gc` removes object folders that it has emptied, and now and then the one that has just been
/// created for the object that is being written.
pub(in crate::store) fn retried<T>(write: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
    (1..TRIES).find_map(|_| write().ok()).map_or_else(write, Ok)
}
