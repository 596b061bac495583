use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use super::Store;
use crate::model::BranchName;

/// A lock on a branch that stays: of a git at work, or of one that died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrandedLock {
    /// The lock file.
    pub path: PathBuf,
    /// When it was made, as far as the file system knows.
    pub since: Option<SystemTime>,
}

impl fmt::Display for StrandedLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
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
        Some(StrandedLock { path, since: lock.modified().ok() })
    }

    pub(super) fn branch_lock_path(&self, branch: &BranchName) -> PathBuf {
        self.common_directory().join(format!("{}.lock", branch.reference()))
    }
}
