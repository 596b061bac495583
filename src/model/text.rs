use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation;

use crate::model::resource::Kind;

/// The most bytes that a character of a text may have on average. A reader's character can be any number of code points
/// long (accents can be stacked without end), so a count of characters alone limits nothing.
const BYTES_PER_CHARACTER: usize = 8;

/// What people read instead of a slug: 1 to 64 characters as a reader counts them (grapheme clusters), at most 512
/// bytes, no control characters. White space around it does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct DisplayName(String);

impl DisplayName {
    /// The most characters a name may have.
    pub const MAX: usize = 64;

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DisplayName {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        judge(text, Self::MAX)?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What an environment is for, in a sentence: up to 280 characters as a reader counts them (grapheme clusters), at most
/// 2,240 bytes, no control characters, possibly empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Description(String);

impl Description {
    /// The most characters a description may have.
    pub const MAX: usize = 280;

    /// Returns the description as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Description {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        judge(text, Self::MAX)?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Why a text is not a valid name or description.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing, or only white space.
    #[error("it is empty")]
    Empty,
    /// More characters than the limit.
    #[error("it has {length} characters; at most {max} are allowed")]
    TooLong {
        /// How many there are.
        length: usize,
        /// The limit that applies.
        max: usize,
    },
    /// More bytes than the limit, though few characters: accents that are stacked, or long emoji sequences.
    #[error("it has {length} bytes; at most {max} are allowed")]
    TooManyBytes {
        /// How many there are.
        length: usize,
        /// The limit that applies.
        max: usize,
    },
    /// A character that a terminal acts on instead of showing it, or that changes the direction of the text around it.
    #[error("it contains the control character {}", .character.escape_unicode())]
    Control {
        /// The first such character.
        character: char,
    },
}

fn judge(text: &str, max: usize) -> Result<(), TextError> {
    if let Some(character) = first_control(text) {
        return Err(TextError::Control { character });
    }
    let length = text.graphemes(true).count();
    if length > max {
        return Err(TextError::TooLong { length, max });
    }
    let (length, max) = (text.len(), max * BYTES_PER_CHARACTER);
    if length > max {
        return Err(TextError::TooManyBytes { length, max });
    }
    Ok(())
}

/// Reports whether a character must never reach a terminal unchanged: controls, line and paragraph
/// separators, and marks that reorder or hide the text around them.
pub(crate) fn is_control(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Returns the first character of `text` that must never reach a terminal as it is. A joiner that [shapes] the
/// characters around it is not one of them.
///
/// [shapes]: is_shaping_joiner
pub(crate) fn first_control(text: &str) -> Option<char> {
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let after = characters.peek().copied();
        if is_control(character) && !is_shaping_joiner(before, character, after) {
            return Some(character);
        }
        before = Some(character);
    }
    None
}

/// Reports whether `character`, between `before` and `after`, is a zero-width joiner or non-joiner that
/// shapes what a reader sees, as in a family emoji, Persian or Hindi.
///
/// Between ASCII characters, at an end of the text, and beside another joiner it is invisible, and would only make two
/// texts differ that look the same.
pub fn is_shaping_joiner(before: Option<char>, character: char, after: Option<char>) -> bool {
    let is_shaped = |neighbour: char| {
        !neighbour.is_ascii() && !neighbour.is_whitespace() && !is_control(neighbour)
    };
    matches!(character, '\u{200c}' | '\u{200d}')
        && before.is_some_and(is_shaped)
        && after.is_some_and(is_shaped)
}

/// The ending of a version's file, without the dot; which ones a kind allows is for [`Kind`] to say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Extension(&'static str);

impl Extension {
    /// Returns `extension` if `kind` allows it.
    pub fn of(kind: Kind, extension: &str) -> Option<Self> {
        let allowed = kind.extensions().iter();
        let mut same = allowed.filter(|allowed| **allowed == extension);
        same.next().map(|allowed| Self(allowed))
    }

    /// Returns the extension as text.
    pub fn as_str(&self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_count_characters_and_not_bytes() {
        assert!("ß".repeat(64).parse::<DisplayName>().is_ok());
        assert_eq!(
            "ß".repeat(65).parse::<DisplayName>(),
            Err(TextError::TooLong {
                length: 65,
                max: 64
            })
        );
        assert!("ß".repeat(280).parse::<Description>().is_ok());
        assert!("ß".repeat(281).parse::<Description>().is_err());
    }

    #[test]
    fn a_character_is_what_a_reader_counts_as_one() {
        for cluster in ["👩‍👩‍👧‍👦", "🏳️‍🌈", "e\u{301}", "क्षि", "🇩🇪"]
        {
            assert!(
                cluster.repeat(10).parse::<DisplayName>().is_ok(),
                "{cluster}"
            );
            assert!(
                matches!(
                    cluster.repeat(65).parse::<DisplayName>(),
                    Err(TextError::TooLong {
                        length: 65,
                        max: 64
                    })
                ),
                "{cluster}"
            );
        }
    }

    #[test]
    fn a_pile_of_accents_is_too_many_bytes() {
        let pile = format!("a{}", "\u{301}".repeat(256));
        assert_eq!(
            pile.parse::<DisplayName>(),
            Err(TextError::TooManyBytes {
                length: 513,
                max: 512
            })
        );
        assert!(pile.parse::<Description>().is_ok());
    }

    #[test]
    fn joiners_are_accepted_where_they_shape_what_is_seen() {
        for text in ["👨‍👩‍👧 family", "می‌خواهم", "क्‍ष", "ශ්‍රී ලංකා", "🏴‍☠️"]
        {
            assert_eq!(
                text.parse::<DisplayName>().map(|name| name.0),
                Ok(text.into())
            );
        }
        for text in [
            "pr\u{200d}od",
            "\u{200d}👧",
            "👧\u{200d}",
            "👨\u{200d}\u{200d}👧",
            "می\u{200c} خواهم",
            "p\u{200c}قr",
        ] {
            assert!(
                matches!(text.parse::<DisplayName>(), Err(TextError::Control { .. })),
                "{text:?}"
            );
        }
    }

    #[test]
    fn white_space_around_a_name_does_not_count() {
        let name: DisplayName = "  Production\u{a0}".parse().unwrap();
        assert_eq!(name.as_str(), "Production");
    }

    #[test]
    fn a_name_is_never_blank() {
        assert_eq!("".parse::<DisplayName>(), Err(TextError::Empty));
        assert_eq!(" \u{a0}".parse::<DisplayName>(), Err(TextError::Empty));
    }

    #[test]
    fn characters_that_steer_a_terminal_are_refused() {
        for text in [
            "a\u{1b}[31m",
            "a\nb",
            "a\u{202e}b",
            "a\u{0}",
            "a\u{9b}",
            "a\u{2028}b",
            "\u{feff}a",
        ] {
            assert!(
                matches!(text.parse::<DisplayName>(), Err(TextError::Control { .. })),
                "{text:?}"
            );
        }
    }
}
