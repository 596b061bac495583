use crate::model::CommitId;

/// A range of commits: those that lead to `head` and not to `base`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// What is live; none: nothing is yet.
    pub base: Option<CommitId>,
    /// What is to be judged.
    pub head: CommitId,
}

/// What a range is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin {
    /// Was every step of the live line allowed when it was taken? The base is on the first-parent line of the head.
    Line,
    /// As [`Pin::Line`], asked by the server that is about to receive the range: dwell of what the range makes live counts
    /// from this moment at the earliest, and keys must be valid at it.
    Received,
    /// May this land on the base now? Rules, access and facts are the base's.
    Base,
}
