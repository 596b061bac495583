//! Which commit set an entry: the one with which it came to the line, or the one that a merge took it from.

use std::collections::HashMap;

use super::{History, ReadError};
use crate::model::{CommitId, EnvironmentSlug, Resource, VersionNumber};
use crate::policy::{Claim, Taken, changed_alone, compared_parent};
use crate::store::{Ancestors, ProjectFolder, Store, StoreError};

/// The value of one entry in a commit of a side, and who set it there since the side left the line.
struct EntryPoint<V> {
    value: V,
    set: Option<CommitId>,
    /// Whether it is on the line already, or an ancestor of it.
    live: bool,
}

/// Returns `value` at every merge base of two commits. If they have nothing in common, returns the
/// value of nothing.
fn at_bases<V: Default>(
    store: &Store,
    one: CommitId,
    other: CommitId,
    value: impl Fn(CommitId) -> Result<V, StoreError>,
) -> Result<Vec<V>, StoreError> {
    let bases = store.merge_bases(one, other)?;
    if bases.is_empty() {
        return Ok(vec![V::default()]);
    }
    bases.into_iter().map(value).collect()
}

impl History<'_> {
    /// Returns the commit that set the pointer to `resource` in `environment` to its version in
    /// `commit`, a commit of the line with which that came there. It is `commit` itself, or the
    /// commit that a merge took it from.
    ///
    /// # Errors
    ///
    /// When a commit cannot be read.
    pub fn setter(
        &self,
        commit: CommitId,
        environment: &EnvironmentSlug,
        resource: &Resource,
    ) -> Result<CommitId, ReadError> {
        self.set_by(commit, |commit, folder| {
            let pointers = self.pointers_of(commit, folder, environment)?;
            let live: Option<VersionNumber> =
                pointers.and_then(|pointers| pointers.get(resource).copied());
            Ok(live)
        })
    }

    /// Returns the commit that set what `value` reads in `commit`, a commit of the line with which
    /// that came there.
    ///
    /// A merge takes it from a commit of the branch that it brings. Those commits are visited
    /// oldest first, as in a range, so that both agree on who set it at each. Ancestors of the
    /// first parent set nothing: they were on the line before, and whoever brings an old value back
    /// has set it.
    pub(super) fn set_by<V: Clone + Default + PartialEq>(
        &self,
        commit: CommitId,
        value: impl Fn(CommitId, &ProjectFolder) -> Result<V, StoreError>,
    ) -> Result<CommitId, ReadError> {
        let parents = self.store().commit(commit)?.parents;
        let [first, others @ ..] = parents.as_slice() else {
            return Ok(commit);
        };
        if others.is_empty() {
            return Ok(commit);
        }
        let folder = self.folder_in(commit)?;
        let merge = (commit, &folder);
        let value = |commit| self.beside(merge, commit, &value);
        let mut live = Ancestors::of(Some(*first));
        // A branch usually begins at a commit of the line. Knowing those commits ends the search
        // for the branch's own commits there, without reading all ancestors.
        let older = self.line().position(commit).map(|position| position + 1);
        for (commit, _) in older.into_iter().flat_map(|at| self.line().iter().skip(at)) {
            live.add(commit);
        }
        let mut points = HashMap::new();
        for (commit, parents) in self.store().brought_by(others, &mut live)? {
            let point = self.point(&mut points, commit, &parents, &value)?;
            points.insert(commit, point);
        }
        let merge = self.point(&mut points, commit, &parents, &value)?;
        Ok(merge.set.unwrap_or(commit))
    }

    /// Returns what `value` reads in `commit`, which is beside a merge in which the project is in
    /// `folder`.
    fn beside<V: Default + PartialEq>(
        &self,
        (merge, folder): (CommitId, &ProjectFolder),
        commit: CommitId,
        value: impl Fn(CommitId, &ProjectFolder) -> Result<V, StoreError>,
    ) -> Result<V, StoreError> {
        let found = value(commit, folder)?;
        if found != V::default() || self.store().has_project(commit, folder)? {
            return Ok(found);
        }
        // A branch may have been created before the project was moved. There the same entry is in
        // the old folder.
        match self.store().moved(folder, merge, commit)? {
            Some(folder) => value(commit, &folder),
            None => Ok(found),
        }
    }

    /// Returns the value in `commit` and who set it, according to its `parents`. Parents that
    /// `points` lack are live.
    fn point<V: Clone + Default + PartialEq>(
        &self,
        points: &mut HashMap<CommitId, EntryPoint<V>>,
        commit: CommitId,
        parents: &[CommitId],
        value: &impl Fn(CommitId) -> Result<V, StoreError>,
    ) -> Result<EntryPoint<V>, ReadError> {
        for parent in parents {
            if !points.contains_key(parent) {
                let live = EntryPoint {
                    value: value(*parent)?,
                    set: None,
                    live: true,
                };
                points.insert(*parent, live);
            }
        }
        let says = value(commit)?;
        let of: Vec<&EntryPoint<V>> = parents.iter().map(|parent| &points[parent]).collect();
        let at = compared_parent(of.iter().map(|point| point.live));
        let Some(on) = of.get(at) else {
            let set = Some(commit).filter(|_| says != V::default());
            return Ok(EntryPoint {
                value: says,
                set,
                live: false,
            });
        };
        // The commit has the value of the parent that it is compared with, so it has not set it.
        if on.value == says {
            return Ok(EntryPoint {
                value: says,
                set: on.set,
                live: false,
            });
        }
        // The value differs from that parent, so it comes from another side or is the commit's own.
        // A side can claim it only if it has the value and changed it alone since the merge base;
        // if both sides changed it, whoever merged has chosen and answers for it.
        let sides = (0..of.len()).filter(|index| *index != at);
        let claim = |index: usize| -> Result<Claim<'_, CommitId>, StoreError> {
            let side = of[index];
            let agrees = side.value == says;
            let alone = agrees && {
                let bases = at_bases(self.store(), parents[at], parents[index], value)?;
                changed_alone(&on.value, &side.value, &bases)
            };
            let set = side.set.as_ref();
            Ok(Claim { agrees, alone, set })
        };
        let claims: Vec<_> = sides.map(claim).collect::<Result<_, _>>()?;
        let set = match Taken::by(claims) {
            Taken::From(set) => *set,
            Taken::Own | Taken::Unexplained => commit,
        };
        Ok(EntryPoint {
            value: says,
            set: Some(set),
            live: false,
        })
    }
}
