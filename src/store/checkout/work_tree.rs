use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::path::Path;

use git2::{ObjectType, Oid, Status, StatusOptions, StatusShow};

use crate::files::{Mode, Snapshot, SnapshotEntry, owned_names};
use crate::store::checkout::conversion;
use crate::store::checkout::work_file;
use crate::store::error::StoreError;
use crate::store::folder::ProjectFolder;
use crate::store::ids::{content_id, content_id_of};
use crate::store::open::Store;
use crate::store::tree::owned;
use crate::store::tree::projects::Projects;

/// How deep owned folders are read; see the snapshot of a commit.
const DEPTH: usize = 3;

impl Store {
    /// Returns the files of the project in `folder` as they are on disk, with the bytes that git
    /// would commit.
    ///
    /// Symbolic links are listed, not followed. Files that git ignores and does not track are left
    /// out. Bytes beyond [`Snapshot::MAX_READ`] are not loaded.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoWorkTree`] in a bare repository, and when something cannot be read.
    pub fn work_tree_snapshot(&self, folder: &ProjectFolder) -> Result<Snapshot, StoreError> {
        let no_work_tree = || StoreError::NoWorkTree {
            path: self.git_directory().to_owned(),
        };
        let root = self.work_tree().ok_or_else(no_work_tree)?;
        self.make_index_readable()?;
        let mut reader = WorkTreeReader {
            store: self,
            root,
            folder,
            entries: BTreeMap::new(),
        };
        for name in owned_names() {
            reader.read(name, 1)?;
        }
        Ok(Snapshot::of(reader.entries))
    }

    /// Returns every project that is staged, or whose `envctl.toml` git would add from the work tree.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoWorkTree`] in a bare repository, and when the index or a folder cannot be read.
    pub fn work_tree_projects(&self) -> Result<Projects, StoreError> {
        let mut projects = self.staged_projects()?;
        let mut options = StatusOptions::new();
        options
            .show(StatusShow::Workdir)
            .include_untracked(true)
            .recurse_untracked_dirs(true)
            .exclude_submodules(true)
            .pathspec("*envctl.toml");
        let statuses = self
            .repo
            .statuses(Some(&mut options))
            .map_err(StoreError::git("look for projects in the work tree"))?;
        let untracked = statuses
            .iter()
            .filter(|entry| entry.status().contains(Status::WT_NEW))
            .map(|entry| (entry.path_bytes().to_vec(), content_id_of(b"")));
        let new = Projects::of_files(untracked);
        projects.folders.extend(new.folders);
        projects.unnamed.extend(new.unnamed);
        Ok(projects)
    }
}

struct WorkTreeReader<'s> {
    store: &'s Store,
    root: &'s Path,
    folder: &'s ProjectFolder,
    entries: BTreeMap<String, SnapshotEntry>,
}

impl WorkTreeReader<'_> {
    fn read(&mut self, path: &str, depth: usize) -> Result<(), StoreError> {
        let full = self.folder.join(path);
        let place = self.root.join(&full);
        let Ok(found) = fs::symlink_metadata(&place) else {
            return Ok(());
        };
        // A folder with a `.git` is another repository. It is listed as one entry, as git would
        // commit it, and not read.
        if found.is_dir() && depth <= DEPTH && !place.join(".git").exists() {
            return self.read_folder(path, &place, depth);
        }
        if !self.is_ignored(&full)? {
            let entry = self.entry(&full, &place, &found)?;
            self.entries.insert(path.to_owned(), entry);
        }
        Ok(())
    }

    fn read_folder(&mut self, path: &str, place: &Path, depth: usize) -> Result<(), StoreError> {
        for child in fs::read_dir(place).map_err(StoreError::io("list", place))? {
            let name = child.map_err(StoreError::io("list", place))?.file_name();
            match name.to_str() {
                Some(name) if work_file::is_temporary(name) => {}
                Some(name) => self.read(&format!("{path}/{name}"), depth + 1)?,
                None => self.list_oddly_named(path, name.as_encoded_bytes()),
            }
        }
        Ok(())
    }

    /// Lists a name that is not UTF-8. envctl owns no such file; it is listed so that it can be
    /// judged, and not read.
    fn list_oddly_named(&mut self, folder: &str, name: &[u8]) {
        let content = Store::content_id(b"");
        let entry = SnapshotEntry {
            mode: Mode::Other,
            content,
            size: 0,
            bytes: None,
        };
        self.entries
            .insert(format!("{folder}/{}", owned::spelled(name)), entry);
    }

    fn entry(
        &self,
        path: &str,
        place: &Path,
        found: &Metadata,
    ) -> Result<SnapshotEntry, StoreError> {
        if found.is_symlink() {
            let target = fs::read_link(place).map_err(StoreError::io("read the link", place))?;
            let target = target.as_os_str().as_encoded_bytes();
            let size = target.len() as u64;
            return Ok(SnapshotEntry {
                mode: Mode::SymbolicLink,
                content: Store::content_id(target),
                size,
                bytes: None,
            });
        }
        if !found.is_file() {
            let mode = if found.is_dir() && place.join(".git").exists() {
                Mode::Submodule
            } else {
                Mode::Other
            };
            return Ok(SnapshotEntry {
                mode,
                content: Store::content_id(b""),
                size: 0,
                bytes: None,
            });
        }
        let mode = if is_executable(found) {
            Mode::Executable
        } else {
            Mode::File
        };
        // A large file is hashed without loading it. The content is never looked at, but its name
        // must differ when its bytes do.
        if found.len() > Snapshot::MAX_READ {
            let id = Oid::hash_file(ObjectType::Blob, place);
            let id =
                id.map_err(|error| StoreError::git(format!("read {}", place.display()))(error))?;
            return Ok(SnapshotEntry {
                mode,
                content: content_id(id),
                size: found.len(),
                bytes: None,
            });
        }
        let bytes = fs::read(place).map_err(StoreError::io("read", place))?;
        conversion::require_known(&self.store.repo, self.store.settings.config(), path)?;
        let bytes = conversion::clean(&self.store.repo, path, bytes)?;
        Ok(SnapshotEntry {
            mode,
            content: Store::content_id(&bytes),
            size: bytes.len() as u64,
            bytes: Some(bytes.into()),
        })
    }

    fn is_ignored(&self, path: &str) -> Result<bool, StoreError> {
        let ignored = self.store.repo.is_path_ignored(path);
        if !ignored
            .map_err(|error| StoreError::git(format!("ask whether {path} is ignored"))(error))?
        {
            return Ok(false);
        }
        // A file that is tracked although a rule ignores it is committed by git like any other, so
        // it is part of the project.
        let index = self
            .store
            .repo
            .index()
            .map_err(StoreError::git("open the index"))?;
        Ok(index.get_path(Path::new(path), 0).is_none())
    }
}

#[cfg(unix)]
fn is_executable(file: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &Metadata) -> bool {
    false
}
