use std::fs::{self, File};

use git2::{Error, ErrorCode, Oid};

use crate::model::{BranchName, CommitId};
use crate::store::error::StoreError;
use crate::store::ids::commit_oid;
use crate::store::open::Store;
use crate::store::write::writing::Swap;

/// One attempt to move a branch. This step decides whether a write has happened.
pub(in crate::store) struct Attempt<'a> {
    pub(in crate::store) store: &'a Store,
    pub(in crate::store) branch: &'a BranchName,
    pub(in crate::store) old: Option<CommitId>,
    pub(in crate::store) new: CommitId,
}

impl Attempt<'_> {
    /// Compares and swaps. An error of git is not taken as an answer; the branch itself shows
    /// whether it moved.
    ///
    /// libgit2 takes git's own lock on the branch, compares under it and moves the lock to the
    /// branch's place. So this is safe against git as well, and without envctl's own lock. A branch
    /// that must not exist yet is compared with the zero object name.
    pub(in crate::store) fn run(
        &self,
        reflog: &str,
        notes: &mut Vec<String>,
    ) -> Result<Swap, StoreError> {
        let expected = self.old.map_or(Oid::ZERO_SHA1, commit_oid);
        let name = self.branch.reference();
        let moved =
            self.store
                .repo
                .reference_matching(&name, commit_oid(self.new), true, expected, reflog);
        match moved {
            Ok(_) => Ok(Swap::Done(self.new)),
            // Busy only if this user could lock at all: a folder without write permission gives the
            // same error, and retrying would end in a message about a lock that nobody holds.
            Err(error) if error.code() == ErrorCode::Locked => {
                self.require_permission().map(|()| Swap::Busy)
            }
            Err(error) => self.settle(error, notes),
        }
    }

    /// Fails if this user may not write beside the branch. libgit2 does not distinguish that from a
    /// held lock or any other error.
    ///
    /// The probe file does not lock this branch and git does not take it for a branch, so one that
    /// is left behind does no harm.
    fn require_permission(&self) -> Result<(), StoreError> {
        let lock = self.store.branch_lock_path(self.branch);
        if fs::symlink_metadata(&lock).is_ok() {
            return Ok(());
        }
        let probe = lock.with_extension("envctl-tmp.lock");
        match File::create(&probe).map_err(StoreError::io("lock the branch with", &lock)) {
            Err(error @ StoreError::Permission { .. }) => Err(error),
            made => {
                if made.is_ok() {
                    let _ = fs::remove_file(&probe);
                }
                Ok(())
            }
        }
    }

    /// Decides from where the branch is now what the attempt that ended in `error` did.
    ///
    /// libgit2 may fail after the branch has moved, if the log cannot be written or the folder
    /// cannot be flushed. Reporting that as a failure would make the caller write the same again.
    fn settle(&self, error: Error, notes: &mut Vec<String>) -> Result<Swap, StoreError> {
        let stale = matches!(
            error.code(),
            ErrorCode::Modified | ErrorCode::NotFound | ErrorCode::Exists
        );
        let unknown = |cause: StoreError| StoreError::OutcomeUnknown {
            commit: self.new,
            source: cause.into(),
        };
        let now = self.store.tip(self.branch).map_err(unknown)?;
        // Somebody may have committed on top already, so the commit has landed if it is the tip or an ancestor of it.
        if self.is_at_or_behind(now).map_err(unknown)? {
            if !stale {
                notes.push(format!(
                    "the commit landed, but it is not confirmed that it is safely on disk: {error}"
                ));
            }
            return Ok(Swap::Done(self.new));
        }
        // The branch is elsewhere, whatever libgit2's error was: a new attempt on the new tip is
        // right. Only a branch that has not moved makes the error one that a retry cannot help.
        if stale || now != self.old {
            return Ok(Swap::Lost { now });
        }
        self.require_permission()?;
        Err(StoreError::git(format!("move the branch {}", self.branch))(
            error,
        ))
    }

    fn is_at_or_behind(&self, now: Option<CommitId>) -> Result<bool, StoreError> {
        now.map_or(Ok(false), |now| self.store.is_ancestor(self.new, now))
    }
}
