use std::time::Instant;

use super::delivery::Delivery;
use super::push_once::{PushAttempt, patience};
use super::upstream::{SyncState, Upstream};
use super::writer::{Base, Writer};
use super::{ReadError, Rehearsal, WriteError, Written};
use crate::model::CommitId;
use crate::store::Missed;

/// How often in a row something may block the push at the remote before it counts as permanent,
/// such as the lock of a git that crashed there.
const MOST_BUSY: u32 = 3;

/// What is to be pushed, based on what the remote had.
pub(super) struct NewWork<T> {
    /// Where the remote's branch is to be, or `None` if nothing exists yet.
    pub(super) target: Option<CommitId>,
    /// How many commits lead there from what the push starts from.
    pub(super) commits: usize,
    /// What the caller of `push_with_retry` gets back for it.
    pub(super) what: T,
}

/// What was pushed, or needed no push.
pub(super) struct PushedCommit<T> {
    /// The state of both branches at that time.
    pub(super) sync_state: SyncState,
    /// Where the branch here can follow to.
    pub(super) target: Option<CommitId>,
    pub(super) what: T,
    /// The commit of the same operation that was found at the remote instead.
    pub(super) found: Option<CommitId>,
    pub(super) delivery: Option<Delivery>,
    /// The addresses of the remote that did not accept it.
    pub(super) missed: Vec<Missed>,
}

