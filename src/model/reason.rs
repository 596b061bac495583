use std::str::FromStr;

use serde::Serialize;

use crate::model::text::first_control;

/// Why somebody did something: up to 2,000 characters of text, which may have several lines, but no other
/// control characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Reason(String);

impl Reason {
    /// The most characters that a reason may have: a page of text, so that `git log` stays readable.
    pub const MAX: usize = 2000;

    /// Returns the reason as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is not a valid reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReasonError {
    /// It is empty, or only white space.
    #[error("the reason is empty")]
    Empty,
    /// It has more characters than the limit.
    #[error(
        "the reason has {length} characters; at most {} are allowed",
        Reason::MAX
    )]
    TooLong {
        /// How many there are.
        length: usize,
    },
    /// It contains a character that a terminal would act on.
    #[error("the reason contains the control character {}", .character.escape_unicode())]
    Control {
        /// The first such character.
        character: char,
    },
}

impl FromStr for Reason {
    type Err = ReasonError;

    fn from_str(text: &str) -> Result<Self, ReasonError> {
        let text = text.trim().replace("\r\n", "\n");
        let length = text.chars().count();
        if length == 0 {
            return Err(ReasonError::Empty);
        }
        if length > Self::MAX {
            return Err(ReasonError::TooLong { length });
        }
        // Line breaks and tabs are allowed, so each piece between them must be free of control
        // characters.
        let lines = text.split(['\n', '\t']);
        if let Some(character) = lines.filter_map(first_control).next() {
            return Err(ReasonError::Control { character });
        }
        Ok(Self(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_limits() {
        assert_eq!(" \n".parse::<Reason>(), Err(ReasonError::Empty));
        assert!(matches!(
            "a\u{1b}b".parse::<Reason>(),
            Err(ReasonError::Control { .. })
        ));
        assert!(matches!(
            "a".repeat(2001).parse::<Reason>(),
            Err(ReasonError::TooLong { length: 2001 })
        ));
    }
}
