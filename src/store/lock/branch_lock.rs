use std::fs;
use std::path::PathBuf;

use crate::model::BranchName;
use crate::store::lock::journal::Journal;
use crate::store::lock::stale_lock::StaleLock;
use crate::store::open::Store;

impl Store {
    /// Returns the lock file that git and envctl put beside `branch` while they move it, or `None`
    /// if it is not locked.
    pub fn branch_lock(&self, branch: &BranchName) -> Option<StaleLock> {
        let path = self.branch_lock_path(branch);
        let lock = fs::symlink_metadata(&path).ok()?;
        Some(StaleLock {
            path,
            since: lock.modified().ok(),
            holder: self.mover_of(branch),
        })
    }

    /// Returns the process id of an envctl that is moving `branch` now.
    fn mover_of(&self, branch: &BranchName) -> Option<u32> {
        let journal = Journal::read(self).ok()?;
        let unfinished = journal.unfinished();
        let mut records = unfinished.iter().filter(|record| record.branch == *branch);
        records
            .find(|record| !record.owner.is_idle())
            .map(|record| record.owner.number())
    }

    pub(in crate::store) fn branch_lock_path(&self, branch: &BranchName) -> PathBuf {
        self.common_directory()
            .join(format!("{}.lock", branch.reference()))
    }

    /// Returns the path of the branch's own file. A packed branch has none there.
    pub(in crate::store) fn branch_path(&self, branch: &BranchName) -> PathBuf {
        self.common_directory().join(branch.reference())
    }
}
