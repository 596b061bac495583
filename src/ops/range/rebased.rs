//! A pull request as a rebase lands it: its commits except merges, made again on the base in
//! memory.

use std::collections::HashMap;

use super::net::Pull;
use crate::model::{CommitId, ContentId};
use crate::ops::ReadError;
use crate::store::{Draft, Drafts, Merged, ProjectFolder};

/// The result of rebasing a pull request.
pub(super) enum Rebased {
    /// A line on top of the base.
    Line(RebasedLine),
    /// The commit that conflicts, and the files of the project in which it does.
    Conflict(CommitId, Vec<String>),
    /// No commit changes the project, or one of them can be read in more than one way.
    Nothing,
}

/// A line of commits that were made again.
pub(super) struct RebasedLine {
    pub(super) head: CommitId,
    /// The project's folder at the head.
    pub(super) folder: ProjectFolder,
    /// The original commits, by the commits that were made of them.
    pub(super) of: HashMap<CommitId, CommitId>,
}

/// The project's folder in a commit, and its tree.
type RebasedStanding = (ProjectFolder, Option<ContentId>);

/// Makes the commits of `pull` again on its base, as `git rebase` does; `by_authors` says whether their authors
/// commit them. Commits that do not change
/// the project are left out, because no verdict depends on them.
pub(super) fn rebased(
    pull: &Pull<'_, '_>,
    drafts: &Drafts<'_>,
    by_authors: bool,
) -> Result<Rebased, ReadError> {
    let store = pull.inputs.store;
    let mut standings: HashMap<CommitId, RebasedStanding> = HashMap::new();
    let mut root = store.root_of(pull.base)?;
    let (mut folder, mut tree) = (pull.place.folder.clone(), pull.place.tree);
    let mut line = RebasedLine {
        head: pull.base,
        folder: folder.clone(),
        of: HashMap::new(),
    };
    for (commit, parents) in pull.commits {
        let before = match parents.first() {
            Some(parent) => standing(pull, *parent, &standings)?,
            None => (folder.clone(), None),
        };
        let after = match parents.first() {
            Some(parent) => step(pull, (*parent, *commit), &before)?,
            None => (before.0.clone(), store.folder_tree(*commit, &before.0)?),
        };
        standings.insert(*commit, after.clone());
        // git leaves out merges, too: what they brought is on the base, or comes with the commits
        // of the other side.
        if parents.len() > 1 || before == after {
            continue;
        }
        // The usual case without a merge: the commit's parent has the same project as the new base.
        let made = if tree == before.1 {
            after.1
        } else {
            match drafts.merged(before.1, tree, after.1)? {
                Merged::Tree(made) => Some(made),
                Merged::Conflicts(files) => return Ok(Rebased::Conflict(*commit, files)),
            }
        };
        let moved = before.0 != after.0;
        // The base has this change already. git drops such a commit.
        if made == tree && !moved {
            continue;
        }
        if moved {
            root = drafts.with_folder(root, &folder, None)?;
            folder = after.0;
        }
        root = drafts.with_folder(root, &folder, made)?;
        tree = made;
        let Ok(strict_commit) = store.strict_commit(*commit)? else {
            return Ok(Rebased::Nothing);
        };
        line.head = drafts.commit(&Draft {
            merged: None,
            tree: root,
            parent: line.head,
            author: &strict_commit.author,
            at: pull.lands.own,
            message: &strict_commit.message,
            committer: by_authors.then_some(&strict_commit.author),
        })?;
        line.of.insert(line.head, *commit);
    }
    line.folder = folder;
    Ok(match line.of.is_empty() {
        true => Rebased::Nothing,
        false => Rebased::Line(line),
    })
}

fn standing(
    pull: &Pull<'_, '_>,
    commit: CommitId,
    known: &HashMap<CommitId, RebasedStanding>,
) -> Result<RebasedStanding, ReadError> {
    if let Some(known) = known.get(&commit) {
        return Ok(known.clone());
    }
    let folder = pull.place.folder.clone();
    let tree = pull.inputs.store.folder_tree(commit, &folder)?;
    Ok((folder, tree))
}

/// Returns the folder of the project and its tree after the step from one commit to the next.
fn step(
    pull: &Pull<'_, '_>,
    (from, to): (CommitId, CommitId),
    before: &RebasedStanding,
) -> Result<RebasedStanding, ReadError> {
    let store = pull.inputs.store;
    let folder = store.moved(&before.0, from, to)?;
    let folder = folder.unwrap_or_else(|| before.0.clone());
    let tree = store.folder_tree(to, &folder)?;
    Ok((folder, tree))
}
