use super::writer::{Base, Writer};

use super::{Basis, Operation, ReadError, Rehearsal, Session, WriteError, Written};
use crate::model::CommitId;
use crate::plan::Plan;
use crate::store::{Backoff, StoreError, Swap, Turn};

/// Plans, applies, judges and commits. If somebody else moves the branch meanwhile, all of it is
/// repeated on the new tip. If the session has an [upstream](super::Upstream), that branch is
/// moved, and the one here follows.
///
/// # Errors
///
/// As [`rehearse`](super::rehearse), and when the branch stays locked, files in the way are dirty, or the repository cannot be written. On
/// every error but [`StoreError::OutcomeUnknown`] nothing has changed.
pub fn write(
    session: &Session,
    operation: &Operation,
    intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>,
) -> Result<Written, WriteError> {
    write_if(session, operation, None, intent, |_| Ok(()))
}

/// Does what [`write()`] does, but only if `agreed` accepts it. On every retry `agreed` sees what
/// would be written on the tip as it is then. What was `rehearsed` with the same operation and
/// intent is written as it is if the tip is still the one that it is for.
///
/// # Errors
///
/// As [`write()`], and the error that `agreed` returns.
pub fn write_if(
    session: &Session,
    operation: &Operation,
    rehearsed: Option<&Rehearsal>,
    intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>,
    agreed: impl Fn(&Rehearsal) -> Result<(), WriteError>,
) -> Result<Written, WriteError> {
    let writer = Writer::of(session, operation)?;
    let rehearse = |base: Base| match rehearsed {
        Some(rehearsed) if rehearsed.tip == base.tip => Ok(rehearsed.clone()),
        _ => writer.rehearse(base, &intent),
    };
    match &session.pushing {
        None => writer.run(|| Ok(Base::of(session.view(None)?)), rehearse, agreed),
        Some(pushing) => {
            // A session always has a commit, so the tip exists if nothing is pushed yet.
            let base = |commit: Option<CommitId>| commit.map_or_else(|| session.tip(), Ok);
            let base = |commit| Base::at(session, base(commit)?);
            writer.run_pushed(
                &pushing.upstream,
                pushing.sync_state.get(),
                base,
                rehearse,
                agreed,
            )
        }
    }
}

impl<'a> Writer<'a> {
    pub(super) fn run(
        &self,
        base: impl Fn() -> Result<Base, ReadError>,
        rehearse: impl Fn(Base) -> Result<Rehearsal, WriteError>,
        agreed: impl Fn(&Rehearsal) -> Result<(), WriteError>,
    ) -> Result<Written, WriteError> {
        let mut backoff = Backoff::new();
        let mut hooked = None;
        for attempts in 1.. {
            // The turn is taken before the tip is read. Otherwise the base would be old by the time
            // another process let this one go on, and the attempt would be lost.
            let mut turn = self.store.take_turn(self.branch, &self.operation.writing)?;
            let rehearsal = rehearse(base()?)?;
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
