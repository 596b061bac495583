//! Who requested, published or let something wait, according to the line.

use jiff::Timestamp;

use super::{History, ReadError};
use crate::files::{OwnedPath, release_in};
use crate::model::{
    CommitId, ContentId, EnvironmentSlug, Extension, Identity, PendingRelease, VersionId,
};
use crate::policy::{Before, Request};
use crate::store::{PathStep, ProjectFolder, Store, StoreError};

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
                    // Once missing, it stays ended: a file with that name further down was deleted
                    // and published anew, by somebody else perhaps.
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
            // Equal bytes are the same request without parsing. Different bytes may be, too, if
            // somebody only reformatted the file, which must not make them the requester.
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
}
