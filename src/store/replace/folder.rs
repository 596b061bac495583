use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::store::replace::exchange;

/// A folder that is being filled, beside where it goes. What is still there is removed with this value.
#[must_use = "a folder that is not put in place is removed"]
pub struct UnfinishedFolder {
    path: PathBuf,
}

impl UnfinishedFolder {
    /// Makes a folder at `path`.
    ///
    /// # Errors
    ///
    /// When it cannot be made, or something is there: that is not removed.
    pub fn create(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        fs::create_dir(&path)?;
        Ok(Self { path })
    }

    /// Takes charge of the folder that somebody else is about to make at `path`.
    pub(in crate::store) fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Returns where it is until it is put in place.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the folder at `target`, where nothing is.
    ///
    /// # Errors
    ///
    /// When it cannot be renamed.
    pub fn put(&self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)
    }

    /// Puts the folder at `target`, where an empty folder is.
    ///
    /// # Errors
    ///
    /// When it cannot be renamed, or `target` is not empty.
    pub fn put_onto_empty(&self, target: &Path) -> io::Result<()> {
        // POSIX replaces an empty folder; elsewhere it has to go first.
        self.put(target).or_else(|_| {
            fs::remove_dir(target)?;
            self.put(target)
        })
    }

    /// Makes each of this folder and that at `other` be where the other was. Where the system can do so in one step, as Linux
    /// can, there is no moment without `other`, and never one in which it is half.
    ///
    /// # Errors
    ///
    /// When one of them cannot be renamed.
    pub fn exchange(&self, other: &Path) -> io::Result<()> {
        exchange::exchange(&self.path, other)
    }
}

impl Drop for UnfinishedFolder {
    fn drop(&mut self) {
        // After a rename nothing is there any more; what cannot be removed is in nobody's way.
        let _ = fs::remove_dir_all(&self.path);
    }
}
