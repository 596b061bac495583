use std::collections::BTreeMap;

use super::update::Update;
use crate::files::{SETTINGS, Snapshot, SnapshotEntry, read_project};
use crate::model::{BranchName, CommitId, ContentId, RemoteName};
use crate::ops::ReadError;
use crate::store::{ProjectFolder, Store, StoreError};

/// The destination of a push, and so of the branches that it does not move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushDestination {
    /// Into this repository.
    Here,
    /// To a remote, of which this repository knows what it fetched. `None` if it has no name here,
    /// and nothing is known.
    Remote(Option<RemoteName>),
}

/// The branches of the repository that a push goes to, before and after it.
pub(super) struct Branches<'a> {
    store: &'a Store,
    destination: &'a PushDestination,
    moved: BTreeMap<BranchName, (Option<CommitId>, Option<CommitId>)>,
}

/// The branch that a project calls live in one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LiveBranch {
    /// There is no project.
    NoProject,
    /// Its settings cannot be read, so any branch may be the live one.
    Unreadable,
    /// This one.
    Branch(BranchName),
}

impl<'a> Branches<'a> {
    pub(super) fn of(
        store: &'a Store,
        destination: &'a PushDestination,
        updates: &[Update],
    ) -> Self {
        let moved = updates
            .iter()
            .filter_map(|update| Some((update.branch()?, (update.old, update.new))));
        Self {
            store,
            destination,
            moved: moved.collect(),
        }
    }

    /// Returns where `branch` was before the push.
    pub(super) fn before(&self, branch: &BranchName) -> Result<Option<CommitId>, ReadError> {
        match self.moved.get(branch) {
            Some((old, _)) => Ok(*old),
            None => self.standing(branch),
        }
    }

    /// Returns where `branch` is after the push.
    pub(super) fn after(&self, branch: &BranchName) -> Result<Option<CommitId>, ReadError> {
        match self.moved.get(branch) {
            Some((_, new)) => Ok(*new),
            None => self.standing(branch),
        }
    }

    /// Returns every branch that exists after the push, with its tip.
    pub(super) fn all_after(&self) -> Result<Vec<(BranchName, CommitId)>, ReadError> {
        let standing = match self.destination {
            PushDestination::Here => self.store.branch_tips(None)?,
            PushDestination::Remote(Some(remote)) => self.store.branch_tips(Some(remote))?,
            PushDestination::Remote(None) => Vec::new(),
        };
        let unmoved = standing
            .into_iter()
            .filter(|(branch, _)| !self.moved.contains_key(branch));
        let moved = self
            .moved
            .iter()
            .filter_map(|(branch, (_, new))| Some((branch.clone(), (*new)?)));
        Ok(unmoved.chain(moved).collect())
    }

    fn standing(&self, branch: &BranchName) -> Result<Option<CommitId>, ReadError> {
        Ok(match self.destination {
            PushDestination::Here => self.store.tip(branch)?,
            PushDestination::Remote(Some(remote)) => self.store.tracked_tip(remote, branch)?,
            PushDestination::Remote(None) => None,
        })
    }
}

/// Returns which branch the project in `folder` calls the live one in `commit`.
pub(super) fn named(
    store: &Store,
    commit: CommitId,
    folder: &ProjectFolder,
) -> Result<LiveBranch, ReadError> {
    match store.file(commit, folder, SETTINGS)? {
        Some(content) => named_in(store, content),
        None => Ok(LiveBranch::NoProject),
    }
}

fn named_in(store: &Store, content: ContentId) -> Result<LiveBranch, ReadError> {
    let bytes = match store.content(content) {
        Ok(bytes) => bytes,
        Err(StoreError::TooLarge { .. }) => return Ok(LiveBranch::Unreadable),
        Err(error) => return Err(error.into()),
    };
    let entries = [(
        SETTINGS.to_owned(),
        SnapshotEntry::of(bytes.into(), content),
    )];
    let snapshot = Snapshot::of(entries.into());
    // An invalid or missing branch counts as unreadable, so that a broken settings file cannot
    // switch the checks off.
    let branch = read_project(&snapshot).settings.branch;
    Ok(branch.map_or(LiveBranch::Unreadable, LiveBranch::Branch))
}

/// Reports whether the project in `folder` called `branch` the live one in any commit of the first-parent line of `tip`.
///
/// For a branch that was created from the live one the answer is no, because its settings name the other branch.
pub(super) fn was_live(
    store: &Store,
    tip: CommitId,
    folder: &ProjectFolder,
    branch: &BranchName,
) -> Result<bool, ReadError> {
    let line = store.line(tip)?;
    let Some(mut settings) = store.path_history(&line, folder, &[SETTINGS])? else {
        return Ok(false);
    };
    let mut known = None;
    loop {
        let content = settings.contents().next().flatten();
        // Settings change rarely, so each version of the file is parsed once.
        if let Some(content) = content.filter(|content| known != Some(*content)) {
            known = Some(content);
            if named_in(store, content)? == LiveBranch::Branch(branch.clone()) {
                return Ok(true);
            }
        }
        if settings.older()?.is_none() {
            return Ok(false);
        }
    }
}
