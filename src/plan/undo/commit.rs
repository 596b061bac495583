use std::sync::Arc;

use crate::model::{CommitId, Project};

/// A commit that is to be taken back.
#[derive(Clone, Copy, Debug)]
pub struct Undoing<'a> {
    /// The commit.
    pub commit: CommitId,
    /// The first line of its message.
    pub subject: &'a str,
    /// The project before it.
    pub before: &'a Project,
    /// The project after it.
    pub after: &'a Project,
    /// The files that it changed, without those of versions.
    pub files: &'a [ChangedFile],
    /// Whether it changed a version.
    pub published: bool,
}

/// A file that a commit changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedFile {
    /// Which file, relative to the project's folder.
    pub path: String,
    /// What it contained before; `None` if it did not exist.
    pub before: Option<Arc<[u8]>>,
    /// Whether it was a plain file before, or did not exist.
    pub plain: bool,
    /// Whether it still is as the commit left it.
    pub untouched: bool,
    /// Whether it was valid before and after.
    pub readable: bool,
}
