use std::path::Path;

use crate::model::{BranchName, CommitId};
use crate::store::checkout::checkouts::{Checkout, OnDisk};
use crate::store::checkout::follow::{follow, lock_checkouts};
use crate::store::checkout::touched::{is_conflicted, look_up, staged};
use crate::store::error::StoreError;
use crate::store::folder::ProjectFolder;
use crate::store::lock::advisory::Advisory;
use crate::store::lock::journal::Record;
use crate::store::lock::process::ProcessId;
use crate::store::open::Store;

/// How many commits a checkout can be behind and still be recognised.
const FARTHEST: usize = 100;

impl Store {
    /// Returns the newest commit before `tip`, on its first-parent line, whose file at `path` is
    /// what the index and the work tree hold. There the checkout of `branch` stopped following.
    /// Returns `None` where either holds anything else.
    ///
    /// # Errors
    ///
    /// When history, the index or the file cannot be read.
    pub fn stopped_at(
        &self,
        branch: &BranchName,
        tip: CommitId,
        path: &str,
    ) -> Result<Option<CommitId>, StoreError> {
        let mut checkouts = Checkout::of(self, branch)?.into_iter();
        let here = checkouts.find(|checkout| checkout.git_directory() == self.git_directory());
        let Some(checkout) = here else {
            return Ok(None);
        };
        let index = checkout.index()?;
        let file = match checkout.on_disk(path) {
            Ok(OnDisk::Nothing) => None,
            Ok(OnDisk::File(id, _)) => Some(id),
            Ok(OnDisk::Other(_)) | Err(StoreError::InTheWay { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        if is_conflicted(&index, path) {
            return Ok(None);
        }
        let entry = index.get_path(Path::new(path), 0);
        // The index and the file are compared apart from each other: an update that was interrupted
        // between the two leaves one old and one new, and both are still envctl's own content.
        let held = [staged(entry.as_ref()).map(|entry| entry.id), file];
        let in_commit = |commit| {
            let tree = self.tree_of(commit, &ProjectFolder::root())?;
            Ok::<_, StoreError>(look_up(tree.as_ref(), path)?.map(|file| file.id))
        };
        let now = in_commit(tip)?;
        // A commit in which the file is the same as now proves nothing about where the checkout
        // stopped, so the search goes on to one in which it was different.
        for record in self.first_parents(tip).skip(1).take(FARTHEST) {
            let commit = match record {
                Err(StoreError::Shallow { .. }) => return Ok(None),
                record => record?.id,
            };
            let then = in_commit(commit)?;
            if then != now && held.iter().all(|id| *id == then || *id == now) {
                return Ok(Some(commit));
            }
        }
        Ok(None)
    }

    /// Lets the checkouts of `branch` follow from `from`, where they stopped, to its tip. Returns a
    /// note for each file that was left alone.
    ///
    /// # Errors
    ///
    /// When the index or files cannot be written.
    pub fn resume_following(
        &self,
        branch: &BranchName,
        from: CommitId,
    ) -> Result<Vec<String>, StoreError> {
        let _alone = Advisory::take(self)?;
        let mut notes = Vec::new();
        let Some(tip) = self.tip(branch)? else {
            return Ok(notes);
        };
        // The same code brings checkouts forward after a normal move and after a crash. All it
        // needs is a record of the move, so one is made up here; the branch itself does not move.
        let record = Record {
            branch: branch.clone(),
            old: Some(from),
            new: tip,
            owner: ProcessId::this(),
        };
        let locked = lock_checkouts(self, branch)?;
        follow(self, &record, tip, locked, &mut notes)?;
        Ok(notes)
    }
}
