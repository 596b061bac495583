use std::collections::BTreeMap;
use std::fmt;

use similar::{ChangeTag, TextDiff};

use crate::files::{OwnedPath, redacted};
use crate::model::{EnvironmentSlug, Move, Project, Resource, VersionId, VersionNumber};
use crate::ops::ReadError;
use crate::store::{Store, StoreError};

/// How many lines around a difference are shown, as in git.
const CONTEXT: usize = 3;

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

/// The difference between two texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextDifference {
    /// These lines.
    Lines {
        /// How many lines are new.
        added: usize,
        /// How many lines are removed.
        removed: usize,
        /// These lines, with those around them.
        shown: Vec<DiffLine>,
    },
    /// Only what may be a secret, which is never shown.
    Hidden,
    /// One of them is not UTF-8 text.
    NotText,
    /// One of them is larger than a version may be.
    TooLarge,
    /// One of them does not exist.
    Missing,
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

/// A line of a unified diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiffLine {
    /// The position of the next lines, before and after: `@@ -1,4 +1,6 @@`.
    Place(String),
    /// A line that both have.
    Same(String),
    /// A line that is new.
    Added(String),
    /// A line that is gone.
    Removed(String),
    /// The line before it ends the text without a line break.
    NoBreak,
}

impl fmt::Display for DiffLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Place(place) => f.write_str(place),
            Self::Same(text) => write!(f, " {text}"),
            Self::Added(text) => write!(f, "+{text}"),
            Self::Removed(text) => write!(f, "-{text}"),
            Self::NoBreak => f.write_str("\\ No newline at end of file"),
        }
    }
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

/// Compares line by line. Only a line feed ends a line: what one reader sees as two lines must not
/// be one to another.
fn lines(old: &str, new: &str) -> TextDifference {
    let split = |text| str::split_inclusive(text, '\n').collect::<Vec<_>>();
    let (old, new) = (split(old), split(new));
    let diff = TextDiff::from_slices(&old, &new);
    let (mut added, mut removed, mut shown) = (0, 0, Vec::new());
    for group in diff.grouped_ops(CONTEXT) {
        shown.extend(place(&group).map(DiffLine::Place));
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let line = change.value();
            let text = line.strip_suffix('\n').unwrap_or(line).to_owned();
            shown.push(match change.tag() {
                ChangeTag::Equal => DiffLine::Same(text),
                ChangeTag::Insert => DiffLine::Added(text),
                ChangeTag::Delete => DiffLine::Removed(text),
            });
            shown.extend((!line.ends_with('\n')).then_some(DiffLine::NoBreak));
        }
    }
    for line in &shown {
        added += usize::from(matches!(line, DiffLine::Added(_)));
        removed += usize::from(matches!(line, DiffLine::Removed(_)));
    }
    TextDifference::Lines {
        added,
        removed,
        shown,
    }
}

/// Returns the position of a group of operations, as git writes it.
fn place(group: &[similar::DiffOp]) -> Option<String> {
    let (first, last) = (group.first()?, group.last()?);
    let old = span(first.old_range().start, last.old_range().end);
    let new = span(first.new_range().start, last.new_range().end);
    Some(format!("@@ -{old} +{new} @@"))
}

fn span(start: usize, end: usize) -> String {
    match end - start {
        // Before the first line there is line 0.
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        length => format!("{},{length}", start + 1),
    }
}

#[cfg(test)]
mod tests;
