use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// What people read instead of a slug: 1 to 64 characters, no control characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct DisplayName(String);

impl DisplayName {
    /// The most characters a name may have.
    pub const MAX: usize = 64;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DisplayName {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        if text.trim().is_empty() {
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

/// What an environment is for, in a sentence: up to 280 characters, no control characters, possibly empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Description(String);

impl Description {
    /// The most characters a description may have.
    pub const MAX: usize = 280;

    /// The description as text.
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

/// Why a text is no name or description.
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
    /// A character that a terminal acts on instead of showing it, or that changes the direction of the text around it.
    #[error("it contains the control character {}", .character.escape_unicode())]
    Control {
        /// The first such character.
        character: char,
    },
}

fn judge(text: &str, max: usize) -> Result<(), TextError> {
    if let Some(character) = text.chars().find(|c| is_control(*c)) {
        return Err(TextError::Control { character });
    }
    let length = text.chars().count();
    if length > max {
        return Err(TextError::TooLong { length, max });
    }
    Ok(())
}

/// Whether a character must never reach a terminal as it is: controls, line and paragraph separators, and the marks
/// that reorder or hide the text around them.
pub(crate) fn is_control(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The ending of a version's file, without the dot; which ones a kind allows is for [`super::Kind`] to say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Extension(String);

impl Extension {
    /// `extension` if `kind` allows it.
    pub fn of(kind: super::Kind, extension: &str) -> Option<Self> {
        kind.allows_extension(extension)
            .then(|| Self(extension.to_owned()))
    }

    /// The ending as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
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
