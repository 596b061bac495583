//! Files handed over in a folder that somebody watches: all of them at once, or none.

mod folder;
mod manifest;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use envctl::store::{Flush, UnfinishedFolder};

pub use manifest::Manifest;

use crate::world::unique;
use folder::{FolderState, foreign, standing};

/// What became of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveredFolder {
    /// It was not there, or empty.
    New,
    /// It held an earlier delivery, which is gone.
    Replaced,
    /// It holds the same already and was not touched.
    Unchanged,
}

/// Makes `folder` hold `files`, by their paths in it with `/` between the parts, and the `manifest`.
///
/// They are written to a folder beside it, which then takes its place, so that nobody who opens `folder` ever finds half of
/// them. Where the system can exchange two folders, as Linux can, there is no moment without one.
///
/// # Errors
///
/// When `folder` holds anything that no delivery put there, or cannot be written.
pub fn deliver(
    folder: &Path,
    files: &BTreeMap<String, Vec<u8>>,
    manifest: &Manifest,
    flush: Flush,
) -> anyhow::Result<DeliveredFolder> {
    let DeliveryPlace { folder, found } = DeliveryPlace::of(folder)?;
    let (parent, name) = parts(&folder)?;
    if found.is(&folder, files, manifest) {
        return Ok(DeliveredFolder::Unchanged);
    }
    fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    let beside = beside(parent, name)?;
    fill(beside.path(), files, manifest, flush)?;
    let cannot = || format!("cannot put the files in place as {}", folder.display());
    match found {
        FolderState::Nothing => beside.put(&folder).with_context(cannot)?,
        FolderState::Empty => beside.put_onto_empty(&folder).with_context(cannot)?,
        FolderState::Delivery(_) => {
            beside.exchange(&folder).with_context(cannot)?;
            // Whoever put something into it meanwhile gets it back.
            if let Err(error) = standing(beside.path()) {
                beside.exchange(&folder).with_context(cannot)?;
                return Err(error);
            }
        }
    }
    if flush == Flush::Yes {
        sync(parent);
    }
    Ok(if matches!(found, FolderState::Delivery(_)) {
        DeliveredFolder::Replaced
    } else {
        DeliveredFolder::New
    })
}

/// Returns what [`deliver`] would do.
///
/// # Errors
///
/// When `folder` holds anything that no delivery put there.
pub fn foresee(
    folder: &Path,
    files: &BTreeMap<String, Vec<u8>>,
    manifest: &Manifest,
) -> anyhow::Result<DeliveredFolder> {
    let DeliveryPlace { folder, found } = DeliveryPlace::of(folder)?;
    Ok(match found {
        found if found.is(&folder, files, manifest) => DeliveredFolder::Unchanged,
        FolderState::Delivery(_) => DeliveredFolder::Replaced,
        FolderState::Nothing | FolderState::Empty => DeliveredFolder::New,
    })
}

/// Where to deliver to, and what is there.
struct DeliveryPlace {
    folder: PathBuf,
    found: FolderState,
}

impl DeliveryPlace {
    fn of(folder: &Path) -> anyhow::Result<Self> {
        let folder = std::path::absolute(folder)
            .with_context(|| format!("cannot tell where {} is", folder.display()))?;
        // Behind a link with a slash after it the system sees the folder that it leads to.
        let folder: PathBuf = folder.components().collect();
        parts(&folder)?;
        let found = standing(&folder)?;
        Ok(Self { folder, found })
    }
}

/// Returns the folder that `folder` is in, and its name there.
fn parts(folder: &Path) -> anyhow::Result<(&Path, &OsStr)> {
    match (folder.parent(), folder.file_name()) {
        (Some(parent), Some(name)) => Ok((parent, name)),
        _ => Err(foreign(folder, "it is no folder that could be replaced").into()),
    }
}

impl FolderState {
    /// Reports whether `folder`, which is found like this, holds exactly what is to be delivered.
    fn is(&self, folder: &Path, files: &BTreeMap<String, Vec<u8>>, manifest: &Manifest) -> bool {
        matches!(self, Self::Delivery(earlier) if earlier == manifest)
            && folder::holds(folder, files)
    }
}

/// Makes a folder beside the one called `name` in `parent`, which is to be made.
fn beside(parent: &Path, name: &OsStr) -> anyhow::Result<UnfinishedFolder> {
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".envctl-{}", unique()));
    let path = parent.join(hidden);
    let cannot = || format!("cannot make {}", path.display());
    UnfinishedFolder::create(&path).with_context(cannot)
}

/// Writes `files` and the `manifest` into `folder`.
fn fill(
    folder: &Path,
    files: &BTreeMap<String, Vec<u8>>,
    manifest: &Manifest,
    flush: Flush,
) -> anyhow::Result<()> {
    let manifest = manifest.text()?.into_bytes();
    let all = files
        .iter()
        .map(|(path, bytes)| (path.as_str(), bytes))
        .chain([(Manifest::FILE, &manifest)]);
    for (path, bytes) in all {
        let path = folder.join(path);
        let cannot = || format!("cannot write {}", path.display());
        fs::create_dir_all(path.parent().unwrap_or(folder)).with_context(cannot)?;
        let mut file = fs::File::create_new(&path).with_context(cannot)?;
        file.write_all(bytes).with_context(cannot)?;
        if flush == Flush::Yes {
            file.sync_all().with_context(cannot)?;
        }
    }
    if flush == Flush::Yes {
        sync(folder);
    }
    Ok(())
}

/// Flushes the entries of a folder, where the system lets one open it.
fn sync(folder: &Path) {
    let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
}
