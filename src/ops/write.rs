use jiff::Timestamp;

use super::{ReadError, Session, View, WriteError};
use crate::check::{Report, Transition, check_transition};
use crate::files::{FileChange, OwnedPath, Snapshot, State, apply};
use crate::model::{BranchName, CommitId, ContentId, Identity, Project, VersionId};
use crate::plan::{Plan, PlanError};
use crate::store::{Backoff, NewCommit, ProjectFolder, Store, StoreError, Swap, Turn, Writing};

/// Who writes, when, and how.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Who makes the change.
    pub author: Identity,
    /// When, as the author says.
    pub author_time: Timestamp,
    /// Who records it.
    pub committer: Identity,
    /// The time now; a commit is never dated before its parent.
    pub committer_time: Timestamp,
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
    Unchanged(Box<Rehearsal>),
    /// The branch moved.
    Landed {
        /// To this commit.
        commit: CommitId,
        /// What was written.
        rehearsal: Box<Rehearsal>,
        /// What the user should know beside the success.
        notes: Vec<String>,
    },
}

/// Plans, applies and judges without writing anything.
///
/// # Errors
///
/// When the project cannot be read, no plan can be made, or the judge refuses the result.
pub fn rehearse(
    session: &Session,
    intent: impl Fn(&Project) -> Result<Plan, PlanError>,
) -> Result<Rehearsal, WriteError> {
    branch(session)?;
    rehearse_on(&session.store, Base::of(session.view(None)?), intent)
}

pub(super) fn rehearse_on(
    store: &Store,
    base: Base,
    intent: impl Fn(&Project) -> Result<Plan, PlanError>,
) -> Result<Rehearsal, WriteError> {
    allowed(prepare(store, base, intent)?)
}

/// Whether what was rehearsed could be written as far as the checkouts of the branch are concerned, for a dry run.
///
/// # Errors
///
/// When files that would be written hold uncommitted changes, or something else is in their way.
pub fn require_clean(session: &Session, rehearsal: &Rehearsal) -> Result<(), WriteError> {
    let branch = branch(session)?;
    Ok(session.store.require_clean(branch, rehearsal.tip, &session.folder, &rehearsal.changes)?)
}

/// Plans, applies, judges and commits; when somebody else moves the branch meanwhile, all of it again on the new tip.
///
/// # Errors
///
/// As [`rehearse`], and when the branch stays locked, files in the way are dirty, or the repository cannot be written. On
/// every error but [`StoreError::OutcomeUnknown`] nothing has changed.
pub fn write(
    session: &Session,
    operation: &Operation,
    intent: impl Fn(&Project) -> Result<Plan, PlanError>,
) -> Result<Written, WriteError> {
    let branch = branch(session)?;
    let base = || Ok(Base::of(session.view(None)?));
    Writer { store: &session.store, folder: &session.folder, branch, operation }.run(base, intent)
}

fn branch(session: &Session) -> Result<&BranchName, WriteError> {
    session.target.branch().ok_or(WriteError::Detached)
}

/// What a write starts from.
pub(super) struct Base {
    pub(super) tip: Option<CommitId>,
    pub(super) snapshot: Snapshot,
    pub(super) state: State,
}

impl Base {
    fn of(view: View) -> Self {
        Self { tip: Some(view.commit), snapshot: view.snapshot, state: view.state }
    }
}

fn prepare(
    store: &Store,
    base: Base,
    intent: impl Fn(&Project) -> Result<Plan, PlanError>,
) -> Result<Rehearsal, WriteError> {
    let Base { tip, snapshot, state: before } = base;
    let plan = intent(&before.project)?;
    let changes = apply(&snapshot, &plan.edits).map_err(PlanError::Edit)?;
    let mut snapshot = snapshot.with(&changes, Store::content_id);
    let mut after = before.after(&changes, &snapshot);
    for (id, path, content) in going_live(&before.project, &plan) {
        snapshot.load(&path, store.content(content)?.into());
        after.read_version(&id, &path, &snapshot);
    }
    let report = check_transition(&Transition { before: &before, after: &after });
    Ok(Rehearsal { tip, before, plan, changes, snapshot, after, report })
}

/// The versions that pointers move to and that were published before: their files and the names of their bytes.
///
/// A project is read without the bytes of its versions, since they were judged when they were published. Whatever is about
/// to be served is looked at again: somebody may have committed it by hand.
fn going_live(before: &Project, plan: &Plan) -> Vec<(VersionId, String, ContentId)> {
    let targets = plan.moves.iter().filter_map(|moved| Some(moved.resource.at(moved.after?)));
    let file = |id: VersionId| {
        let version = before.version(&id)?;
        let path = OwnedPath::Version(id.resource.clone(), id.number, version.extension.clone());
        Some((id, path.to_string(), version.content))
    };
    targets.filter_map(file).collect()
}

