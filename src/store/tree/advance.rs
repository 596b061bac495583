use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use git2::{ObjectType, Oid, Tree, TreeEntry};

use crate::files::{Snapshot, SnapshotEntry};
use crate::model::ContentId;
use crate::store::error::StoreError;
use crate::store::folder::ProjectFolder;
use crate::store::ids::{content_id, content_oid};
use crate::store::open::Store;
use crate::store::tree::file_count::DEPTH;
use crate::store::tree::owned::{self, Owned};
use crate::store::tree::snapshot::Reading;
use crate::store::tree::snapshot::{TreeReader, is_plainly_canonical};

/// The new entries of paths, or `None` for paths that are removed.
type TreeChanges = BTreeMap<String, Option<SnapshotEntry>>;

impl Store {
    /// Returns the tree of `folder` in the root tree `root`, or `None` if there is no such folder.
    ///
    /// # Errors
    ///
    /// When a tree on the way cannot be read.
    pub fn folder_in(
        &self,
        root: ContentId,
        folder: &ProjectFolder,
    ) -> Result<Option<ContentId>, StoreError> {
        if folder.as_str().is_empty() {
            return Ok(Some(root));
        }
        let mut id = content_oid(root);
        let mut path = String::new();
        for part in folder.as_str().split('/') {
            let doing = || format!("read the folder above {folder} (tree {id})");
            let tree = self
                .tree(id)
                .map_err(|error| StoreError::git(doing())(error))?;
            match only_folder(&tree, part).map_err(|why| StoreError::MalformedTree {
                path: path.clone(),
                why,
            })? {
                Some(inner) => id = inner,
                None => return Ok(None),
            }
            path = joined(&path, part);
        }
        Ok(Some(content_id(id)))
    }

    /// Brings `snapshot` from the folder's tree `from` to the tree `to`, and returns the paths that
    /// changed. What did not change is not read again. New versions are read, so that missing or
    /// oversized ones are found here, but listed without their bytes: over a long history memory
    /// would hold all that ever existed.
    ///
    /// # Errors
    ///
    /// As [`Store::snapshot`], and [`StoreError::MalformedTree`] also for names that differ only in letter case. In that case the
    /// snapshot is as it was.
    pub fn advance(
        &self,
        snapshot: &mut Snapshot,
        folder: &ProjectFolder,
        from: Option<ContentId>,
        to: Option<ContentId>,
    ) -> Result<BTreeSet<String>, StoreError> {
        let root = to.map(content_oid);
        let reader = TreeReader {
            store: self,
            folder,
            root,
            reading: Reading::Everything,
            parts: None,
            entries: BTreeMap::new(),
            versions: BTreeMap::new(),
            listed: 0,
            toml: 0,
            counted: Cell::new(false),
        };
        let mut advance = Advance {
            reader,
            changes: TreeChanges::new(),
        };
        advance.folder(from.map(content_oid), to.map(content_oid), "", 0)?;
        // Applied at the end, so that an error leaves the snapshot as it was.
        let paths = advance.changes.keys().cloned().collect();
        for (path, entry) in advance.changes {
            match entry {
                Some(entry) => snapshot.insert(path, entry),
                None => snapshot.remove(&path),
            }
        }
        Ok(paths)
    }
}

/// Returns the folder `name` in `tree`, or an error if programs may differ about which one that is.
/// Every entry is looked at, because a search by name may miss some if they are out of order.
fn only_folder(tree: &Tree<'_>, name: &str) -> Result<Option<Oid>, String> {
    let mut alike = tree
        .iter()
        .filter(|entry| entry.name_bytes().eq_ignore_ascii_case(name.as_bytes()));
    let found = alike.next().map(|entry| {
        let is_it = entry.name_bytes() == name.as_bytes() && entry.kind() == Some(ObjectType::Tree);
        is_it.then(|| entry.id())
    });
    match (found, alike.next()) {
        (Some(_), Some(_)) => Err(format!("{name:?} appears twice, or in two letter cases")),
        (found, _) => Ok(found.flatten()),
    }
}

/// An entry of a tree: its object, mode and kind.
type Child = (Oid, i32, Option<ObjectType>);

struct Advance<'s> {
    reader: TreeReader<'s>,
    changes: TreeChanges,
}

impl<'s> Advance<'s> {
    fn folder(
        &mut self,
        old: Option<Oid>,
        new: Option<Oid>,
        path: &str,
        depth: usize,
    ) -> Result<(), StoreError> {
        // Same name of the tree, same content. This is what makes a step along a history cheap.
        if old == new {
            return Ok(());
        }
        let trees = match (old, new) {
            (Some(old), Some(new)) => Some((self.tree(old, path)?, self.tree(new, path)?)),
            _ => None,
        };
        // Nearly always both are plain, and what differs is found without copying a name. A folder with
        // thousands of versions gets one more.
        if let Some((old, new)) = &trees
            && is_plain(old)
            && is_plain(new)
        {
            return self.plain_folder(old, new, path, depth);
        }
        let before = match old {
            Some(old) => children(&self.tree(old, path)?, path),
            None => BTreeMap::new(),
        };
        // Both sides are read as lists of names instead of walked in parallel: the order of a
        // malformed tree cannot be relied on, and that it is malformed is found for the new side
        // only.
        let mut after = BTreeSet::new();
        if let Some(new) = new {
            let tree = self.tree(new, path)?;
            self.reader.require_canonical(&tree, path)?;
            self.reader.require_distinct_in_any_case(&tree, path)?;
            for entry in tree.iter().filter(|entry| is_ours(entry, path)) {
                let name = owned::spelled(entry.name_bytes());
                self.entry(before.get(&name), Some(&entry), &joined(path, &name), depth)?;
                if !after.insert(name) {
                    return Err(self
                        .reader
                        .malformed(path, "two of its names are spelled alike".to_owned()));
                }
            }
        }
        let mut gone = before.iter().filter(|(name, _)| !after.contains(*name));
        gone.try_for_each(|(name, child)| self.entry(Some(child), None, &joined(path, name), depth))
    }

