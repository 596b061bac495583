use std::path::Path;

use git2::{Index, Oid};

use super::checkout::{Checkout, OnDisk};
use super::ids::content_oid;
use super::touched::{File, is_conflicted, is_skipped, look_up, staged};
use super::{ProjectFolder, Store, StoreError, conversion, index_lock, owned};
use crate::files::FileChange;
use crate::model::{BranchName, CommitId};

impl Store {
    /// Succeeds when the files that `changes` touch are, in every checkout of `branch`, as they are in `tip`: on disk
    /// after git's clean filter, and in the index. Nothing else is looked at.
    ///
    /// A git that writes an index meanwhile is waited for, about 2 s.
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
        let checkouts = Checkout::of(self, branch)?;
        if checkouts.is_empty() {
            return Ok(());
        }
        let tree = match tip {
            Some(tip) => self.tree_of(tip, &ProjectFolder::root())?,
            None => None,
        };
        let mut paths = Vec::new();
        for checkout in &checkouts {
            if !index_lock::wait_until_free(checkout) {
                return Err(StoreError::IndexLocked { path: checkout.index_lock() });
            }
            let index = checkout.index()?;
            for change in changes {
                let path = folder.join(&change.path);
                let committed = look_up(tree.as_ref(), &path)?;
                if is_dirty(checkout, &index, &path, committed, change)? {
                    paths.push(path);
                }
            }
        }
        paths.sort();
        paths.dedup();
        if paths.is_empty() { Ok(()) } else { Err(StoreError::Dirty { paths }) }
    }
}

fn is_dirty(
    checkout: &Checkout<'_>,
    index: &Index,
    path: &str,
    committed: Option<File>,
    change: &FileChange,
) -> Result<bool, StoreError> {
    if is_conflicted(index, path) {
        return Err(StoreError::Conflicted { path: path.to_owned() });
    }
    let entry = index.get_path(Path::new(path), 0);
    if staged(entry.as_ref()) != committed || entry.as_ref().is_some_and(|e| owned::is_intent_to_add(e.flags_extended))
    {
        return Ok(true);
    }
    if is_skipped(index, path, entry.as_ref()) {
        return Ok(false);
    }
    conversion::require_known(checkout.repo(), checkout.config(), path)?;
    match checkout.on_disk(path)? {
        OnDisk::Nothing => Ok(committed.is_some()),
        OnDisk::Other(what) => Err(StoreError::InTheWay { path: path.to_owned(), what }),
        OnDisk::File(id, _) => {
            let expected = committed.map_or_else(|| written(change), |file| Some(file.id));
            Ok(Some(id) != expected)
        }
    }
}

/// The name of what `change` is going to write.
fn written(change: &FileChange) -> Option<Oid> {
    change.bytes.as_deref().map(|bytes| content_oid(Store::content_id(bytes)))
}
