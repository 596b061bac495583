use std::collections::BTreeMap;
use std::sync::Arc;

use crate::files::access;
use crate::files::edit::{Edit, EditError, EnvironmentRole};
use crate::files::environment::{self, EnvironmentEdit};
use crate::files::member_edit;
use crate::files::owned::{ACCESS, SETTINGS, VETOES};
use crate::files::path::OwnedPath;
use crate::files::policy::{self, PolicySetting};
use crate::files::snapshot::{FileChange, Mode, Snapshot};
use crate::files::splice::{Splice, quoted_like};
use crate::files::{
    attestations, attributes, freeze, pending, plain_pointers, pointers, settings, vetoes,
};
use crate::model::{EnvironmentSlug, Resource, VersionNumber};

/// Returns the new texts that `edits`, made in order, give the files of `snapshot`. Files that do not change
/// are left out.
///
/// # Errors
///
/// When a file cannot be parsed, or has a layout that cannot be edited in place.
pub fn apply(snapshot: &Snapshot, edits: &[Edit]) -> Result<Vec<FileChange>, EditError> {
    let mut editor = FileEditor {
        snapshot,
        files: BTreeMap::new(),
    };
    // A promotion of thousands of pointers is thousands of edits of one file. Taken together they
    // are one parse of it.
    for edits in edits
        .chunk_by(|one, next| one.pointed_at().is_some() && one.pointed_at() == next.pointed_at())
    {
        editor.make(edits)?;
    }
    Ok(editor.into_changes())
}

/// The files that edits have changed so far. `None` means that the file is removed.
struct FileEditor<'s> {
    snapshot: &'s Snapshot,
    files: BTreeMap<String, Option<Arc<[u8]>>>,
}