    /// Does what [`Advance::folder`] does for two trees that are [plain](is_plain).
    fn plain_folder(
        &mut self,
        old: &Tree<'_>,
        new: &Tree<'_>,
        path: &str,
        depth: usize,
    ) -> Result<(), StoreError> {
        let ours = |entry: &TreeEntry<'_>| is_ours(entry, path);
        let mut olds = old.iter().filter(ours).peekable();
        let mut news = new.iter().filter(ours).peekable();
        let mut gone: Vec<(String, Child)> = Vec::new();
        loop {
            let order = match (olds.peek(), news.peek()) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some(new)) => old.name_bytes().cmp(new.name_bytes()),
            };
            let older = olds.next_if(|_| order.is_le());
            let newer = news.next_if(|_| order.is_ge());
            let before = older.as_ref().map(child);
            let Some(entry) = newer else {
                // Removed after the others, as everywhere.
                let name = older.map(|entry| owned::spelled(entry.name_bytes()));
                gone.extend(name.zip(before));
                continue;
            };
            if before != Some(child(&entry)) {
                let name = owned::spelled(entry.name_bytes());
                self.entry(before.as_ref(), Some(&entry), &joined(path, &name), depth)?;
            }
        }
        gone.iter()
            .try_for_each(|(name, child)| self.entry(Some(child), None, &joined(path, name), depth))
    }

    fn entry(
        &mut self,
        old: Option<&Child>,
        new: Option<&TreeEntry<'_>>,
        path: &str,
        depth: usize,
    ) -> Result<(), StoreError> {
        let new_child = new.map(child);
        if old == new_child.as_ref() {
            return Ok(());
        }
        let is_folder = |child: &&Child| {
            child.2 == Some(ObjectType::Tree) && depth < DEPTH && !is_file_of_ours(path)
        };
        let (old_folder, new_folder) =
            (old.filter(is_folder), new_child.as_ref().filter(is_folder));
        // A file that becomes a folder, or the reverse, is removed first and then added below.
        if old.is_some() && old_folder.is_none() {
            self.change(path, None)?;
        }
        if let Some(entry) = new.filter(|_| new_folder.is_none()) {
            let mut file = self.reader.file_of(entry, path)?;
            // Read to check that it is there and not too large, and dropped again.
            if owned::is_version(path) {
                file.bytes = None;
            }
            self.change(path, Some(file))?;
        }
        match (old_folder, new_folder) {
            (None, None) => Ok(()),
            (old, new) => self.folder(
                old.map(|child| child.0),
                new.map(|child| child.0),
                path,
                depth + 1,
            ),
        }
    }

    fn change(&mut self, path: &str, file: Option<SnapshotEntry>) -> Result<(), StoreError> {
        self.reader.require_few_files(self.changes.len())?;
        self.changes.insert(path.to_owned(), file);
        Ok(())
    }

    fn tree(&self, id: Oid, path: &str) -> Result<Tree<'s>, StoreError> {
        let doing = || {
            format!(
                "read the folder {} (tree {id})",
                self.reader.folder.join(path)
            )
        };
        self.reader
            .store
            .tree(id)
            .map_err(|error| StoreError::git(doing())(error))
    }
}

/// Reports whether the tree is canonical at a glance, and all its names are ASCII without a capital letter. Then
/// they differ in any case, and are spelled as they are.
fn is_plain(tree: &Tree<'_>) -> bool {
    let is_small = |byte: &u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    let mut names = tree.iter();
    is_plainly_canonical(tree) && names.all(|entry| entry.name_bytes().iter().all(is_small))
}

fn child(entry: &TreeEntry<'_>) -> Child {
    (entry.id(), entry.filemode_raw(), entry.kind())
}

fn children(tree: &Tree<'_>, path: &str) -> BTreeMap<String, Child> {
    let ours = tree.iter().filter(|entry| is_ours(entry, path));
    ours.map(|entry| (owned::spelled(entry.name_bytes()), child(&entry)))
        .collect()
}

/// Reports whether envctl owns the entry. At the top that depends on its name; in a folder of
/// envctl's, every entry is.
fn is_ours(entry: &TreeEntry<'_>, path: &str) -> bool {
    !path.is_empty() || owned::of_name(entry.name_bytes()).is_some()
}

/// Reports whether `path` is a file of envctl's at the top. A folder of that name is listed, and
/// not read.
fn is_file_of_ours(path: &str) -> bool {
    owned::of_name(path.as_bytes()) == Some(Owned::File)
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}/{name}")
    }
}
