use std::fmt;

use crate::model::{BranchName, CommitId};
use crate::ops::ReadError;
use crate::store::ProjectFolder;

/// Why a push is not judged, or refused.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// Something could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It moves a live branch in a way that no commit can justify.
    #[error("{0}")]
    Refused(Refusal),
    /// There is a project in it that cannot be judged.
    #[error("{0}")]
    Unjudged(Unjudged),
}

/// An update that is refused no matter what its commits are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It deletes the live branch.
    Deleted(BranchName),
    /// The live branch would lose commits.
    NotForward(BranchName),
    /// Everybody would see other commits than those that were judged.
    Replacement(String),
    /// The branch that becomes the live one does not continue the previous live branch.
    Elsewhere {
        /// The branch that was live until now.
        from: BranchName,
        /// Its tip.
        tip: CommitId,
        /// The branch that takes over.
        to: BranchName,
    },
}

/// A project that cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unjudged {
    /// Its folder cannot be named.
    Unnamed(String),
    /// The project that was asked about does not exist, but others do.
    Absent {
        /// The folder that was asked about.
        asked: ProjectFolder,
        /// One that is there.
        there: ProjectFolder,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deleted(branch) => write!(f, "{branch}: the live branch is never deleted"),
            Self::NotForward(branch) => write!(
                f,
                "{branch}: the live branch only moves forward; what was live must stay in its history"
            ),
            Self::Replacement(reference) => write!(
                f,
                "{reference} replaces an object with another, so nothing here could be verified"
            ),
            Self::Elsewhere { from, tip, to } => write!(
                f,
                "{to} takes over from {from} as the live branch, but {} is not on its first-parent line",
                tip.short()
            ),
        }
    }
}

impl fmt::Display for Unjudged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unnamed(path) => write!(
                f,
                "the project in {path:?} cannot be judged: its path is not UTF-8, contains a backslash or is too long"
            ),
            Self::Absent { asked, there } => write!(
                f,
                "there is no project in {asked}, the only one to be checked, but there is one in {there}"
            ),
        }
    }
}
