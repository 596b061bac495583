use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use envctl::store::{Flush, exchange};

use super::generation::{Generation, sync, temporary_name};
use super::state::{DATA, FolderState};

/// Reports whether `folder` can hold symbolic links.
///
/// # Errors
///
/// When that cannot be determined, for example because the disk is full.
pub(super) fn are_available(folder: &Path, found: &FolderState) -> io::Result<bool> {
    if found.generation.is_some() {
        return Ok(true);
    }
    // Tried out, since no question to the system answers it: it depends on the file system, on how
    // it is mounted and on who asks.
    let probe = folder.join(temporary_name());
    match link(Path::new(DATA), &probe) {
        Ok(()) => fs::remove_file(&probe).map(|()| true),
        // FAT answers "not permitted"; `folder` itself may be written, as there is a generation in
        // it.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::Unsupported | ErrorKind::PermissionDenied
            ) =>
        {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Makes `folder` show `next` instead of what it shows. Whoever reads through the names in `folder` finds all of the old
/// content before one rename, and all of the new content after it.
///
/// # Errors
///
/// When a link cannot be made or renamed; the old content is shown then.
pub(super) fn switch(
    folder: &Path,
    found: &FolderState,
    mut next: Generation,
    flush: Flush,
) -> anyhow::Result<()> {
    if !found.plain.is_empty() {
        adopt(folder, found)?;
    }
    let shown: BTreeSet<String> = entries(next.path())?;
    // New names come first: until the switch they lead nowhere, as if they did not exist yet. In
    // the other order, the new content would be without them for a moment.
    for name in &shown {
        if !found.links.contains(name) && !found.plain.contains(name) {
            put_link(folder, name)?;
        }
    }
    if flush == Flush::Yes {
        sync(folder);
    }
    point(folder, next.name())?;
    next.keep();
    for name in found.links.union(&found.plain) {
        if !shown.contains(name) {
            // It leads nowhere now. If it cannot be removed, the next delivery tries again.
            let _ = fs::remove_file(folder.join(name));
        }
    }
    Ok(())
}

/// Puts links in the place of files that lie in `folder` itself, as deliveries without links leave
/// them. The links lead to a copy, so that the content is the same before, between and after these
/// steps.
fn adopt(folder: &Path, found: &FolderState) -> anyhow::Result<()> {
    // A run that was killed here before has made the copy already, and some of the links.
    if found.generation.is_none() {
        let Some(manifest) = &found.current else {
            return Ok(());
        };
        let mut copy = Generation::copy(folder, manifest)?;
        point(folder, copy.name())?;
        copy.keep();
    }
    for name in &found.plain {
        put_link(folder, name)?;
    }
    Ok(())
}

/// Makes `..data` lead to a generation, in one step.
fn point(folder: &Path, generation: &str) -> io::Result<()> {
    replace_by_link(Path::new(generation), folder, DATA)
}

/// Makes the name in `folder` lead to the same name in the current generation.
fn put_link(folder: &Path, name: &str) -> io::Result<()> {
    replace_by_link(&Path::new(DATA).join(name), folder, name)
}

/// Puts a link that leads to `to` under `name`, whatever has that name.
fn replace_by_link(to: &Path, folder: &Path, name: &str) -> io::Result<()> {
    // Made under another name first. A link cannot be changed, and removing the old one would leave
    // a moment in which readers find nothing.
    let (temporary, place) = (folder.join(temporary_name()), folder.join(name));
    link(to, &temporary)?;
    // A rename replaces a file or a link, but not a folder, which has to change places with it.
    let is_folder = fs::symlink_metadata(&place).is_ok_and(|found| found.is_dir());
    let done = match is_folder {
        true => exchange(&temporary, &place),
        false => fs::rename(&temporary, &place),
    };
    if done.is_err() {
        let _ = fs::remove_file(&temporary);
    } else if is_folder {
        // What cannot be removed now is left to the next delivery.
        let _ = fs::remove_dir_all(&temporary);
    }
    done
}

/// Returns the names in a generation.
fn entries(generation: &Path) -> io::Result<BTreeSet<String>> {
    fs::read_dir(generation)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

#[cfg(unix)]
fn link(to: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

/// Elsewhere links are of two kinds and need a privilege.
#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}
