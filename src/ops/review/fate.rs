/// What happened to a file or an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is new.
    Added,
    /// It existed and still does.
    Changed,
    /// It no longer exists.
    Removed,
}
