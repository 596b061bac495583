use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::model::text::is_control;

/// What a provider, or a caller of the gateway, calls a model: 1 to 256 characters in one line, such as `gpt-4.1`,
/// `meta-llama/Llama-3.3-70B-Instruct` or `anthropic.claude-3-5-sonnet-20241022-v2:0`.
///
/// A name that ends in `*` is a pattern: it stands for every name that begins like it.
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

    /// What stands before the `*` of a pattern; none if it is a name.
    pub fn pattern(&self) -> Option<&str> {
        self.0.strip_suffix('*')
    }

    /// Reports whether it is `model`, or a pattern for it, or for every name that the pattern `model` stands for.
    pub fn covers(&self, model: &Self) -> bool {
        self == model
            || self
                .pattern()
                .is_some_and(|beginning| model.0.starts_with(beginning))
    }

    /// Returns which of `models` answers for `model`: the name itself before patterns, a longer
    /// pattern before a shorter one.
    pub fn best<'m>(models: &'m [Self], model: &Self) -> Option<&'m Self> {
        let covering = models.iter().filter(|claimed| claimed.covers(model));
        covering.max_by_key(|claimed| (*claimed == model, claimed.0.len()))
    }

    /// Returns what a target that asks for `self` asks for, where `model` was answered by
    /// `claimed`: where both are patterns, what the one stood for takes the place of the other's
    /// `*`.
    pub fn asked_for(&self, claimed: &Self, model: &Self) -> Self {
        match (self.pattern(), claimed.pattern()) {
            (Some(beginning), Some(matched)) if claimed.covers(model) => {
                Self(format!("{beginning}{}", &model.0[matched.len()..]))
            }
            _ => self.clone(),
        }
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
            .any(|character| is_control(character) || character.is_whitespace() && character != ' ')
            || text.starts_with(' ')
            || text.ends_with(' ')
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
    /// It is empty.
    #[error("it is empty")]
    Empty,
    /// More characters than the limit.
    #[error("it has {length} characters; at most {} are allowed", ModelName::MAX)]
    TooLong {
        /// How many there are.
        length: usize,
    },
    /// White space around it, or other characters than those of a line.
    #[error(
        "a model's name has no white space but single spaces inside, and no control characters"
    )]
    Blank,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_vendor_are_accepted() {
        for name in [
            "gpt-4.1",
            "Claude 4.5 Haiku",
            "openai/*",
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
    fn the_name_itself_and_then_the_longest_pattern_answers() {
        let models: Vec<ModelName> = ["*", "gpt-*", "gpt-4", "gpt-4*"]
            .map(|name| name.parse().unwrap())
            .into();
        let best = |model: &str| {
            ModelName::best(&models, &model.parse().unwrap())
                .unwrap()
                .to_string()
        };
        assert_eq!(best("gpt-4"), "gpt-4");
        assert_eq!(best("gpt-4o"), "gpt-4*");
        assert_eq!(best("gpt-5"), "gpt-*");
        assert_eq!(best("o3"), "*");
        let name = |text: &str| text.parse::<ModelName>().unwrap();
        assert_eq!(
            name("openai/*").asked_for(&name("gpt-*"), &name("gpt-5")),
            name("openai/5")
        );
        assert_eq!(name("o3").asked_for(&name("*"), &name("x")), name("o3"));
    }

    #[test]
    fn what_no_vendor_would_take_is_refused() {
        assert_eq!("".parse::<ModelName>(), Err(ModelNameError::Empty));
        assert_eq!(
            "m".repeat(257).parse::<ModelName>(),
            Err(ModelNameError::TooLong { length: 257 })
        );
        for name in [" gpt", "gpt ", "gpt\t4", "gpt\n", "gpt\u{202e}"] {
            assert_eq!(
                name.parse::<ModelName>(),
                Err(ModelNameError::Blank),
                "{name:?}"
            );
        }
    }
}
