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
    /// When, according to the author.
    pub author_time: GitTime,
    /// Who records it.
    pub committer: Identity,
    /// The time now. A commit is never dated before its parent.
    pub committer_time: GitTime,
    /// The unique id of this operation, in the trailer `Envctl-Operation`. A run after an unknown
    /// outcome finds by it what landed.
    pub id: String,
    /// Whether writes are flushed to disk, and whether hooks run.
    pub writing: Writing,
}

/// What would be written, and the judge's report about it.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    /// The commit that it would be made on, or `None` if it would be the first.
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
    /// Reports whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// The result of a write.
#[derive(Clone, Debug)]
pub enum Written {
    /// There was nothing to do.
    Unchanged {
        /// The rehearsal that showed it.
        rehearsal: Box<Rehearsal>,
        /// What the user should know besides.
        notes: Vec<String>,
        /// What was pushed nevertheless, since the remote did not have it.
        delivery: Option<Delivery>,
    },
    /// The branch moved.
    Landed {
        /// The commit that it moved to.
        commit: CommitId,
        /// What was written.
        rehearsal: Box<Rehearsal>,
        /// What the user should know besides the success.
        notes: Vec<String>,
        /// How it was pushed, or `None` if it was not, or by an earlier run.
        delivery: Option<Delivery>,
    },
}

/// What an intent starts from. On every retry it is called again with the state at that time.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    /// The commit that the plan will be made on, or `None` if it will be the first.
    pub tip: Option<CommitId>,
    /// The project in that commit.
    pub project: &'a Project,
    /// The parsed rules and providers that are live.
    pub configuration: &'a Configuration,
    /// Who will write it.
    pub author: &'a Identity,
    /// The own time of the commit that it will be.
    pub at: Timestamp,
}
