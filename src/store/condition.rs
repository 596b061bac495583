use git2::RepositoryState;

use super::journal::Journal;
use super::{Store, StoreError};

impl Store {
    /// What git is in the middle of here, as people call it; none: nothing.
    pub fn operation_in_progress(&self) -> Option<&'static str> {
        match self.repo.state() {
            RepositoryState::Clean => None,
            RepositoryState::Merge => Some("merge"),
            RepositoryState::Revert | RepositoryState::RevertSequence => Some("revert"),
            RepositoryState::CherryPick | RepositoryState::CherryPickSequence => Some("cherry-pick"),
            RepositoryState::Bisect => Some("bisect"),
            RepositoryState::Rebase | RepositoryState::RebaseInteractive | RepositoryState::RebaseMerge => {
                Some("rebase")
            }
            RepositoryState::ApplyMailbox | RepositoryState::ApplyMailboxOrRebase => Some("am"),
        }
    }

    /// How many moves of branches an envctl that died has left unfinished; the next turn finishes them.
    ///
    /// # Errors
    ///
    /// When envctl's notes in git's folder cannot be read.
    pub fn unfinished_moves(&self) -> Result<usize, StoreError> {
        let journal = Journal::read(self)?;
        Ok(journal.unfinished().iter().filter(|record| record.owner.is_idle()).count())
    }
}
