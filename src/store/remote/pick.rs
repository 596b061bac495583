use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use git2::{Delta, Index, MergeOptions};

use crate::files::{ATTRIBUTES, FileChange, OwnedPath};
use crate::model::CommitId;
use crate::store::error::StoreError;
use crate::store::folder::ProjectFolder;
use crate::store::ids::commit_oid;
use crate::store::open::Store;

/// git's mode of a file that is neither executable nor a link.
const PLAIN: i32 = 0o100_644;

/// The result of making a commit again on top of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picked {
    /// It can be made, except for conflicts that somebody has to decide on.
    Changes {
        /// What it changes in the project on the new base. Empty if everything is there already.
        changes: Vec<FileChange>,
        /// The files in which both sides changed the same lines, from the project's folder.
        conflicts: Vec<String>,
    },
    /// It changes a file that no envctl commit changes, such as this one.
    Foreign(String),
}

impl Store {
    /// Returns what the commit `commit`, which has one parent, changes in the project in `folder`
    /// when it is made on `onto`, as `git cherry-pick` would. Nothing is written.
    ///
    /// # Errors
    ///
    /// When a commit cannot be read.
    pub fn pick(
        &self,
        commit: CommitId,
        onto: CommitId,
        folder: &ProjectFolder,
    ) -> Result<Picked, StoreError> {
        let doing = || format!("make {} again on {}", commit.short(), onto.short());
        let pick = || {
            let mut options = MergeOptions::new();
            // Without renames, so that only the paths of both commits decide. A rename that git
            // guesses could put a version under another name.
            options.find_renames(false);
            let (commit, onto) = (
                self.lenient_commit(commit_oid(commit))?,
                self.lenient_commit(commit_oid(onto))?,
            );
            let mut index = self
                .repo
                .cherrypick_commit(&commit, &onto, 0, Some(&options))?;
            let mut conflicts = Vec::new();
            for path in conflicting(&index)? {
                index.conflict_remove(Path::new(&path))?;
                match owned(&path, folder) {
                    Some(owned) => conflicts.push(owned),
                    None => return Ok(Picked::Foreign(path)),
                }
            }
            let diff = self
                .repo
                .diff_tree_to_index(Some(&onto.tree()?), Some(&index), None)?;
            let mut changes = Vec::new();
            for delta in diff.deltas() {
                let file = delta.new_file();
                let path = file.path().unwrap_or(Path::new(""));
                let Some(owned) = path.to_str().and_then(|path| owned(path, folder)) else {
                    return Ok(Picked::Foreign(path.to_string_lossy().into_owned()));
                };
                // A file whose conflict was removed from the index looks deleted.
                if conflicts.contains(&owned) {
                    continue;
                }
                let bytes = match delta.status() {
                    Delta::Deleted => None,
                    _ if i32::from(file.mode()) != PLAIN => return Ok(Picked::Foreign(owned)),
                    _ => Some(Arc::from(self.repo.find_blob(file.id())?.content())),
                };
                changes.push(FileChange { path: owned, bytes });
            }
            Ok(Picked::Changes { changes, conflicts })
        };
        pick().map_err(|error| StoreError::git(doing())(error))
    }
}

/// Returns the paths that conflict, each once.
fn conflicting(index: &Index) -> Result<BTreeSet<String>, git2::Error> {
    let mut paths = BTreeSet::new();
    for conflict in index.conflicts()? {
        let conflict = conflict?;
        let sides = [conflict.our, conflict.their, conflict.ancestor];
        paths.extend(
            sides
                .into_iter()
                .flatten()
                .map(|entry| String::from_utf8_lossy(&entry.path).into_owned()),
        );
    }
    Ok(paths)
}

/// Returns `path` from the project's folder, if envctl writes there.
fn owned(path: &str, folder: &ProjectFolder) -> Option<String> {
    let path = path.strip_prefix(&folder.join(""))?;
    let ours = path == ATTRIBUTES || matches!(OwnedPath::parse(path), Some(Ok(_)));
    ours.then(|| path.to_owned())
}
