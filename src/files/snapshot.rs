use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::files::path::OwnedPath;
use crate::model::{ContentId, Extension, Shared, Version, VersionId, VersionTable};

/// The most bytes that a TOML file with state may have: 256 KiB.
pub const MAX_STATE_FILE: u64 = 256 * 1024;

/// The files that a project owns, as they are in one commit, in the index, or in a work tree.
///
/// Paths are relative to the project's folder, with `/` between parts; bytes that are not UTF-8 are written
/// `\xNN`. Only files that envctl owns are in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The files by path, without those in [`Snapshot::listed`].
    pub entries: Shared<BTreeMap<String, SnapshotEntry>>,
    /// The versions that were listed by their folders, without bytes: plain files, each the only one of its
    /// number. A large project has a hundred thousand of them, and most questions are about a few. One whose
    /// bytes were added later is in [`Snapshot::entries`] as well.
    pub listed: VersionTable,
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

    /// Returns a snapshot of these files.
    pub fn of(entries: BTreeMap<String, SnapshotEntry>) -> Self {
        Self {
            entries: entries.into(),
            listed: VersionTable::default(),
        }
    }

    /// Returns the file at `path`.
    pub fn get(&self, path: &str) -> Option<Cow<'_, SnapshotEntry>> {
        if let Some(entry) = self.entries.get(path) {
            return Some(Cow::Borrowed(entry));
        }
        let (id, extension) = version_at(path)?;
        let numbers = self.listed.get(&id.resource)?;
        let version = numbers.get(&id.number)?;
        (version.extension == extension).then(|| Cow::Owned(SnapshotEntry::listed(version)))
    }

    /// Returns every file by its path, in no particular order.
    pub fn files(&self) -> impl Iterator<Item = (String, Cow<'_, SnapshotEntry>)> {
        let entries = self.entries.iter();
        let entries = entries.map(|(path, entry)| (path.clone(), Cow::Borrowed(entry)));
        let listed = self.listed.iter().flat_map(|(resource, numbers)| {
            numbers.iter().map(|(number, version)| {
                let path = OwnedPath::Version(resource.clone(), *number, version.extension.clone());
                (path.to_string(), version)
            })
        });
        let listed = listed.filter(|(path, _)| !self.entries.contains_key(path));
        entries
            .chain(listed.map(|(path, version)| (path, Cow::Owned(SnapshotEntry::listed(version)))))
    }

    /// Sets the file at `path`.
    pub fn insert(&mut self, path: String, entry: SnapshotEntry) {
        self.unlist(&path);
        self.entries.insert(path, entry);
    }

    /// Removes the file at `path`.
    pub fn remove(&mut self, path: &str) {
        self.unlist(path);
        self.entries.remove(path);
    }

    /// Takes the version at `path` out of the list, and any other file of its number: of two files of one
    /// number none is listed.
    fn unlist(&mut self, path: &str) {
        let Some((VersionId { resource, number }, _)) = version_at(path) else {
            return;
        };
        let is_listed = |numbers: &Shared<BTreeMap<_, _>>| numbers.contains_key(&number);
        if !self.listed.get(&resource).is_some_and(is_listed) {
            return;
        }
        let Some(numbers) = self.listed.get_mut(&resource) else {
            return;
        };
        let removed = numbers.remove(&number);
        if numbers.is_empty() {
            self.listed.remove(&resource);
        }
        if let Some(version) = removed {
            let entry = SnapshotEntry::listed(&version);
            let path = OwnedPath::Version(resource, number, version.extension).to_string();
            self.entries.entry(path).or_insert(entry);
        }
    }

    /// Returns the bytes of the file at `path`, if it exists and they were read.
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.entries.get(path)?.bytes.as_deref()
    }

    /// Returns the text of the file at `path`, if it exists and is UTF-8.
    pub fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.bytes(path)?).ok()
    }

    /// Returns this snapshot after `changes`. `name` returns the git name of new bytes.
    pub fn with(&self, changes: &[FileChange], name: impl Fn(&[u8]) -> ContentId) -> Self {
        let mut after = self.clone();
        for change in changes {
            match &change.bytes {
                None => after.remove(&change.path),
                Some(bytes) => after.insert(
                    change.path.clone(),
                    SnapshotEntry::of(bytes.clone(), name(bytes)),
                ),
            }
        }
        after
    }
}

/// Returns the version whose file has that path.
fn version_at(path: &str) -> Option<(VersionId, Extension)> {
    let (folder, file) = path.rsplit_once('/')?;
    let resource = OwnedPath::resource_in(folder)?;
    let (number, extension) = OwnedPath::version_in(resource.kind, file)?;
    Some((resource.at(number), extension))
}

impl SnapshotEntry {
    /// Returns the file of `version`, of which only the name and the content are known.
    fn listed(version: &Version) -> Self {
        Self {
            mode: Mode::File,
            content: version.content,
            size: 0,
            bytes: None,
        }
    }

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
