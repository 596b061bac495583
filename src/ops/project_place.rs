use std::rc::Rc;

use crate::files::{Snapshot, State};
use crate::model::{CommitId, ContentId};
use crate::ops::{ReadError, View};
use crate::store::{ProjectFolder, Reading, Store};

/// A project in one tree of a repository, which can be brought from there to the next.
#[derive(Clone)]
pub(super) struct ProjectPlace {
    /// The project's folder in that tree.
    pub(super) folder: ProjectFolder,
    /// The folder's tree, or `None` if there is no such folder.
    pub(super) tree: Option<ContentId>,
    /// The files. Versions are listed without their bytes.
    pub(super) snapshot: Rc<Snapshot>,
    /// What they say, parsed.
    pub(super) state: Rc<State>,
}

impl ProjectPlace {
    /// Returns the state before anything existed.
    pub(super) fn nowhere(folder: ProjectFolder) -> Self {
        Self {
            folder,
            tree: None,
            snapshot: Rc::default(),
            state: Rc::default(),
        }
    }

    /// Returns the place that was read already as `view`.
    pub(super) fn of_view(store: &Store, view: &View) -> Result<Self, ReadError> {
        Ok(Self {
            folder: view.folder.clone(),
            tree: store.folder_tree(view.commit, &view.folder)?,
            snapshot: Rc::new(view.snapshot.clone()),
            state: Rc::new(view.state.clone()),
        })
    }

    /// Reads the project in `folder` of the root tree `root`.
    pub(super) fn at(
        store: &Store,
        root: ContentId,
        folder: &ProjectFolder,
    ) -> Result<Self, ReadError> {
        Self::of_tree(store, store.folder_in(root, folder)?, folder)
    }

    /// Reads the project in `folder`, whose tree is `tree`.
    pub(super) fn of_tree(
        store: &Store,
        tree: Option<ContentId>,
        folder: &ProjectFolder,
    ) -> Result<Self, ReadError> {
        let snapshot = store.snapshot_of(tree, folder, Reading::Control)?;
        let state = Rc::new(State::read(&snapshot, store)?);
        Ok(Self {
            folder: folder.clone(),
            tree,
            snapshot: Rc::new(snapshot),
            state,
        })
    }

    /// Reports whether the project is the same in the root tree `root`, and returns the folder's
    /// tree there.
    pub(super) fn compare(
        &self,
        store: &Store,
        root: ContentId,
    ) -> Result<(bool, Option<ContentId>), ReadError> {
        let tree = store.folder_in(root, &self.folder)?;
        Ok((tree == self.tree, tree))
    }

    /// Follows the project if the step from the commit `from` to `to`, in which its folder's tree
    /// is `tree`, moves it. Returns whether it does, and the tree of the folder that it is in
    /// afterwards.
    pub(super) fn follow(
        &mut self,
        store: &Store,
        (from, to): (CommitId, CommitId),
        tree: Option<ContentId>,
    ) -> Result<(bool, Option<ContentId>), ReadError> {
        match store.moved(&self.folder, from, to)? {
            None => Ok((false, tree)),
            Some(folder) => {
                let tree = store.folder_in(store.root_of(to)?, &folder)?;
                self.folder = folder;
                Ok((true, tree))
            }
        }
    }

    /// Goes to the project in `folder`, whose tree is `tree`, even if that tree is malformed.
    pub(super) fn go_to(
        &mut self,
        store: &Store,
        tree: Option<ContentId>,
        folder: &ProjectFolder,
    ) -> Result<(), ReadError> {
        self.folder.clone_from(folder);
        // A log has to show what a judge would refuse to read.
        if self.advance(store, tree).is_err() {
            *self = Self::of_tree(store, tree, folder)?;
        }
        Ok(())
    }

    /// Goes to the folder's tree `tree`. If that can be read in more than one way, the place stays
    /// unchanged. After any other error it must not be used any more.
    pub(super) fn advance(
        &mut self,
        store: &Store,
        tree: Option<ContentId>,
    ) -> Result<(), ReadError> {
        // Only what differs between the two trees is read and parsed, so that walking along a
        // history costs what changed in it.
        let snapshot = Rc::make_mut(&mut self.snapshot);
        let paths = store.advance(snapshot, &self.folder, self.tree, tree)?;
        let paths = paths.iter().map(String::as_str);
        let state = self.state.after(paths, snapshot, store)?;
        self.state = Rc::new(state);
        self.tree = tree;
        Ok(())
    }
}
