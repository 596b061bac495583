use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::ReadError;
use crate::model::{BranchName, CommitId};
use crate::store::{Head, ProjectFolder, Store, StoreError};

/// How many levels deep other projects are searched for if there is none nearby.
const SEARCH_DEPTH: usize = 3;

/// What a session reads and writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionTarget {
    /// A branch, checked out or named by the user.
    Branch(BranchName),
    /// A commit, for reading only.
    Detached(CommitId),
}

impl SessionTarget {
    /// Returns the branch, if it is one.
    pub fn branch(&self) -> Option<&BranchName> {
        match self {
            Self::Branch(branch) => Some(branch),
            Self::Detached(_) => None,
        }
    }
}

/// Which project and which branch to open, as the user specified.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The folder to start from.
    pub start: PathBuf,
    /// The project's folder if it was named, from `start` or else from the repository's root.
    pub project: Option<PathBuf>,
    /// The branch, if it was named.
    pub branch: Option<BranchName>,
    /// The time.
    pub now: Timestamp,
}

impl Selection {
    /// Selects the project that contains the folder `start`, on the branch that is checked out, as
    /// seen at `now`.
    pub fn from(start: PathBuf, now: Timestamp) -> Self {
        Self {
            start,
            project: None,
            branch: None,
            now,
        }
    }
}

pub(super) fn target(
    store: &Store,
    branch: Option<&BranchName>,
) -> Result<SessionTarget, ReadError> {
    match branch {
        None => Ok(match store.head()? {
            Head::Branch(branch) => SessionTarget::Branch(branch),
            Head::Detached(commit) => SessionTarget::Detached(commit),
        }),
        Some(branch) => match store.tip(branch)? {
            Some(_) => Ok(SessionTarget::Branch(branch.clone())),
            None => Err(ReadError::NoSuchBranch {
                branch: branch.clone(),
            }),
        },
    }
}

/// Returns the project's folder, in the first of `commits` that has it.
pub(super) fn folder(
    store: &Store,
    selection: &Selection,
    target: &SessionTarget,
    commits: &[CommitId],
) -> Result<(CommitId, ProjectFolder), ReadError> {
    let start = start_folder(store, selection)?;
    for commit in commits {
        let folder = match &selection.project {
            Some(project) => named(store, *commit, &start, project)?,
            None => nearest(store, *commit, &start)?,
        };
        if let Some(folder) = folder {
            return Ok((*commit, folder));
        }
    }
    // Looked for only now that the command fails, to name what was probably meant. Acting on the
    // only project that there is would be a guess, and the next one that somebody adds would change
    // what scripts do.
    let elsewhere = commits
        .first()
        .map(|tip| store.projects_within(*tip, SEARCH_DEPTH))
        .transpose()?;
    let branch = target.branch().map(ToString::to_string);
    Err(ReadError::NoProject {
        branch,
        folder: start.to_string(),
        elsewhere: elsewhere.unwrap_or_default(),
    })
}

pub(super) fn tip(store: &Store, target: &SessionTarget) -> Result<Option<CommitId>, StoreError> {
    match target {
        SessionTarget::Branch(branch) => store.tip(branch),
        SessionTarget::Detached(commit) => Ok(Some(*commit)),
    }
}

pub(super) fn unborn(target: &SessionTarget) -> ReadError {
    match target {
        SessionTarget::Branch(branch) => ReadError::Unborn {
            branch: branch.clone(),
        },
        SessionTarget::Detached(commit) => ReadError::NoSuchRevision {
            revision: commit.to_string(),
        },
    }
}

/// Returns the folder of the repository in which the search begins: its root if there is no work
/// tree.
fn start_folder(store: &Store, selection: &Selection) -> Result<ProjectFolder, StoreError> {
    let start = match &selection.project {
        Some(project) => selection.start.join(project),
        None if store.is_bare() => return Ok(ProjectFolder::root()),
        None => selection.start.clone(),
    };
    if store.is_bare() {
        bare_folder(&start, selection)
    } else {
        store.folder_of(&start)
    }
}

/// Returns the folder of a project in a bare repository, where it is named by its path in the tree.
fn bare_folder(start: &Path, selection: &Selection) -> Result<ProjectFolder, StoreError> {
    let named = selection
        .project
        .as_deref()
        .and_then(Path::to_str)
        .unwrap_or_default();
    let outside = |_| StoreError::OutsideWorkTree {
        path: start.to_owned(),
    };
    named
        .trim_end_matches('/')
        .trim_start_matches("./")
        .parse()
        .map_err(outside)
}

/// Returns the project that was named, if it is at `start` or at that path from the repository's
/// root.
fn named(
    store: &Store,
    commit: CommitId,
    start: &ProjectFolder,
    project: &Path,
) -> Result<Option<ProjectFolder>, StoreError> {
    let from_root = project
        .to_str()
        .and_then(|path| path.trim_end_matches('/').parse().ok());
    // Below the present folder first, as every path on a command line is meant. From the root
    // second, since a setting of git names the project once for all folders that commands are run
    // in.
    for folder in [Some(start.clone()), from_root].into_iter().flatten() {
        if store.has_project(commit, &folder)? {
            return Ok(Some(folder));
        }
    }
    Ok(None)
}

fn nearest(
    store: &Store,
    commit: CommitId,
    start: &ProjectFolder,
) -> Result<Option<ProjectFolder>, StoreError> {
    // Upwards, as git looks for its repository, so that a command means the same project in every
    // folder below it.
    let mut folder = start.clone();
    loop {
        if store.has_project(commit, &folder)? {
            return Ok(Some(folder));
        }
        match folder.parent() {
            Some(parent) => folder = parent,
            None => return Ok(None),
        }
    }
}
