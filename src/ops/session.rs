use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::inquiry::Known;
use super::line::{TimedLine, is_ahead};
use super::upstream::{Pushing, SyncState, Upstream};
use super::whereabouts::Whereabouts;
use super::{History, ReadError};
use crate::files::{Snapshot, State};
use crate::model::{BranchName, CommitId};
use crate::store::{Head, ProjectFolder, Reading, Store, StoreError};

/// How deep other projects are looked for when there is none at hand.
const SEARCH_DEPTH: usize = 3;

/// One project in one repository, and the branch that is worked on.
pub struct Session {
    /// The repository.
    pub store: Store,
    /// The project's folder in it.
    pub folder: ProjectFolder,
    /// What is read and written.
    pub target: SessionTarget,
    /// The time.
    pub now: Timestamp,
    /// The commit in which the project stands in `folder`; none: where the branch is.
    found_in: Option<CommitId>,
    whereabouts: Whereabouts,
    /// The commit that was read last: a write looks at the same one when it is planned, shown and made.
    last: RefCell<Option<View>>,
    /// What was found out for the last verdict on a write.
    pub(super) known: RefCell<Option<Known>>,
    /// Where changes are pushed to; none: nowhere.
    pub(super) pushing: Option<Pushing>,
}

/// What a session reads and writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionTarget {
    /// A branch: the one that is checked out, or the one that was named.
    Branch(BranchName),
    /// A commit, for reading only.
    Detached(CommitId),
}

/// Which project and which branch, as somebody asked for it.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The folder to start from.
    pub start: PathBuf,
    /// The project's folder, if it was named: from the folder to start from, or else from the repository's root.
    pub project: Option<PathBuf>,
    /// The branch, if it was named.
    pub branch: Option<BranchName>,
    /// The time.
    pub now: Timestamp,
}

impl Selection {
    /// The project that the folder `start` is in, on the branch that is checked out, as seen at `now`.
    pub fn from(start: PathBuf, now: Timestamp) -> Self {
        Self {
            start,
            project: None,
            branch: None,
            now,
        }
    }
}

/// A moment in the project's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The commit that a revision names.
    Revision(String),
    /// The last commit of the first-parent line up to then.
    Time(Timestamp),
}

/// A project as it is in one commit.
#[derive(Clone, Debug)]
pub struct View {
    /// The commit.
    pub commit: CommitId,
    /// The project's folder in it: where it stood then, if it was moved since.
    pub folder: ProjectFolder,
    /// Its files.
    pub snapshot: Snapshot,
    /// What they say.
    pub state: State,
}

impl Session {
    /// Finds the project that `selection` means in `store`.
    ///
    /// # Errors
    ///
    /// When there is none, or the branch is not there.
    pub fn open(store: Store, selection: &Selection) -> Result<Self, ReadError> {
        Self::open_among(store, selection, &[])
    }

    /// As [`Session::open`]; where the project is not on the branch, the first of `others` that has it says where it is.
    ///
    /// # Errors
    ///
    /// As [`Session::open`].
    pub fn open_among(
        store: Store,
        selection: &Selection,
        others: &[CommitId],
    ) -> Result<Self, ReadError> {
        let target = target(&store, selection.branch.as_ref())?;
        let Some(tip) = tip(&store, &target)? else {
            return Err(unborn(&target));
        };
        let (found_in, folder) = folder(&store, selection, &target, &[&[tip], others].concat())?;
        Ok(Self {
            store,
            folder,
            target,
            now: selection.now,
            found_in: Some(found_in),
            whereabouts: Whereabouts::default(),
            last: RefCell::default(),
            known: RefCell::default(),
            pushing: None,
        })
    }

    /// The project in a folder of a commit, whose branch is pushed to `upstream`; how both stand to each other is not known yet.
    pub(super) fn pushed(
        store: Store,
        (found_in, folder): (CommitId, ProjectFolder),
        upstream: Upstream,
        now: Timestamp,
    ) -> Self {
        let branch = upstream.place.branch.clone();
        let pushing = Some(Pushing {
            upstream,
            sync_state: Cell::default(),
        });
        Self {
            pushing,
            found_in: Some(found_in),
            ..Self::in_folder(store, folder, branch, now)
        }
    }

