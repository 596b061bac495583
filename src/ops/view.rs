use jiff::Timestamp;

use crate::files::{Snapshot, State};
use crate::model::CommitId;
use crate::store::ProjectFolder;

/// A moment in the project's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The commit that a revision names.
    Revision(String),
    /// The last commit of the first-parent line up to this time.
    Time(Timestamp),
}

/// A project as it is in one commit.
#[derive(Clone, Debug)]
pub struct View {
    /// The commit.
    pub commit: CommitId,
    /// The project's folder in it, where it was then if it was moved since.
    pub folder: ProjectFolder,
    /// Its files.
    pub snapshot: Snapshot,
    /// What they say, parsed.
    pub state: State,
}
