use std::cell::Cell;
use std::collections::BTreeMap;

use git2::{ObjectType, Oid, Tree, TreeEntry};

use crate::files::{Mode, OwnedPath, Snapshot, SnapshotEntry};
use crate::model::{CommitId, ContentId, Resource, Shared, Version, VersionNumber};
use crate::store::error::StoreError;
use crate::store::folder::ProjectFolder;
use crate::store::ids::{content_id, content_oid};
use crate::store::open::Store;
use crate::store::tree::content::Wanted;
use crate::store::tree::file_count::{DEPTH, MOST_FILES, UNCOUNTED};
use crate::store::tree::owned::{self, Owned, sort_key};

/// The most bytes of TOML that are read of one project. A thousand files may be the same quarter of
/// a megabyte.
const MOST_TOML: u64 = 32 * 1024 * 1024;

/// How much of the files to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The bytes of the control files: settings, access, environments, pointers, pending and
    /// scheduled. Versions are listed with name and mode, and a size of 0. Asking for the sizes of
    /// 2,000 of them takes 30 ms, many times as long as the rest of a promotion. Their content is
    /// read on demand: the store implements [`Payloads`](crate::files::Payloads).
    Control,
    /// The bytes of the versions, too.
    Everything,
}

impl Store {
    /// Returns the files of the project in `folder` as they are in `commit`, or none if there is no
    /// such folder.
    ///
    /// Bytes of more than [`Snapshot::MAX_READ`], of symbolic links and of submodules are never loaded.
    ///
    /// # Errors
    ///
    /// When an object is missing or damaged, and [`StoreError::MalformedTree`] for trees that no git program writes (two
    /// entries of one name, wrong order, a slash in a name): programs differ about what such a tree contains.
    pub fn snapshot(
        &self,
        commit: CommitId,
        folder: &ProjectFolder,
        reading: Reading,
    ) -> Result<Snapshot, StoreError> {
        self.snapshot_in(self.tree_of(commit, folder)?, folder, (reading, None))
    }

    /// Returns the files at `parts` of the project in `folder`, and those in the folders at
    /// `parts`, as they are in `commit`. This is for a question whose answer does not depend on any
    /// other file. Versions are listed without their bytes.
    ///
    /// # Errors
    ///
    /// As [`Store::snapshot`], of the trees that lead to the parts.
    pub fn partial_snapshot(
        &self,
        commit: CommitId,
        folder: &ProjectFolder,
        parts: &[&str],
    ) -> Result<Snapshot, StoreError> {
        let reading = (Reading::Control, Some(parts));
        self.snapshot_in(self.tree_of(commit, folder)?, folder, reading)
    }

    /// Returns the files of the project in `folder`, whose tree is `tree`, or none if it is `None`.
    ///
    /// # Errors
    ///
    /// As [`Store::snapshot`].
    pub fn snapshot_of(
        &self,
        tree: Option<ContentId>,
        folder: &ProjectFolder,
        reading: Reading,
    ) -> Result<Snapshot, StoreError> {
        let doing = || format!("read the folder {folder}");
        let find = |tree| {
            self.tree(content_oid(tree))
                .map_err(|error| StoreError::git(doing())(error))
        };
        self.snapshot_in(tree.map(find).transpose()?, folder, (reading, None))
    }

    fn snapshot_in(
        &self,
        tree: Option<Tree<'_>>,
        folder: &ProjectFolder,
        (reading, parts): (Reading, Option<&[&str]>),
    ) -> Result<Snapshot, StoreError> {
        let root = tree.as_ref().map(Tree::id);
        let mut reader = TreeReader {
            store: self,
            folder,
            root,
            reading,
            parts,
            entries: BTreeMap::new(),
            versions: BTreeMap::new(),
            listed: 0,
            toml: 0,
            counted: Cell::new(false),
        };
        if let Some(tree) = tree {
            reader.read_project(&tree)?;
        }
        Ok(Snapshot {
            entries: reader.entries.into(),
            listed: reader.versions.into(),
        })
    }
}

