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

/// How many levels deep other projects are searched for if there is none nearby.
const SEARCH_DEPTH: usize = 3;

/// One project in one repository, and the branch that is worked on.
pub struct Session {
    /// The repository.
    pub store: Store,
    /// The project's folder in it.
    pub folder: ProjectFolder,
    /// The branch or commit that is read and written.
    pub target: SessionTarget,
    /// The time.
    pub now: Timestamp,
    /// The commit in which the project is in `folder`, or `None` for the tip of the branch.
    found_in: Option<CommitId>,
    whereabouts: Whereabouts,
    /// The commit that was read last. A write reads the same one when it is planned, shown and
    /// made.
    last: RefCell<Option<View>>,
    /// What was found out for the last verdict on a write.
    pub(super) known: RefCell<Option<Known>>,
    /// Where changes are pushed to, or `None`.
    pub(super) pushing: Option<Pushing>,
}

/// What a session reads and writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionTarget {
    /// A branch, checked out or named by the user.
    Branch(BranchName),
    /// A commit, for reading only.
    Detached(CommitId),
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

/// A moment in the project's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The commit that a revision names.
    Revision(String),
    /// The last commit of the first-parent line up to then.
    /// The last commit of the first-parent line up to this time.
    Time(Timestamp),
}

/// A project as it is in one commit.
#[derive(Clone, Debug)]
pub struct View {
    /// The commit.
    pub commit: CommitId,
    /// The project's folder in it, where it was then if it was moved since.
    pub folder: ProjectFolder,
    /// Its files.
    pub snapshot: Snapshot,
    /// What they say, parsed.
    pub state: State,
}

impl Session {
    /// Opens the project that `selection` means in `store`.
    ///
    /// # Errors
    ///
    /// When there is none, or the branch does not exist.
    pub fn open(store: Store, selection: &Selection) -> Result<Self, ReadError> {
        Self::open_among(store, selection, &[])
    }

    /// Does what [`Session::open`] does. If the project is not on the branch, the first of `others`
    /// that has it decides its folder.
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

    /// Returns a session for the project in a folder of a commit, whose branch is pushed to
    /// `upstream`. The state of the two branches is not known yet.
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

    /// Returns a session for the project in `folder` on `branch`, as seen at `now`. Neither has to
    /// exist yet, since a push may bring both.
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

    /// Returns a session for the project in `folder`, which need not exist yet, on `branch` or else
    /// on what is checked out, as seen at `now`.
    ///
    /// # Errors
    ///
    /// When the branch does not exist.
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

    /// Returns the commit that is read by default: the tip of the branch, or the commit that a push
    /// starts from.
    ///
    /// # Errors
    ///
    /// When the branch cannot be read, or no longer exists.
    pub fn tip(&self) -> Result<CommitId, ReadError> {
        let base = self.sync_state().and_then(|sync_state| sync_state.base);
        let tip = base.map_or_else(|| tip(&self.store, &self.target), |base| Ok(Some(base)))?;
        tip.ok_or_else(|| unborn(&self.target))
    }

    /// Returns the project at the tip, or at `moment`, in the folder that it was in then. Versions
    /// are listed without their bytes.
    ///
    /// # Errors
    ///
    /// When the moment does not exist, or the commit cannot be read.
    pub fn view(&self, moment: Option<&Moment>) -> Result<View, ReadError> {
        let (commit, folder) = self.commit(moment)?;
        self.view_in(commit, &folder)
    }

    /// Returns the commit at the tip, or at `moment`, and the project's folder in it.
    ///
    /// # Errors
    ///
    /// When the moment does not exist.
    pub fn commit(&self, moment: Option<&Moment>) -> Result<(CommitId, ProjectFolder), ReadError> {
        match moment {
            None => Ok((self.tip()?, self.folder.clone())),
            Some(moment) => self.commit_at(moment),
        }
    }

    /// Returns the project in `commit`, in the folder that it is in there. Without a project the
    /// state is empty.
    pub(super) fn view_of(&self, commit: CommitId) -> Result<View, ReadError> {
        let folder = self.folder_in(commit)?;
        self.view_in(commit, folder.as_ref().unwrap_or(&self.folder))
    }

    /// Returns the project in the session's folder of `commit`, which is what a write there
    /// changes.
    pub(super) fn view_here(&self, commit: CommitId) -> Result<View, ReadError> {
        self.view_in(commit, &self.folder)
    }

    /// Returns the project in `folder` of `commit`.
    pub(super) fn view_in(
        &self,
        commit: CommitId,
        folder: &ProjectFolder,
    ) -> Result<View, ReadError> {
        // A commit never changes, so the view that was read last can be reused whenever it is asked
        // for again.
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

    /// Returns the date of the commit of `view` if it is too far ahead of the clock. Until then,
    /// and for the dwell after it, what is made on that commit has to wait. Returns `None` if the
    /// date cannot be read.
    pub fn dated_ahead(&self, view: &View) -> Option<Timestamp> {
        let own = self.store.commit(view.commit).ok()?.committer.at;
        Some(own).filter(|own| is_ahead(*own, self.now))
    }

    /// Returns the state of the branch here and the one that it is pushed to, or `None` if nothing
    /// is pushed.
    pub fn sync_state(&self) -> Option<SyncState> {
        self.pushing
            .as_ref()
            .map(|pushing| pushing.sync_state.get())
    }

    /// Returns where changes are pushed to, or `None`.
    pub fn upstream(&self) -> Option<&Upstream> {
        self.pushing.as_ref().map(|pushing| &pushing.upstream)
    }

    /// Returns the branch that the project calls live, if this session works on another.
    pub fn not_live(&self, view: &View) -> Option<BranchName> {
        let live = view.state.project.settings.branch.clone()?;
        (self.target.branch() != Some(&live)).then_some(live)
    }

    /// Returns the project's folder in `commit`, or `None` if it is not there.
    ///
    /// # Errors
    ///
    /// When history is needed and cannot be read.
    pub(super) fn folder_in(&self, commit: CommitId) -> Result<Option<ProjectFolder>, ReadError> {
        let from = self.found_in.map_or_else(|| self.tip(), Ok)?;
        self.whereabouts
            .folder_in(&self.store, (from, &self.folder), commit)
    }

    /// Returns the commit that `moment` means, and the project's folder in it.
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

    /// Returns the last commit of the first-parent line whose effective time is not after `at`.
    ///
    /// For the present that is the tip, even if its date is a little ahead of this clock.
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

    /// Returns the past that ends with `commit`.
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
    /// Returns the branch, if it is one.
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
