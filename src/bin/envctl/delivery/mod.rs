//! Delivers files into a folder that a gateway has mounted or watches: all at once, or none.
//!
//! The folder itself is never replaced: a mount point cannot be, and a process that has mounted or
//! watches the folder would keep the old one. Its content changes as Kubernetes changes the content
//! of a mounted ConfigMap:
//!
//! ```text
//! DIR/..envctl-6f1c…/         one delivery, whole: a generation
//! DIR/..data             ->   ..envctl-6f1c…
//! DIR/gateway.toml       ->   ..data/gateway.toml
//! DIR/manifest.json      ->   ..data/manifest.json
//! DIR/prompts            ->   ..data/prompts
//! ```
//!
//! The next generation is written beside the current one, and renaming one link, `..data`, switches
//! to it. The old generation is then removed, which notifies processes that watch a file behind the
//! links. If the file system has no links, the files are renamed one by one, the manifest last.

mod generation;
mod in_place;
mod links;
mod lock;
mod manifest;
mod state;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use envctl::store::Flush;

pub use manifest::Manifest;

use generation::Generation;
use state::FolderState;

/// What a delivery did to a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveredFolder {
    /// It did not exist, or had no delivery.
    New,
    /// It had an earlier delivery, which was replaced.
    Replaced,
    /// It already had the same content; at most the remains of a killed run were removed.
    Unchanged,
}

/// Makes `folder` hold `files`, by their paths in it with `/` between the parts, and the `manifest`.
///
/// Whoever reads through `folder` finds the old content or the new one, whole, also when this process is killed. One
/// delivery waits for another into the same folder.
///
/// # Errors
///
/// When `folder` holds anything that no delivery put there, cannot be written, or is being written by another process for
/// ten seconds. It then holds what it held.
pub fn deliver(
    folder: &Path,
    files: &BTreeMap<String, Vec<u8>>,
    manifest: &Manifest,
    flush: Flush,
) -> anyhow::Result<DeliveredFolder> {
    let folder = absolute(folder)?;
    let is_new = create(&folder)?;
    let delivered = deliver_into(&folder, files, manifest, flush);
    if is_new && delivered.is_err() {
        // Fails if something was put into it meanwhile, as it should.
        let _ = fs::remove_dir(&folder);
    }
    delivered
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
    let folder = absolute(folder)?;
    let found = match fs::metadata(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(DeliveredFolder::New);
        }
        _ => FolderState::of(&folder)?,
    };
    Ok(match found.is(&folder, files, manifest) {
        true => DeliveredFolder::Unchanged,
        false => replaced(&found),
    })
}

fn deliver_into(
    folder: &Path,
    files: &BTreeMap<String, Vec<u8>>,
    manifest: &Manifest,
    flush: Flush,
) -> anyhow::Result<DeliveredFolder> {
    let _lock = lock::take(folder)?;
    // Only under the lock: a generation that another process is just writing would be taken for one
    // that was left behind, and removed under it.
    let found = FolderState::of(folder)?;
    if found.is(folder, files, manifest) {
        state::remove_leftovers(folder);
        return Ok(DeliveredFolder::Unchanged);
    }
    let generation = Generation::write(folder, files, manifest, flush)?;
    let cannot = || format!("cannot put the files in place in {}", folder.display());
    if links::are_available(folder, &found).with_context(cannot)? {
        links::switch(folder, &found, generation, flush).with_context(cannot)?;
    } else {
        in_place::replace(folder, &found, &generation, files).with_context(cannot)?;
    }
    if flush == Flush::Yes {
        generation::sync(folder);
    }
    state::remove_leftovers(folder);
    Ok(replaced(&found))
}

fn replaced(found: &FolderState) -> DeliveredFolder {
    match found.current {
        Some(_) => DeliveredFolder::Replaced,
        None => DeliveredFolder::New,
    }
}

/// Creates the folder and its parents; returns whether it is new.
fn create(folder: &Path) -> anyhow::Result<bool> {
    let is_new = fs::symlink_metadata(folder).is_err();
    if is_new {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    Ok(is_new)
}

/// Returns the absolute path, without a slash at its end.
fn absolute(folder: &Path) -> anyhow::Result<PathBuf> {
    let absolute = std::path::absolute(folder)
        .with_context(|| format!("cannot determine where {} is", folder.display()))?;
    Ok(absolute.components().collect())
}
