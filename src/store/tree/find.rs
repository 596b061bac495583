use git2::{ObjectType, Tree};

use crate::model::{CommitId, ContentId};
use crate::store::error::StoreError;
use crate::store::folder::ProjectFolder;
use crate::store::ids::{content_id, content_oid};
use crate::store::open::Store;

/// The file that makes a folder a project.
const PROJECT_FILE: &str = "envctl.toml";
/// How deep a project is looked for that was moved.
const SEARCH_DEPTH: usize = 3;

impl Store {
    /// The name of the tree that `folder` is in `commit`, to compare it with others; none: there is no such folder.
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

    /// The tree of the whole repository in `commit`.
    ///
    /// # Errors
    ///
    /// When the commit cannot be read.
    pub fn root_of(&self, commit: CommitId) -> Result<ContentId, StoreError> {
        Ok(self.headers(&self.odb()?, commit)?.tree)
    }

    /// Whether `folder` holds an `envctl.toml` in `commit`.
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

    /// The name of the file at `path` of `folder` in `commit`; none: there is no file.
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
        let Some(tree) = self.descend(tree, folders)? else {
            return Ok(None);
        };
        let entry = tree
            .get_name(name)
            .filter(|entry| entry.kind() == Some(ObjectType::Blob));
        Ok(entry.map(|entry| content_id(entry.id())))
    }

    /// The folders with an `envctl.toml` in `commit`, the root and those at most `depth` levels down, in order.
    ///
    /// # Errors
    ///
    /// When the commit or a tree cannot be read.
    pub fn projects_within(
        &self,
        commit: CommitId,
        depth: usize,
    ) -> Result<Vec<ProjectFolder>, StoreError> {
        let mut found = Vec::new();
        if let Some(tree) = self.tree_of(commit, &ProjectFolder::root())? {
            self.collect_projects(&tree, &ProjectFolder::root(), depth, &mut found)?;
        }
        found.sort();
        Ok(found)
    }

    /// Where the project of `folder` in `here` stands in `there`, a commit next to it, if it was moved in between: there is
    /// none in `folder` any more, and exactly one elsewhere that `here` has not. None: it was not moved.
    ///
    /// # Errors
    ///
    /// When a commit or a tree cannot be read.
    pub fn moved(
        &self,
        folder: &ProjectFolder,
        here: CommitId,
        there: CommitId,
    ) -> Result<Option<ProjectFolder>, StoreError> {
        if self.has_project(there, folder)? || !self.has_project(here, folder)? {
            return Ok(None);
        }
        let known = self.projects_within(here, SEARCH_DEPTH)?;
        let mut new = self.projects_within(there, SEARCH_DEPTH)?;
        new.retain(|folder| !known.contains(folder));
        Ok(if new.len() == 1 { new.pop() } else { None })
    }

    fn collect_projects(
        &self,
        tree: &Tree<'_>,
        folder: &ProjectFolder,
        depth: usize,
        found: &mut Vec<ProjectFolder>,
    ) -> Result<(), StoreError> {
        if is_project(tree) {
            found.push(folder.clone());
        }
        if depth == 0 {
            return Ok(());
        }
        for entry in tree
            .iter()
            .filter(|entry| entry.kind() == Some(ObjectType::Tree))
        {
            let Some(inner) = entry
                .name()
                .ok()
                .and_then(|name| folder.join(name).parse::<ProjectFolder>().ok())
            else {
                continue;
            };
            let tree = self
                .tree(entry.id())
                .map_err(StoreError::git(format!("read the folder {inner}")))?;
            self.collect_projects(&tree, &inner, depth - 1, found)?;
        }
        Ok(())
    }

    /// The tree of `folder` in `commit`; none: there is no such folder.
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

fn is_project(tree: &Tree<'_>) -> bool {
    tree.get_name(PROJECT_FILE)
        .is_some_and(|entry| entry.kind() == Some(ObjectType::Blob))
}
