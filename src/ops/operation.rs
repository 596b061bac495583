use jiff::Timestamp;

use super::delivery::Delivery;
use crate::check::Report;
use crate::files::{FileChange, Snapshot, State};
use crate::model::{CommitId, Configuration, Identity, Project};
use crate::plan::Plan;
use crate::store::{GitTime, Writing};

/// Who writes, when, and how.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Who makes the change.
    pub author: Identity,
    /// When, as the author says.
    pub author_time: GitTime,
    /// Who records it.
    pub committer: Identity,
    /// The time now; a commit is never dated before its parent.
    pub committer_time: GitTime,
    /// What tells this operation from every other, in the trailer `Envctl-Operation`: a run after an unknown outcome finds
    /// what landed by it.
    pub id: String,
    /// Whether writes are flushed to disk, and whether hooks run.
    pub writing: Writing,
}

/// What would be written, and what the judge says of it.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    /// The commit that it would be made on; none: it would be the first.
    pub tip: Option<CommitId>,
    /// The project before.
    pub before: State,
    /// The plan.
    pub plan: Plan,
    /// The files that change.
    pub changes: Vec<FileChange>,
    /// All files afterwards.
    pub snapshot: Snapshot,
    /// The project afterwards, read from those files.
    pub after: State,
    /// The judge's report.
    pub report: Report,
}

impl Rehearsal {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// What came of a write.
#[derive(Clone, Debug)]
pub enum Written {
    /// There was nothing to do.
    Unchanged {
        /// What that was found by.
        rehearsal: Box<Rehearsal>,
        /// What the user should know beside it.
        notes: Vec<String>,
        /// What was pushed all the same, since the remote did not have it.
        delivery: Option<Delivery>,
    },
    /// The branch moved.
    Landed {
        /// To this commit.
        commit: CommitId,
        /// What was written.
        rehearsal: Box<Rehearsal>,
        /// What the user should know beside the success.
        notes: Vec<String>,
        /// How it was pushed; none: it was not, or by an earlier run.
        delivery: Option<Delivery>,
    },
}

/// What an intent starts from: it is called again on every retry, with what is there then.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    /// The commit that the plan will be made on; none: it will be the first.
    pub tip: Option<CommitId>,
    /// The project in that commit.
    pub project: &'a Project,
    /// What its rules and providers say that are live.
    pub configuration: &'a Configuration,
    /// Who will write it.
    pub author: &'a Identity,
    /// The own time of the commit that it will be.
    pub at: Timestamp,
}
