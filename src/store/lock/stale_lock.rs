use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::model::BranchName;
use crate::store::lock::journal::Journal;
use crate::store::open::Store;

/// A lock on a branch that stays: of a git at work, or of one that died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrandedLock {
    /// The lock file.
    pub path: PathBuf,
    /// When it was made, as far as the file system knows.
    pub since: Option<SystemTime>,
    /// The process id of the envctl that holds it; none: another program's, or one that has ended.
    pub holder: Option<u32>,
}

impl fmt::Display for StrandedLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        if let Some(holder) = self.holder {
            return write!(
                f,
                "the branch is locked by {path}, which the envctl with process id {holder} holds; wait for it"
            );
        }
        write!(
            f,
            "the branch is locked by {path}: another git process holds it, or one died; if none runs, remove the file"
        )
    }
}

impl Store {
    /// The lock file that git and envctl put beside `branch` while they move it; none: it is not locked.
    pub fn branch_lock(&self, branch: &BranchName) -> Option<StrandedLock> {
        let path = self.branch_lock_path(branch);
        let lock = fs::symlink_metadata(&path).ok()?;
        Some(StrandedLock {
            path,
            since: lock.modified().ok(),
            holder: self.mover_of(branch),
        })
    }

    /// The process id of an envctl that is moving `branch` at the moment.
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

    /// The file that the branch is in, if it is in one of its own.
    pub(in crate::store) fn branch_path(&self, branch: &BranchName) -> PathBuf {
        self.common_directory().join(branch.reference())
    }
}
