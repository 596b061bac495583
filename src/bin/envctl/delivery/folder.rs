use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::Path;

use anyhow::Context;

use super::Manifest;
use crate::error::Failure;
use crate::exit::Exit;

/// The most bytes that a manifest is believed to have: a hundred thousand files with long names.
const MAX_MANIFEST: u64 = 32 * 1024 * 1024;

/// What stands where a delivery goes.
#[derive(Debug)]
pub(super) enum FolderState {
    Nothing,
    Empty,
    /// An earlier delivery and nothing else.
    Delivery(Manifest),
}

/// Returns what is at `folder` now.
///
/// # Errors
///
/// When it is no folder, cannot be read, or holds what no delivery put there.
pub(super) fn standing(folder: &Path) -> anyhow::Result<FolderState> {
    match fs::symlink_metadata(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(FolderState::Nothing),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot look at {}", folder.display()));
        }
        Ok(found) if found.is_symlink() => anyhow::bail!(foreign(folder, "it is a symbolic link")),
        Ok(found) if !found.is_dir() => anyhow::bail!(foreign(folder, "it is not a folder")),
        Ok(_) => {}
    }
    if fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .next()
        .is_none()
    {
        return Ok(FolderState::Empty);
    }
    let Some(manifest) = text(&folder.join(Manifest::FILE))
        .as_deref()
        .and_then(Manifest::read)
    else {
        anyhow::bail!(foreign(
            folder,
            "it holds files, and no manifest of a render"
        ));
    };
    match first_foreign(folder, "", &manifest)? {
        None => Ok(FolderState::Delivery(manifest)),
        Some(path) => anyhow::bail!(foreign(
            folder,
            &format!("it holds {path:?}, which no render put there")
        )),
    }
}

/// Returns the failure for a folder that must not be replaced.
pub(super) fn foreign(folder: &Path, why: &str) -> Failure {
    let message = format!("{} is not replaced: {why}", folder.display());
    Failure::new(Exit::Error, "foreign-folder", message)
        .hint("name a folder that is new, empty, or was written by render")
}

/// Returns the first file below `folder` that `manifest` does not name, or that is not a plain file.
fn first_foreign(
    folder: &Path,
    below: &str,
    manifest: &Manifest,
) -> anyhow::Result<Option<String>> {
    let cannot = || format!("cannot read {}", folder.display());
    for entry in fs::read_dir(folder.join(below)).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        let kind = entry.file_type().with_context(cannot)?;
        let foreign = match () {
            () if kind.is_dir() => first_foreign(folder, &path, manifest)?,
            () if kind.is_file() && manifest.names(&path) => None,
            () => Some(path),
        };
        if foreign.is_some() {
            return Ok(foreign);
        }
    }
    Ok(None)
}

/// Reports whether `folder` holds exactly these bytes under these paths.
pub(super) fn holds(folder: &Path, files: &BTreeMap<String, Vec<u8>>) -> bool {
    files
        .iter()
        .all(|(path, bytes)| fs::read(folder.join(path)).is_ok_and(|there| there == *bytes))
}

fn text(path: &Path) -> Option<String> {
    if !fs::symlink_metadata(path).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    fs::File::open(path)
        .ok()?
        .take(MAX_MANIFEST)
        .read_to_string(&mut text)
        .ok()?;
    Some(text)
}
