use super::WriteError;
use super::upstream::{SyncState, Upstream};
use super::write::Writer;
use crate::model::CommitId;
use crate::plan::Trailers;
use crate::store::{Backoff, Sent, StoreError};

/// How one attempt to push ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PushAttempt {
    /// It landed.
    Landed,
    /// Somebody was faster.
    Lost,
    /// Nobody was, but something was in the way that may go by itself; what, in git's words.
    Busy(String),
}

/// How far back the remote's line is looked through for what was made here.
pub(super) const LOOKED_BACK: usize = 1_000;

impl Writer<'_> {
    /// Tries once to bring `target`, which was made on `sync_state`, to the remote.
    ///
    /// What git says of it is not believed, unless it says that it landed: the remote is asked.
    pub(super) fn push_once(
        &self,
        upstream: &Upstream,
        sync_state: &SyncState,
        target: CommitId,
    ) -> Result<PushAttempt, WriteError> {
        let Upstream { place, runner, .. } = upstream;
        let sent = self.store.push(
            place,
            (sync_state.theirs, target),
            self.operation.writing.hooks,
            runner,
        )?;
        if sent == Sent::Accepted {
            return Ok(PushAttempt::Landed);
        }
        let theirs = match self.store.fetch(place, runner) {
            Ok(theirs) => theirs,
            Err(error @ StoreError::Rewound { .. }) => return Err(error.into()),
            Err(_) => return Err(why_not(upstream, target, sent)),
        };
        if theirs.map_or(Ok(false), |theirs| self.store.is_ancestor(target, theirs))? {
            return Ok(PushAttempt::Landed);
        }
        match sent {
            // Whatever is still under way expects the remote's branch where it is no more.
            _ if theirs != sync_state.theirs => Ok(PushAttempt::Lost),
            Sent::Rejected {
                busy: true, why, ..
            } => Ok(PushAttempt::Busy(why)),
            sent => Err(why_not(upstream, target, sent)),
        }
    }

    /// The commit of the operation `id` on the line that ends with `head`, newest first, up to `since`.
    pub(super) fn commit_of(
        &self,
        id: &str,
        head: Option<CommitId>,
        since: Option<CommitId>,
    ) -> Result<Option<CommitId>, WriteError> {
        let Some(head) = head else { return Ok(None) };
        for record in self.store.first_parents(head).take(LOOKED_BACK) {
            let record = match record {
                Err(StoreError::Shallow { .. }) => return Ok(None),
                record => record?,
            };
            if Some(record.id) == since {
                return Ok(None);
            }
            if Trailers::of(&record.message).value("Operation") == Some(id) {
                return Ok(Some(record.id));
            }
        }
        Ok(None)
    }
}

/// Waits between attempts to push. Those who lost have to fetch, plan and judge again, which takes longer than to try again
/// here.
pub(super) fn patience() -> Backoff {
    Backoff::between_machines()
}

fn why_not(upstream: &Upstream, commit: CommitId, sent: Sent) -> WriteError {
    let place = upstream.place.clone();
    match sent {
        Sent::Held { said } => StoreError::HookRefused {
            hook: "pre-push",
            output: said,
        }
        .into(),
        Sent::Rejected { why, words, .. } => WriteError::PushDeclined {
            place,
            commit,
            why,
            words,
        },
        Sent::Failed { said, cut: false } => WriteError::PushFailed { place, said },
        Sent::Failed { said, cut: true } => WriteError::PushUnknown {
            place,
            commit,
            said,
        },
        Sent::Accepted | Sent::Overdue => {
            let said = format!(
                "there was no answer within {} s",
                upstream.runner.patience.as_secs()
            );
            WriteError::PushUnknown {
                place,
                commit,
                said,
            }
        }
    }
}