impl Writer<'_> {
    /// Does what [`Writer::run`] does, but moves the remote's branch first. The branch here follows
    /// only when the commit has landed there, so it never contains what the remote does not know.
    pub(super) fn run_pushed(
        &self,
        upstream: &Upstream,
        first: SyncState,
        base: impl Fn(Option<CommitId>) -> Result<Base, ReadError>,
        rehearse: impl Fn(Base) -> Result<Rehearsal, WriteError>,
        agreed: impl Fn(&Rehearsal) -> Result<(), WriteError>,
    ) -> Result<Written, WriteError> {
        // Outside of the attempts, because the hooks of the user run once per operation, not once
        // per attempt.
        let mut hooked = None;
        let delivered = self.deliver(upstream, first, |sync_state| {
            // Everything from here to the commit runs again on each attempt: what was allowed on
            // the old tip may not be allowed on the new one.
            let rehearsal = rehearse(base(sync_state.base)?)?;
            agreed(&rehearsal)?;
            if rehearsal.is_empty() {
                return Ok(NewWork {
                    target: sync_state.base,
                    commits: 0,
                    what: (None, rehearsal),
                });
            }
            let commit = self.commit(&rehearsal, &mut hooked)?;
            // After the commit, since only the finished bytes show whether git signed them. Nothing
            // has moved yet, so a missing signature costs an unreachable object.
            let rehearsal = self.require_signature(commit, rehearsal)?;
            Ok(NewWork {
                target: Some(commit),
                commits: 1,
                what: (Some(commit), rehearsal),
            })
        })?;
        let PushedCommit {
            sync_state,
            target,
            what: (commit, rehearsal),
            found,
            delivery,
            missed,
        } = delivered;
        // First the branch here follows, then missing addresses are reported. The commit is live at
        // the first address in any case, and a checkout that does not show it would make the error
        // look like a failed write.
        let written = self.written(&sync_state, target, (found.or(commit), rehearsal), delivery);
        require_everywhere(upstream, target, missed)?;
        Ok(written)
    }

    /// Pushes what `make` makes of the current state, again whenever somebody else was faster.
    pub(super) fn deliver<T>(
        &self,
        upstream: &Upstream,
        first: SyncState,
        make: impl FnMut(&SyncState) -> Result<NewWork<T>, WriteError>,
    ) -> Result<PushedCommit<T>, WriteError> {
        let delivered = self
            .push_with_retry(upstream, first, make)
            .and_then(|delivered| self.pass_on(upstream, delivered));
        // The note of the push is removed after an error whose outcome is known. After a success it
        // stays until the branch here has followed: if this process dies before, the next run finds
        // the note and does not write the same again.
        if delivered
            .as_ref()
            .is_err_and(|error| !matches!(error, WriteError::PushUnknown { .. }))
        {
            self.store.forget_push(&self.operation.id);
        }
        delivered
    }

    /// Pushes what the first address of the remote has to its other addresses, if it has any.
    fn pass_on<T>(
        &self,
        upstream: &Upstream,
        delivered: PushedCommit<T>,
    ) -> Result<PushedCommit<T>, WriteError> {
        let Some(head) = delivered.target else {
            return Ok(delivered);
        };
        let hooks = self.operation.writing.hooks;
        let missed = self
            .store
            .push_on(&upstream.place, head, hooks, &upstream.runner)?;
        Ok(PushedCommit {
            missed,
            ..delivered
        })
    }

    fn push_with_retry<T>(
        &self,
        upstream: &Upstream,
        first: SyncState,
        mut make: impl FnMut(&SyncState) -> Result<NewWork<T>, WriteError>,
    ) -> Result<PushedCommit<T>, WriteError> {
        let mut backoff = patience();
        let (mut sync_state, mut busy) = (first, 0);
        for attempts in 1.. {
            let begun = Instant::now();
            let NewWork {
                target,
                commits,
                what,
            } = make(&sync_state)?;
            // Checked before the push. Afterwards the remote has the commit, and a checkout with
            // local changes could not follow it any more.
            if let (Some(ours), Some(target)) = (sync_state.ours, target) {
                self.store
                    .require_clean_between(self.branch, ours, target)?;
            }
            // The remote has it already: an earlier attempt landed, or the plan changes nothing.
            let Some(head) = target.filter(|_| target != sync_state.theirs) else {
                return Ok(PushedCommit {
                    sync_state,
                    target,
                    what,
                    found: None,
                    delivery: None,
                    missed: Vec::new(),
                });
            };
            // Noted before the push, so that a crash or a cut connection leaves the operation's id
            // behind. The next run of the same request looks for a commit with that id before it
            // writes.
            self.store
                .note_push(&upstream.request, &self.operation.id)?;
            let delivery = |commits| {
                Some(Delivery {
                    place: upstream.place.clone(),
                    commits,
                    attempts,
                })
            };
            match self.push_once(upstream, &sync_state, head)? {
                PushAttempt::Landed => {
                    let delivery = delivery(sync_state.unpushed + commits);
                    return Ok(PushedCommit {
                        sync_state,
                        target,
                        what,
                        found: None,
                        delivery,
                        missed: Vec::new(),
                    });
                }
                // In a row, because a remote that is merely busy recovers, whereas a lock that
                // nobody holds stays. Losing a race proves that the remote accepts pushes, so it
                // resets the count.
                PushAttempt::Busy(why) if busy == MOST_BUSY => {
                    return Err(WriteError::PushBusy {
                        place: upstream.place.clone(),
                        why,
                    });
                }
                PushAttempt::Busy(_) => busy += 1,
                PushAttempt::Lost => busy = 0,
            }
            if !backoff.wait_after(begun.elapsed()) {
                return Err(WriteError::Contended {
                    branch: self.branch.clone(),
                    attempts,
                });
            }
            // Fetched after the wait, not before it: what was read before would be out of date
            // again.
            let theirs = self.store.fetch(&upstream.place, &upstream.runner)?;
            // The push that looked lost may have landed late, after the answer to it was given up
            // on and even under later commits of others. Its operation id shows it, whatever hash
            // it has.
            let found = self.commit_of(&self.operation.id, theirs, sync_state.theirs)?;
            sync_state = self.stand(upstream, theirs)?;
            if found.is_some() {
                let target = sync_state.known();
                return Ok(PushedCommit {
                    sync_state,
                    target,
                    what,
                    found,
                    delivery: delivery(1),
                    missed: Vec::new(),
                });
            }
        }
        unreachable!("the back-off ends before the attempts do")
    }
}

/// Succeeds if every address of the remote has what was pushed. The branch here has followed the
/// first one.
pub(super) fn require_everywhere(
    upstream: &Upstream,
    target: Option<CommitId>,
    missed: Vec<Missed>,
) -> Result<(), WriteError> {
    match target {
        Some(commit) if !missed.is_empty() => Err(WriteError::PushIncomplete {
            place: upstream.place.clone(),
            commit,
            missed,
        }),
        _ => Ok(()),
    }
}
