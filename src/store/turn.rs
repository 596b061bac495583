use super::{Expected, Followed, ProjectFolder, Store, StoreError, Swap, Writing};
use crate::files::FileChange;
use crate::model::{BranchName, CommitId};

/// The right to move one branch, in turn with the other envctl processes. Dropping it lets the next one go on.
pub struct Turn<'s> {
    store: &'s Store,
    branch: BranchName,
    notes: Vec<String>,
}

impl Store {
    /// The right to move `branch`, waited for.
    ///
    /// # Errors
    ///
    /// When git's folder cannot be written.
    pub fn take_turn(&self, branch: &BranchName, _writing: &Writing) -> Result<Turn<'_>, StoreError> {
        Ok(Turn { store: self, branch: branch.clone(), notes: Vec::new() })
    }
}

impl Turn<'_> {
    /// What was healed, or why others may not wait for this turn: for a user to read.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Succeeds when the files that `changes` touches hold nothing that would be lost.
    pub fn require_clean(
        &self,
        _tip: Option<CommitId>,
        _folder: &ProjectFolder,
        _changes: &[FileChange],
    ) -> Result<(), StoreError> {
        Ok(())
    }

    /// Moves the branch to `new`.
    pub fn swap(&mut self, _expected: Expected, _new: CommitId, _reflog: &str) -> Result<Swap, StoreError> {
        let _ = (&self.store, &self.branch);
        Ok(Swap::Busy)
    }

    /// Lets every checkout of the branch follow it.
    pub fn follow(self) -> Result<Followed, StoreError> {
        Ok(Followed::default())
    }
}