    /// The project in `folder`, which need not be there yet, on `branch`, as seen at `now`: for a push that may bring both.
    pub fn in_folder(
        store: Store,
        folder: ProjectFolder,
        branch: BranchName,
        now: Timestamp,
    ) -> Self {
        let target = SessionTarget::Branch(branch);
        Self {
            store,
            folder,
            target,
            now,
            found_in: None,
            whereabouts: Whereabouts::default(),
            last: RefCell::default(),
            known: RefCell::default(),
            pushing: None,
        }
    }

    /// The project in `folder`, which need not be there yet, on `branch` or else on what is checked out, as seen at `now`.
    ///
    /// # Errors
    ///
    /// When the branch is not there.
    pub fn of_folder(
        store: Store,
        folder: ProjectFolder,
        branch: Option<&BranchName>,
        now: Timestamp,
    ) -> Result<Self, ReadError> {
        let target = target(&store, branch)?;
        Ok(Self {
            store,
            folder,
            target,
            now,
            found_in: None,
            whereabouts: Whereabouts::default(),
            last: RefCell::default(),
            known: RefCell::default(),
            pushing: None,
        })
    }

    /// The commit that is read when nobody asks for another: where the branch is, or what a push starts from.
    ///
    /// # Errors
    ///
    /// When the branch cannot be read, or is gone.
    pub fn tip(&self) -> Result<CommitId, ReadError> {
        let base = self.sync_state().and_then(|sync_state| sync_state.base);
        let tip = base.map_or_else(|| tip(&self.store, &self.target), |base| Ok(Some(base)))?;
        tip.ok_or_else(|| unborn(&self.target))
    }

    /// The project at the tip, or at `moment`, wherever it stood then. Versions are listed without their bytes.
    ///
    /// # Errors
    ///
    /// When the moment names nothing, or the commit cannot be read.
    pub fn view(&self, moment: Option<&Moment>) -> Result<View, ReadError> {
        let (commit, folder) = self.commit(moment)?;
        self.view_in(commit, &folder)
    }

    /// The commit at the tip, or at `moment`, and the project's folder in it.
    ///
    /// # Errors
    ///
    /// When the moment names nothing.
    pub fn commit(&self, moment: Option<&Moment>) -> Result<(CommitId, ProjectFolder), ReadError> {
        match moment {
            None => Ok((self.tip()?, self.folder.clone())),
            Some(moment) => self.commit_at(moment),
        }
    }

    /// The project in `commit`, wherever it stands there; where there is none, its folder as if it were.
    pub(super) fn view_of(&self, commit: CommitId) -> Result<View, ReadError> {
        let folder = self.folder_in(commit)?;
        self.view_in(commit, folder.as_ref().unwrap_or(&self.folder))
    }

    /// The project in the session's folder of `commit`: what a write there changes.
    pub(super) fn view_here(&self, commit: CommitId) -> Result<View, ReadError> {
        self.view_in(commit, &self.folder)
    }

    /// The project in `folder` of `commit`.
    pub(super) fn view_in(
        &self,
        commit: CommitId,
        folder: &ProjectFolder,
    ) -> Result<View, ReadError> {
        if let Some(last) = self
            .last
            .borrow()
            .as_ref()
            .filter(|last| last.commit == commit && last.folder == *folder)
        {
            return Ok(last.clone());
        }
        let mut snapshot = self.store.snapshot(commit, folder, Reading::Control)?;
        let state = State::read(&snapshot, &self.store)?;
        snapshot.load_for(&state.findings, &self.store)?;
        let view = View {
            commit,
            folder: folder.clone(),
            snapshot,
            state,
        };
        self.last.replace(Some(view.clone()));
        Ok(view)
    }

