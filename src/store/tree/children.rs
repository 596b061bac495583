//! Looks for names in folders of any size.

use git2::{Error, Oid};

use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::tree::large_folders::FolderEntry;

/// Returns an error that the tree `id` could not be read.
pub(in crate::store) fn unread(id: Oid) -> impl Fn(Error) -> StoreError {
    move |error| StoreError::git(format!("read the folder {id}"))(error)
}

impl Store {
    /// Returns the entry `name` of the tree `id`, or `None`.
    pub(in crate::store) fn folder_entry(
        &self,
        id: Oid,
        name: &str,
    ) -> Result<Option<FolderEntry>, Error> {
        if let Some(known) = self.large_folders.borrow().find(id, name) {
            self.spend()?;
            return Ok(known);
        }
        let tree = self.tree(id)?;
        let found = FolderEntry::of(&tree, name);
        self.large_folders.borrow_mut().note(&tree);
        Ok(found)
    }
}
