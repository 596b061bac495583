//! Who vetoed a version, and who attested something about it, according to the line.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{History, ReadError, Session, View};
use crate::files::{OwnedPath, VETOES, attestations_in, vetoes_in};
use crate::model::{
    Attestation, CheckName, CommitId, ContentId, Identity, Move, Project, Reason, VersionId, Vetoes,
};
use crate::policy::Setter;
use crate::store::{PathStep, ProjectFolder, StoreError};

/// What a check says about a version, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRecord {
    /// The check.
    pub name: CheckName,
    /// What it says.
    pub attestation: Attestation,
    /// Whether it is about the bytes of the version; if not, it counts for nothing.
    pub is_of_bytes: bool,
    /// Who attested it; `None` if unknown.
    pub setter: Option<Setter>,
    /// How often it has replaced what it said before.
    pub replaced: usize,
}

/// Why no pointer may move to a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VetoRecord {
    /// The version that is vetoed: itself, or one with the same bytes.
    pub on: VersionId,
    /// Why.
    pub reason: Reason,
    /// Who vetoed it; `None` if unknown.
    pub setter: Option<Setter>,
}

/// Returns what checks say about the versions that `moves` lead to, for those about which they say something. In a shallow
/// clone it is unknown who says so.
///
/// # Errors
///
/// When the history cannot be read.
pub fn checks_of(
    session: &Session,
    view: &View,
    moves: &[Move],
) -> Result<Vec<(VersionId, Vec<CheckRecord>)>, ReadError> {
    let project = &view.state.project;
    let versions = moves.iter().filter_map(|moved| {
        let version = moved.resource.at(moved.after?);
        let attested = project.attestations.get(&version)?;
        (!attested.is_empty()).then_some(version)
    });
    let versions: Vec<VersionId> = versions.collect();
    if versions.is_empty() {
        return Ok(Vec::new());
    }
    let history = match session.history(view.commit) {
        Err(ReadError::Store(StoreError::Shallow { .. })) => None,
        history => Some(history?),
    };
    let mut found = Vec::new();
    for version in versions {
        let checks = match &history {
            Some(history) => history.checks(project, &version)?,
            None => unsigned(project, &version),
        };
        found.push((version, checks));
    }
    Ok(found)
}

/// Returns what checks say about `version`, without who says so.
fn unsigned(project: &Project, version: &VersionId) -> Vec<CheckRecord> {
    let content = project.version(version).map(|version| version.content);
    let attested = project.attestations.get(version).into_iter().flatten();
    let record = |(name, attestation): (&CheckName, &Attestation)| CheckRecord {
        name: name.clone(),
        is_of_bytes: content == Some(attestation.content),
        attestation: attestation.clone(),
        setter: None,
        replaced: 0,
    };
    attested.map(record).collect()
}

impl History<'_> {
    /// Returns what checks say about `version` of `project`, which is the state at the end of this past.
    ///
    /// # Errors
    ///
    /// When the history cannot be read.
    pub(super) fn checks(
        &self,
        project: &Project,
        version: &VersionId,
    ) -> Result<Vec<CheckRecord>, ReadError> {
        let Some(attested) = project.attestations.get(version) else {
            return Ok(Vec::new());
        };
        let content = project.version(version).map(|version| version.content);
        let replaced = self.attestation_changes(version)?;
        let mut checks = Vec::new();
        for (name, attestation) in attested {
            checks.push(CheckRecord {
                name: name.clone(),
                attestation: attestation.clone(),
                is_of_bytes: content == Some(attestation.content),
                setter: self.attested(version, name)?,
                replaced: replaced.get(name).copied().unwrap_or_default(),
            });
        }
        Ok(checks)
    }

    /// Returns the veto that bars `version` of `project`, which is the state at the end of this past.
    ///
    /// # Errors
    ///
    /// When the history cannot be read.
    pub(super) fn veto(
        &self,
        project: &Project,
        version: &VersionId,
    ) -> Result<Option<VetoRecord>, ReadError> {
        let content = project.version(version).map(|version| version.content);
        let Some((on, veto)) = project.barred_by(&project.vetoes, version, content) else {
            return Ok(None);
        };
        Ok(Some(VetoRecord {
            on: on.clone(),
            reason: veto.reason.clone(),
            setter: self.vetoed(on)?,
        }))
    }

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

    /// Returns how often each check of `version` was attested anew, up to the end of this past.
    pub(super) fn attestation_changes(
        &self,
        version: &VersionId,
    ) -> Result<BTreeMap<CheckName, usize>, ReadError> {
        let path = OwnedPath::Attestations(version.clone()).to_string();
        let line = self.line().first_parents();
        let files = self
            .store()
            .path_history_from(line, self.end(), self.folder(), &[&path])?;
        let mut counts = BTreeMap::new();
        let Some(mut files) = files else {
            return Ok(counts);
        };
        let mut newer: Option<BTreeMap<CheckName, Attestation>> = None;
        let mut changed = true;
        for _ in self.line().iter().skip(self.end()) {
            if changed {
                let content = files.contents().next().flatten();
                let older = match content {
                    Some(content) => attestations_in(&self.store().content(content)?),
                    None => BTreeMap::new(),
                };
                for (check, attestation) in newer.iter().flatten() {
                    if older.get(check).is_some_and(|older| older != attestation) {
                        *counts.entry(check.clone()).or_default() += 1;
                    }
                }
                newer = Some(older);
            }
            changed = files.older()? == Some(PathStep::Changed);
        }
        Ok(counts)
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
