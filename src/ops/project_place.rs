use std::rc::Rc;

use crate::files::{Snapshot, State};
use crate::model::{CommitId, ContentId};
use crate::ops::ReadError;
use crate::store::{ProjectFolder, Reading, Store};

/// A project as it is in one tree of a repository, and how to get from there to the next.
#[derive(Clone)]
pub(super) struct ProjectPlace {
    /// The project's folder there.
    pub(super) folder: ProjectFolder,
    /// The folder's tree; none: there is no such folder.
    pub(super) tree: Option<ContentId>,
    /// The files; versions are listed without their bytes.
    pub(super) snapshot: Rc<Snapshot>,
    /// What they say.
    pub(super) state: Rc<State>,
}

impl ProjectPlace {
    /// Before there was anything.
    pub(super) fn nowhere(folder: ProjectFolder) -> Self {
        Self {
            folder,
            tree: None,
            snapshot: Rc::default(),
            state: Rc::default(),
        }
    }

    /// The project in `folder` of the root tree `root`, all of it read.
    pub(super) fn at(
        store: &Store,
        root: ContentId,
        folder: &ProjectFolder,
    ) -> Result<Self, ReadError> {
        Self::of_tree(store, store.folder_in(root, folder)?, folder)
    }

    /// The project in `folder`, whose tree is `tree`, all of it read.
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

    /// Whether the project is the same in the root tree `root`; the folder's tree there.
    pub(super) fn compare(
        &self,
        store: &Store,
        root: ContentId,
    ) -> Result<(bool, Option<ContentId>), ReadError> {
        let tree = store.folder_in(root, &self.folder)?;
        Ok((tree == self.tree, tree))
    }

    /// Follows the project where the step from the commit `from` to `to`, in which its folder's tree is `tree`, moves it
    /// elsewhere; answers whether it does, and the tree of the folder that it then stands in.
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

    /// Goes to the project in `folder`, whose tree is `tree`, also where only a careless reader gets through.
    pub(super) fn go_to(
        &mut self,
        store: &Store,
        tree: Option<ContentId>,
        folder: &ProjectFolder,
    ) -> Result<(), ReadError> {
        self.folder.clone_from(folder);
        // What a judge would refuse to read can still be told of.
        if self.advance(store, tree).is_err() {
            *self = Self::of_tree(store, tree, folder)?;
        }
        Ok(())
    }

    /// Goes to the folder's tree `tree`. Where that reads in more than one way, the place stays where it was; on every other
    /// error nothing may rest on it any more.
    pub(super) fn advance(
        &mut self,
        store: &Store,
        tree: Option<ContentId>,
    ) -> Result<(), ReadError> {
        let snapshot = Rc::make_mut(&mut self.snapshot);
        let paths = store.advance(snapshot, &self.folder, self.tree, tree)?;
        let paths = paths.iter().map(String::as_str);
        let state = self.state.after(paths, snapshot, store)?;
        self.state = Rc::new(state);
        self.tree = tree;
        Ok(())
    }
}
