use jiff::Timestamp;

use super::{Store, StoreError};
use crate::model::CommitId;

/// A commit on a first-parent line, as far as order and time need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinePoint {
    /// The commit.
    pub commit: CommitId,
    /// When it was recorded, as its committer says.
    pub recorded: Timestamp,
}

impl Store {
    /// The first-parent line of `tip`, newest first, down to the first commit.
    ///
    /// # Errors
    ///
    /// [`StoreError::Shallow`] where a shallow clone leaves the rest out, [`StoreError::AlteredHistory`] where grafts or
    /// replacement objects change what commits seem to say, and when a commit cannot be read.
    pub fn line(&self, tip: CommitId) -> Result<Vec<LinePoint>, StoreError> {
        self.require_unaltered_history()?;
        let point = |record: Result<super::CommitRecord, StoreError>| {
            record.map(|record| LinePoint { commit: record.id, recorded: record.committer.at })
        };
        self.first_parents(tip).map(point).collect()
    }
}
