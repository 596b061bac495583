//! Large folders, listed by name.

use std::collections::{HashMap, HashSet};

use git2::{ObjectType, Oid, Tree};

use crate::store::tree::owned::sort_key;

/// Folders with more entries are listed once they are asked about again. Smaller ones libgit2 keeps by itself.
const LARGE: usize = 64;
/// How many entries of large folders are kept at most.
const MOST_ENTRIES: usize = 65_536;

/// What stands under a name in a folder.
#[derive(Clone, Copy)]
pub(in crate::store) struct FolderEntry {
    /// Its object.
    pub(in crate::store) id: Oid,
    /// What kind of object that is.
    pub(in crate::store) kind: Option<ObjectType>,
}

impl FolderEntry {
    /// Returns what stands under `name` in `tree`; `None`: nothing.
    pub(in crate::store) fn of(tree: &Tree<'_>, name: &str) -> Option<Self> {
        let entry = tree.get_name(name)?;
        Some(Self {
            id: entry.id(),
            kind: entry.kind(),
        })
    }
}

/// Large folders that were asked about.
#[derive(Default)]
pub(in crate::store) struct LargeFolders {
    seen: HashSet<Oid>,
    listed: HashMap<Oid, HashMap<Vec<u8>, FolderEntry>>,
    entries: usize,
}

impl LargeFolders {
    /// Returns what stands under `name` in the tree `id`, if that was listed; the inner `None`: nothing.
    pub(in crate::store) fn find(&self, id: Oid, name: &str) -> Option<Option<FolderEntry>> {
        let listed = self.listed.get(&id)?;
        Some(listed.get(name.as_bytes()).copied())
    }

    /// Lists `tree` if it is large and asked about for the second time: to list it costs more than to read it once more.
    pub(in crate::store) fn note(&mut self, tree: &Tree<'_>) {
        if tree.len() <= LARGE {
            return;
        }
        if self.entries + tree.len() > MOST_ENTRIES || self.seen.len() > MOST_ENTRIES {
            *self = Self::default();
        }
        if self.seen.insert(tree.id()) || tree.len() > MOST_ENTRIES {
            return;
        }
        let children: HashMap<Vec<u8>, FolderEntry> = tree
            .iter()
            .map(|entry| {
                let (id, kind) = (entry.id(), entry.kind());
                (entry.name_bytes().to_vec(), FolderEntry { id, kind })
            })
            .collect();
        // Where names stand twice or out of order, what a search finds is what counts, whoever asks.
        let sorted = tree.iter().map(|entry| sort_key(&entry)).is_sorted();
        if sorted && children.len() == tree.len() {
            self.entries += children.len();
            self.listed.insert(tree.id(), children);
        }
    }
}
