use serde::{Serialize, Serializer};

use crate::model::{CommitId, schema_of};

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
    /// May this land on the base now? Rules, access and facts are the base's; how it lands is not known, so what fails for any
    /// way of landing is found.
    Base,
    /// As [`Pin::Base`], if it lands in this way.
    Landing(LandingWay),
}

impl Pin {
    /// Reports whether the rules are the base's.
    pub fn is_pinned(self) -> bool {
        matches!(self, Self::Base | Self::Landing(_))
    }
}

/// How a forge lands pull requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LandingWay {
    /// By a merge commit on the base.
    Merge,
    /// By one commit of all changes on the base.
    Squash,
    /// By each commit, made again on the base; merges are left out.
    Rebase,
    /// By moving the branch to the head.
    FastForward,
}

impl LandingWay {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::Merge, Self::Squash, Self::Rebase, Self::FastForward];

    /// The name of the way, as `--landing` takes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Squash => "squash",
            Self::Rebase => "rebase",
            Self::FastForward => "fast-forward",
        }
    }

    /// What is done, as it completes "lands by …".
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Merge => "a merge commit",
            Self::Squash => "a squash",
            Self::Rebase => "a rebase",
            Self::FastForward => "a fast-forward",
        }
    }
}

impl Serialize for LandingWay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

schema_of!(LandingWay, "Landing", {
    "description": "How a forge lands pull requests.",
    "type": "string", "enum": ["merge", "squash", "rebase", "fast-forward"],
});
