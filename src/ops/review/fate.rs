/// What became of a file or an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is new.
    Added,
    /// It was there and still is.
    Changed,
    /// It is gone.
    Removed,
}
