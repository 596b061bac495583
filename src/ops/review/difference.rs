//! What differs between two texts, line by line, as git writes it.

use std::fmt;

use similar::{ChangeTag, TextDiff};

/// How many lines around a difference are shown, as in git.
const CONTEXT: usize = 3;

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

/// Compares line by line. Only a line feed ends a line: what one reader sees as two lines must not
/// be one to another.
pub(super) fn lines(old: &str, new: &str) -> TextDifference {
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
