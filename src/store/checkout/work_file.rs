use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::store::error::StoreError;
use crate::store::replace::file::{FileMode, Flush, Replacement};

/// The name, in the same folder, of a file that is about to replace another.
const TEMPORARY: &str = ".envctl-tmp";

/// What is at a path of a work tree. Symbolic links are seen, never followed.
#[derive(Debug)]
pub(in crate::store) enum WorkFileState {
    /// Nothing.
    Nothing,
    /// A plain file.
    File(Metadata),
    /// Something other than a plain file; what it is, for a user to read.
    Other(&'static str),
}

/// Returns what is at `path` of the work tree `root`.
///
/// # Errors
///
/// [`StoreError::InTheWay`] if a parent of `path` is something other than a folder.
pub(in crate::store) fn look(root: &Path, path: &str) -> Result<WorkFileState, StoreError> {
    // Each folder on the way is looked at by itself. Opening the whole path would follow a link in
    // its middle, and write outside of the work tree.
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

/// Puts a file with `bytes` at `path` of the work tree `root`, in one step: a reader sees the old
/// file or the new one. Returns what the file system says about the new file.
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
        // Not flushed: after a power cut the commit is there and the file can be restored from it.
        // Waiting for the disk for each file would slow every promotion down.
        let file = new.write(bytes, FileMode::Default, Flush::No)?;
        new.replace()?;
        // Read from the open file: if somebody has replaced it meanwhile, the index must not describe that one.
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

/// Removes what an interrupted write to `path` left beside it.
pub(in crate::store) fn remove_temporary(root: &Path, path: &str) {
    // Nearly always there is nothing; a file that stays does no harm.
    let _ = fs::remove_file(temporary(&root.join(path)));
}

/// Reports whether a file of this name is one that [`write`] was about to put in place.
pub(in crate::store) fn is_temporary(name: &str) -> bool {
    name == TEMPORARY
}

fn temporary(target: &Path) -> PathBuf {
    target.with_file_name(TEMPORARY)
}
