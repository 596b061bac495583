use std::collections::HashMap;

use jiff::Timestamp;

use super::{History, ReadError};
use crate::files::{OwnedPath, release_in};
use crate::model::{
    CommitId, ContentId, EnvironmentSlug, Extension, Identity, PendingRelease, Resource, VersionId,
    VersionNumber,
};
use crate::policy::{Before, Claim, Request, Taken, changed_alone, compared_parent};
use crate::store::{Ancestors, PathStep, ProjectFolder, Store, StoreError};

/// The value of one entry in a commit of a side, and who set it there since the side left the line.
struct EntryPoint<V> {
    value: V,
    set: Option<CommitId>,
    /// Whether it is on the line already, or an ancestor of it.
    live: bool,
}

/// The commits that published a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PublishingCommits {
    /// The commit of the first-parent line with which it came there.
    pub(super) landed: CommitId,
    /// The effective time of that commit.
    pub(super) at: Timestamp,
    /// The commit that added its file. It differs from [`PublishingCommits::landed`] where a merge
    /// brought it.
    pub(super) set: CommitId,
}

/// Returns the pending release of `environment` in `commit`, or `None`.
fn waiting_in(
    store: &Store,
    folder: &ProjectFolder,
    commit: CommitId,
    environment: &EnvironmentSlug,
) -> Result<Option<PendingRelease>, StoreError> {
    let path = OwnedPath::Pending(environment.clone()).to_string();
    let content = store.file(commit, folder, &path)?;
    content
        .map(|content| Ok(release_in(&path, &store.content(content)?)))
        .transpose()
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
    /// Returns who requested the release that is pending in `environment` at the end of this past.
    /// Returns `None` if none is pending, or if its author can be read in more than one way.
    ///
    /// # Errors
    ///
    /// When a commit cannot be read.
    pub fn request(&self, environment: &EnvironmentSlug) -> Result<Option<Request>, ReadError> {
        let Some((landed, since)) = self.came_to_wait(self.end(), environment)? else {
            return Ok(None);
        };
        let waits = |commit, folder: &_| waiting_in(self.store(), folder, commit, environment);
        let commit = self.set_by(landed, waits)?;
        let Some(strict_commit) = self.store().strict_commit(commit)?.ok() else {
            return Ok(None);
        };
        let author = Identity::new(&strict_commit.author.name, &strict_commit.author.email).ok();
        Ok(author.map(|author| Request {
            commit,
            author,
            at: strict_commit.committer.at,
            since,
            landed,
        }))
    }

    /// Returns the author of the commit that published `version`, whose file ends in `extension`,
    /// or `None` if that cannot be determined.
    ///
    /// # Errors
    ///
    /// When a commit cannot be read.
    pub(super) fn publisher(
        &self,
        version: &VersionId,
        extension: &Extension,
    ) -> Result<Option<Identity>, ReadError> {
        let published = self.publications(&[(version.clone(), extension.clone())])?;
        let Some(published) = published.into_iter().next().flatten() else {
            return Ok(None);
        };
        let strict_commit = self.store().strict_commit(published.set)?.ok();
        Ok(strict_commit.and_then(|strict_commit| {
            Identity::new(&strict_commit.author.name, &strict_commit.author.email).ok()
        }))
    }

    /// Returns for each of `versions`, whose files have these extensions, the commits that
    /// published it, or `None` if it does not exist at the end of this past.
    ///
    /// The line is walked once for all of them, back to the first publication.
    ///
    /// # Errors
    ///
    /// When a commit cannot be read.
    pub(super) fn publications(
        &self,
        versions: &[(VersionId, Extension)],
    ) -> Result<Vec<Option<PublishingCommits>>, ReadError> {
        let path = |(version, extension): &(VersionId, Extension)| {
            let (resource, extension) = (version.resource.clone(), extension.clone());
            OwnedPath::Version(resource, version.number, extension).to_string()
        };
        let paths: Vec<String> = versions.iter().map(path).collect();
        let named: Vec<&str> = paths.iter().map(String::as_str).collect();
        let line = self.line().first_parents();
        let found = self
            .store()
            .path_history_from(line, self.end(), self.folder(), &named)?;
        let Some(mut files) = found else {
            return Ok(vec![None; versions.len()]);
        };
        // Back to the first commit of the line with each file. Versions are immutable, so that
        // commit published it, unless it is a merge that took it from a branch.
        let mut landed: Vec<Option<(CommitId, Timestamp)>> = vec![None; versions.len()];
        let mut ended = vec![false; versions.len()];
        let mut changed = true;
        for point in self.line().iter().skip(self.end()) {
            if changed {
                for (ended, content) in ended.iter_mut().zip(files.contents()) {
                    *ended |= content.is_none();
                }
            }
            if ended.iter().all(|ended| *ended) {
                break;
            }
            for (landed, _) in landed.iter_mut().zip(&ended).filter(|(_, ended)| !**ended) {
                *landed = Some(point);
            }
            changed = files.older()? == Some(PathStep::Changed);
        }
        let published = |(landed, path): (Option<(CommitId, Timestamp)>, &String)| {
            let Some((landed, at)) = landed else {
                return Ok(None);
            };
            let file = |commit, folder: &_| self.store().file(commit, folder, path);
            let set = self.set_by(landed, file)?;
            Ok(Some(PublishingCommits { landed, at, set }))
        };
        landed.into_iter().zip(&paths).map(published).collect()
    }

    /// Returns the commit that requested the pending release of `environment` in its present form,
    /// and since when it is pending in that form, as seen from the commit `places` before the end
    /// of the line.
    ///
    /// Whoever changes a pending release makes another request, and so does whoever makes a merge
    /// with a result that neither side had alone. Otherwise somebody could make a request in the
    /// name of another, and then approve it.
    pub(super) fn waiting_since(
        &self,
        places: usize,
        environment: &EnvironmentSlug,
    ) -> Result<Option<(CommitId, Timestamp)>, ReadError> {
        let Some((commit, since)) = self.came_to_wait(places, environment)? else {
            return Ok(None);
        };
        let waits = |commit, folder: &_| waiting_in(self.store(), folder, commit, environment);
        let asked = self.set_by(commit, waits)?;
        Ok(Some((asked, since)))
    }

    /// Returns the commit of the line with which the pending release of `environment` came there,
    /// and its effective time.
    fn came_to_wait(
        &self,
        places: usize,
        environment: &EnvironmentSlug,
    ) -> Result<Option<(CommitId, Timestamp)>, ReadError> {
        let path = OwnedPath::Pending(environment.clone()).to_string();
        let Some((from, _)) = self.line().get(places) else {
            return Ok(None);
        };
        let (line, folder) = (self.line().first_parents(), self.folder_in(from)?);
        let found = self
            .store()
            .path_history_from(line, places, &folder, &[&path])?;
        let Some(mut file) = found else {
            return Ok(None);
        };
        let release = |content: ContentId| -> Result<PendingRelease, StoreError> {
            Ok(release_in(&path, &self.store().content(content)?))
        };
        let Some(mut known) = file.contents().next().flatten() else {
            return Ok(None);
        };
        let asked = release(known)?;
        let mut newer = None;
        for point in self.line().iter().skip(places) {
            let content = file.contents().next().flatten();
            // Equal bytes are the same request without parsing. Different bytes may be, too, if somebody only reformatted the file, which must not make them the requester.
            let before = match content {
                Some(content) if content == known => Before::Same,
                Some(content) => Before::of(Some(release(content)?), &asked),
                None => Before::Nothing,
            };
            if before != Before::Same {
                break;
            }
            known = content.unwrap_or(known);
            newer = Some(point);
            file.older()?;
        }
        Ok(newer)
    }

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
    fn set_by<V: Clone + Default + PartialEq>(
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
        // A branch usually begins at a commit of the line. Knowing those commits ends the search for the branch's own commits there, without reading all ancestors.
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
        let mut claims = Vec::new();
        for (index, side) in of.iter().enumerate().filter(|(index, _)| *index != at) {
            let agrees = side.value == says;
            let alone = agrees && {
                let bases = at_bases(self.store(), parents[at], parents[index], value)?;
                changed_alone(&on.value, &side.value, &bases)
            };
            claims.push(Claim {
                agrees,
                alone,
                set: side.set.as_ref(),
            });
        }
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
