use jiff::Timestamp;

use crate::model::{CommitId, Identity};

/// Who wrote a table of a file, according to history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setter {
    /// The commit that wrote it. If a merge brought it, a commit of the merged branch.
    pub commit: CommitId,
    /// The author of that commit; `None` if unknown.
    pub author: Option<Identity>,
    /// The own time of that commit.
    pub at: Timestamp,
    /// The commit of the first-parent line with which it came there.
    pub landed: CommitId,
    /// The effective time of that commit.
    pub since: Timestamp,
    /// The own time of the commit that wrote the table that the line had until then, where a merge replaced it.
    pub replaced: Option<Timestamp>,
}
