use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use envctl::store::Flush;

use super::Manifest;
use crate::process::unique;

/// The prefix of names that are not for readers. Two dots, as in Kubernetes, so that programs that
/// skip hidden files skip these too.
pub(super) const PREFIX: &str = "..envctl-";

/// A complete delivery, in its own folder inside the target folder. Unless it is [kept](Self::keep) it is removed
/// with this value.
#[must_use = "a generation that is not kept is removed"]
pub(super) struct Generation {
    name: String,
    path: PathBuf,
    is_kept: bool,
}

impl Generation {
    /// Writes `files` and the `manifest` into a new folder inside `folder`.
    ///
    /// # Errors
    ///
    /// When something cannot be written; nothing of it is left then.
    pub(super) fn write(
        folder: &Path,
        files: &BTreeMap<String, Vec<u8>>,
        manifest: &Manifest,
        flush: Flush,
    ) -> anyhow::Result<Self> {
        let generation = Self::empty(folder)?;
        let manifest = manifest.text()?.into_bytes();
        let all = files
            .iter()
            .map(|(path, bytes)| (path.as_str(), bytes))
            .chain([(Manifest::FILE, &manifest)]);
        let mut folders = BTreeSet::from([generation.path.clone()]);
        for (path, bytes) in all {
            let path = generation.path.join(path);
            let cannot = || format!("cannot write {}", path.display());
            let parent = path.parent().unwrap_or(&generation.path);
            fs::create_dir_all(parent).with_context(cannot)?;
            folders.insert(parent.to_owned());
            // New, and never through what may be there: two paths that a file system takes for one,
            // as where it ignores case, must not become one file with the content of the last.
            let mut file = fs::File::create_new(&path).with_context(cannot)?;
            file.write_all(bytes).with_context(cannot)?;
            if flush == Flush::Yes {
                file.sync_all().with_context(cannot)?;
            }
        }
        if flush == Flush::Yes {
            // A name is on disk only once its folder is flushed: the deepest folders first.
            folders.iter().rev().for_each(|folder| sync(folder));
        }
        Ok(generation)
    }

    /// Copies the files in `folder` itself that its manifest names into a generation: the same
    /// bytes, ready to be linked to.
    ///
    /// # Errors
    ///
    /// When something cannot be read or written; nothing of it is left then.
    pub(super) fn copy(folder: &Path, manifest: &Manifest) -> anyhow::Result<Self> {
        let generation = Self::empty(folder)?;
        for path in manifest.paths() {
            let (from, to) = (folder.join(path), generation.path.join(path));
            let cannot = || format!("cannot copy {}", from.display());
            fs::create_dir_all(to.parent().unwrap_or(&generation.path)).with_context(cannot)?;
            fs::copy(&from, &to).with_context(cannot)?;
        }
        Ok(generation)
    }

    fn empty(folder: &Path) -> anyhow::Result<Self> {
        let name = temporary_name();
        let path = folder.join(&name);
        fs::create_dir(&path).with_context(|| format!("cannot write to {}", folder.display()))?;
        Ok(Self {
            name,
            path,
            is_kept: false,
        })
    }

    /// Returns the name of its folder.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps it, now that readers can find it.
    pub(super) fn keep(&mut self) {
        self.is_kept = true;
    }
}

impl Drop for Generation {
    fn drop(&mut self) {
        if !self.is_kept {
            // A generation that cannot be removed now is left to the next delivery.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Returns a unique name that is not for readers.
pub(super) fn temporary_name() -> String {
    format!("{PREFIX}{}", unique())
}

/// Flushes the entries of a folder, where the system lets one open it.
pub(super) fn sync(folder: &Path) {
    let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
}
