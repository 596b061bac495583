use super::delivery::Delivery;
use super::upstream::SyncState;
use super::write::chain;
use super::writer::Writer;
use super::{Rehearsal, Written};
use crate::model::CommitId;
use crate::store::{Backoff, Head, StoreError, Swap};

impl Writer<'_> {
    /// Reports what landed at the remote, and lets the branch here follow. An error from here on
    /// does not undo the push, so it becomes a note.
    pub(super) fn written(
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
    pub(super) fn followed(
        &self,
        sync_state: &SyncState,
        target: Option<CommitId>,
        why: &str,
    ) -> Vec<String> {
        let mut notes = Vec::new();
        let followed = target.map_or(Ok(()), |target| {
            self.catch_up(sync_state.ours, target, why, &mut notes)
        });
        if let Err(error) = followed {
            notes.push(format!(
                "the local branch {} did not follow: {}; run envctl sync",
                self.branch,
                chain(&error)
            ));
        }
        self.store.forget_push(&self.operation.id);
        notes
    }

    /// Brings the branch here, and its checkouts, from `ours` to `target`. A branch that does not
    /// exist here is created only if it is checked out.
    pub(super) fn catch_up(
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
            // The process that moved the branch here may have died before the checkout followed.
            // Taking a turn recovers that.
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
                // Another push from this repository landed first and moved the branch on the way to
                // `target`; it can still go on from there.
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
                        "the local branch {here} moved meanwhile and did not follow; run envctl sync"
                    ));
                    return Ok(());
                }
            }
        }
    }
}
