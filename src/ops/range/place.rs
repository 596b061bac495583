use std::rc::Rc;

use crate::files::{OwnedPath, Snapshot, State};
use crate::model::ContentId;
use crate::ops::ReadError;
use crate::store::{ProjectFolder, Reading, Store};

/// A project as it is in one tree of a repository, and how to get from there to the next.
#[derive(Clone)]
pub(super) struct Place {
    /// The project's folder there.
    pub(super) folder: ProjectFolder,
    /// The folder's tree; none: there is no such folder.
    pub(super) tree: Option<ContentId>,
    /// The files; versions that were there from the beginning are listed without their bytes.
    pub(super) snapshot: Rc<Snapshot>,
    /// What they say.
    pub(super) state: Rc<State>,
}

impl Place {
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
        let tree = store.folder_in(root, folder)?;
        let snapshot = store.snapshot_of(tree, folder, Reading::Control)?;
        let state = Rc::new(State::read(&snapshot));
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

    /// Goes to the folder's tree `tree`. On an error the place is where it was.
    pub(super) fn advance(
        &mut self,
        store: &Store,
        tree: Option<ContentId>,
    ) -> Result<(), ReadError> {
        let snapshot = Rc::make_mut(&mut self.snapshot);
        let paths = store.advance(snapshot, &self.folder, self.tree, tree)?;
        let mut state = self.state.after(paths.iter().map(String::as_str), snapshot);
        // What begins to be served was read when it was published, unless that was before anybody looked.
        for id in state.project.live_configuration() {
            let known = state.project.releases.contains_key(&id)
                || state.project.activations.contains_key(&id);
            let path = OwnedPath::of_version(&state.project, &id).map(|path| path.to_string());
            let Some(path) = path.filter(|path| !known && snapshot.bytes(path).is_none()) else {
                continue;
            };
            if let Some(version) = state.project.version(&id) {
                snapshot.load(&path, store.content(version.content)?.into());
                state.read_version(&id, snapshot);
            }
        }
        self.state = Rc::new(state);
        self.tree = tree;
        Ok(())
    }

    /// Forgets the bytes of prompts, which were judged when they came: a long history would hold all that ever was.
    pub(super) fn forget_prompts(&mut self) {
        let held = |(path, entry): (&String, &crate::files::Entry)| {
            (entry.bytes.is_some() && path.starts_with("prompts/")).then(|| path.clone())
        };
        let held: Vec<String> = self.snapshot.entries.iter().filter_map(held).collect();
        if !held.is_empty() {
            let snapshot = Rc::make_mut(&mut self.snapshot);
            for path in &held {
                snapshot.unload(path);
            }
        }
    }
}
