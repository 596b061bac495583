use serde::{Serialize, Serializer};

use crate::model::{CommitId, schema_of};

/// A range of commits: those that lead to `head` and not to `base`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// What is live, or `None` if nothing is yet.
    pub base: Option<CommitId>,
    /// What is to be judged.
    pub head: CommitId,
}

/// The question that is asked about a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin {
    /// Was every step of the live line allowed when it was taken? The base is on the first-parent line of the head.
    Line,
    /// As [`Pin::Line`], asked by the server that is about to receive the range. Dwell of what the
    /// range makes live counts from this moment at the earliest, and keys must be valid at this
    /// moment.
    Received,
    /// May this land on the base now? Rules, access and facts are those of the base. How it lands
    /// is not known, so everything that fails for some way of landing is found.
    Base,
    /// As [`Pin::Base`], if it lands in this way.
    Landing(LandingWay),
}

impl Pin {
    /// Reports whether the rules are those of the base.
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
    /// All ways.
    pub const ALL: [Self; 4] = [Self::Merge, Self::Squash, Self::Rebase, Self::FastForward];

    /// Returns the name of the way, as `--landing` takes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Squash => "squash",
            Self::Rebase => "rebase",
            Self::FastForward => "fast-forward",
        }
    }

    /// Returns the way as it completes "lands by …".
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
