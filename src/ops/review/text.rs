use std::collections::BTreeMap;

use super::difference::{TextDifference, lines};
use crate::files::{OwnedPath, redacted};
use crate::model::{EnvironmentSlug, Move, Project, Resource, VersionId, VersionNumber};
use crate::ops::ReadError;
use crate::store::{Store, StoreError};

/// The differences between the texts of two versions of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextChange {
    /// The resource.
    pub resource: Resource,
    /// The version that is replaced, or `None` if the whole text is new.
    pub before: Option<VersionNumber>,
    /// The version that replaces it.
    pub after: VersionNumber,
    /// What differs.
    pub difference: TextDifference,
}

/// A version that is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedText {
    /// Which.
    pub id: VersionId,
    /// Its size in bytes.
    pub size: u64,
    /// Where it is live afterwards.
    pub live: Vec<EnvironmentSlug>,
}

/// The differences between texts, each computed once.
pub(super) struct TextReader<'a> {
    store: &'a Store,
    before: &'a Project,
    after: &'a Project,
    found: BTreeMap<(Resource, Option<VersionNumber>, VersionNumber), TextDifference>,
}

/// A text as it may be shown, with its bytes before secrets were removed.
enum Read {
    Text { bytes: Vec<u8>, shown: String },
    NotText,
    TooLarge,
    Missing,
}

/// The text of a version, as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionText {
    /// This text.
    Text {
        /// The text, with what may be a secret masked.
        shown: String,
        /// Whether something in it was masked.
        masked: bool,
        /// The size of the version in bytes.
        size: usize,
    },
    /// It is not UTF-8 text.
    NotText,
    /// It is larger than a version may be.
    TooLarge,
    /// It does not exist.
    Missing,
}

/// Returns the text of a version of `project`.
///
/// # Errors
///
/// When it cannot be read.
pub fn version_text(
    store: &Store,
    project: &Project,
    id: &VersionId,
) -> Result<VersionText, ReadError> {
    Ok(match TextReader::new(store, project, project).read(id)? {
        Read::Text { bytes, shown } => VersionText::Text {
            masked: bytes != shown.as_bytes(),
            size: bytes.len(),
            shown,
        },
        Read::NotText => VersionText::NotText,
        Read::TooLarge => VersionText::TooLarge,
        Read::Missing => VersionText::Missing,
    })
}

/// Returns the difference between the texts of two versions of one resource of `project`.
///
/// # Errors
///
/// When one of them cannot be read.
pub fn text_change(
    store: &Store,
    project: &Project,
    resource: &Resource,
    (before, after): (VersionNumber, VersionNumber),
) -> Result<TextChange, ReadError> {
    let reader = TextReader::new(store, project, project);
    let (old, new) = (
        reader.read(&resource.at(before))?,
        reader.read(&resource.at(after))?,
    );
    Ok(TextChange {
        resource: resource.clone(),
        before: Some(before),
        after,
        difference: difference(&old, &new),
    })
}

/// Returns how the texts of `project` change that `moves` lead from and to. The removal of a
/// pointer changes none.
///
/// # Errors
///
/// When one of them cannot be read.
pub fn text_changes(
    store: &Store,
    project: &Project,
    moves: &[Move],
) -> Result<Vec<TextChange>, ReadError> {
    let mut reader = TextReader::new(store, project, project);
    moves.iter().try_for_each(|moved| reader.add_move(moved))?;
    Ok(reader.finish())
}

impl<'a> TextReader<'a> {
    pub(super) fn new(store: &'a Store, before: &'a Project, after: &'a Project) -> Self {
        Self {
            store,
            before,
            after,
            found: BTreeMap::new(),
        }
    }

    pub(super) fn add_move(&mut self, moved: &Move) -> Result<(), ReadError> {
        match moved.after {
            Some(after) => self.add(&moved.resource, moved.before, after),
            None => Ok(()),
        }
    }

