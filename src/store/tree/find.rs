use git2::{ObjectType, Tree};

use crate::model::{CommitId, ContentId};
use crate::store::error::StoreError;
use crate::store::folder::ProjectFolder;
use crate::store::ids::{content_id, content_oid};
use crate::store::open::Store;
use crate::store::tree::children::unread;
use crate::store::tree::owned::of_name;
use crate::store::tree::projects::is_project;

/// The names at the top of a project's folder, with their modes and contents.
pub type OwnedPart = Vec<(Vec<u8>, i32, ContentId)>;

impl Store {
    /// Returns the name of the tree that `folder` is in `commit`, for comparison with others, or
    /// `None` if there is no such folder.
    ///
    /// # Errors
    ///
    /// When the commit or a tree on the way cannot be read.
    pub fn folder_tree(
        &self,
        commit: CommitId,
        folder: &ProjectFolder,
    ) -> Result<Option<ContentId>, StoreError> {
        Ok(self
            .tree_of(commit, folder)?
            .map(|tree| content_id(tree.id())))
    }

    /// Returns the entries at the top of `folder` in `commit` that are envctl's, for comparison
    /// with others, or `None` if there is no such folder.
    ///
    /// # Errors
    ///
    /// When the commit or a tree on the way cannot be read.
    pub fn owned_part(
        &self,
        commit: CommitId,
        folder: &ProjectFolder,
    ) -> Result<Option<OwnedPart>, StoreError> {
        // In any letter case: on a file system that ignores case such a name would be opened as an owned one.
        let owned = |name: &[u8]| of_name(name.to_ascii_lowercase().as_slice()).is_some();
        let part = |tree: Tree<'_>| {
            tree.iter()
                .filter(|entry| owned(entry.name_bytes()))
                .map(|entry| {
                    (
                        entry.name_bytes().to_vec(),
                        entry.filemode(),
                        content_id(entry.id()),
                    )
                })
                .collect()
        };
        Ok(self.tree_of(commit, folder)?.map(part))
    }

    /// Returns the tree of the whole repository in `commit`.
    ///
    /// # Errors
    ///
    /// When the commit cannot be read.
    pub fn root_of(&self, commit: CommitId) -> Result<ContentId, StoreError> {
        Ok(self.headers(&self.odb()?, commit)?.tree)
    }

    /// Reports whether `folder` contains an `envctl.toml` in `commit`.
    ///
    /// # Errors
    ///
    /// When the commit or a tree on the way cannot be read.
    pub fn has_project(
        &self,
        commit: CommitId,
        folder: &ProjectFolder,
    ) -> Result<bool, StoreError> {
        Ok(self
            .tree_of(commit, folder)?
            .is_some_and(|tree| is_project(&tree)))
    }

    /// Reports whether `folder` contains an `envctl.toml` in the root tree `root`.
    ///
    /// # Errors
    ///
    /// When a tree on the way cannot be read.
    pub fn holds_project(
        &self,
        root: ContentId,
        folder: &ProjectFolder,
    ) -> Result<bool, StoreError> {
        let Some(id) = self.folder_in(root, folder)? else {
            return Ok(false);
        };
        let doing = || format!("read the folder {folder} (tree {id})");
        let tree = self
            .tree(content_oid(id))
            .map_err(|error| StoreError::git(doing())(error))?;
        Ok(is_project(&tree))
    }

    /// Returns the name of the file at `path` of `folder` in `commit`, or `None` if there is no
    /// file.
    ///
    /// # Errors
    ///
    /// When the commit or a tree on the way cannot be read.
    pub fn file(
        &self,
        commit: CommitId,
        folder: &ProjectFolder,
        path: &str,
    ) -> Result<Option<ContentId>, StoreError> {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        let Some(tree) = self.tree_of(commit, folder)? else {
            return Ok(None);
        };
        // A folder may have thousands of files, and callers ask for one after the other. `folder_entry` remembers large folders, which libgit2 would parse again each time.
        let mut above = tree.id();
        for part in folders.split('/').filter(|part| !part.is_empty()) {
            match self.folder_entry(above, part).map_err(unread(above))? {
                Some(child) if child.kind == Some(ObjectType::Tree) => above = child.id,
                _ => return Ok(None),
            }
        }
        let child = self.folder_entry(above, name).map_err(unread(above))?;
        let file = child.filter(|child| child.kind == Some(ObjectType::Blob));
        Ok(file.map(|file| content_id(file.id)))
    }

    /// Returns the tree of `folder` in `commit`, or `None` if there is no such folder.
    pub(in crate::store) fn tree_of(
        &self,
        commit: CommitId,
        folder: &ProjectFolder,
    ) -> Result<Option<Tree<'_>>, StoreError> {
        let id = content_oid(self.root_of(commit)?);
        let doing = || {
            format!(
                "read the files of the commit {} (tree {id})",
                commit.short()
            )
        };
        let root = self
            .tree(id)
            .map_err(|error| StoreError::git(doing())(error))?;
        self.descend(root, folder.as_str())
    }

    pub(in crate::store) fn descend<'s>(
        &'s self,
        mut tree: Tree<'s>,
        path: &str,
    ) -> Result<Option<Tree<'s>>, StoreError> {
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let entry = tree
                .get_name(part)
                .filter(|entry| entry.kind() == Some(ObjectType::Tree));
            let Some(id) = entry.map(|entry| entry.id()) else {
                return Ok(None);
            };
            let doing = || format!("read the folder {path} (tree {id})");
            tree = self
                .tree(id)
                .map_err(|error| StoreError::git(doing())(error))?;
        }
        Ok(Some(tree))
    }
}
