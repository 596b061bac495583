use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// What a provider speaks, and how its requests are signed: `openai`, `anthropic`, `azure`, `bedrock` and so on, by the name
/// that gateways have for it.
///
/// There are more than a hundred, and new ones every month. So any name of 1 to 64 of `a-z`, `0-9`, `.`, `_` and `-` is one;
/// what a format cannot do with it is said when that is rendered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ProviderKind(String);

/// The kinds that have no address of their own: where they are is for whoever runs them.
const WITHOUT_ADDRESS: [&str; 9] = [
    "azure",
    "azure_ai",
    "litellm_proxy",
    "lm_studio",
    "openai_like",
    "sglang",
    "tgi",
    "vllm",
    "xinference",
];

impl ProviderKind {
    /// The most characters that the name may have.
    pub const MAX: usize = 64;

    /// The kind of a provider whose configuration does not say it.
    pub fn openai() -> Self {
        Self("openai".to_owned())
    }

    /// Reports whether it is the kind of a provider whose configuration does not say it.
    pub fn is_openai(&self) -> bool {
        self.0 == "openai"
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reports whether a provider of this kind must say where it is.
    pub fn needs_address(&self) -> bool {
        WITHOUT_ADDRESS.contains(&self.as_str())
    }
}

impl Default for ProviderKind {
    fn default() -> Self {
        Self::openai()
    }
}

impl FromStr for ProviderKind {
    type Err = ProviderKindError;

    fn from_str(text: &str) -> Result<Self, ProviderKindError> {
        let inner =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
        let fine = (1..=Self::MAX).contains(&text.len())
            && text.bytes().all(inner)
            && text.starts_with(|first: char| first.is_ascii_alphanumeric());
        fine.then(|| Self(text.to_owned())).ok_or(ProviderKindError)
    }
}

impl fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A text is no kind of provider. It is not repeated, since it may be a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a kind of provider is 1 to {} of a-z, 0-9, '.', _ and -, such as openai or anthropic",
    ProviderKind::MAX
)]
pub struct ProviderKindError;

/// What a provider of some kinds has to be told besides: each 1 to 256 visible characters, or `env::NAME`.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema,
)]
pub struct ProviderOptions {
    /// The version of its interface, as `azure` has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_version: Option<OptionText>,
    /// Where it runs, as `bedrock` and `vertex` have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<OptionText>,
    /// Whose account it runs on, as `vertex` has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<OptionText>,
}

impl ProviderOptions {
    /// Reports whether none is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The value of an option: 1 to 256 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct OptionText(String);

impl OptionText {
    /// The most characters that a value may have.
    pub const MAX: usize = 256;

    /// The value as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OptionText {
    type Err = OptionTextError;

    fn from_str(text: &str) -> Result<Self, OptionTextError> {
        let fine = (1..=Self::MAX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        fine.then(|| Self(text.to_owned())).ok_or(OptionTextError)
    }
}

impl fmt::Display for OptionText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A text is no value of an option. It is not repeated, since it may be a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an option has 1 to {} visible ASCII characters", OptionText::MAX)]
pub struct OptionTextError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_called_as_gateways_call_them() {
        for kind in [
            "openai",
            "azure_ai",
            "text-completion-openai",
            "ai21",
            "a.b",
        ] {
            assert!(kind.parse::<ProviderKind>().is_ok(), "{kind}");
        }
        for kind in ["", "OpenAI", "open ai", "-x", "a/b", &"x".repeat(65)] {
            assert_eq!(
                kind.parse::<ProviderKind>(),
                Err(ProviderKindError),
                "{kind}"
            );
        }
    }
}
