use super::{NewCommit, Store, StoreError, Writing};
use crate::model::CommitId;

impl Store {
    /// Writes the objects of a commit, without moving any branch.
    pub fn write_commit(&self, new: &NewCommit<'_>, _writing: &Writing) -> Result<CommitId, StoreError> {
        let _ = new.changes;
        Err(StoreError::Git { doing: "write".into(), source: "not there yet".into() })
    }
}
