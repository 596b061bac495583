use std::path::Path;

use git2::{Index, Oid};

use crate::files::FileChange;
use crate::model::{BranchName, CommitId};
use crate::store::checkout::checkouts::{Checkout, OnDisk};
use crate::store::checkout::conversion;
use crate::store::checkout::index_lock;
use crate::store::checkout::touched::{
    Touched, is_conflicted, is_skipped, look_up, staged, touched,
};
use crate::store::error::StoreError;
use crate::store::folder::ProjectFolder;
use crate::store::ids::content_oid;
use crate::store::open::Store;
use crate::store::tree::differences::File;
use crate::store::tree::owned;

impl Store {
    /// Succeeds if the files that `changes` touch are, in every checkout of `branch`, as they are
    /// in `tip`: on disk after git's clean filter, and in the index. Nothing else is looked at.
    ///
    /// Waits about 2 s for a git that is writing an index.
    ///
    /// A new file may be there already if it holds exactly what is going to be written.
    ///
    /// # Errors
    ///
    /// [`StoreError::Dirty`] with all such files; [`StoreError::IndexLocked`], [`StoreError::Conflicted`] and
    /// [`StoreError::InTheWay`]; [`StoreError::Unsupported`] where attributes or the index would make git read something
    /// else than what is written. Nothing has been written then.
    pub fn require_clean(
        &self,
        branch: &BranchName,
        tip: Option<CommitId>,
        folder: &ProjectFolder,
        changes: &[FileChange],
    ) -> Result<(), StoreError> {
        let tree = match tip {
            Some(tip) => self.tree_of(tip, &ProjectFolder::root())?,
            None => None,
        };
        let pending = |change: &FileChange| {
            let path = folder.join(&change.path);
            let committed = look_up(tree.as_ref(), &path)?;
            let written = change
                .bytes
                .as_deref()
                .map(|bytes| content_oid(Store::content_id(bytes)));
            Ok(Pending {
                path,
                committed,
                written,
            })
        };
        self.require_as_committed(branch, || changes.iter().map(pending).collect())
    }

    /// Succeeds if `branch` can move from `before` to `after` with every checkout of it. What
    /// differs between the two must be in each checkout as it is in `before`, as for
    /// [`Store::require_clean`].
    ///
    /// # Errors
    ///
    /// As [`Store::require_clean`], and [`StoreError::NotPlain`] if something differs that envctl does not write, as links,
    /// executables, other repositories.
    pub fn require_clean_between(
        &self,
        branch: &BranchName,
        before: CommitId,
        after: CommitId,
    ) -> Result<(), StoreError> {
        self.require_as_committed(branch, || {
            let touched = touched(self, (Some(before), after), after)?;
            let pending = |(path, touched): (String, Touched)| match touched.is_plain() {
                false => Err(StoreError::NotPlain { path }),
                true => Ok(Pending {
                    path,
                    committed: touched.old,
                    written: touched.new.map(|file| file.id),
                }),
            };
            touched.into_iter().map(pending).collect()
        })
    }

    fn require_as_committed(
        &self,
        branch: &BranchName,
        pending: impl FnOnce() -> Result<Vec<Pending>, StoreError>,
    ) -> Result<(), StoreError> {
        // A bare repository or a branch that is checked out nowhere has nothing to protect;
        // comparing the trees would cost time for no answer.
        let checkouts = Checkout::found(self, branch)?;
        if checkouts.is_empty() {
            return Ok(());
        }
        let pending = pending()?;
        let mut paths = Vec::new();
        for checkout in &checkouts {
            if !index_lock::wait_until_free(checkout) {
                return Err(StoreError::IndexLocked {
                    path: checkout.index_lock(),
                });
            }
            let mut index = checkout.index()?;
            // Read once: libgit2 would read it again, to look for attributes in it.
            let repo = checkout.repo();
            repo.set_index(&mut index)
                .map_err(StoreError::git("use the index"))?;
            for file in &pending {
                if is_dirty(checkout, &index, file)? {
                    paths.push(file.path.clone());
                }
            }
        }
        paths.sort();
        paths.dedup();
        if paths.is_empty() {
            Ok(())
        } else {
            Err(StoreError::Dirty { paths })
        }
    }
}

/// A file that is about to be written.
struct Pending {
    path: String,
    /// The file in the commit that the branch is at, or `None`.
    committed: Option<File>,
    /// The name of what it will hold, or `None` if it is removed.
    written: Option<Oid>,
}

fn is_dirty(checkout: &Checkout<'_>, index: &Index, file: &Pending) -> Result<bool, StoreError> {
    let Pending {
        path,
        committed,
        written,
    } = file;
    if is_conflicted(index, path) {
        return Err(StoreError::Conflicted { path: path.clone() });
    }
    // Index before file: what is staged would be lost from the index even if the file on disk
    // happens to be equal. An entry that `git add -N` made looks like an empty file but is a
    // promise of the user's, so it counts as a change.
    let entry = index.get_path(Path::new(path), 0);
    if staged(entry.as_ref()) != *committed
        || entry
            .as_ref()
            .is_some_and(|e| owned::is_intent_to_add(e.flags_extended))
    {
        return Ok(true);
    }
    // A file that a sparse checkout leaves out has no bytes on disk to lose.
    if is_skipped(index, path, entry.as_ref()) {
        return Ok(false);
    }
    // Only now, since only a file that is compared has to be converted: an odd attribute on a file
    // that is not checked out stops nobody.
    conversion::require_known(checkout.repo(), checkout.config(), path)?;
    match checkout.on_disk(path)? {
        OnDisk::Nothing => Ok(committed.is_some()),
        OnDisk::Other(what) => Err(StoreError::InTheWay {
            path: path.clone(),
            what,
        }),
        // A file that is not committed yet may be on disk with exactly the bytes that will be
        // written. That is how a second run after an interrupted one finds it.
        OnDisk::File(id, _) => Ok(Some(id) != committed.map_or(*written, |file| Some(file.id))),
    }
}
