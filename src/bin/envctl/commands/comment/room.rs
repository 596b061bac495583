//! Measures the length of a page, and counts what was left out of it.

use crate::render::{count, joined};

/// Returns the length of a text as forges count it, in UTF-16 units.
pub fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Room on a page.
pub struct Room(usize);

impl Room {
    /// Returns the room for that many units.
    pub fn of(length: usize) -> Self {
        Self(length)
    }

    /// Returns how much room is left.
    pub fn left(&self) -> usize {
        self.0
    }

    /// Takes the room for `text` and the empty line before it, if there is enough.
    pub fn take(&mut self, text: &str) -> bool {
        let needed = length(text) + 2;
        let fits = needed <= self.0;
        if fits {
            self.0 -= needed;
        }
        fits
    }
}

/// What was left out of a page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Left {
    /// Rows of tables and lists.
    pub rows: usize,
    /// Texts.
    pub texts: LeftTexts,
}

/// What was left out of the texts.
#[derive(Clone, Copy, Debug, Default)]
pub struct LeftTexts {
    /// Whole text changes.
    pub whole: usize,
    /// Lines of those that are shown.
    pub lines: usize,
}

impl Left {
    /// Returns what was left out, in words; `None` if nothing was.
    pub fn words(&self) -> Option<String> {
        let parts = [
            (self.rows, "row"),
            (self.texts.whole, "text change"),
            (self.texts.lines, "text line"),
        ];
        let parts = parts.into_iter().filter(|(number, _)| *number > 0);
        let parts: Vec<String> = parts.map(|(number, noun)| count(number, noun)).collect();
        (!parts.is_empty()).then(|| joined(parts, ", "))
    }
}
