use std::fs;
use std::path::{Path, PathBuf};

/// A folder that somebody else fills, beside where it goes. What is still there is removed with this value.
#[must_use = "a folder that is not put in place is removed"]
pub(in crate::store) struct UnfinishedFolder {
    path: PathBuf,
}

impl UnfinishedFolder {
    /// Takes charge of the folder that somebody else is about to make at `path`.
    pub(in crate::store) fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Returns where it is until it is put in place.
    pub(in crate::store) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for UnfinishedFolder {
    fn drop(&mut self) {
        // After a rename nothing is there any more; what cannot be removed is in nobody's way.
        let _ = fs::remove_dir_all(&self.path);
    }
}
