use super::{ProjectFolder, Store, StoreError};
use crate::files::Snapshot;

impl Store {
    /// The files of the project in `folder` as they are on disk.
    pub fn work_tree_snapshot(&self, _folder: &ProjectFolder) -> Result<Snapshot, StoreError> {
        Ok(Snapshot::default())
    }
}
