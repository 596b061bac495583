use std::time::Instant;

use super::delivery::Delivery;
use super::push_once::{PushAttempt, patience};
use super::upstream::{SyncState, Upstream};
use super::write::{Base, Writer, chain};
use super::{Basis, Operation, ReadError, Rehearsal, Session, WriteError, Written};
use crate::files::FileChange;
use crate::model::CommitId;
use crate::plan::Plan;
use crate::store::{Backoff, Head, Missed, Store, StoreError, Swap};

/// How often in a row something may block the push at the remote before it counts as permanent,
/// such as the lock of a git that crashed there.
const MOST_BUSY: u32 = 3;

/// What is to be pushed, based on what the remote had.
struct NewWork<T> {
    /// Where the remote's branch is to be, or `None` if nothing exists yet.
    target: Option<CommitId>,
    /// How many commits lead there from what the push starts from.
    commits: usize,
    /// What the caller of `push_with_retry` gets back for it.
    what: T,
}

/// What was pushed, or needed no push.
struct PushedCommit<T> {
    /// The state of both branches at that time.
    sync_state: SyncState,
    /// Where the branch here can follow to.
    target: Option<CommitId>,
    what: T,
    /// The commit of the same operation that was found at the remote instead.
    found: Option<CommitId>,
    delivery: Option<Delivery>,
    /// The addresses of the remote that did not accept it.
    missed: Vec<Missed>,
}

/// The result of bringing two branches together.
#[derive(Clone, Debug)]
pub struct Synced {
    /// What was pushed, or `None` if the remote had everything.
    pub delivery: Option<Delivery>,
    /// What the user should know besides.
    pub notes: Vec<String>,
}