pub(in crate::store) struct TreeReader<'s> {
    pub(in crate::store) store: &'s Store,
    pub(in crate::store) folder: &'s ProjectFolder,
    /// The folder's tree, or `None` if there is no such folder.
    pub(in crate::store) root: Option<Oid>,
    pub(in crate::store) reading: Reading,
    /// The files and folders to read, or `None` for all that the project owns.
    pub(in crate::store) parts: Option<&'s [&'s str]>,
    pub(in crate::store) entries: BTreeMap<String, SnapshotEntry>,
    /// The versions that are listed by their folders.
    pub(in crate::store) versions: BTreeMap<Resource, Shared<BTreeMap<VersionNumber, Version>>>,
    /// How many those are.
    pub(in crate::store) listed: usize,
    /// How many bytes of TOML were read so far.
    pub(in crate::store) toml: u64,
    /// Whether all files were counted.
    pub(in crate::store) counted: Cell<bool>,
}

impl TreeReader<'_> {
    fn read_project(&mut self, tree: &Tree<'_>) -> Result<(), StoreError> {
        self.require_canonical(tree, "")?;
        for entry in tree.iter() {
            match owned::of_name(entry.name_bytes()) {
                None => {}
                Some(Owned::File) => self.read_entry(&entry, "", DEPTH)?,
                Some(Owned::Folder) => self.read_entry(&entry, "", 0)?,
            }
        }
        Ok(())
    }

    fn read_tree(&mut self, tree: &Tree<'_>, path: &str, depth: usize) -> Result<(), StoreError> {
        self.require_canonical(tree, path)?;
        let whole = |parts: &[&str]| parts.iter().any(|part| is_below(path, part));
        match OwnedPath::resource_in(path) {
            Some(resource) if self.reading == Reading::Control && self.parts.is_none_or(whole) => {
                self.list_versions(tree, resource, path, depth)
            }
            _ => tree
                .iter()
                .try_for_each(|entry| self.read_entry(&entry, path, depth)),
        }
    }

    /// Lists the versions of `resource` in its folder, and reads whatever else is in there.
    ///
    /// A folder may have tens of thousands of versions, of which a question concerns one or two. So they are not
    /// listed one by one with their paths, which costs a hundred times as much.
    fn list_versions(
        &mut self,
        tree: &Tree<'_>,
        resource: Resource,
        path: &str,
        depth: usize,
    ) -> Result<(), StoreError> {
        let mut versions: Vec<(VersionNumber, Version)> = Vec::with_capacity(tree.len());
        for entry in tree.iter() {
            let plain = owned::mode(entry.filemode_raw()) == Mode::File;
            let name = std::str::from_utf8(entry.name_bytes()).ok();
            let version = name.and_then(|name| OwnedPath::version_in(resource.kind, name));
            match version.filter(|_| plain) {
                Some((number, extension)) => {
                    self.listed += 1;
                    self.require_few_files(self.entries.len())?;
                    let content = content_id(entry.id());
                    versions.push((number, Version { extension, content }));
                }
                None => self.read_entry(&entry, path, depth)?,
            }
        }
        let versions = by_number(versions);
        // Of several files of one number none is the version: the judge has to see them all.
        let mut numbers = Vec::with_capacity(versions.len());
        for alike in versions.chunk_by(|one, next| one.0 == next.0) {
            match alike {
                [single] => numbers.push(single.clone()),
                _ => {
                    for (number, Version { extension, content }) in alike {
                        let file = SnapshotEntry {
                            mode: Mode::File,
                            content: *content,
                            size: 0,
                            bytes: None,
                        };
                        self.insert(format!("{path}/{number}.{extension}"), file)?;
                    }
                }
            }
        }
        if !numbers.is_empty() {
            let numbers = numbers.into_iter().collect::<BTreeMap<_, _>>();
            self.versions.insert(resource, numbers.into());
        }
        Ok(())
    }

    fn read_entry(
        &mut self,
        entry: &TreeEntry<'_>,
        parent: &str,
        depth: usize,
    ) -> Result<(), StoreError> {
        let name = owned::spelled(entry.name_bytes());
        let path = if parent.is_empty() {
            name
        } else {
            format!("{parent}/{name}")
        };
        if self.parts.is_some_and(|parts| !leads_to(&path, parts)) {
            return Ok(());
        }
        if entry.kind() == Some(ObjectType::Tree) && depth < DEPTH {
            let doing = || {
                format!(
                    "read the folder {} (tree {})",
                    self.folder.join(&path),
                    entry.id()
                )
            };
            let tree = self
                .store
                .tree(entry.id())
                .map_err(|error| StoreError::git(doing())(error))?;
            return self.read_tree(&tree, &path, depth + 1);
        }
        let file = self.file_of(entry, &path)?;
        self.insert(path, file)
    }

    pub(in crate::store) fn file_of(
        &mut self,
        entry: &TreeEntry<'_>,
        path: &str,
    ) -> Result<SnapshotEntry, StoreError> {
        let mode = owned::mode(entry.filemode_raw());
        let content = content_id(entry.id());
        let wanted = match mode {
            Mode::Submodule | Mode::Other => {
                return Ok(SnapshotEntry {
                    mode,
                    content,
                    size: 0,
                    bytes: None,
                });
            }
            Mode::SymbolicLink => Wanted::Size,
            Mode::File | Mode::Executable
                if owned::is_version(path) && self.reading == Reading::Control =>
            {
                return Ok(SnapshotEntry {
                    mode,
                    content,
                    size: 0,
                    bytes: None,
                });
            }
            Mode::File | Mode::Executable => Wanted::Bytes,
        };
        let blob = self.store.blob(entry.id(), wanted)?;
        let bytes = blob.bytes.filter(|_| wanted == Wanted::Bytes);
        // Prompts are plain text and never parsed, so they are limited one by one only. Parsed TOML
        // takes many times its size in memory.
        if !path.starts_with("prompts/") {
            self.toml += bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
            if self.toml > MOST_TOML {
                let what = format!("the TOML of the project in {}", self.folder);
                return Err(StoreError::TooLarge {
                    what,
                    size: self.toml,
                    limit: MOST_TOML,
                });
            }
        }
        Ok(SnapshotEntry {
            mode,
            content,
            size: blob.size,
            bytes,
        })
    }

    fn insert(&mut self, path: String, file: SnapshotEntry) -> Result<(), StoreError> {
        self.require_few_files(self.entries.len())?;
        if self.entries.contains_key(&path) {
            // Two names can be spelled alike when one of them is not UTF-8.
            return Err(self.malformed("", format!("{path:?} is listed twice")));
        }
        self.entries.insert(path, file);
        Ok(())
    }

    /// Succeeds if the entries are in git's order, each with a valid name that no other has.
    pub(in crate::store) fn require_canonical(
        &self,
        tree: &Tree<'_>,
        path: &str,
    ) -> Result<(), StoreError> {
        if is_plainly_canonical(tree) {
            return Ok(());
        }
        let mut names: Vec<Vec<u8>> = tree
            .iter()
            .map(|entry| entry.name_bytes().to_vec())
            .collect();
        if let Some(name) = names.iter().find(|name| !is_plain(name)) {
            return Err(self.malformed(
                path,
                format!("{:?} is not a valid file name", owned::spelled(name)),
            ));
        }
        if !tree.iter().map(|entry| sort_key(&entry)).is_sorted() {
            return Err(self.malformed(path, "its entries are not in git's order".to_owned()));
        }
        names.sort();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(self.malformed(
                path,
                format!("{:?} is listed twice", owned::spelled(&pair[0])),
            ));
        }
        Ok(())
    }

    /// Succeeds if no two names are equal when letter case is ignored, as most desktop file systems
    /// do. Only one of two such files would be checked out there, and which one is undefined. At
    /// the top only names that envctl owns matter.
    pub(in crate::store) fn require_distinct_in_any_case(
        &self,
        tree: &Tree<'_>,
        path: &str,
    ) -> Result<(), StoreError> {
        let mut names: Vec<Vec<u8>> = tree
            .iter()
            .map(|entry| entry.name_bytes().to_vec())
            .collect();
        if path.is_empty() {
            names.retain(|name| owned::of_name(&name.to_ascii_lowercase()).is_some());
        }
        names.sort_by_cached_key(|name| name.to_ascii_lowercase());
        let twins = names
            .windows(2)
            .find(|pair| pair[0].eq_ignore_ascii_case(&pair[1]));
        let spelled = |pair: &[Vec<u8>]| (owned::spelled(&pair[0]), owned::spelled(&pair[1]));
        match twins.map(spelled) {
            Some((one, other)) => Err(self.malformed(
                path,
                format!("{one:?} and {other:?} differ only in letter case"),
            )),
            None => Ok(()),
        }
    }

    /// Succeeds if `read` files were read so far, beside the versions that were listed, and one more may be read.
    pub(in crate::store) fn require_few_files(&self, read: usize) -> Result<(), StoreError> {
        let too_many = match self.root {
            _ if read + self.listed > MOST_FILES => true,
            // Counted once, after the first files: most projects end before, and a project with far
            // too many files is refused here without listing them.
            Some(root) if read >= UNCOUNTED && !self.counted.replace(true) => self
                .store
                .has_too_many_files(root)
                .map_err(StoreError::git("count the project's files"))?,
            _ => read >= MOST_FILES,
        };
        if too_many {
            Err(self.malformed("", format!("it has more than {MOST_FILES} files")))
        } else {
            Ok(())
        }
    }

    pub(in crate::store) fn malformed(&self, path: &str, why: String) -> StoreError {
        let path = if path.is_empty() {
            self.folder.to_string()
        } else {
            self.folder.join(path)
        };
        StoreError::MalformedTree { path, why }
    }
}

