use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::store::error::StoreError;
use crate::store::open::Store;

/// The folder inside of git's own where envctl keeps its lock, its journal and its scratch files.
pub(in crate::store) const NAME: &str = "envctl";

impl Store {
    /// Returns envctl's own folder beside the objects that all checkouts share, and creates it if
    /// necessary.
    pub(in crate::store) fn private_directory(&self) -> Result<PathBuf, StoreError> {
        let path = private_directory_in(self.common_directory())?;
        self.share(&path)?;
        Ok(path)
    }
}

/// Returns envctl's own folder in `git_directory`, and creates it if necessary for the same users.
pub(in crate::store) fn private_directory_in(git_directory: &Path) -> Result<PathBuf, StoreError> {
    folder_in(git_directory, NAME)
}

/// Returns the folder `name` in `parent`, and creates it if necessary for the same users.
pub(in crate::store) fn folder_in(parent: &Path, name: &str) -> Result<PathBuf, StoreError> {
    let path = parent.join(name);
    match fs::create_dir(&path) {
        Ok(()) => {
            let shared = fs::metadata(parent)
                .and_then(|folder| fs::set_permissions(&path, folder.permissions()));
            shared.map_err(StoreError::io("set the permissions of", &path))?;
            Ok(path)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(path),
        Err(error) => Err(StoreError::io("make the folder", &path)(error)),
    }
}

/// Opens the file at `path` in envctl's own folder, and creates it if necessary for the same users
/// as the folder.
///
/// If several users share a repository, it must not matter who created the file. Reading it is
/// enough to lock it.
pub(in crate::store) fn open_shared(path: &Path) -> Result<File, StoreError> {
    let opened = match File::options().read(true).write(true).open(path) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => File::open(path),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let made = File::options()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path);
            made.and_then(|file| share(&file, path).map(|()| file))
        }
        opened => opened,
    };
    opened.map_err(StoreError::io("open", path))
}

/// Lets those who may enter the file's folder read the file, and those who may write there write
/// it.
#[cfg(unix)]
pub(in crate::store) fn share(file: &File, path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    let mode = fs::metadata(folder)?.permissions().mode() & 0o666;
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
pub(in crate::store) fn share(_: &File, _: &Path) -> std::io::Result<()> {
    Ok(())
}
