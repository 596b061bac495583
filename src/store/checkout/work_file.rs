use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::store::error::StoreError;
use crate::store::replace::file::{FileMode, Flush, Replacement};

/// The name, in the same folder, of a file that is about to take another's place.
const TEMPORARY: &str = ".envctl-tmp";

/// What stands at a path of a work tree. Symbolic links are seen, never followed.
#[derive(Debug)]
pub(in crate::store) enum WorkFileState {
    /// Nothing.
    Nothing,
    /// A plain file.
    File(Metadata),
    /// Something that is no plain file; what, for a user to read.
    Other(&'static str),
}

/// What stands at `path` of the work tree `root`.
///
/// # Errors
///
/// [`StoreError::InTheWay`] when the way there leads through something that is no folder.
pub(in crate::store) fn look(root: &Path, path: &str) -> Result<WorkFileState, StoreError> {
    for (end, _) in path.match_indices('/') {
        match standing(&root.join(&path[..end]))? {
            WorkFileState::Nothing => return Ok(WorkFileState::Nothing),
            WorkFileState::Other("a folder") => {}
            WorkFileState::Other(what) => {
                return Err(StoreError::InTheWay {
                    path: path[..end].to_owned(),
                    what,
                });
            }
            WorkFileState::File(_) => {
                return Err(StoreError::InTheWay {
                    path: path[..end].to_owned(),
                    what: "a file where a folder must be",
                });
            }
        }
    }
    standing(&root.join(path))
}

fn standing(path: &Path) -> Result<WorkFileState, StoreError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => Ok(WorkFileState::Other("a symbolic link")),
        Ok(found) if found.is_dir() => Ok(WorkFileState::Other("a folder")),
        Ok(found) if found.is_file() => Ok(WorkFileState::File(found)),
        Ok(_) => Ok(WorkFileState::Other("neither a file nor a folder")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(WorkFileState::Nothing),
        Err(error) => Err(StoreError::io("look at", path)(error)),
    }
}

/// Puts a file with `bytes` at `path` of the work tree `root`, in one step: whoever looks sees the old one or the new one.
///
/// Answers what the file system says about the new file.
pub(in crate::store) fn write(
    root: &Path,
    path: &str,
    bytes: &[u8],
) -> Result<Metadata, StoreError> {
    let target = root.join(path);
    let put = || -> io::Result<Metadata> {
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        let new = Replacement::new(temporary(&target), &target);
        let file = new.write(bytes, FileMode::Default, Flush::No)?;
        new.replace()?;
        // Asked of the open file: if somebody has put another in its place, the index must not describe that one.
        file.metadata()
    };
    put().map_err(StoreError::io("write", &target))
}

/// Removes the file at `path` of the work tree `root`, and the folders that are empty without it.
pub(in crate::store) fn remove(root: &Path, path: &str) -> Result<(), StoreError> {
    let target = root.join(path);
    match fs::remove_file(&target) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(StoreError::io("remove", &target)(error));
        }
        _ => {}
    }
    let folders = target
        .ancestors()
        .skip(1)
        .take_while(|folder| *folder != root && folder.starts_with(root));
    for folder in folders {
        // A folder that is not empty stays, as with git.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}

/// Removes what a write to `path` that was interrupted left beside it.
pub(in crate::store) fn remove_temporary(root: &Path, path: &str) {
    // Nearly always there is nothing; a file that stays is in nobody's way.
    let _ = fs::remove_file(temporary(&root.join(path)));
}

/// Whether a file of this name is one that [`write`] was about to put in place.
pub(in crate::store) fn is_temporary(name: &str) -> bool {
    name == TEMPORARY
}

fn temporary(target: &Path) -> PathBuf {
    target.with_file_name(TEMPORARY)
}
