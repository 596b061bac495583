use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;

use super::Manifest;
use super::generation::Generation;
use super::state::FolderState;

/// Moves the files of a generation into `folder` itself, one by one, the manifest last: for file
/// systems without links. Each file is the old or the new one, but for a moment they do not fit
/// together; readers that need to know can compare with the manifest.
///
/// # Errors
///
/// When a file cannot be moved or removed. What was moved stays. The generation names it, so that
/// the next delivery, which finds the generation, recognizes it.
pub(super) fn replace(
    folder: &Path,
    found: &FolderState,
    next: &Generation,
    files: &BTreeMap<String, Vec<u8>>,
) -> anyhow::Result<()> {
    for path in files.keys() {
        let place = folder.join(path);
        let cannot = || format!("cannot write {}", place.display());
        fs::create_dir_all(place.parent().unwrap_or(folder)).with_context(cannot)?;
        fs::rename(next.path().join(path), &place).with_context(cannot)?;
    }
    for path in found.current.iter().flat_map(Manifest::paths) {
        if path != Manifest::FILE && !files.contains_key(path) {
            remove(folder, path)?;
        }
    }
    // Last, because readers compare with it: until then it is the old one, and whoever checks sees
    // that the files do not fit it yet.
    let manifest = folder.join(Manifest::FILE);
    fs::rename(next.path().join(Manifest::FILE), &manifest)
        .with_context(|| format!("cannot write {}", manifest.display()))
}

/// Removes a file, and the folders that become empty.
fn remove(folder: &Path, path: &str) -> anyhow::Result<()> {
    let file = folder.join(path);
    match fs::remove_file(&file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot remove {}", file.display()));
        }
        _ => {}
    }
    let above = file
        .ancestors()
        .skip(1)
        .take_while(|above| *above != folder);
    for above in above {
        // A folder with other content stays.
        if fs::remove_dir(above).is_err() {
            break;
        }
    }
    Ok(())
}
