//! Who vetoed a version, and who attested something about it, according to the line.

use jiff::Timestamp;

use super::{History, ReadError};
use crate::files::{OwnedPath, VETOES, attestations_in, vetoes_in};
use crate::model::{Attestation, CheckName, CommitId, ContentId, Identity, VersionId, Vetoes};
use crate::policy::Setter;
use crate::store::{PathStep, ProjectFolder, StoreError};

impl History<'_> {
    /// Returns who vetoed `version`, which is vetoed at the end of this past. The veto is theirs even where somebody else has
    /// changed its reason since.
    pub(super) fn vetoed(&self, version: &VersionId) -> Result<Option<Setter>, ReadError> {
        let value = |content: ContentId| {
            let vetoes = vetoes_in(&self.store().content(content)?);
            // While the file was invalid, the veto still held.
            Ok(vetoes
                .is_none_or(|vetoes| vetoes.contains_key(version))
                .then_some(()))
        };
        self.setter_of(self.end(), VETOES, &value)
    }

    /// Returns what `vetoes.toml` said last when all of it was valid, at the end of this past or before.
    pub(super) fn sound_vetoes(&self) -> Result<Vetoes, ReadError> {
        let line = self.line().first_parents();
        let files = self
            .store()
            .path_history_from(line, self.end(), self.folder(), &[VETOES])?;
        let Some(mut files) = files else {
            return Ok(Vetoes::new());
        };
        let mut changed = true;
        for _ in self.line().iter().skip(self.end()) {
            if changed {
                let Some(content) = files.contents().next().flatten() else {
                    return Ok(Vetoes::new());
                };
                if let Some(vetoes) = vetoes_in(&self.store().content(content)?) {
                    return Ok(vetoes);
                }
            }
            changed = files.older()? == Some(PathStep::Changed);
        }
        Ok(Vetoes::new())
    }

    /// Returns who attested what `check` says about `version` at the end of this past.
    pub(super) fn attested(
        &self,
        version: &VersionId,
        check: &CheckName,
    ) -> Result<Option<Setter>, ReadError> {
        let path = OwnedPath::Attestations(version.clone()).to_string();
        let value = |content: ContentId| -> Result<Option<Attestation>, StoreError> {
            Ok(attestations_in(&self.store().content(content)?).remove(check))
        };
        let Some(mut setter) = self.setter_of(self.end(), &path, &value)? else {
            return Ok(None);
        };
        // Only a merge can bring a table that was written before the one that it replaces.
        if setter.landed != setter.commit
            && let Some(place) = self.line().position(setter.landed)
        {
            let replaced = self.setter_of(place + 1, &path, &value)?;
            setter.replaced = replaced.map(|replaced| replaced.at);
        }
        Ok(Some(setter))
    }

    /// Returns who wrote what `value` reads from the file at `path`, in the commit `places` before the end of the line.
    fn setter_of<V: Clone + PartialEq>(
        &self,
        places: usize,
        path: &str,
        value: &impl Fn(ContentId) -> Result<Option<V>, StoreError>,
    ) -> Result<Option<Setter>, ReadError> {
        let Some((landed, since)) = self.arrival(places, path, value)? else {
            return Ok(None);
        };
        let read = |commit, folder: &ProjectFolder| -> Result<Option<V>, StoreError> {
            match self.store().file(commit, folder, path)? {
                Some(content) => value(content),
                None => Ok(None),
            }
        };
        let commit = self.set_by(landed, read)?;
        let strict_commit = self.store().strict_commit(commit)?.ok();
        let author = strict_commit
            .as_ref()
            .and_then(|commit| Identity::new(&commit.author.name, &commit.author.email).ok());
        // An unknown date counts as long ago, so that nothing is gained by hiding it.
        let at = strict_commit.map_or(Timestamp::MIN, |commit| commit.committer.at);
        Ok(Some(Setter {
            commit,
            author,
            at,
            landed,
            since,
            replaced: None,
        }))
    }

    /// Returns the commit of the line with which the value came, and its effective time, that `value` reads from the file at `path`, in the commit `places`
    /// before the end of the line.
    fn arrival<V: PartialEq>(
        &self,
        places: usize,
        path: &str,
        value: &impl Fn(ContentId) -> Result<Option<V>, StoreError>,
    ) -> Result<Option<(CommitId, Timestamp)>, ReadError> {
        let Some((from, _)) = self.line().get(places) else {
            return Ok(None);
        };
        let (line, folder) = (self.line().first_parents(), self.folder_in(from)?);
        let found = self
            .store()
            .path_history_from(line, places, &folder, &[path])?;
        let Some(mut file) = found else {
            return Ok(None);
        };
        let Some(mut known) = file.contents().next().flatten() else {
            return Ok(None);
        };
        let Some(wanted) = value(known)? else {
            return Ok(None);
        };
        let mut newest = None;
        for point in self.line().iter().skip(places) {
            // Equal bytes say the same without being parsed.
            let same = match file.contents().next().flatten() {
                Some(content) if content == known => true,
                Some(content) => {
                    known = content;
                    value(content)?.as_ref() == Some(&wanted)
                }
                None => false,
            };
            if !same {
                break;
            }
            newest = Some(point);
            file.older()?;
        }
        Ok(newest)
    }
}
