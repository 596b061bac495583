use std::cell::OnceCell;

use crate::model::{CommitId, Identity, Move};
use crate::ops::account::Accounts;
use crate::ops::{Account, History, ReadError, Session};
use crate::store::StoreError;

/// The commits between two ends, for facts that the step as a whole does not show.
pub(super) struct Past<'s> {
    session: &'s Session,
    from: CommitId,
    to: CommitId,
    /// The history that ends with the newer end, once it was needed. `None` inside if it is cut
    /// off.
    history: OnceCell<Option<History<'s>>>,
}

impl<'s> Past<'s> {
    pub(super) fn new(session: &'s Session, from: CommitId, to: CommitId) -> Self {
        Self {
            session,
            from,
            to,
            history: OnceCell::new(),
        }
    }

    /// Returns who made `moves`, which were requested before, or `None` if that is unknown.
    pub(super) fn approver(&self, moves: &[Move]) -> Result<Option<Identity>, ReadError> {
        let Some(moved) = moves.first() else {
            return Ok(None);
        };
        let account = self.account(moved)?;
        Ok(account.and_then(|Account { origin, .. }| {
            Identity::new(&origin.author.name, &origin.author.email).ok()
        }))
    }

    /// Returns the commits that requested `moved` and approved it, if both are between the ends.
    pub(super) fn approval(&self, moved: &Move) -> Result<Option<Account>, ReadError> {
        Ok(self
            .account(moved)?
            .filter(|account| account.request.is_some()))
    }

    /// Returns what is known about the commit between the ends that set the pointer to its final
    /// value.
    fn account(&self, moved: &Move) -> Result<Option<Account>, ReadError> {
        let Some(history) = self.history()? else {
            return Ok(None);
        };
        for change in history.pointer_changes(&moved.environment)? {
            let change = change?;
            // Commits that the older end contains were judged before; only those in between belong
            // to this step.
            if self.session.store.is_ancestor(change.commit, self.from)? {
                break;
            }
            let sets = |made: &Move| made.resource == moved.resource && made.after == moved.after;
            if change.moves.iter().any(sets) {
                let accounts = Accounts::new(self.session, history);
                return accounts
                    .of(change.commit, &moved.environment, &moved.resource)
                    .map(Some);
            }
        }
        Ok(None)
    }

    fn history(&self) -> Result<Option<&History<'s>>, ReadError> {
        if self.history.get().is_none() {
            let history = unless_shallow(self.session.history(self.to))?;
            // It cannot have been set in between, since nothing in the lines above uses it.
            let _ = self.history.set(history);
        }
        Ok(self.history.get().and_then(Option::as_ref))
    }
}

/// Returns the answer, or `None` if history is cut off.
pub(super) fn unless_shallow<T>(answered: Result<T, ReadError>) -> Result<Option<T>, ReadError> {
    match answered {
        Err(ReadError::Store(StoreError::Shallow { .. })) => Ok(None),
        answered => answered.map(Some),
    }
}
