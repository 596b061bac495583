use jiff::Timestamp;

use super::{Guess, Rehearsal};
use crate::model::{BranchName, CommitId};
use crate::plan::PlanError;
use crate::store::{ProjectFolder, StoreError};

/// Why a project could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The repository could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no project at or above the place where it was looked for.
    #[error("no envctl project here: {} has no envctl.toml at or above {folder:?}", .branch.as_deref().unwrap_or("HEAD"))]
    NoProject {
        /// The branch whose tip was read.
        branch: Option<String>,
        /// Where the search began, from the repository's root.
        folder: String,
        /// Projects elsewhere in the repository, up to three levels deep.
        elsewhere: Vec<ProjectFolder>,
    },
    /// The branch has no commits yet.
    #[error("the branch {branch} has no commits yet, so there is no project")]
    Unborn {
        /// The branch.
        branch: BranchName,
    },
    /// There is no such branch.
    #[error("no branch `{branch}`")]
    NoSuchBranch {
        /// What was asked for.
        branch: BranchName,
    },
    /// The text names no commit.
    #[error("`{revision}` names no commit of this repository")]
    NoSuchRevision {
        /// What was asked for.
        revision: String,
    },
    /// One end of a range does not lead to the other in the way that was asked for.
    #[error("{} is not on the first-parent line of {}: {why}", .base.short(), .head.short())]
    OffTheLine {
        /// Where the range begins.
        base: CommitId,
        /// Where it ends.
        head: CommitId,
        /// Why not, and what to do.
        why: &'static str,
    },
    /// There is no commit that both come from.
    #[error("`{from}` and `{to}` have no commit in common")]
    Unrelated {
        /// The one.
        from: String,
        /// The other.
        to: String,
    },
    /// The project is younger than that.
    #[error("the project did not exist at {at}")]
    BeforeTheBeginning {
        /// The moment that was asked for.
        at: Timestamp,
    },
    /// The commit has no project.
    #[error("`{revision}` has no envctl project in {folder:?}")]
    NoProjectThere {
        /// What was asked for.
        revision: String,
        /// The folder of the project.
        folder: String,
    },
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The project could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The repository refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No plan can be made.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// What to go back to would be a guess.
    #[error(transparent)]
    Guess(Box<Guess>),
    /// The judge refused the result.
    #[error("refused: {}", .0.plan.message.subject())]
    Refused(Box<Rehearsal>),
    /// HEAD is detached, and no branch was named.
    #[error("HEAD is detached: there is no branch to write to")]
    Detached,
    /// Others were faster, every time.
    #[error("the branch {branch} moved {attempts} times while this was being written")]
    Contended {
        /// The branch.
        branch: BranchName,
        /// How often it was tried.
        attempts: u32,
    },
}
