use crate::store::RemoteBranch;

/// The result of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The branch that was pushed to.
    pub place: RemoteBranch,
    /// How many commits were sent.
    pub commits: usize,
    /// How many attempts it took.
    pub attempts: u32,
}