impl FileEditor<'_> {
    /// Makes one edit, or several edits that move pointers of one environment, whose file is then parsed only
    /// once.
    fn make(&mut self, edits: &[Edit]) -> Result<(), EditError> {
        let [edit, ..] = edits else { return Ok(()) };
        match edit {
            Edit::CreateProject(settings) => self.put(SETTINGS, settings::text(settings)),
            Edit::Assign(role, slug) => self.assign(*role, slug)?,
            Edit::Reorder(slugs) => self.reorder(slugs)?,
            Edit::CreateEnvironment(slug, environment) => {
                self.put(
                    &OwnedPath::Environment(slug.clone()).to_string(),
                    environment::text(environment),
                );
            }
            Edit::EditEnvironment(slug, edit) => self.edit_environment(slug, edit)?,
            Edit::SetPolicy(slug, settings) => self.set_policy(slug, settings)?,
            Edit::DeleteEnvironment(slug) => self.delete_environment(slug)?,
            Edit::Point { environment, .. } => self.point(environment, edits)?,
            Edit::Freeze(slug, id, freeze) => {
                self.put(
                    &OwnedPath::Freeze(slug.clone(), id.clone()).to_string(),
                    freeze::text(freeze),
                );
            }
            Edit::Thaw(slug, id) => {
                self.files.insert(
                    OwnedPath::Freeze(slug.clone(), id.clone()).to_string(),
                    None,
                );
            }
            Edit::Request(slug, release) => {
                self.put(
                    &OwnedPath::Pending(slug.clone()).to_string(),
                    pending::text(release),
                );
            }
            Edit::Decide(slug) => {
                self.files
                    .insert(OwnedPath::Pending(slug.clone()).to_string(), None);
            }
            Edit::EditMember(edit) => self.edit_access(|splice| member_edit::edit(splice, edit))?,
            Edit::RemoveMember(name) => {
                self.edit_access(|splice| member_edit::remove(splice, name))?;
            }
            Edit::Restore { path, bytes } => {
                self.files.insert(path.clone(), bytes.clone());
            }
            Edit::Veto(id, veto) => {
                self.edit_tables(VETOES, |splice| vetoes::set(splice, id, veto.as_ref()))?;
            }
            Edit::Attest(id, check, attestation) => {
                let path = OwnedPath::Attestations(id.clone()).to_string();
                self.edit_tables(&path, |splice| {
                    attestations::set(splice, check, attestation.as_ref())
                })?;
            }
            Edit::AddVersion(id, extension, bytes) => {
                let path = OwnedPath::Version(id.resource.clone(), id.number, extension.clone());
                self.files.insert(path.to_string(), Some(bytes.clone()));
            }
            Edit::KeepBytes => {
                let attributes =
                    attributes::with_ours(self.bytes(attributes::FILE).unwrap_or_default());
                self.files
                    .insert(attributes::FILE.to_owned(), Some(attributes.into()));
            }
        }
        Ok(())
    }

    /// Returns the files that differ from those of the snapshot.
    fn into_changes(self) -> Vec<FileChange> {
        let snapshot = self.snapshot;
        // The bytes of a file may not have been read, because it is too large or a link. Such a file exists, so that removing it
        // is a change; and a file that is not plain becomes one even if its bytes stay.
        let differs = |(path, bytes): &(String, Option<Arc<[u8]>>)| {
            let now = snapshot.get(path);
            match (now, bytes) {
                (None, None) => false,
                (Some(now), Some(bytes)) => {
                    now.mode != Mode::File || now.bytes.as_ref() != Some(bytes)
                }
                (Some(_), None) | (None, Some(_)) => true,
            }
        };
        // Not its pending release. Deleting an environment does not decide what waits in it, so
        // the request remains as a finding of the judge, which stops the write.
        self.files
            .into_iter()
            .filter(differs)
            .map(|(path, bytes)| FileChange { path, bytes })
            .collect()
    }

    /// Sets the text of a file.
    fn put(&mut self, path: &str, text: String) {
        self.files
            .insert(path.to_owned(), Some(text.into_bytes().into()));
    }

    /// Returns the present bytes of a file.
    fn bytes(&self, path: &str) -> Option<&[u8]> {
        match self.files.get(path) {
            Some(bytes) => bytes.as_deref(),
            None => self.snapshot.bytes(path),
        }
    }

    /// Opens the file at `path`, lets `edit` change it, and stores the result.
    fn edit(
        &mut self,
        path: &str,
        edit: impl FnOnce(&mut Splice) -> Result<(), EditError>,
    ) -> Result<(), EditError> {
        let not_toml = || EditError::NotToml {
            file: path.to_owned(),
        };
        let text =
            std::str::from_utf8(self.bytes(path).unwrap_or_default()).map_err(|_| not_toml())?;
        let mut splice = Splice::new(text).ok_or_else(not_toml)?;
        edit(&mut splice)?;
        self.put(path, splice.into_text());
        Ok(())
    }

    /// Gives `role` to the environment `slug`.
    fn assign(&mut self, role: EnvironmentRole, slug: &EnvironmentSlug) -> Result<(), EditError> {
        self.edit(SETTINGS, |splice| {
            set_text(splice, role.key(), slug.as_str(), &settings::KEYS);
            Ok(())
        })
    }

    /// Sets the display order.
    fn reorder(&mut self, slugs: &[EnvironmentSlug]) -> Result<(), EditError> {
        let slugs: Vec<String> = slugs.iter().map(ToString::to_string).collect();
        self.edit(SETTINGS, |splice| {
            if !splice.has(&["order"]) {
                splice.insert("order", "[]", &settings::KEYS);
            }
            splice.arrange(&["order"], &slugs);
            Ok(())
        })
    }

    /// Changes the keys of an environment.
    fn edit_environment(
        &mut self,
        slug: &EnvironmentSlug,
        edit: &EnvironmentEdit,
    ) -> Result<(), EditError> {
        self.edit(
            &OwnedPath::Environment(slug.clone()).to_string(),
            |splice| {
                environment::edit(splice, edit);
                Ok(())
            },
        )
    }

    /// Changes the policy of an environment.
    fn set_policy(
        &mut self,
        slug: &EnvironmentSlug,
        settings: &[PolicySetting],
    ) -> Result<(), EditError> {
        let file = OwnedPath::Environment(slug.clone()).to_string();
        let layout = |key| EditError::Layout {
            file: file.clone(),
            key,
        };
        self.edit(&file, |splice| {
            settings
                .iter()
                .try_for_each(|setting| policy::set(splice, setting).map_err(layout))
        })
    }

    /// Changes `access.toml`, which is created if it does not exist.
    fn edit_access(
        &mut self,
        edit: impl FnOnce(&mut Splice) -> Result<(), String>,
    ) -> Result<(), EditError> {
        if self.bytes(ACCESS).is_none() {
            self.put(ACCESS, access::EMPTY.to_owned());
        }
        self.edit(ACCESS, |splice| {
            edit(splice).map_err(|key| EditError::Layout {
                file: ACCESS.to_owned(),
                key,
            })
        })
    }

    /// Changes a file of tables, which is created if it does not exist, and removed once it is empty.
    fn edit_tables(
        &mut self,
        path: &str,
        edit: impl FnOnce(&mut Splice) -> Result<(), String>,
    ) -> Result<(), EditError> {
        self.edit(path, |splice| {
            edit(splice).map_err(|key| EditError::Layout {
                file: path.to_owned(),
                key,
            })
        })?;
        self.remove_if_empty(path);
        Ok(())
    }

    /// Removes the file at `path` if it says nothing.
    fn remove_if_empty(&mut self, path: &str) {
        let bytes = self.bytes(path);
        if bytes.is_some_and(|bytes| bytes.trim_ascii().is_empty()) {
            self.files.insert(path.to_owned(), None);
        }
    }

    /// Removes the files of an environment, and its place in the display order.
    fn delete_environment(&mut self, slug: &EnvironmentSlug) -> Result<(), EditError> {
        self.files
            .insert(OwnedPath::Environment(slug.clone()).to_string(), None);
        self.files
            .insert(OwnedPath::Pointers(slug.clone()).to_string(), None);
        self.edit(SETTINGS, |splice| {
            let order = splice.texts(&["order"]);
            if order.iter().any(|listed| listed == slug.as_str()) {
                let others: Vec<_> = order
                    .into_iter()
                    .filter(|listed| listed != slug.as_str())
                    .collect();
                splice.arrange(&["order"], &others);
            }
            Ok(())
        })
    }

    /// Moves the pointers of one environment.
    fn point(&mut self, environment: &EnvironmentSlug, edits: &[Edit]) -> Result<(), EditError> {
        let path = OwnedPath::Pointers(environment.clone()).to_string();
        // A pointer that is moved twice ends where it is moved last.
        let targets: BTreeMap<&Resource, Option<VersionNumber>> =
            edits.iter().filter_map(Edit::target).collect();
        let layout = |resource: &Resource| {
            let key = format!("{}.{}", resource.kind, resource.name);
            EditError::Layout {
                file: path.clone(),
                key,
            }
        };
        // Most promotions change numbers in a file that envctl wrote.
        let plain = self
            .bytes(&path)
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .and_then(|text| plain_pointers::renumbered(text, &targets));
        match plain {
            Some(text) => self.put(&path, text),
            None => self.edit(&path, |splice| {
                pointers::point(splice, &targets).map_err(layout)
            })?,
        }
        // An empty pointers file is removed: it says nothing. An environment's file stays even if
        // it is empty, because the environment exists as long as its file does.
        self.remove_if_empty(&path);
        Ok(())
    }
}

/// Sets the text at `key`, quoted as it was.
fn set_text(splice: &mut Splice, key: &str, text: &str, order: &[&str]) {
    set(splice, key, |existing| quoted_like(existing, text), order);
}

/// Sets the value at `key`, or adds the key at its place in `order`.
fn set(splice: &mut Splice, key: &str, literal: impl Fn(&str) -> String, order: &[&str]) {
    if !splice.replace(&[key], &literal) {
        splice.insert(key, &literal(""), order);
    }
}

#[cfg(test)]
mod tests;