impl Writer<'_> {
    /// Does what [`Writer::run`] does, but moves the remote's branch first. The branch here follows
    /// only when the commit has landed there, so it never contains what the remote does not know.
    pub(super) fn run_pushed(
        &self,
        upstream: &Upstream,
        first: SyncState,
        base: impl Fn(Option<CommitId>) -> Result<Base, ReadError>,
        intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>,
        agreed: impl Fn(&Rehearsal) -> Result<(), WriteError>,
    ) -> Result<Written, WriteError> {
        // Outside of the attempts, because the hooks of the user run once per operation, not once
        // per attempt.
        let mut hooked = None;
        let delivered = self.deliver(upstream, first, |sync_state| {
            // Everything from here to the commit runs again on each attempt: what was allowed on
            // the old tip may not be allowed on the new one.
            let rehearsal = self.rehearse(base(sync_state.base)?, &intent)?;
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
    fn deliver<T>(
        &self,
        upstream: &Upstream,
        first: SyncState,
        make: impl FnMut(&SyncState) -> Result<NewWork<T>, WriteError>,
    ) -> Result<PushedCommit<T>, WriteError> {
        let delivered = self
            .push_with_retry(upstream, first, make)
            .and_then(|delivered| self.pass_on(upstream, delivered));
        // The note of the push is removed after an error whose outcome is known. After a success it stays until the branch here has followed: if this process dies before, the next run finds the note and does not write the same again.
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
            // Fetched after the wait, not before it: what was read before would be out of date again.
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

    /// Reports what landed at the remote, and lets the branch here follow. An error from here on
    /// does not undo the push, so it becomes a note.
    fn written(
        &self,
        sync_state: &SyncState,
        target: Option<CommitId>,
        (commit, rehearsal): (Option<CommitId>, Rehearsal),
        delivery: Option<Delivery>,
    ) -> Written {
        let mut notes = self.followed(sync_state, target, rehearsal.plan.message.subject());
        let rehearsal = Box::new(rehearsal);
        let Some(commit) = commit else {
            return Written::Unchanged {
                rehearsal,
                notes,
                delivery,
            };
        };
        if let Err(error) = self.store.post_commit_hook(&self.operation.writing) {
            notes.push(chain(&error));
        }
        Written::Landed {
            commit,
            rehearsal,
            notes,
            delivery,
        }
    }

    /// Lets the branch here follow to `target`, and returns what the user should know about that.
    fn followed(&self, sync_state: &SyncState, target: Option<CommitId>, why: &str) -> Vec<String> {
        let mut notes = Vec::new();
        let followed = target.map_or(Ok(()), |target| {
            self.catch_up(sync_state.ours, target, why, &mut notes)
        });
        if let Err(error) = followed {
            notes.push(format!(
                "{} here did not follow: {}; run envctl sync",
                self.branch,
                chain(&error)
            ));
        }
        self.store.forget_push(&self.operation.id);
        notes
    }

    /// Brings the branch here, and its checkouts, from `ours` to `target`. A branch that does not
    /// exist here is created only if it is checked out.
    fn catch_up(
        &self,
        ours: Option<CommitId>,
        target: CommitId,
        why: &str,
        notes: &mut Vec<String>,
    ) -> Result<(), StoreError> {
        if ours.is_none() && self.store.head()? != Head::Branch(self.branch.clone()) {
            return Ok(());
        }
        if ours == Some(target) {
            // The process that moved the branch here may have died before the checkout followed. Taking a turn recovers that.
            notes.extend(
                self.store
                    .take_turn(self.branch, &self.operation.writing)?
                    .notes()
                    .iter()
                    .cloned(),
            );
            return Ok(());
        }
        let (mut backoff, mut from) = (Backoff::new(), ours);
        loop {
            let mut turn = self.store.take_turn(self.branch, &self.operation.writing)?;
            match turn.swap(from.into(), target, &format!("envctl: {why}"))? {
                Swap::Done(_) => {
                    notes.extend(turn.notes().iter().cloned());
                    notes.extend(turn.follow()?.notes);
                    return Ok(());
                }
                // Another push from this repository landed first and moved the branch on the way to `target`; it can still go on from there.
                Swap::Lost { now: Some(now) }
                    if self.store.is_ancestor(now, target)? && backoff.wait() =>
                {
                    self.store.require_clean_between(self.branch, now, target)?;
                    from = Some(now);
                }
                Swap::Busy if backoff.wait() => {}
                Swap::Busy | Swap::Lost { .. } => {
                    let here = self.branch;
                    notes.push(format!(
                        "{here} here moved meanwhile and did not follow; envctl sync brings both together"
                    ));
                    return Ok(());
                }
            }
        }
    }
}

/// Brings the branch of `session` and its remote branch together. What only the branch here has is
/// made again on top of the remote's, judged again, and pushed. Then the branch here follows.
///
/// # Errors
///
/// As [`write()`](super::write()); then nothing has changed, unless it is [`WriteError::PushUnknown`].
pub fn sync(session: &Session, operation: &Operation) -> Result<Synced, WriteError> {
    let Some(pushing) = &session.pushing else {
        return Ok(Synced {
            delivery: None,
            notes: Vec::new(),
        });
    };
    let writer = Writer::of(session, operation)?;
    let whole = |sync_state: &SyncState| {
        Ok(NewWork {
            target: sync_state.base,
            commits: 0,
            what: (),
        })
    };
    let PushedCommit {
        sync_state,
        target,
        delivery,
        missed,
        ..
    } = writer.deliver(&pushing.upstream, pushing.sync_state.get(), whole)?;
    let notes = writer.followed(&sync_state, target, "sync");
    // Whatever was unknown is known now: both branches are the same, so each of those commits is
    // either in the history or will never be.
    for id in session.store.unconfirmed_pushes(&pushing.upstream.request) {
        session.store.forget_push(&id);
    }
    require_everywhere(&pushing.upstream, target, missed)?;
    Ok(Synced { delivery, notes })
}

/// Succeeds if every address of the remote has what was pushed. The branch here has followed the
/// first one.
fn require_everywhere(
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

/// What became of an earlier run of the same request.
#[derive(Debug)]
pub enum Earlier {
    /// It landed, with this result.
    Landed(Written),
    /// Unknown. The next push gets the same operation id, so that of the two only one can land
    /// unnoticed.
    Unknown(String),
    /// There was no earlier run.
    None,
}

/// Looks at the remote for what an earlier run of the same request pushed without learning the
/// outcome.
///
/// # Errors
///
/// When history cannot be read.
pub fn earlier(
    session: &Session,
    operation: &Operation,
    intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>,
) -> Result<Earlier, WriteError> {
    let Some(pushing) = &session.pushing else {
        return Ok(Earlier::None);
    };
    let sync_state = pushing.sync_state.get();
    let writer = Writer::of(session, operation)?;
    let mut unknown = None;
    for id in session.store.unconfirmed_pushes(&pushing.upstream.request) {
        let Some(commit) = writer.commit_of(&id, sync_state.theirs, None)? else {
            // The commit may still arrive, from a push that hangs in a network. This run takes over
            // the first such id: whichever of the two lands first is recognised by the other.
            unknown.get_or_insert(id);
            continue;
        };
        // The same command line may mean something else by now, for example because the file that
        // it publishes was edited. Then the old commit is not what was asked for, and this run
        // writes its own.
        let Some(rehearsal) = same(&writer, session, commit, &intent)? else {
            session.store.forget_push(&id);
            continue;
        };
        let mut written = writer.written(
            &sync_state,
            sync_state.known(),
            (Some(commit), rehearsal),
            None,
        );
        session.store.forget_push(&id);
        if let Written::Landed { notes, .. } = &mut written {
            notes.push("an earlier run of the same command had pushed it already".to_owned());
        }
        return Ok(Earlier::Landed(written));
    }
    Ok(unknown.map_or(Earlier::None, Earlier::Unknown))
}

/// Returns what `intent` makes of the state that `commit` was made on, if that is what the commit
/// changes. The same words may mean something else by now, as after a file was edited.
fn same(
    writer: &Writer<'_>,
    session: &Session,
    commit: CommitId,
    intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>,
) -> Result<Option<Rehearsal>, WriteError> {
    let Some(parent) = session.store.commit(commit)?.parents.first().copied() else {
        return Ok(None);
    };
    let Ok(rehearsal) = writer.prepare(Base::at(session, parent)?, &intent) else {
        return Ok(None);
    };
    let same = !rehearsal.is_empty() && holds(session, commit, &rehearsal.changes)?;
    Ok(same.then_some(rehearsal))
}

/// Reports whether the files are in `commit` as `changes` make them.
fn holds(session: &Session, commit: CommitId, changes: &[FileChange]) -> Result<bool, StoreError> {
    for change in changes {
        let wanted = change.bytes.as_deref().map(Store::content_id);
        if session.store.file(commit, &session.folder, &change.path)? != wanted {
            return Ok(false);
        }
    }
    Ok(true)
}
