//! Where a merge has from what it changes: the sides that it joins, and the states in which they parted.

use std::rc::Rc;

use super::Branch;
use crate::files::State;
use crate::model::{CommitId, Entry, Project};
use crate::ops::ReadError;
use crate::ops::project_place::ProjectPlace;
use crate::policy::{Origins, Side};
use crate::store::ProjectFolder;

impl<'b, 's> Branch<'b, 's> {
    /// Returns who set what the merge `after` takes from the commits `others`. It was merged into
    /// the commit `first`, which has the project `before`.
    pub(in crate::ops::range) fn origins(
        &mut self,
        (first, before): (CommitId, &Project),
        others: &[CommitId],
        after: &Project,
    ) -> Result<Origins, ReadError> {
        // Most merges of a large repository change nothing here, so merge bases, which are slow to
        // find, are not looked for then.
        if before == after {
            return Ok(Origins::default());
        }
        // An entry that differs from `before` may come from a side or be the merge's own work. It
        // is a side's only if that side changed it since the merge base; a merge that picks the old
        // value from before the branch forked has set it itself.
        let mut points = Vec::new();
        for other in others {
            let bases = self.bases(first, *other)?;
            points.push((self.point(*other)?, bases));
        }
        let sides: Vec<Side<'_>> = points
            .iter()
            .map(|(point, bases)| Side {
                project: &point.place.state.project,
                set: &point.set,
                bases: bases.iter().map(|state| &state.project).collect(),
            })
            .collect();
        let mut origins = Origins::of(before, after, &sides);
        let mut requests: Vec<CommitId> = origins
            .approved()
            .map(|(_, request)| request.commit)
            .collect();
        requests.dedup();
        // A request that is on the first parent was visible to those who approve before the branch
        // landed. One that comes with the merge was not, so an approval on the branch does not
        // count for it.
        for request in requests {
            if request == first || self.inputs.store.is_ancestor(request, first)? {
                origins.know(request);
            }
        }
        Ok(origins)
    }

    /// Returns the states at which two commits parted, or one empty state if they have nothing in
    /// common.
    fn bases(&mut self, one: CommitId, other: CommitId) -> Result<Vec<Rc<State>>, ReadError> {
        let bases = self.inputs.store.merge_bases(one, other)?;
        if bases.is_empty() {
            return Ok(vec![Rc::default()]);
        }
        bases.into_iter().map(|base| self.state(base)).collect()
    }

    fn state(&mut self, commit: CommitId) -> Result<Rc<State>, ReadError> {
        let store = self.inputs.store;
        let root = store.root_of(commit)?;
        let tree = store.folder_in(root, self.folder)?;
        // Usually the folder's tree is that of a commit that is in memory, and need not be read
        // again.
        let mut known = self.points.values().map(|point| &point.place);
        if let Some(place) = known.find(|place| place.tree == tree && place.folder == *self.folder)
        {
            return Ok(place.state.clone());
        }
        if let Some(state) = self.bases.get(&tree) {
            return Ok(state.clone());
        }
        let state = ProjectPlace::at(store, root, self.folder)?.state;
        self.bases.insert(tree, state.clone());
        Ok(state)
    }

    /// Makes whoever moved the project into `folder` on one of the sides `others` the author of
    /// that move in a merge that takes it.
    pub(in crate::ops::range) fn explain_move(
        &mut self,
        origins: &mut Origins,
        others: &[CommitId],
        folder: &ProjectFolder,
    ) -> Result<(), ReadError> {
        for other in others {
            let point = self.point(*other)?;
            if point.place.folder == *folder
                && let Some(origin) = point.set.get(&Entry::Project)
            {
                origins.explain_move(origin.clone());
            }
        }
        Ok(())
    }
}
