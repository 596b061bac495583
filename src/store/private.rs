use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{Store, StoreError};

/// The folder inside of git's own where envctl keeps its lock, its journal and its scratch files.
const NAME: &str = "envctl";

impl Store {
    /// envctl's own folder beside the objects that all checkouts share, made if need be.
    pub(super) fn private_directory(&self) -> Result<PathBuf, StoreError> {
        private_directory_in(self.common_directory())
    }
}

/// envctl's own folder in `git_directory`, made if need be.
pub(super) fn private_directory_in(git_directory: &Path) -> Result<PathBuf, StoreError> {
    let path = git_directory.join(NAME);
    match fs::create_dir(&path) {
        Ok(()) => Ok(path),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(path),
        Err(error) => Err(StoreError::io("make the folder", &path)(error)),
    }
}
