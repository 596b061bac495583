use std::collections::BTreeSet;

use super::{ReadError, Subject};
use crate::model::CommitId;
use crate::store::{Counting, ProjectFolder, Projects, Store};

/// Returns every project in any of `commits`, at any depth, and in the edits in progress that
/// `subject` selects.
///
/// # Errors
///
/// When a commit, the index or the work tree cannot be read.
pub fn all_projects(
    store: &Store,
    commits: &[CommitId],
    subject: Option<Subject>,
) -> Result<Projects, ReadError> {
    let mut search = store.project_search();
    let mut folders: BTreeSet<ProjectFolder> = BTreeSet::new();
    let mut unnamed = Vec::new();
    for commit in commits {
        let found = search.projects(*commit, Counting::Free)?;
        folders.extend(found.folders);
        unnamed.extend(found.unnamed);
    }
    let edited = match subject {
        Some(Subject::Staged) => store.staged_projects()?,
        Some(Subject::WorkTree) => store.work_tree_projects()?,
        Some(Subject::Tip) | None => Projects::default(),
    };
    folders.extend(edited.folders);
    unnamed.extend(edited.unnamed);
    unnamed.sort();
    unnamed.dedup();
    Ok(Projects {
        folders: folders.into_iter().collect(),
        unnamed,
    })
}

/// Returns the folders to judge when every project is judged over a range from `base` to `head`:
/// those of `projects`, except for one that was moved, which is judged in its last folder.
///
/// # Errors
///
/// When a commit cannot be read.
pub fn judged_in_range(
    store: &Store,
    (base, head): (CommitId, CommitId),
    projects: &[ProjectFolder],
) -> Result<Vec<ProjectFolder>, ReadError> {
    let (mut gone, mut new) = (Vec::new(), Vec::new());
    for folder in projects {
        match (
            store.has_project(base, folder)?,
            store.has_project(head, folder)?,
        ) {
            (true, false) => gone.push(folder.clone()),
            (false, true) => new.push(folder.clone()),
            _ => {}
        }
    }
    // With several missing or new projects it is unknown which moved where, so each is judged by
    // itself.
    let moved = if gone.len() == 1 && new.len() == 1 {
        gone
    } else {
        Vec::new()
    };
    let judged = projects.iter().filter(|folder| !moved.contains(folder));
    Ok(judged.cloned().collect())
}