    /// The date of the commit of `view`, if it is too far ahead of the clock: until then, and for the dwell after it, what is
    /// made on that commit waits.
    /// A commit whose date cannot be read is ahead of nothing.
    pub fn dated_ahead(&self, view: &View) -> Option<Timestamp> {
        let own = self.store.commit(view.commit).ok()?.committer.at;
        Some(own).filter(|own| is_ahead(*own, self.now))
    }

    /// How the branch here and the one that it is pushed to stand to each other; none: nothing is pushed.
    pub fn sync_state(&self) -> Option<SyncState> {
        self.pushing
            .as_ref()
            .map(|pushing| pushing.sync_state.get())
    }

    /// Where changes are pushed to; none: nowhere.
    pub fn upstream(&self) -> Option<&Upstream> {
        self.pushing.as_ref().map(|pushing| &pushing.upstream)
    }

    /// The branch that the project calls live, if this session works on another.
    pub fn not_live(&self, view: &View) -> Option<BranchName> {
        let live = view.state.project.settings.branch.clone()?;
        (self.target.branch() != Some(&live)).then_some(live)
    }

    /// Returns where the project stands in `commit`; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// When history is needed and cannot be read.
    pub(super) fn folder_in(&self, commit: CommitId) -> Result<Option<ProjectFolder>, ReadError> {
        let from = self.found_in.map_or_else(|| self.tip(), Ok)?;
        self.whereabouts
            .folder_in(&self.store, (from, &self.folder), commit)
    }

    /// The commit that `moment` means, and the project's folder in it.
    fn commit_at(&self, moment: &Moment) -> Result<(CommitId, ProjectFolder), ReadError> {
        match moment {
            Moment::Time(at) => self.commit_at_time(*at),
            Moment::Revision(revision) => {
                let missing = || ReadError::NoSuchRevision {
                    revision: revision.clone(),
                };
                let commit = self.store.revision(revision)?.ok_or_else(missing)?;
                let folder = self.folder_in(commit)?;
                let there = folder.ok_or_else(|| ReadError::NoProjectThere {
                    revision: revision.clone(),
                    folder: self.folder.to_string(),
                });
                Ok((commit, there?))
            }
        }
    }

    /// The last commit of the first-parent line whose effective time is not after `at`.
    ///
    /// Now that is the tip, which may be dated a little ahead of this clock.
    fn commit_at_time(&self, at: Timestamp) -> Result<(CommitId, ProjectFolder), ReadError> {
        let tip = self.tip()?;
        if at >= self.now {
            return Ok((tip, self.folder.clone()));
        }
        let commit = TimedLine::of(&self.store, &self.folder, tip)?.at(at);
        let folder = commit.map(|commit| self.folder_in(commit)).transpose()?;
        match (commit, folder.flatten()) {
            (Some(commit), Some(folder)) => Ok((commit, folder)),
            _ => Err(ReadError::BeforeTheBeginning { at }),
        }
    }

    /// The past that ends with `commit`.
    ///
    /// # Errors
    ///
    /// When the history is shallow, altered, or cannot be read.
    pub fn history(&self, commit: CommitId) -> Result<History<'_>, ReadError> {
        let folder = self.folder_in(commit)?;
        History::of(&self.store, folder.as_ref().unwrap_or(&self.folder), commit)
    }
}

impl SessionTarget {
    /// The branch, if it is one.
    pub fn branch(&self) -> Option<&BranchName> {
        match self {
            Self::Branch(branch) => Some(branch),
            Self::Detached(_) => None,
        }
    }
}

fn target(store: &Store, branch: Option<&BranchName>) -> Result<SessionTarget, ReadError> {
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

/// The project's folder, in the first of `commits` that has it.
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

/// The folder of the repository in which the search begins: its root where there is no work tree to stand in.
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

/// In a bare repository a project is named by its path in the tree.
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

/// The project that was named, if it is where `start` says or at that path from the repository's root.
fn named(
    store: &Store,
    commit: CommitId,
    start: &ProjectFolder,
    project: &Path,
) -> Result<Option<ProjectFolder>, StoreError> {
    let from_root = project
        .to_str()
        .and_then(|path| path.trim_end_matches('/').parse().ok());
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
