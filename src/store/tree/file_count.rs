use std::collections::HashMap;

use git2::{Error, ObjectType, Oid};

use crate::store::open::Store;
use crate::store::tree::owned::{self, Owned};

/// How deep owned folders are read. `scheduled/<slug>/<id>.toml` and `prompts/<name>/<n>.<ext>` are
/// the deepest files. A folder below is listed as one entry of
/// [`Mode::Other`](crate::files::Mode::Other), so that a tree cannot grow without bound while it is
/// read.
pub(in crate::store) const DEPTH: usize = 3;
/// The most files that a project may have, and that one commit may change. Trees that share
/// subtrees can name far more in a few kilobytes.
pub(in crate::store) const MOST_FILES: usize = 200_000;
/// How many files are read before they are counted. Nearly every project has fewer.
pub(in crate::store) const UNCOUNTED: usize = 10_000;

impl Store {
    /// Reports whether the project whose folder is the tree `root` has more files than allowed.
    ///
    /// Each tree is counted once, however often it occurs. A few kilobytes can name a hundred
    /// million files, and listing the first two hundred thousand of them takes half a second.
    pub(in crate::store) fn has_too_many_files(&self, root: Oid) -> Result<bool, Error> {
        let mut count = FileCount {
            store: self,
            counted: HashMap::new(),
        };
        let mut files = 0_usize;
        for entry in self.tree(root)?.iter() {
            if owned::of_name(entry.name_bytes()) == Some(Owned::Folder)
                && entry.kind() == Some(ObjectType::Tree)
            {
                files = files.saturating_add(count.count(entry.id(), 1)?);
            }
        }
        Ok(files > MOST_FILES)
    }
}

struct FileCount<'s> {
    store: &'s Store,
    /// By tree and depth, since a folder below the deepest one that is read counts as one file.
    counted: HashMap<(Oid, usize), usize>,
}

impl FileCount<'_> {
    fn count(&mut self, tree: Oid, depth: usize) -> Result<usize, Error> {
        if let Some(files) = self.counted.get(&(tree, depth)) {
            return Ok(*files);
        }
        let mut files = 0_usize;
        for entry in self.store.tree(tree)?.iter() {
            let is_read = entry.kind() == Some(ObjectType::Tree) && depth < DEPTH;
            files = files.saturating_add(if is_read {
                self.count(entry.id(), depth + 1)?
            } else {
                1
            });
        }
        self.counted.insert((tree, depth), files);
        Ok(files)
    }
}