fn allowed(rehearsal: Rehearsal) -> Result<Rehearsal, WriteError> {
    if rehearsal.is_empty() || rehearsal.report.allows_write() {
        return Ok(rehearsal);
    }
    Err(WriteError::Refused(Box::new(rehearsal)))
}

/// One write, through as many attempts as it takes.
pub(super) struct Writer<'a> {
    pub(super) store: &'a Store,
    pub(super) folder: &'a ProjectFolder,
    pub(super) branch: &'a BranchName,
    pub(super) operation: &'a Operation,
}

/// A message and what the `commit-msg` hook made of it.
struct HookedMessage {
    given: String,
    kept: String,
}

impl Writer<'_> {
    pub(super) fn run(
        &self,
        base: impl Fn() -> Result<Base, ReadError>,
        intent: impl Fn(&Project) -> Result<Plan, PlanError>,
    ) -> Result<Written, WriteError> {
        let mut backoff = Backoff::new();
        let mut hooked = None;
        for attempts in 1.. {
            let mut turn = self.store.take_turn(self.branch, &self.operation.writing)?;
            let rehearsal = rehearse_on(self.store, base()?, &intent)?;
            if rehearsal.is_empty() {
                return Ok(Written::Unchanged(Box::new(rehearsal)));
            }
            self.store.require_clean(self.branch, rehearsal.tip, self.folder, &rehearsal.changes)?;
            let commit = self.commit(&rehearsal, &mut hooked)?;
            let reflog = format!("envctl: {}", rehearsal.plan.message.subject());
            let swap = turn.swap(rehearsal.tip.into(), commit, &reflog)?;
            if let Swap::Done(commit) = swap {
                return Ok(self.landed(commit, rehearsal, turn));
            }
            drop(turn);
            if !backoff.wait() {
                return Err(self.given_up(swap, attempts));
            }
        }
        unreachable!("the back-off ends before the attempts do")
    }

    fn commit(&self, rehearsal: &Rehearsal, hooked: &mut Option<HookedMessage>) -> Result<CommitId, WriteError> {
        let operation = self.operation;
        let message = rehearsal.plan.message.clone().trailer("Operation", &operation.id).to_string();
        // The hook may ask somebody or call home, so it runs once a command and its text is kept on retries; only when the
        // new tip changed what there is to say does it run again.
        let kept = match hooked {
            Some(HookedMessage { given, kept }) if *given == message => kept.clone(),
            _ => self.store.commit_message_hook(&message, &operation.writing)?,
        };
        *hooked = Some(HookedMessage { given: message, kept: kept.clone() });
        let parent_time = rehearsal.tip.map(|tip| self.store.commit(tip)).transpose()?.map(|tip| tip.committer.at);
        let committer_time = parent_time.map_or(operation.committer_time, |time| time.max(operation.committer_time));
        let new = NewCommit {
            parent: rehearsal.tip,
            folder: self.folder,
            changes: &rehearsal.changes,
            message: &kept,
            author: &operation.author,
            committer: &operation.committer,
            author_time: operation.author_time,
            committer_time,
        };
        Ok(self.store.write_commit(&new, &operation.writing)?)
    }

    /// What is said of a branch that moved. Nothing that fails from here on makes the write undone, so it becomes a note.
    fn landed(&self, commit: CommitId, rehearsal: Rehearsal, turn: Turn<'_>) -> Written {
        let mut notes = turn.notes().to_vec();
        match turn.follow() {
            Ok(followed) => notes.extend(followed.notes),
            Err(error) => notes.push(format!("the branch moved, but the checkout could not follow: {}", chain(&error))),
        }
        if let Err(error) = self.store.post_commit_hook(&self.operation.writing) {
            notes.push(chain(&error));
        }
        Written::Landed { commit, rehearsal: Box::new(rehearsal), notes }
    }

    fn given_up(&self, swap: Swap, attempts: u32) -> WriteError {
        match self.store.branch_lock(self.branch) {
            Some(lock) if swap == Swap::Busy => StoreError::BranchLocked(lock).into(),
            _ => WriteError::Contended { branch: self.branch.clone(), attempts },
        }
    }
}

fn chain(error: &StoreError) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
