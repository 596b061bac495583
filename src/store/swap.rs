use std::fs::{self, File};
use std::io::ErrorKind;

use git2::{Error, ErrorCode, Oid};

use super::ids::commit_oid;
use super::{Store, StoreError, Swap};
use crate::model::{BranchName, CommitId};

/// One attempt to move a branch.
pub(super) struct Attempt<'a> {
    pub(super) store: &'a Store,
    pub(super) branch: &'a BranchName,
    pub(super) old: Option<CommitId>,
    pub(super) new: CommitId,
}

impl Attempt<'_> {
    /// Compares and swaps. An error of git's is never believed: the branch itself tells whether it moved.
    pub(super) fn run(&self, reflog: &str, notes: &mut Vec<String>) -> Result<Swap, StoreError> {
        let expected = self.old.map_or(Oid::ZERO_SHA1, commit_oid);
        let name = self.branch.reference();
        let moved = self.store.repo.reference_matching(&name, commit_oid(self.new), true, expected, reflog);
        match moved {
            Ok(_) => Ok(Swap::Done(self.new)),
            Err(error) if error.code() == ErrorCode::Locked => self.why_locked(),
            Err(error) => self.settle(error, notes),
        }
    }

    /// libgit2 answers "locked" also where it may not write at all. Taking the lock tells one from the other.
    fn why_locked(&self) -> Result<Swap, StoreError> {
        let path = self.store.branch_lock_path(self.branch);
        match File::create_new(&path) {
            Ok(_) => {
                fs::remove_file(&path).map_err(StoreError::io("remove the lock", &path))?;
                Ok(Swap::Busy)
            }
            Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => Ok(Swap::Busy),
            Err(error) => Err(StoreError::io("lock the branch with", &path)(error)),
        }
    }

    /// Says from where the branch is now what the attempt that ended in `error` did.
    fn settle(&self, error: Error, notes: &mut Vec<String>) -> Result<Swap, StoreError> {
        let stale = matches!(error.code(), ErrorCode::Modified | ErrorCode::NotFound | ErrorCode::Exists);
        let unknown = |cause: StoreError| StoreError::OutcomeUnknown { commit: self.new, source: cause.into() };
        let now = self.store.tip(self.branch).map_err(unknown)?;
        if self.is_at_or_behind(now).map_err(unknown)? {
            if !stale {
                notes.push(format!("the commit landed, but it is not confirmed that it is safely on disk: {error}"));
            }
            return Ok(Swap::Done(self.new));
        }
        if stale || now != self.old {
            return Ok(Swap::Lost { now });
        }
        Err(StoreError::git(format!("move the branch {}", self.branch))(error))
    }

    fn is_at_or_behind(&self, now: Option<CommitId>) -> Result<bool, StoreError> {
        now.map_or(Ok(false), |now| self.store.is_ancestor(self.new, now))
    }
}
