//! Large folders, indexed by name.

use std::collections::{HashMap, HashSet};

use git2::{ObjectType, Oid, Tree};

use crate::store::tree::owned::sort_key;

/// Folders with more entries are indexed when they are asked about for the second time. libgit2
/// caches smaller ones by itself.
const LARGE: usize = 64;
/// The most entries of large folders that are kept.
const MOST_ENTRIES: usize = 65_536;

/// An entry of a folder.
#[derive(Clone, Copy)]
pub(in crate::store) struct FolderEntry {
    /// Its object.
    pub(in crate::store) id: Oid,
    /// What kind of object that is.
    pub(in crate::store) kind: Option<ObjectType>,
}

impl FolderEntry {
    /// Returns the entry `name` of `tree`, or `None`.
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
    /// Returns the entry `name` of the tree `id`, if that folder is indexed. The inner `None` means
    /// that there is no such entry.
    pub(in crate::store) fn find(&self, id: Oid, name: &str) -> Option<Option<FolderEntry>> {
        let listed = self.listed.get(&id)?;
        Some(listed.get(name.as_bytes()).copied())
    }

    /// Indexes `tree` if it is large and asked about for the second time. Indexing costs more than
    /// reading it once more.
    pub(in crate::store) fn note(&mut self, tree: &Tree<'_>) {
        if tree.len() <= LARGE {
            return;
        }
        // Emptied as a whole when full. A walk moves on to later versions of the same folders, so
        // what was indexed earlier is unlikely to be needed again.
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
        // In a malformed tree, with names twice or out of order, libgit2's search decides what a name means. An index would find another entry, and the answer would depend on how often was asked.
        let sorted = tree.iter().map(|entry| sort_key(&entry)).is_sorted();
        if sorted && children.len() == tree.len() {
            self.entries += children.len();
            self.listed.insert(tree.id(), children);
        }
    }
}
