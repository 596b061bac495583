//! Commits that a forge would make of a branch when it lands, kept in memory.

use git2::{MergeOptions, ObjectType, Oid, Repository, Tree};
use jiff::Timestamp;

use crate::model::{CommitId, ContentId};
use crate::store::error::StoreError;
use crate::store::folder::ProjectFolder;
use crate::store::history::merged::{FIRST, Merged, settled};
use crate::store::history::record::Actor;
use crate::store::ids::{commit_id, content_id, content_oid};
use crate::store::open::Store;

/// The mode of a folder.
const FOLDER: i32 = 0o040_000;

/// Makes commits in memory. Nothing is written; the store keeps them as long as it is open.
pub struct Drafts<'s> {
    store: &'s Store,
}

/// A commit that would be made.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    /// The tree of the whole repository.
    pub tree: ContentId,
    /// The commit that it would be made on.
    pub parent: CommitId,
    /// The commit that it would merge, if it is a merge.
    pub merged: Option<CommitId>,
    /// Who would be its author.
    pub author: &'a Actor,
    /// When it would be made.
    pub at: Timestamp,
    /// Its message.
    pub message: &'a str,
    /// Who would commit it; `None`: a forge.
    pub committer: Option<&'a Actor>,
}

impl Store {
    /// Returns what makes commits in memory.
    ///
    /// # Errors
    ///
    /// When the object database cannot be opened.
    pub fn drafts(&self) -> Result<Drafts<'_>, StoreError> {
        self.odb()?
            .add_new_mempack_backend(FIRST)
            .map_err(StoreError::git("keep objects in memory"))?;
        Ok(Drafts { store: self })
    }
}

impl Drafts<'_> {
    /// Returns what `ours` becomes with what `theirs` changed since `base`. All are trees of one
    /// project's folder, and `None` stands for a folder that does not exist.
    ///
    /// # Errors
    ///
    /// When a tree cannot be read.
    pub fn merged(
        &self,
        base: Option<ContentId>,
        ours: Option<ContentId>,
        theirs: Option<ContentId>,
    ) -> Result<Merged, StoreError> {
        self.store.require_budget()?;
        let repo = &self.store.repo;
        let tree = |id: Option<ContentId>| match id {
            Some(id) => self.store.tree(content_oid(id)),
            None => repo.find_tree(repo.treebuilder(None)?.write()?),
        };
        let merged = || {
            let (base, ours, theirs) = (tree(base)?, tree(ours)?, tree(theirs)?);
            let mut options = MergeOptions::new();
            // Without renames: a forge may follow one or not, and what a version says must not
            // depend on how similar two files look.
            options.find_renames(false);
            let index = repo.merge_trees(&base, &ours, &theirs, Some(&options))?;
            settled(repo, index, "")
        };
        merged().map_err(StoreError::git("merge two folders"))
    }

    /// Returns the root tree `root` with `tree` as its `folder`. `None` removes the folder.
    ///
    /// # Errors
    ///
    /// When a tree on the way cannot be read.
    pub fn with_folder(
        &self,
        root: ContentId,
        folder: &ProjectFolder,
        tree: Option<ContentId>,
    ) -> Result<ContentId, StoreError> {
        let repo = &self.store.repo;
        let parts: Vec<&str> = folder
            .as_str()
            .split('/')
            .filter(|part| !part.is_empty())
            .collect();
        let put = || {
            let top = self.store.tree(content_oid(root))?;
            match put(repo, Some(&top), &parts, tree.map(content_oid))? {
                Some(id) => Ok(id),
                None => repo.treebuilder(None)?.write(),
            }
        };
        let doing = || format!("put the folder {folder} into a tree");
        put()
            .map(content_id)
            .map_err(|error| StoreError::git(doing())(error))
    }

    /// Makes a commit in memory, and returns its name.
    ///
    /// # Errors
    ///
    /// When the object cannot be kept in memory.
    pub fn commit(&self, draft: &Draft<'_>) -> Result<CommitId, StoreError> {
        let Draft {
            tree,
            parent,
            merged,
            author,
            at,
            message,
            committer,
        } = *draft;
        let forge = ("envctl", "envctl@localhost");
        let (by, address) = committer.map_or(forge, |by| (by.name.as_str(), by.email.as_str()));
        let (name, email, seconds) = (&author.name, &author.email, at.as_second());
        // Written by hand because libgit2 refuses an author without a name, which git accepts.
        let merged = merged.map(|merged| format!("parent {merged}\n"));
        let merged = merged.unwrap_or_default();
        let text = format!(
            "tree {tree}\nparent {parent}\n{merged}author {name} <{email}> {seconds} +0000\n\
             committer {by} <{address}> {seconds} +0000\n\n{message}"
        );
        let written = self.store.odb()?.write(ObjectType::Commit, text.as_bytes());
        written
            .map(commit_id)
            .map_err(StoreError::git("put a commit together in memory"))
    }
}

/// Puts `tree` at the path `parts` below `top`, and returns the new tree, or `None` if nothing is
/// left.
fn put(
    repo: &Repository,
    top: Option<&Tree<'_>>,
    parts: &[&str],
    tree: Option<Oid>,
) -> Result<Option<Oid>, git2::Error> {
    let Some((name, rest)) = parts.split_first() else {
        return Ok(tree);
    };
    let below = top
        .and_then(|top| top.get_name(name))
        .filter(|entry| entry.kind() == Some(ObjectType::Tree))
        .map(|entry| repo.find_tree(entry.id()))
        .transpose()?;
    let mut builder = repo.treebuilder(top)?;
    match put(repo, below.as_ref(), rest, tree)? {
        Some(id) => drop(builder.insert(name, id, FOLDER)?),
        None if builder.get(name)?.is_some() => builder.remove(name)?,
        None => {}
    }
    Ok(match builder.is_empty() {
        true => None,
        false => Some(builder.write()?),
    })
}
