use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::Manifest;
use super::generation::PREFIX;
use crate::error::Failure;
use crate::exit::Exit;

/// The link that leads to the current generation.
pub(super) const DATA: &str = "..data";
/// A folder that file systems have at their root.
const LOST_AND_FOUND: &str = "lost+found";
/// The most bytes that a manifest is believed to have: a hundred thousand files with long names.
const MAX_MANIFEST: u64 = 32 * 1024 * 1024;

/// The content of a target folder: deliveries, and nothing else.
#[derive(Debug, Default)]
pub(super) struct FolderState {
    /// The current delivery, or `None`.
    pub(super) current: Option<Manifest>,
    /// The name of the generation that `..data` leads to.
    pub(super) generation: Option<String>,
    /// The names that lead into the current generation.
    pub(super) links: BTreeSet<String>,
    /// The names of files, and of folders with files, that lie in the folder itself: delivered without links.
    pub(super) plain: BTreeSet<String>,
    /// The other generations, and the remains of killed runs.
    leftovers: BTreeSet<String>,
}

impl FolderState {
    /// Returns what `folder` holds.
    ///
    /// # Errors
    ///
    /// When it is not a folder, cannot be read, or holds what no delivery put there.
    pub(super) fn of(folder: &Path) -> anyhow::Result<Self> {
        let mut state = Self::default();
        let cannot = || format!("cannot read {}", folder.display());
        let found = fs::metadata(folder).with_context(cannot)?;
        if !found.is_dir() {
            anyhow::bail!(foreign(folder, "it is not a folder"));
        }
        for entry in fs::read_dir(folder).with_context(cannot)? {
            let entry = entry.with_context(cannot)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type().with_context(cannot)?;
            let leads_to = kind
                .is_symlink()
                .then(|| fs::read_link(entry.path()).unwrap_or_default());
            match leads_to {
                Some(target) if name == DATA && target.to_string_lossy().starts_with(PREFIX) => {
                    state.generation = Some(target.to_string_lossy().into_owned());
                }
                _ if name.starts_with(PREFIX) => {
                    state.leftovers.insert(name);
                }
                Some(target) if target == Path::new(DATA).join(&name) => {
                    state.links.insert(name);
                }
                None if name == LOST_AND_FOUND && kind.is_dir() => {}
                None if kind.is_dir() || kind.is_file() => {
                    state.plain.insert(name);
                }
                _ => anyhow::bail!(foreign(folder, &holds_foreign(&name))),
            }
        }
        state.judge(folder)?;
        Ok(state)
    }

    /// Finds the current delivery, and refuses files that no manifest names.
    fn judge(&mut self, folder: &Path) -> anyhow::Result<()> {
        let no_manifest = || foreign(folder, "it holds files, but no manifest of a render");
        if let Some(generation) = &self.generation {
            self.leftovers.remove(generation);
            let path = folder.join(generation);
            if fs::symlink_metadata(&path).is_ok() {
                let manifest = manifest_in(&path).ok_or_else(no_manifest)?;
                refuse_foreign(folder, &path, "", &[&manifest])?;
                self.current = Some(manifest);
            }
        } else {
            self.current = manifest_in(folder);
        }
        // A delivery that moves files one by one has a generation that names them, until it is
        // done.
        let leftovers = self.leftovers.iter();
        let unfinished: Vec<_> = leftovers
            .filter_map(|name| manifest_in(&folder.join(name)))
            .collect();
        let manifests: Vec<_> = self.current.iter().chain(&unfinished).collect();
        if !self.plain.is_empty() && manifests.is_empty() {
            anyhow::bail!(no_manifest());
        }
        for name in &self.plain {
            refuse_foreign(folder, folder, name, &manifests)?;
        }
        Ok(())
    }

    /// Reports whether `folder`, in this state, shows exactly what is to be delivered.
    pub(super) fn is(
        &self,
        folder: &Path,
        files: &BTreeMap<String, Vec<u8>>,
        manifest: &Manifest,
    ) -> bool {
        let shown: BTreeSet<&str> = manifest.paths().map(first_part).collect();
        let (names, none) = match self.generation {
            Some(_) => (&self.links, &self.plain),
            None => (&self.plain, &self.links),
        };
        let same = |(path, bytes): (&String, &Vec<u8>)| {
            fs::read(folder.join(path)).is_ok_and(|there| there == *bytes)
        };
        self.current.as_ref() == Some(manifest)
            && none.is_empty()
            && names.iter().map(String::as_str).eq(shown)
            && files.iter().all(same)
    }
}

/// Removes what is not shown: earlier generations, and what a killed run has left. What cannot be
/// removed is left to the next delivery: the content is in place, and that is what was asked for.
pub(super) fn remove_leftovers(folder: &Path) {
    let shown = match fs::read_link(folder.join(DATA)) {
        Ok(shown) => shown,
        // A delivery without links.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => PathBuf::new(),
        // It is unknown which generation is shown, so none is removed.
        Err(_) => return,
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.to_string_lossy().starts_with(PREFIX) && shown != Path::new(&name) {
            let _ = fs::remove_dir_all(entry.path()).or_else(|_| fs::remove_file(entry.path()));
        }
    }
}

/// Returns the refusal to deliver into `folder`.
fn foreign(folder: &Path, why: &str) -> Failure {
    let message = format!("cannot deliver into {}: {why}", folder.display());
    Failure::new(Exit::Error, "foreign-folder", message)
        .hint("name a folder that is new, empty, or was written by render")
}

fn holds_foreign(path: &str) -> String {
    format!("it holds {path:?}, which render did not write")
}

/// Refuses `folder` if at or below `path` in `root` there is anything but files that one of the manifests names.
fn refuse_foreign(
    folder: &Path,
    root: &Path,
    path: &str,
    manifests: &[&Manifest],
) -> anyhow::Result<()> {
    let place = root.join(path);
    let cannot = || format!("cannot read {}", place.display());
    let kind = fs::symlink_metadata(&place)
        .with_context(cannot)?
        .file_type();
    if kind.is_file() && manifests.iter().any(|manifest| manifest.names(path)) {
        return Ok(());
    }
    // A link, a device, or a file that no manifest names. Whoever put it there may need it, and a
    // path with a slip in it must not cost somebody a folder.
    if !kind.is_dir() {
        anyhow::bail!(foreign(folder, &holds_foreign(path)));
    }
    for entry in fs::read_dir(&place).with_context(cannot)? {
        let name = entry
            .with_context(cannot)?
            .file_name()
            .to_string_lossy()
            .into_owned();
        let below = if path.is_empty() {
            name
        } else {
            format!("{path}/{name}")
        };
        refuse_foreign(folder, root, &below, manifests)?;
    }
    Ok(())
}

/// Returns the manifest in a folder; `None` if there is none, or it is another file of that name.
fn manifest_in(folder: &Path) -> Option<Manifest> {
    let path = folder.join(Manifest::FILE);
    if !fs::symlink_metadata(&path).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    let file = fs::File::open(&path).ok()?;
    // Cut off, it is no JSON any more, and so no manifest. What an endless file would be is not
    // found out by reading it.
    file.take(MAX_MANIFEST).read_to_string(&mut text).ok()?;
    Manifest::read(&text)
}

fn first_part(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}
