use super::WriteError;
use super::upstream::{SyncState, Upstream};
use super::writer::Writer;
use crate::model::{CommitId, Trailers};
use crate::store::{Backoff, Sent, StoreError};

/// How one attempt to push ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PushAttempt {
    /// It landed.
    Landed,
    /// Somebody else was faster.
    Lost,
    /// Nobody was faster, but something blocked the push that may go away by itself. In git's
    /// words.
    Busy(String),
}

/// How many commits of the remote's line are searched for what was made here.
pub(super) const LOOKED_BACK: usize = 1_000;

impl Writer<'_> {
    /// Tries once to push `target`, which was made on `sync_state`.
    ///
    /// Only a success that git reports is taken as it is. After anything else the remote is asked
    /// where its branch is.
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
        // git says so only after the remote has reported each reference as moved. Everything less
        // may be the answer to a push that landed.
        if sent == Sent::Accepted {
            return Ok(PushAttempt::Landed);
        }
        // git's exit code says too little: a connection may break after the remote has accepted.
        // Only the remote's branch shows whether the commit landed.
        let theirs = match self.store.fetch(place, runner) {
            Ok(theirs) => theirs,
            Err(error @ StoreError::Rewound { .. }) => return Err(error.into()),
            Err(_) => return Err(why_not(upstream, target, sent)),
        };
        if theirs.map_or(Ok(false), |theirs| self.store.is_ancestor(target, theirs))? {
            return Ok(PushAttempt::Landed);
        }
        match sent {
            // A push that is still under way expects the remote's branch where it was, so it can no
            // longer land.
            _ if theirs != sync_state.theirs => Ok(PushAttempt::Lost),
            Sent::Rejected {
                busy: true, why, ..
            } => Ok(PushAttempt::Busy(why)),
            sent => Err(why_not(upstream, target, sent)),
        }
    }

    /// Returns the commit of the operation `id` on the line that ends with `head`, searched newest
    /// first, up to `since`.
    pub(super) fn commit_of(
        &self,
        id: &str,
        head: Option<CommitId>,
        since: Option<CommitId>,
    ) -> Result<Option<CommitId>, WriteError> {
        let Some(head) = head else { return Ok(None) };
        for record in self.store.first_parents(head).take(LOOKED_BACK) {
            let record = match record {
                // A history that is cut off ends here: what was made before is older than this
                // clone, and so older than anything that a run in it could have pushed.
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

/// Returns the back-off between attempts to push. Those who lost have to fetch, plan and judge
/// again, which takes longer than a local retry.
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
