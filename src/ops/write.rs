use std::cell::RefCell;

use jiff::Timestamp;

use super::inquiry::{Inquiry, Known};
use super::line::{TimedLine, own_time_after};
use super::{Basis, Operation, ReadError, Rehearsal, Session, View, WriteError, Written};
use crate::check::{Meta, Stand, Transition, check_signature, check_transition};
use crate::diag::Finding;
use crate::files::{PayloadTexts, Snapshot, State, apply};
use crate::model::{BranchName, Changes, CommitId, Identity, Project, Signature, Signatures};
use crate::plan::{OnApproval, Plan, PlanError, settle};
use crate::policy::{Step, judge};
use crate::store::{Backoff, GitTime, NewCommit, ProjectFolder, Store, StoreError, Swap, Turn};

/// Plans, applies and judges as `operation` would do it, without writing anything.
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

/// Succeeds if the checkouts of the branch would let the rehearsed change be written. This is for a
/// dry run.
///
/// # Errors
///
/// When files that would be written hold uncommitted changes, or something else is in their way.
pub fn require_clean(session: &Session, rehearsal: &Rehearsal) -> Result<(), WriteError> {
    let branch = branch(session)?;
    let sync_state = session.sync_state().unwrap_or_default();
    // With an upstream the checkout follows further than the new commit: it also gets what the
    // remote has.
    let tip = match (sync_state.ours, sync_state.base) {
        (Some(ours), Some(base)) => {
            session.store.require_clean_between(branch, ours, base)?;
            Some(ours)
        }
        _ => rehearsal.tip,
    };
    Ok(session
        .store
        .require_clean(branch, tip, &session.folder, &rehearsal.changes)?)
}

/// Plans, applies, judges and commits. If somebody else moves the branch meanwhile, all of it is
/// repeated on the new tip. If the session has an [upstream](super::Upstream), that branch is
/// moved, and the one here follows.
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

/// Does what [`write()`] does, but only if `agreed` accepts it. On every retry `agreed` sees what
/// would be written on the tip as it is then.
///
/// # Errors
///
/// As [`write()`], and the error that `agreed` returns.
pub fn write_if(
    session: &Session,
    operation: &Operation,
    intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>,
    agreed: impl Fn(&Rehearsal) -> Result<(), WriteError>,
) -> Result<Written, WriteError> {
    let writer = Writer::of(session, operation)?;
    match &session.pushing {
        None => writer.run(|| Ok(Base::of(session.view(None)?)), intent, agreed),
        Some(pushing) => {
            // A session always has a commit, so the tip exists if nothing is pushed yet.
            let base = |commit: Option<CommitId>| commit.map_or_else(|| session.tip(), Ok);
            let base = |commit| Base::at(session, base(commit)?);
            writer.run_pushed(
                &pushing.upstream,
                pushing.sync_state.get(),
                base,
                intent,
                agreed,
            )
        }
    }
}

fn branch(session: &Session) -> Result<&BranchName, WriteError> {
    session.target.branch().ok_or(WriteError::Detached)
}

/// The state that a write starts from.
pub(super) struct Base {
    pub(super) tip: Option<CommitId>,
    pub(super) snapshot: Snapshot,
    pub(super) state: State,
}

impl Base {
    fn of(view: View) -> Self {
        Self {
            tip: Some(view.commit),
            snapshot: view.snapshot,
            state: view.state,
        }
    }

    /// Returns the project of `session` in `commit`.
    pub(super) fn at(session: &Session, commit: CommitId) -> Result<Self, ReadError> {
        Ok(Self::of(session.view_here(commit)?))
    }
}

/// Returns the plan as the policies of `project` allow it: its moves, or a request for them.
fn settled(
    plan: Plan,
    project: &Project,
    meta: &Meta,
    inquiry: &mut Inquiry<'_>,
) -> Result<Plan, WriteError> {
    if plan.moves.is_empty() || plan.on_approval == OnApproval::Stands {
        return Ok(plan);
    }
    let changes = Changes {
        moves: plan.moves.clone(),
        ..Changes::default()
    };
    let (author, at) = (meta.author.as_ref(), meta.at);
    // The moves are judged alone, before any file is edited, since whether they become a request
    // decides which files are edited.
    let judged =
        inquiry.ask(|facts| judge(&Step::live((project, project), &changes, author, at, facts)))?;
    Ok(settle(project, plan, &judged)?)
}

/// One write, through as many attempts as it takes.
pub(super) struct Writer<'a> {
    pub(super) store: &'a Store,
    pub(super) folder: &'a ProjectFolder,
    pub(super) branch: &'a BranchName,
    pub(super) operation: &'a Operation,
    /// The time now.
    pub(super) now: Timestamp,
    /// What was found out for the last verdict.
    pub(super) known: &'a RefCell<Option<Known>>,
}

/// A message and what the `commit-msg` hook made of it.
pub(super) struct HookedMessage {
    given: String,
    kept: String,
}

