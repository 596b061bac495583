use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::model::text::is_control;

/// What a provider, or a caller of the gateway, calls a model: 1 to 256 characters without white space, such as `gpt-4.1`,
/// `meta-llama/Llama-3.3-70B-Instruct` or `anthropic.claude-3-5-sonnet-20241022-v2:0`.
///
/// The longest names in use are those of hosted deployments, resource names of clouds among them; 256 leaves room.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ModelName(String);

impl ModelName {
    /// The most characters a model's name may have.
    pub const MAX: usize = 256;
    /// The most models that a provider or a rule may list.
    pub const MOST: usize = 1000;

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ModelName {
    type Err = ModelNameError;

    fn from_str(text: &str) -> Result<Self, ModelNameError> {
        let length = text.chars().count();
        if text.is_empty() {
            return Err(ModelNameError::Empty);
        }
        if length > Self::MAX {
            return Err(ModelNameError::TooLong { length });
        }
        if text
            .chars()
            .any(|character| character.is_whitespace() || is_control(character))
        {
            return Err(ModelNameError::Blank);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Why a text is not a model name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelNameError {
    /// There is nothing.
    #[error("it is empty")]
    Empty,
    /// More characters than the limit.
    #[error("it has {length} characters; at most {} are allowed", ModelName::MAX)]
    TooLong {
        /// How many there are.
        length: usize,
    },
    /// White space or a control character.
    #[error("a model's name has no white space and no control characters")]
    Blank,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_vendor_are_accepted() {
        for name in [
            "gpt-4.1",
            "meta-llama/Llama-3.3-70B-Instruct",
            "anthropic.claude-3-5-sonnet-20241022-v2:0",
            "ft:gpt-4o-mini-2024-07-18:acme::AbC1dEf2",
            "@cf/meta/llama-3.1-8b-instruct",
            "accounts/fireworks/models/qwen3-235b-a22b",
        ] {
            assert!(name.parse::<ModelName>().is_ok(), "{name}");
        }
    }

    #[test]
    fn what_no_vendor_would_take_is_refused() {
        assert_eq!("".parse::<ModelName>(), Err(ModelNameError::Empty));
        assert_eq!(
            "m".repeat(257).parse::<ModelName>(),
            Err(ModelNameError::TooLong { length: 257 })
        );
        for name in [" gpt", "gpt 4", "gpt\n", "gpt\u{202e}"] {
            assert_eq!(
                name.parse::<ModelName>(),
                Err(ModelNameError::Blank),
                "{name:?}"
            );
        }
    }
}
