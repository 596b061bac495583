use git2::{Index, IndexConflict, MergeOptions, Repository};

use crate::model::{CommitId, ContentId};
use crate::store::error::StoreError;
use crate::store::folder::ProjectFolder;
use crate::store::ids::{commit_oid, content_id};
use crate::store::open::Store;
use crate::store::tree::owned;

/// The priority of the memory in which merges are made. It is higher than that of all other object
/// stores, so nothing is written to the disk.
pub(in crate::store) const FIRST: i32 = 1_000;

/// The result of merging two commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merged {
    /// The root tree.
    Tree(ContentId),
    /// The files of the project that conflict, from its folder.
    Conflicts(Vec<String>),
}

impl Store {
    /// Returns what merging `theirs` into `ours` makes of the project in `folder`. Nothing is
    /// written: the merge is made in memory, and this store keeps it as long as it is open.
    ///
    /// Conflicts in files outside of the project are ignored. Whoever merges has to decide on them,
    /// and they change no project.
    ///
    /// # Errors
    ///
    /// When a commit cannot be read.
    pub fn merged(
        &self,
        ours: CommitId,
        theirs: CommitId,
        folder: &ProjectFolder,
    ) -> Result<Merged, StoreError> {
        let doing = || format!("merge {} into {}", theirs.short(), ours.short());
        let git = |error| StoreError::git(doing())(error);
        self.odb()?.add_new_mempack_backend(FIRST).map_err(git)?;
        let find = |commit| self.lenient_commit(commit_oid(commit));
        let (one, other) = (find(ours).map_err(git)?, find(theirs).map_err(git)?);
        let index = self
            .repo
            .merge_commits(&one, &other, Some(&MergeOptions::new()))
            .map_err(git)?;
        settled(&self.repo, index, &folder.join("")).map_err(git)
    }
}

/// Returns the result of a merge for the project whose paths begin with `prefix`. Conflicts in
/// files outside of the project are ignored.
pub(in crate::store) fn settled(
    repo: &Repository,
    mut index: Index,
    prefix: &str,
) -> Result<Merged, git2::Error> {
    let paths = conflicts(&index)?;
    let in_project = paths
        .iter()
        .filter_map(|path| path.strip_prefix(prefix.as_bytes()));
    let owned = in_project.filter(|path| {
        let top = path.split(|byte| *byte == b'/').next().unwrap_or_default();
        owned::of_name(top).is_some()
    });
    let conflicts: Vec<String> = owned.map(owned::spelled).collect();
    if !conflicts.is_empty() {
        return Ok(Merged::Conflicts(conflicts));
    }
    // The conflicts that remain are outside of the project. Without an entry there the tree can be
    // written, and nothing that is judged depends on it.
    for path in paths {
        index.conflict_remove(&path_of(&path))?;
    }
    Ok(Merged::Tree(content_id(index.write_tree_to(repo)?)))
}

/// Returns the paths of an index that conflict, each once.
fn conflicts(index: &Index) -> Result<Vec<Vec<u8>>, git2::Error> {
    let path = |conflict: IndexConflict| {
        [conflict.our, conflict.their, conflict.ancestor]
            .into_iter()
            .flatten()
            .next()
    };
    let mut paths = Vec::new();
    for conflict in index.conflicts()? {
        paths.extend(path(conflict?).map(|entry| entry.path));
    }
    paths.sort();
    paths.dedup();
    Ok(paths)
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> std::path::PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    std::ffi::OsStr::from_bytes(bytes).into()
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> std::path::PathBuf {
    String::from_utf8_lossy(bytes).into_owned().into()
}