impl<'a> Writer<'a> {
    pub(super) fn of(session: &'a Session, operation: &'a Operation) -> Result<Self, WriteError> {
        let Session {
            store,
            folder,
            now,
            known,
            ..
        } = session;
        Ok(Self {
            store,
            folder,
            branch: branch(session)?,
            operation,
            now: *now,
            known,
        })
    }

    /// Plans on `base`, applies and judges. A refusal is an error.
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

    /// Plans on `base`, applies and judges. A refusal is part of the result.
    pub(super) fn prepare(
        &self,
        base: Base,
        intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>,
    ) -> Result<Rehearsal, WriteError> {
        let Base {
            tip,
            snapshot,
            state: before,
        } = base;
        // A command that shows what it would write judges it twice on the same commit. The facts that the first verdict needed are kept, because finding them again walks through history.
        let mut inquiry = Inquiry::new(self.store, self.folder, tip);
        inquiry.recall(self.known.take());
        let meta = Meta::unsigned(
            Some(self.operation.author.clone()),
            self.time_after(tip)?.at,
        );
        // 1. Plan: the intent sees only the state of `base`, never the one that the caller looked
        // at before. So a retry plans on what is there now.
        let plan = intent(&Basis {
            tip,
            project: &before.project,
            configuration: &before.configuration,
            author: &self.operation.author,
            at: meta.at,
        })?;
        // 2. Settle: the policies turn moves into a request if somebody has to approve them.
        let plan = settled(plan, &before.project, &meta, &mut inquiry)?;
        // 3. Apply: the edits change the text of the files, so that comments and order written by
        // people stay.
        let changes = apply(&snapshot, &plan.edits).map_err(PlanError::Edit)?;
        let mut snapshot = snapshot.with(&changes, Store::content_id);
        let paths = changes.iter().map(|change| change.path.as_str());
        inquiry.look_into(PayloadTexts::at(paths.clone(), &snapshot));
        // 4. Parse the new text. The judge sees what a reader will see, not what the plan meant; a
        // mistake in writing a file is found here.
        let after = before.after(paths, &snapshot, inquiry.payloads())?;
        // 5. Judge, with the function that `envctl check` calls.
        let report = inquiry.ask(|facts| {
            check_transition(&Transition {
                before: &before,
                after: &after,
                meta: &meta,
                wrong_before: None,
                published: None,
                facts,
                stand: Stand::Live,
            })
        })?;
        snapshot.load_for(report.findings(), inquiry.payloads())?;
        self.known.replace(Some(inquiry.known()));
        Ok(Rehearsal {
            tip,
            before,
            plan,
            changes,
            snapshot,
            after,
            report,
        })
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
            // The turn is taken before the tip is read. Otherwise the base would be old by the time
            // another process let this one go on, and the attempt would be lost.
            let mut turn = self.store.take_turn(self.branch, &self.operation.writing)?;
            let rehearsal = self.rehearse(base()?, &intent)?;
            agreed(&rehearsal)?;
            // Nothing to write: the project is already as asked for, perhaps because an earlier
            // attempt landed.
            if rehearsal.is_empty() {
                let (rehearsal, notes) = (Box::new(rehearsal), turn.notes().to_vec());
                return Ok(Written::Unchanged {
                    rehearsal,
                    notes,
                    delivery: None,
                });
            }
            // Looked at after planning, since only the plan says which files matter, and before the
            // commit, since a hook should not run for a write that cannot happen.
            let swap = if let Some(lost) = self.overtaken(&rehearsal)? {
                lost
            } else {
                let commit = self.commit(&rehearsal, &mut hooked)?;
                let rehearsal = self.require_signature(commit, rehearsal)?;
                let reflog = format!("envctl: {}", rehearsal.plan.message.subject());
                // The swap compares with the tip that was judged. What was written so far is
                // unreachable if it fails.
                let swap = turn.swap(rehearsal.tip.into(), commit, &reflog)?;
                if let Swap::Done(commit) = swap {
                    return Ok(self.landed(commit, rehearsal, turn));
                }
                swap
            };
            // Dropped before the wait, so that another process can go on, and because its journal
            // and index locks must not outlive the attempt.
            drop(turn);
            if !backoff.wait() {
                return Err(self.given_up(swap, attempts));
            }
        }
        unreachable!("the back-off ends before the attempts do")
    }

    /// Succeeds if nothing in the checkouts is in the way of `rehearsal`. If files only differ
    /// because somebody else has landed since the tip was read, returns that the swap is lost.
    fn overtaken(&self, rehearsal: &Rehearsal) -> Result<Option<Swap>, WriteError> {
        let clean =
            self.store
                .require_clean(self.branch, rehearsal.tip, self.folder, &rehearsal.changes);
        // A checkout that has followed a newer commit looks dirty compared with the old tip.
        // Telling the user to commit changes that they never made would be wrong.
        if let Err(StoreError::Dirty { .. }) = clean {
            let now = self.store.tip(self.branch)?;
            if now != rehearsal.tip {
                return Ok(Some(Swap::Lost { now }));
            }
        }
        clean?;
        Ok(None)
    }

    pub(super) fn commit(
        &self,
        rehearsal: &Rehearsal,
        hooked: &mut Option<HookedMessage>,
    ) -> Result<CommitId, WriteError> {
        let operation = self.operation;
        let message = rehearsal
            .plan
            .message
            .clone()
            .trailer("Operation", &operation.id)
            .to_string();
        // The hook may ask somebody or call home, so it runs once per command and its text is kept on retries. Only if the
        // new tip changed the message does it run again.
        let kept = match hooked {
            Some(HookedMessage { given, kept }) if *given == message => kept.clone(),
            _ => self
                .store
                .commit_message_hook(&message, &operation.writing)?,
        };
        *hooked = Some(HookedMessage {
            given: message,
            kept: kept.clone(),
        });
        let new = NewCommit {
            parent: rehearsal.tip,
            folder: self.folder,
            changes: &rehearsal.changes,
            message: &kept,
            author: &operation.author,
            committer: &operation.committer,
            author_time: operation.author_time,
            committer_time: self.time_after(rehearsal.tip)?,
        };
        Ok(self.store.write_commit(&new, &operation.writing)?)
    }

    /// Returns when a commit on `parent` is recorded: now, but not before its parent.
    pub(super) fn time_after(&self, parent: Option<CommitId>) -> Result<GitTime, StoreError> {
        let now = self.operation.committer_time;
        let at = own_time_after(self.store, parent, (now.at, self.now))?;
        // The zone belongs to the given time, so a time taken from the parent is in UTC.
        Ok(if at == now.at { now } else { at.into() })
    }

    /// Succeeds if the signature of `commit` is what the project requires. It can be checked only
    /// now, after the commit was written.
    pub(super) fn require_signature(
        &self,
        commit: CommitId,
        mut rehearsal: Rehearsal,
    ) -> Result<Rehearsal, WriteError> {
        match self.wrong_signature(
            commit,
            &rehearsal.before.project,
            Some(self.operation.author.clone()),
        )? {
            None => Ok(rehearsal),
            Some(finding) => {
                rehearsal.report.introduced.push(finding);
                Err(WriteError::Refused(Box::new(rehearsal)))
            }
        }
    }

    /// Returns what is wrong with the signature of `commit` according to `rules` if `author` wrote
    /// it, or `None`.
    pub(super) fn wrong_signature(
        &self,
        commit: CommitId,
        rules: &Project,
        author: Option<Identity>,
    ) -> Result<Option<Finding>, ReadError> {
        if rules
            .access
            .as_ref()
            .is_none_or(|access| access.signatures != Signatures::Required)
        {
            return Ok(None);
        }
        let at = self.store.commit(commit)?.committer.at;
        let signature = match self.store.strict_commit(commit)? {
            Ok(strict_commit) => strict_commit.signature(),
            Err(why) => Signature::Bad(why.to_string()),
        };
        // The effective time takes reading the whole line, which is needed only for a key with a limited validity.
        let ends = |signature: &Signature| match (signature, &rules.access) {
            (Signature::By(key), Some(access)) => access.is_bounded(key),
            _ => false,
        };
        let effective = match ends(&signature) {
            true => TimedLine::of(self.store, self.folder, commit)?.reached(),
            false => None,
        };
        let meta = Meta {
            effective: effective.unwrap_or(at),
            committer: Some(self.operation.committer.clone()),
            signature,
            ..Meta::unsigned(author, at)
        };
        Ok(check_signature(rules, &meta))
    }

    /// Reports a branch that moved. An error from here on does not undo the write, so it becomes a
    /// note.
    fn landed(&self, commit: CommitId, rehearsal: Rehearsal, turn: Turn<'_>) -> Written {
        let mut notes = turn.notes().to_vec();
        match turn.follow() {
            Ok(followed) => notes.extend(followed.notes),
            Err(error) => notes.push(format!(
                "the branch moved, but the checkout could not follow: {}",
                chain(&error)
            )),
        }
        if let Err(error) = self.store.post_commit_hook(&self.operation.writing) {
            notes.push(chain(&error));
        }
        Written::Landed {
            commit,
            rehearsal: Box::new(rehearsal),
            notes,
            delivery: None,
        }
    }

    fn given_up(&self, swap: Swap, attempts: u32) -> WriteError {
        match self.store.branch_lock(self.branch) {
            Some(lock) if swap == Swap::Busy => StoreError::BranchLocked(lock).into(),
            _ => WriteError::Contended {
                branch: self.branch.clone(),
                attempts,
            },
        }
    }
}

pub(super) fn chain(error: &StoreError) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
