use jiff::Timestamp;

use super::inquiry::Inquiry;
use super::line::believable;
use super::{ReadError, Session, View, WriteError};
use crate::check::{Meta, Report, Stand, Transition, check_signature, check_transition};
use crate::files::{FileChange, OwnedPath, Snapshot, State, apply};
use crate::model::{BranchName, Changes, CommitId, Identity, Move, Project, Signature, Signatures, moves};
use crate::plan::{OnApproval, Plan, PlanError, settle};
use crate::policy::{Step, judge};
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

/// What an intent starts from: it is called again on every retry, with what is there then.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    /// The commit that the plan will be made on; none: it will be the first.
    pub tip: Option<CommitId>,
    /// The project in that commit.
    pub project: &'a Project,
}

/// Plans, applies and judges without writing anything, as `operation` would do it.
///
/// # Errors
///
/// When the project cannot be read, no plan can be made, or the judge refuses the result.
pub fn rehearse(
    session: &Session,
    operation: &Operation,
    intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>,
) -> Result<Rehearsal, WriteError> {
    Writer::of(session, operation)?.rehearse(Base::of(session.view(None)?), intent)
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
    intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>,
) -> Result<Written, WriteError> {
    write_if(session, operation, intent, |_| Ok(()))
}

/// As [`write()`], but only what `agreed` accepts lands: it sees what would be written on the tip as it is then, on every
/// retry.
///
/// # Errors
///
/// As [`write()`], and what `agreed` answers.
pub fn write_if(
    session: &Session,
    operation: &Operation,
    intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>,
    agreed: impl Fn(&Rehearsal) -> Result<(), WriteError>,
) -> Result<Written, WriteError> {
    Writer::of(session, operation)?.run(|| Ok(Base::of(session.view(None)?)), intent, agreed)
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

/// Reads the versions that pointers move to, or are asked to, and forgets those that nothing points to any more: `after` is
/// then what would be read at the commit, and as much of it.
///
/// A project is read without the bytes of its prompts and of what is not live, since they were judged when they were
/// published. Whatever is about to be served is looked at again: somebody may have committed it by hand.
fn read_live(
    store: &Store,
    before: &State,
    snapshot: &mut Snapshot,
    after: State,
    requested: &[Move],
) -> Result<State, StoreError> {
    let moves = moves(&before.project, &after.project);
    let mut after = after;
    let live = after.project.live_configuration();
    let left = moves.iter().filter_map(|moved| Some(moved.resource.at(moved.before?)));
    let left = left.filter(|id| !live.contains(id) && before.project.version(id).is_some());
    let left = left.filter_map(|id| OwnedPath::of_version(&after.project, &id)).map(|path| path.to_string());
    let left: Vec<_> = left.filter(|path| snapshot.unload(path)).collect();
    if after.findings.iter().any(|finding| left.contains(&finding.place.file)) {
        after = State::read(snapshot);
    }
    for id in moves.iter().chain(requested).filter_map(|moved| Some(moved.resource.at(moved.after?))) {
        let Some(version) = before.project.version(&id) else { continue };
        let Some(path) = OwnedPath::of_version(&after.project, &id).map(|path| path.to_string()) else { continue };
        if snapshot.bytes(&path).is_none() {
            snapshot.load(&path, store.content(version.content)?.into());
            after.read_version(&id, snapshot);
        }
    }
    Ok(after)
}

/// The plan as the policies of `project` let it be made.
fn settled(plan: Plan, project: &Project, meta: &Meta, inquiry: &mut Inquiry<'_>) -> Result<Plan, ReadError> {
    if plan.moves.is_empty() || plan.on_approval == OnApproval::Stands {
        return Ok(plan);
    }
    let changes = Changes { moves: plan.moves.clone(), ..Changes::default() };
    let (author, at) = (meta.author.as_ref(), meta.at);
    let judged = inquiry.ask(|facts| judge(&Step::live((project, project), &changes, author, at, facts)))?;
    Ok(settle(project, plan, &judged))
}

/// One write, through as many attempts as it takes.
pub(super) struct Writer<'a> {
    pub(super) store: &'a Store,
    pub(super) folder: &'a ProjectFolder,
    pub(super) branch: &'a BranchName,
    pub(super) operation: &'a Operation,
    /// The time: what is dated later in history is not believed.
    pub(super) now: Timestamp,
}