/// Returns the versions sorted by number; those of one number stay in their order.
///
/// git sorts names as text, 10 before 2. Nearly always the numbers are those from 1 on, so each has its place.
fn by_number(mut versions: Vec<(VersionNumber, Version)>) -> Vec<(VersionNumber, Version)> {
    let mut places = vec![None; versions.len()];
    let fits = versions.iter().enumerate().all(|(index, (number, _))| {
        let place = usize::try_from(number.value() - 1).ok();
        let place = place.and_then(|place| places.get_mut(place));
        place.is_some_and(|place| place.replace(index).is_none())
    });
    if fits {
        let sorted = places.into_iter().flatten();
        return sorted.map(|index| versions[index].clone()).collect();
    }
    versions.sort_by_key(|(number, _)| *number);
    versions
}

/// Reports whether `path` is one of `parts`, is in one of them, or is a folder on the way to one.
fn leads_to(path: &str, parts: &[&str]) -> bool {
    parts
        .iter()
        .any(|part| is_below(path, part) || is_below(part, path))
}

/// Reports whether the path `inner` is `outer` or in it.
fn is_below(inner: &str, outer: &str) -> bool {
    let rest = inner.strip_prefix(outer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Reports whether the entries have valid names in ascending order, none of which begins with the one before
/// unless both are files. Then no two are the same, and git would write the tree like that. Nothing is copied
/// for it, and nearly all folders are so.
pub(in crate::store) fn is_plainly_canonical(tree: &Tree<'_>) -> bool {
    let mut last: Option<TreeEntry<'_>> = None;
    for entry in tree.iter() {
        let is_folder = |entry: &TreeEntry<'_>| entry.kind() == Some(ObjectType::Tree);
        let rises = last.as_ref().is_none_or(|last| {
            let (older, newer) = (last.name_bytes(), entry.name_bytes());
            // git compares folders as if their names ended with a slash. If one name begins with
            // the other, the order may differ, so that is left to the slow path.
            let files = !is_folder(last) && !is_folder(&entry);
            older < newer && (files || !newer.starts_with(older))
        });
        if !rises || !is_plain(entry.name_bytes()) {
            return false;
        }
        last = Some(entry);
    }
    true
}

fn is_plain(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..")
        && !name.eq_ignore_ascii_case(b".git")
        && !name.contains(&b'/')
}
