use std::cell::{Cell, RefCell};

use jiff::Timestamp;

use super::inquiry::Known;
use super::line::{TimedLine, is_ahead};
use super::selection::{Selection, SessionTarget, folder, target, tip, unborn};
use super::upstream::{Pushing, SyncState, Upstream};
use super::view::{Moment, View};
use super::whereabouts::Whereabouts;
use super::{History, ReadError};
use crate::files::State;
use crate::model::{BranchName, CommitId};
use crate::store::{ProjectFolder, Reading, Store};

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
            found_in: Some(found_in),
            ..Self::new(store, folder, target, selection.now)
        })
    }

    fn new(store: Store, folder: ProjectFolder, target: SessionTarget, now: Timestamp) -> Self {
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
        Self::new(store, folder, SessionTarget::Branch(branch), now)
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
        Ok(Self::new(store, folder, target, now))
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
        // Files are listed without the bytes of versions. Those that findings are about are needed
        // for the excerpts that are shown beside them.
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
        // A commit may be dated ahead by a clock that is a little fast. Whoever asks for now means
        // the tip, as without a time.
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
