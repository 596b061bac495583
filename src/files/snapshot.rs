use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::ContentId;

/// The most bytes that a TOML file with state may have: 256 KiB.
pub const MAX_STATE_FILE: u64 = 256 * 1024;

/// The files that a project owns, as they are in one commit, in the index, or in a work tree.
///
/// Paths are relative to the project's folder, with `/` between parts; bytes that are not UTF-8 are written
/// `\xNN`. Only files that envctl owns are in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Every file by its path.
    pub entries: BTreeMap<String, SnapshotEntry>,
}

/// One file of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotEntry {
    /// What git says it is.
    pub mode: Mode,
    /// The name of its bytes (after git's clean filter, in a work tree).
    pub content: ContentId,
    /// How many bytes it has.
    pub size: u64,
    /// The bytes, if they were read and are not more than [`Snapshot::MAX_READ`].
    pub bytes: Option<Arc<[u8]>>,
}

/// What git says a tree entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A plain file, 100644: the only mode that envctl owns files with.
    File,
    /// A file that may be run, 100755.
    Executable,
    /// A symbolic link, 120000.
    SymbolicLink,
    /// Another repository, 160000.
    Submodule,
    /// Anything else.
    Other,
}

impl Snapshot {
    /// The most bytes that are ever read of one file: 1 MiB, which is also the limit of a version.
    pub const MAX_READ: u64 = 1024 * 1024;

    /// Returns the bytes of the file at `path`, if it exists and they were read.
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.entries.get(path)?.bytes.as_deref()
    }

    /// Returns the text of the file at `path`, if it exists and is UTF-8.
    pub fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.bytes(path)?).ok()
    }

    /// Adds the bytes of the file at `path`, which was listed without them.
    pub fn load(&mut self, path: &str, bytes: Arc<[u8]>) {
        if let Some(entry) = self.entries.get_mut(path) {
            entry.size = bytes.len() as u64;
            entry.bytes = Some(bytes);
        }
    }

    /// Returns this snapshot after `changes`. `name` returns the git name of new bytes.
    pub fn with(&self, changes: &[FileChange], name: impl Fn(&[u8]) -> ContentId) -> Self {
        let mut after = self.clone();
        for change in changes {
            match &change.bytes {
                None => after.entries.remove(&change.path),
                Some(bytes) => after.entries.insert(
                    change.path.clone(),
                    SnapshotEntry::of(bytes.clone(), name(bytes)),
                ),
            };
        }
        after
    }
}

impl SnapshotEntry {
    /// Returns a plain file with these bytes, whose name is `content`.
    pub fn of(bytes: Arc<[u8]>, content: ContentId) -> Self {
        Self {
            mode: Mode::File,
            content,
            size: bytes.len() as u64,
            bytes: Some(bytes),
        }
    }
}

/// What a plan does to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Which file, relative to the project's folder.
    pub path: String,
    /// What it contains afterwards; `None` if it is removed.
    pub bytes: Option<Arc<[u8]>>,
}