/// A message and what the `commit-msg` hook made of it.
struct HookedMessage {
    given: String,
    kept: String,
}

impl<'a> Writer<'a> {
    fn of(session: &'a Session, operation: &'a Operation) -> Result<Self, WriteError> {
        let Session { store, folder, now, .. } = session;
        Ok(Self { store, folder, branch: branch(session)?, operation, now: *now })
    }

    /// Plans on `base`, applies and judges.
    pub(super) fn rehearse(
        &self,
        base: Base,
        intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>,
    ) -> Result<Rehearsal, WriteError> {
        let rehearsal = self.prepare(base, intent)?;
        if rehearsal.is_empty() || rehearsal.report.allows_write() {
            return Ok(rehearsal);
        }
        Err(WriteError::Refused(Box::new(rehearsal)))
    }

    fn prepare(
        &self,
        base: Base,
        intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>,
    ) -> Result<Rehearsal, WriteError> {
        let Base { tip, snapshot, state: before } = base;
        let mut inquiry = Inquiry::new(self.store, self.folder, tip, self.now);
        let meta = Meta::unsigned(Some(self.operation.author.clone()), self.operation.committer_time);
        let plan = intent(&Basis { tip, project: &before.project })?;
        let plan = settled(plan, &before.project, &meta, &mut inquiry)?;
        let changes = apply(&snapshot, &plan.edits).map_err(PlanError::Edit)?;
        let mut snapshot = snapshot.with(&changes, Store::content_id);
        let after = before.after(changes.iter().map(|change| change.path.as_str()), &snapshot);
        let after = read_live(self.store, &before, &mut snapshot, after, &plan.requested)?;
        inquiry.look_into(&snapshot);
        let report = inquiry.ask(|facts| {
            check_transition(&Transition {
                before: &before,
                after: &after,
                meta: &meta,
                wrong_before: None,
                facts,
                stand: Stand::Live,
            })
        })?;
        Ok(Rehearsal { tip, before, plan, changes, snapshot, after, report })
    }

    pub(super) fn run(
        &self,
        base: impl Fn() -> Result<Base, ReadError>,
        intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>,
        agreed: impl Fn(&Rehearsal) -> Result<(), WriteError>,
    ) -> Result<Written, WriteError> {
        let mut backoff = Backoff::new();
        let mut hooked = None;
        for attempts in 1.. {
            let mut turn = self.store.take_turn(self.branch, &self.operation.writing)?;
            let rehearsal = self.rehearse(base()?, &intent)?;
            agreed(&rehearsal)?;
            if rehearsal.is_empty() {
                return Ok(Written::Unchanged(Box::new(rehearsal)));
            }
            self.store.require_clean(self.branch, rehearsal.tip, self.folder, &rehearsal.changes)?;
            let commit = self.commit(&rehearsal, &mut hooked)?;
            let rehearsal = self.require_signature(commit, rehearsal)?;
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
        let parent_time = parent_time.filter(|time| believable(*time, self.now));
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

    /// Succeeds when the signature of `commit` is what the project demands. Only now is there one to look at.
    fn require_signature(&self, commit: CommitId, mut rehearsal: Rehearsal) -> Result<Rehearsal, WriteError> {
        let rules = &rehearsal.before.project;
        if rules.access.as_ref().is_none_or(|access| access.signatures != Signatures::Required) {
            return Ok(rehearsal);
        }
        let Operation { author, committer, committer_time, .. } = self.operation;
        let signature = match self.store.attested(commit)? {
            Ok(attested) => attested.signature(),
            Err(why) => Signature::Bad(why.to_string()),
        };
        let meta = Meta {
            committer: Some(committer.clone()),
            signature,
            ..Meta::unsigned(Some(author.clone()), *committer_time)
        };
        match check_signature(rules, &meta) {
            None => Ok(rehearsal),
            Some(finding) => {
                rehearsal.report.introduced.push(finding);
                Err(WriteError::Refused(Box::new(rehearsal)))
            }
        }
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
