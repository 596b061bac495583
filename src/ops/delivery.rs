use crate::store::RemoteBranch;

/// What came of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Where to.
    pub place: RemoteBranch,
    /// How many commits went along.
    pub commits: usize,
    /// How often it was tried.
    pub attempts: u32,
}