    /// Returns the new versions `ids`. If no pointer moves to one, its text is compared with that
    /// of the previous number.
    pub(super) fn published(&mut self, ids: &[VersionId]) -> Result<Vec<PublishedText>, ReadError> {
        ids.iter().map(|id| self.publish(id)).collect()
    }

    pub(super) fn finish(self) -> Vec<TextChange> {
        let change = |((resource, before, after), difference)| TextChange {
            resource,
            before,
            after,
            difference,
        };
        self.found.into_iter().map(change).collect()
    }

    fn publish(&mut self, id: &VersionId) -> Result<PublishedText, ReadError> {
        let VersionId { resource, number } = id;
        if !self
            .found
            .keys()
            .any(|(found, _, after)| found == resource && after == number)
        {
            let earlier = self
                .after
                .versions
                .get(resource)
                .and_then(|known| known.range(..number).next_back());
            self.add(resource, earlier.map(|(earlier, _)| *earlier), *number)?;
        }
        let is_live = |slug: &&EnvironmentSlug| self.after.live(slug, resource) == Some(*number);
        let live = self
            .after
            .environments
            .keys()
            .filter(is_live)
            .cloned()
            .collect();
        Ok(PublishedText {
            id: id.clone(),
            size: self.size(id)?,
            live,
        })
    }

    fn size(&self, id: &VersionId) -> Result<u64, ReadError> {
        let Some(version) = self.after.version(id) else {
            return Ok(0);
        };
        match self.store.content(version.content) {
            Ok(bytes) => Ok(bytes.len() as u64),
            Err(StoreError::TooLarge { size, .. }) => Ok(size),
            Err(error) => Err(error.into()),
        }
    }

    fn add(
        &mut self,
        resource: &Resource,
        before: Option<VersionNumber>,
        after: VersionNumber,
    ) -> Result<(), ReadError> {
        let key = (resource.clone(), before, after);
        if self.found.contains_key(&key) {
            return Ok(());
        }
        let nothing = Read::Text {
            bytes: Vec::new(),
            shown: String::new(),
        };
        let old = before.map_or(Ok(nothing), |number| self.read(&resource.at(number)))?;
        self.found
            .insert(key, difference(&old, &self.read(&resource.at(after))?));
        Ok(())
    }

    /// Reads the text of a version. A replaced one may no longer exist after the change, and a new
    /// one does not exist before it.
    fn read(&self, id: &VersionId) -> Result<Read, ReadError> {
        let known = |project: &Project| {
            Some((
                OwnedPath::of_version(project, id)?,
                project.version(id)?.content,
            ))
        };
        let Some((path, content)) = known(self.after).or_else(|| known(self.before)) else {
            return Ok(Read::Missing);
        };
        let bytes = match self.store.content(content) {
            Ok(bytes) => bytes,
            Err(StoreError::TooLarge { .. }) => return Ok(Read::TooLarge),
            Err(error) => return Err(error.into()),
        };
        match std::str::from_utf8(&bytes) {
            // git takes a text with a NUL for binary as well, so both tools agree on what can be
            // shown.
            Ok(text) if !text.contains('\0') => {
                let shown = redacted(&path.to_string(), text).into_owned();
                Ok(Read::Text { bytes, shown })
            }
            _ => Ok(Read::NotText),
        }
    }
}

fn difference(old: &Read, new: &Read) -> TextDifference {
    match (old, new) {
        (Read::Missing, _) | (_, Read::Missing) => TextDifference::Missing,
        (Read::TooLarge, _) | (_, Read::TooLarge) => TextDifference::TooLarge,
        (Read::NotText, _) | (_, Read::NotText) => TextDifference::NotText,
        (
            Read::Text {
                bytes: old,
                shown: before,
            },
            Read::Text {
                bytes: new,
                shown: after,
            },
        ) => {
            // The shown texts are equal and the bytes are not: the difference is in what was
            // removed as a possible secret.
            if before == after && old != new {
                TextDifference::Hidden
            } else {
                lines(before, after)
            }
        }
    }
}
