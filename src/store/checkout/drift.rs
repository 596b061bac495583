use git2::{Status, StatusOptions};

use crate::files::owned_names;
use crate::store::checkout::work_file;
use crate::store::error::StoreError;
use crate::store::folder::ProjectFolder;
use crate::store::open::Store;
use crate::store::tree::owned::{self, SKIP_WORKTREE};

/// How a file in this checkout differs from what is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Drift {
    /// It is in the middle of a merge.
    Conflicted,
    /// Something else is staged for it.
    Staged,
    /// It was changed in the work tree.
    Modified,
    /// It is gone from the work tree.
    Missing,
    /// git does not know it.
    Untracked,
    /// git does not know it, and a rule says to ignore it, so git will not add it by itself.
    Ignored,
}

/// A file that envctl owns, or that is in a folder of envctl's, and differs from what is committed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DriftedFile {
    /// The path from the project's folder. A folder that is another repository ends with a slash.
    pub path: String,
    /// How it differs; one that is staged and then changed again counts as staged.
    pub drift: Drift,
}

impl Store {
    /// Returns what `git status --ignored` lists of the paths that the project in `folder` owns, in
    /// order.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoWorkTree`] in a bare repository, and when the index or the work tree cannot be read.
    pub fn drift(&self, folder: &ProjectFolder) -> Result<Vec<DriftedFile>, StoreError> {
        if self.is_bare() {
            return Err(StoreError::NoWorkTree {
                path: self.git_directory().to_owned(),
            });
        }
        self.make_index_readable()?;
        let mut options = StatusOptions::new();
        options
            .include_untracked(true)
            .recurse_untracked_dirs(true)
            .include_ignored(true)
            .recurse_ignored_dirs(true);
        options
            .exclude_submodules(true)
            .disable_pathspec_match(true);
        for name in owned_names() {
            options.pathspec(folder.join(name));
        }
        let statuses = self.repo.statuses(Some(&mut options));
        let statuses = statuses.map_err(StoreError::git(
            "compare the work tree with what is committed",
        ))?;
        let prefix = folder.join("");
        let mut found = Vec::new();
        for entry in statuses.iter() {
            let Some(path) = entry.path_bytes().strip_prefix(prefix.as_bytes()) else {
                continue;
            };
            let name = path
                .rsplit(|byte| *byte == b'/')
                .next()
                .and_then(|name| std::str::from_utf8(name).ok());
            if name.is_some_and(work_file::is_temporary) {
                continue;
            }
            if let Some(drift) = self.drift_of(entry.status(), entry.path_bytes())? {
                found.push(DriftedFile {
                    path: owned::spelled(path),
                    drift,
                });
            }
        }
        found.sort();
        Ok(found)
    }

    fn drift_of(&self, status: Status, path: &[u8]) -> Result<Option<Drift>, StoreError> {
        let staged = Status::INDEX_NEW
            | Status::INDEX_MODIFIED
            | Status::INDEX_DELETED
            | Status::INDEX_RENAMED
            | Status::INDEX_TYPECHANGE;
        let modified = Status::WT_MODIFIED | Status::WT_TYPECHANGE | Status::WT_RENAMED;
        Ok(Some(if status.contains(Status::CONFLICTED) {
            Drift::Conflicted
        } else if status.intersects(staged) {
            Drift::Staged
        } else if status.intersects(modified) {
            Drift::Modified
        // A staged change hides a later one in the work tree, since staged is what the next `git
        // commit` takes.
        } else if status.contains(Status::WT_DELETED) {
            return Ok((!self.is_left_out(path)?).then_some(Drift::Missing));
        } else if status.contains(Status::WT_NEW) {
            Drift::Untracked
        } else if status.contains(Status::IGNORED) {
            Drift::Ignored
        } else {
            return Ok(None);
        }))
    }

    /// Reports whether a sparse checkout leaves the file out of the work tree.
    fn is_left_out(&self, path: &[u8]) -> Result<bool, StoreError> {
        let index = self
            .repo
            .index()
            .map_err(StoreError::git("open the index"))?;
        let mut entries = owned::under(&index, path.to_vec());
        Ok(entries.any(|entry| entry.path == path && entry.flags_extended & SKIP_WORKTREE != 0))
    }
}
