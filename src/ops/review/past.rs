use std::cell::OnceCell;

use crate::model::{CommitId, Identity, Move};
use crate::ops::account::Accounts;
use crate::ops::{Account, History, ReadError, Session};
use crate::store::StoreError;

/// The commits between two ends, where the step as a whole does not show who did something.
pub(super) struct Past<'s> {
    session: &'s Session,
    from: CommitId,
    to: CommitId,
    /// The history that ends with the newer end, once somebody asked; none: it is cut off.
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

    /// Who made `moves`, which were asked for before; none: unknown.
    pub(super) fn approver(&self, moves: &[Move]) -> Result<Option<Identity>, ReadError> {
        let Some(moved) = moves.first() else {
            return Ok(None);
        };
        let account = self.account(moved)?;
        Ok(account.and_then(|Account { origin, .. }| {
            Identity::new(&origin.author.name, &origin.author.email).ok()
        }))
    }

    /// The commits that asked for `moved` and approved it, if both lie between the ends.
    pub(super) fn approval(&self, moved: &Move) -> Result<Option<Account>, ReadError> {
        Ok(self
            .account(moved)?
            .filter(|account| account.request.is_some()))
    }

    /// The account of the commit between the ends that let the pointer name what it names afterwards.
    fn account(&self, moved: &Move) -> Result<Option<Account>, ReadError> {
        let Some(history) = self.history()? else {
            return Ok(None);
        };
        for change in history.pointer_changes(&moved.environment)? {
            let change = change?;
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
            // Nobody else has set it in between.
            let _ = self.history.set(history);
        }
        Ok(self.history.get().and_then(Option::as_ref))
    }
}

/// What was answered; none: history is cut off.
pub(super) fn unless_shallow<T>(answered: Result<T, ReadError>) -> Result<Option<T>, ReadError> {
    match answered {
        Err(ReadError::Store(StoreError::Shallow { .. })) => Ok(None),
        answered => answered.map(Some),
    }
}
