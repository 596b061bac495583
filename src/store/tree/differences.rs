use std::collections::BTreeMap;
use std::ops::Range;

use git2::{ObjectType, Oid, Tree, TreeEntry};

use crate::store::error::StoreError;
use crate::store::open::Store;

/// How many folders deep two trees are compared; git has no limit, and a stack has one.
const DEEPEST: usize = 256;

/// A file in a commit or in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct File {
    pub(in crate::store) id: Oid,
    pub(in crate::store) mode: i32,
}

/// A path at which two trees differ, and the file there in each, or `None`.
pub(in crate::store) struct TreeDifference {
    pub(in crate::store) path: Vec<u8>,
    pub(in crate::store) old: Option<File>,
    pub(in crate::store) new: Option<File>,
}

/// Returns the paths of files at which two trees differ; a tree that is `None` has no files.
///
/// libgit2 would list all files of both to find them. Here a folder that is the same in both is not read, so the cost
/// follows what differs.
///
/// # Errors
///
/// When a tree cannot be read, or has folders in folders beyond measure.
pub(in crate::store) fn differences(
    store: &Store,
    old: Option<&Tree<'_>>,
    new: Option<&Tree<'_>>,
) -> Result<Vec<TreeDifference>, StoreError> {
    let mut comparison = Comparison {
        store,
        found: Vec::new(),
    };
    comparison.folder(old, new, &[], 0)?;
    Ok(comparison.found)
}

struct Comparison<'s> {
    store: &'s Store,
    found: Vec<TreeDifference>,
}

/// What a tree has under one name.
#[derive(Clone, Copy, PartialEq, Eq)]
struct NamedEntry {
    file: File,
    is_folder: bool,
}

impl NamedEntry {
    fn of(entry: &TreeEntry<'_>) -> Self {
        Self {
            file: File {
                id: entry.id(),
                mode: entry.filemode(),
            },
            is_folder: entry.kind() == Some(ObjectType::Tree),
        }
    }
}

impl<'s> Comparison<'s> {
    fn folder(
        &mut self,
        old: Option<&Tree<'_>>,
        new: Option<&Tree<'_>>,
        path: &[u8],
        depth: usize,
    ) -> Result<(), StoreError> {
        // By name and not side by side: git sorts a folder as if its name ended with a slash, so a file that
        // becomes a folder is at another place.
        let mut names: BTreeMap<Vec<u8>, (Option<NamedEntry>, Option<NamedEntry>)> =
            BTreeMap::new();
        let (before, after) = different_part(old, new);
        for entry in entries(old, before) {
            names.entry(entry.name_bytes().to_vec()).or_default().0 = Some(NamedEntry::of(&entry));
        }
        for entry in entries(new, after) {
            names.entry(entry.name_bytes().to_vec()).or_default().1 = Some(NamedEntry::of(&entry));
        }
        for (name, (old, new)) in names {
            if old != new {
                let path = match path {
                    [] => name,
                    _ => [path, b"/", &name].concat(),
                };
                self.child(old, new, path, depth)?;
            }
        }
        Ok(())
    }

    fn child(
        &mut self,
        old: Option<NamedEntry>,
        new: Option<NamedEntry>,
        path: Vec<u8>,
        depth: usize,
    ) -> Result<(), StoreError> {
        let is_file = |child: &NamedEntry| !child.is_folder;
        let files = (old.filter(is_file), new.filter(is_file));
        let folders = (
            self.tree(old.filter(|child| child.is_folder), depth)?,
            self.tree(new.filter(|child| child.is_folder), depth)?,
        );
        if folders.0.is_some() || folders.1.is_some() {
            self.folder(folders.0.as_ref(), folders.1.as_ref(), &path, depth + 1)?;
        }
        if files != (None, None) {
            let (old, new) = (
                files.0.map(|child| child.file),
                files.1.map(|child| child.file),
            );
            self.found.push(TreeDifference { path, old, new });
        }
        Ok(())
    }

    fn tree(
        &self,
        folder: Option<NamedEntry>,
        depth: usize,
    ) -> Result<Option<Tree<'s>>, StoreError> {
        let Some(NamedEntry { file, .. }) = folder else {
            return Ok(None);
        };
        let doing = || StoreError::git(format!("compare two commits (tree {})", file.id));
        if depth >= DEEPEST {
            let why = format!("more than {DEEPEST} folders in each other");
            return Err(doing()(git2::Error::from_str(&why)));
        }
        self.store
            .repo
            .find_tree(file.id)
            .map(Some)
            .map_err(doing())
    }
}

/// Returns the entries of `tree` at these positions.
fn entries<'t>(
    tree: Option<&'t Tree<'_>>,
    positions: Range<usize>,
) -> impl Iterator<Item = TreeEntry<'t>> {
    positions.filter_map(move |position| tree?.get(position))
}

/// Returns where the entries of two trees are that they do not have alike at both ends. A folder with thousands of
/// files that gets one more has few of them.
fn different_part(old: Option<&Tree<'_>>, new: Option<&Tree<'_>>) -> (Range<usize>, Range<usize>) {
    let [olds, news] = [old, new].map(|tree| tree.map_or(0, Tree::len));
    let alike = |at: usize, other: usize| {
        let pair = old
            .and_then(|old| old.get(at))
            .zip(new.and_then(|new| new.get(other)));
        pair.is_some_and(|(one, other)| {
            NamedEntry::of(&one) == NamedEntry::of(&other) && one.name_bytes() == other.name_bytes()
        })
    };
    let most = olds.min(news);
    let begin = (0..most).take_while(|at| alike(*at, *at)).count();
    let end = (1..=most - begin)
        .take_while(|back| alike(olds - back, news - back))
        .count();
    (begin..olds - end, begin..news - end)
}
