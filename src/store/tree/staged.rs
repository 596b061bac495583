use std::collections::BTreeMap;

use git2::{Index, IndexEntry};

use crate::files::{Mode, Snapshot, SnapshotEntry};
use crate::store::error::StoreError;
use crate::store::folder::ProjectFolder;
use crate::store::ids::content_id;
use crate::store::open::Store;
use crate::store::tree::content::Wanted;
use crate::store::tree::owned;
use crate::store::tree::projects::Projects;

impl Store {
    /// Returns the files of the project in `folder` as they are staged, with all bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflicted`] for a file with merge conflicts, [`StoreError::NoWorkTree`] in a bare repository,
    /// and when the index or an object cannot be read.
    pub fn staged(&self, folder: &ProjectFolder) -> Result<Snapshot, StoreError> {
        let index = self.present_index()?;
        let prefix = folder.join("");
        let mut entries = BTreeMap::new();
        for entry in owned::under(&index, prefix.clone().into_bytes()) {
            let path = &entry.path[prefix.len()..];
            let top = path.split(|byte| *byte == b'/').next().unwrap_or_default();
            if owned::of_name(top).is_none() || owned::is_intent_to_add(entry.flags_extended) {
                continue;
            }
            if owned::stage(entry.flags) != 0 {
                return Err(StoreError::Conflicted {
                    path: owned::spelled(&entry.path),
                });
            }
            entries.insert(owned::spelled(path), self.staged_file(&entry)?);
        }
        Ok(Snapshot::of(entries))
    }

    /// Returns the index as it is on disk now.
    fn present_index(&self) -> Result<Index, StoreError> {
        if self.is_bare() {
            return Err(StoreError::NoWorkTree {
                path: self.git_directory().to_owned(),
            });
        }
        self.make_index_readable()?;
        let mut index = self
            .repo
            .index()
            .map_err(StoreError::git("open the index"))?;
        // libgit2 keeps the index that it read first. A hook or another process may have staged
        // files since.
        index
            .read(false)
            .map_err(StoreError::git("read the index"))?;
        Ok(index)
    }

    /// Returns every project whose `envctl.toml` is staged.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoWorkTree`] in a bare repository, and when the index cannot be read.
    pub fn staged_projects(&self) -> Result<Projects, StoreError> {
        let index = self.present_index()?;
        let entries = index.iter();
        let entries = entries.filter(|entry| !owned::is_intent_to_add(entry.flags_extended));
        Ok(Projects::of_files(
            entries.map(|entry| (entry.path, content_id(entry.id))),
        ))
    }

    fn staged_file(&self, entry: &IndexEntry) -> Result<SnapshotEntry, StoreError> {
        let mode = i32::try_from(entry.mode).map_or(Mode::Other, owned::mode);
        let content = content_id(entry.id);
        match mode {
            Mode::Submodule | Mode::Other => Ok(SnapshotEntry {
                mode,
                content,
                size: 0,
                bytes: None,
            }),
            Mode::SymbolicLink => Ok(SnapshotEntry {
                mode,
                content,
                size: self.blob(entry.id, Wanted::Size)?.size,
                bytes: None,
            }),
            Mode::File | Mode::Executable => {
                let blob = self.blob(entry.id, Wanted::Bytes)?;
                Ok(SnapshotEntry {
                    mode,
                    content,
                    size: blob.size,
                    bytes: blob.bytes,
                })
            }
        }
    }
}
