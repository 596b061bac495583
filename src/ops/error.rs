use jiff::Timestamp;

use super::guess::Guess;
use super::moved_on::MovedOn;
use super::operation::Rehearsal;
use super::undo_choice::UndoChoiceError;
use crate::model::{BranchName, CommitId};
use crate::plan::PlanError;
use crate::store::{Missed, ProjectFolder, RemoteBranch, StoreError};

/// Why a project could not be read.
#[derive(Debug, thiserror::Error)]
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
    /// The branch does not exist.
    #[error("no branch `{branch}`")]
    NoSuchBranch {
        /// What was asked for.
        branch: BranchName,
    },
    /// The text is not a commit.
    #[error("`{revision}` is neither a revision of this repository nor a time")]
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
        why: String,
    },
    /// Where the range begins, several projects stand that are gone where it ends, and the one that
    /// is there may be any of them.
    #[error("several projects no longer exist at the end of the range: {}", .folders.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    SeveralGone {
        /// Their folders.
        folders: Vec<ProjectFolder>,
    },
    /// The two have no common commit.
    #[error("`{from}` and `{to}` have no commit in common")]
    Unrelated {
        /// The one.
        from: String,
        /// The other.
        to: String,
    },
    /// The project is younger than that.
    #[error("the project did not exist at {}", .at.strftime("%FT%TZ"))]
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
    /// There is no commit to take back.
    #[error(transparent)]
    UndoChoice(#[from] UndoChoiceError),
    /// What is to be taken back has changed since.
    #[error(transparent)]
    MovedOn(Box<MovedOn>),
    /// What to go back to would be a guess.
    #[error(transparent)]
    Guess(Box<Guess>),
    /// The judge refused the result.
    #[error("refused: {}", .0.plan.message.subject())]
    Refused(Box<Rehearsal>),
    /// HEAD is detached, and no branch was named.
    #[error("HEAD is detached: there is no branch to write to")]
    Detached,
    /// Others were faster each time.
    #[error("the branch {branch} moved {attempts} times while this was being written")]
    Contended {
        /// The branch.
        branch: BranchName,
        /// How often it was tried.
        attempts: u32,
    },
    /// The remote, or a rule of its forge, refused.
    #[error(
        "{place} refused {}: {why}; nothing was pushed, and the local branch did not move{words}", .commit.short()
    )]
    PushDeclined {
        /// Where it was pushed to.
        place: RemoteBranch,
        /// What was pushed. It exists here in any case.
        commit: CommitId,
        /// Why, in git's words.
        why: String,
        /// What the remote's hooks said to that, a line each behind a line break; empty: nothing.
        words: String,
    },
    /// Something blocks the push at the remote, and stays there.
    #[error(
        "{place} refused it several times, so nothing was pushed and the local branch did not move: {why}"
    )]
    PushBusy {
        /// Where it was pushed to.
        place: RemoteBranch,
        /// What blocks it, in git's words.
        why: String,
    },
    /// git could not push.
    #[error("cannot push to {place}, so nothing was changed: {said}")]
    PushFailed {
        /// Where it was pushed to.
        place: RemoteBranch,
        /// The output of git.
        said: String,
    },
    /// One address of the remote has what was pushed, but others do not.
    #[error(
        "{} landed at the first address of {place}, but not at {}",
        .commit.short(), said(.missed)
    )]
    PushIncomplete {
        /// Where it was pushed to.
        place: RemoteBranch,
        /// What was pushed.
        commit: CommitId,
        /// Which addresses do not have it.
        missed: Vec<Missed>,
    },
    /// The connection broke, or there was no answer, after the commit had been sent.
    #[error("whether {} landed at {place} is unknown; run the command again to find out: {said}", .commit.short())]
    PushUnknown {
        /// Where it was pushed to.
        place: RemoteBranch,
        /// What was pushed.
        commit: CommitId,
        /// The output.
        said: String,
    },
    /// The branch here has a commit that the remote does not have and that cannot go along.
    #[error("{place} lacks the local commit {} ({subject}), which cannot be pushed along: {why}", .commit.short())]
    Unpushed {
        /// Where it would be pushed to.
        place: RemoteBranch,
        /// The commit.
        commit: CommitId,
        /// The first line of its message.
        subject: String,
        /// Why it cannot.
        why: String,
    },
}

fn said(missed: &[Missed]) -> String {
    let said: Vec<String> = missed
        .iter()
        .map(|missed| format!("{}: {}", missed.address, missed.why))
        .collect();
    said.join("; ")
}
