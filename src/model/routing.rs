use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::bounded::{Backoff, MaxRetries, PerMinute, Timeout, Weight};
use crate::model::json_table::JsonTable;
use crate::model::model_name::ModelName;
use crate::model::resource::ResourceName;
use crate::model::word::words;

words! {
    /// What a caller asks the gateway for.
    Endpoint {
        /// Answers to a conversation.
        Chat = "chat",
        /// Vectors for texts.
        Embeddings = "embeddings",
        /// Speech for a text.
        AudioSpeech = "audio_speech",
        /// The text of a recording.
        AudioTranscription = "audio_transcription",
        /// Pictures for a text.
        ImageGeneration = "image_generation",
    }
}

words! {
    /// A failure of a target after which the request is sent again.
    Failing {
        /// It did not answer in time.
        Timeout = "timeout",
        /// It takes no more requests for now.
        RateLimit = "rate_limit",
        /// It failed itself, or cannot be reached.
        ServerError = "server_error",
        /// It did not take the key.
        Authentication = "authentication",
        /// It did not understand the request.
        BadRequest = "bad_request",
    }
}

words! {
    /// How a rule chooses among its targets.
    Strategy {
        /// There is one target.
        Single = "single",
        /// By chance, in proportion to the weights.
        Weighted = "weighted",
        /// In order: the next one when one fails.
        Fallback = "fallback",
        /// As `weighted`, to compare the targets.
        Experiment = "experiment",
    }
}

impl Strategy {
    /// Whether targets are chosen by weight.
    pub fn takes_weights(self) -> bool {
        matches!(self, Self::Weighted | Self::Experiment)
    }

    /// How many targets a rule of this strategy has, in words.
    pub fn targets_wanted(self) -> &'static str {
        match self {
            Self::Single => "exactly one target",
            Self::Weighted | Self::Experiment => "at least two targets",
            Self::Fallback => "at least one target",
        }
    }

    /// Whether a rule of this strategy may have that many targets.
    pub fn allows_targets(self, count: usize) -> bool {
        match self {
            Self::Single => count == 1,
            Self::Weighted | Self::Experiment => count >= 2,
            Self::Fallback => count >= 1,
        }
    }
}

/// A routing rule, as one release holds it: which requests it answers, and which targets it sends them to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RoutingRule {
    /// What callers ask for.
    pub endpoint: Endpoint,
    /// The models that callers name: 1 to [`ModelName::MOST`], each once, in the order of the file.
    pub models: Vec<ModelName>,
    /// How a target is chosen.
    pub strategy: Strategy,
    /// The name of every target once, in the order in which they are tried or listed: as the file says, else by name.
    pub order: Vec<TargetName>,
    /// What is done when a target fails; none: as the gateway is set to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// The targets by name: 1 to [`RoutingRule::MOST_TARGETS`].
    pub targets: BTreeMap<TargetName, Target>,
    /// The prompts that are used with it, each once, in the order of the file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub prompts: Vec<ResourceName>,
}

impl RoutingRule {
    /// The most prompts that a rule may list.
    pub const MOST_PROMPTS: usize = 256;
    /// The most targets a rule may have.
    pub const MOST_TARGETS: usize = 64;

    /// The targets with their names, in order.
    pub fn in_order(&self) -> impl Iterator<Item = (&TargetName, &Target)> {
        self.order
            .iter()
            .filter_map(|name| self.targets.get_key_value(name))
    }
}

/// Where a rule sends requests, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Target {
    /// Where to.
    #[serde(flatten)]
    pub destination: TargetEnd,
    /// Its share of the requests; exactly with the strategies that choose by weight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<Weight>,
    /// How long the gateway waits for it; none: as long as the provider's configuration says.
    #[serde(rename = "timeout_ms", skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Timeout>,
    /// What the provider is asked besides, such as a temperature, unless the caller says otherwise.
    #[serde(skip_serializing_if = "JsonTable::is_empty")]
    #[schemars(default)]
    pub params: JsonTable,
    /// How much the gateway sends it.
    #[serde(skip_serializing_if = "TargetLimits::is_empty")]
    #[schemars(default)]
    pub limits: TargetLimits,
    /// What is known of it, such as its costs.
    #[serde(skip_serializing_if = "JsonTable::is_empty")]
    #[schemars(default)]
    pub metadata: JsonTable,
}

impl Target {
    /// A target that is nothing but its destination.
    pub fn to(destination: TargetEnd) -> Self {
        Self {
            destination,
            weight: None,
            timeout: None,
            params: JsonTable::default(),
            limits: TargetLimits::default(),
            metadata: JsonTable::default(),
        }
    }
}

/// Where a target leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum TargetEnd {
    /// To a model of a provider.
    Model {
        /// The name of the provider: that of `providers/<name>`.
        provider: ResourceName,
        /// What that provider calls the model.
        model: ModelName,
    },
    /// To whatever another rule leads to.
    Rule {
        /// The name of the rule: that of `routing/<name>`.
        rule: ResourceName,
    },
}

/// How much a target is sent in a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TargetLimits {
    /// Requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpm: Option<PerMinute>,
    /// Tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tpm: Option<PerMinute>,
}

impl TargetLimits {
    /// Reports whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How often and how soon a request is sent again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Retry {
    /// How often at most.
    pub max_retries: MaxRetries,
    /// How long the gateway waits before the first time; none: as long as it is set to.
    #[serde(rename = "backoff_base_ms", skip_serializing_if = "Option::is_none")]
    pub backoff_base: Option<Backoff>,
    /// After which failures; none: as [`Retry::ON`] says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub on: Vec<Failing>,
}

impl Retry {
    /// The failures after which a request is sent again, if a rule does not say.
    pub const ON: [Failing; 3] = [Failing::Timeout, Failing::RateLimit, Failing::ServerError];
}

/// The name of a target within its rule: `A-Z`, `a-z`, `0-9`, `_` and `-`, 1 to 64 characters,
/// which is what TOML takes as a key without quotes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct TargetName(String);

impl TargetName {
    /// The most characters the name of a target may have.
    pub const MAX: usize = 64;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TargetName {
    type Err = TargetNameError;

    fn from_str(text: &str) -> Result<Self, TargetNameError> {
        let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let fine = (1..=Self::MAX).contains(&text.len()) && text.bytes().all(is_bare);
        fine.then(|| Self(text.to_owned())).ok_or(TargetNameError)
    }
}

impl fmt::Display for TargetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A text is no name of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the name of a target is 1 to {} of A-Z, a-z, 0-9, _ and -",
    TargetName::MAX
)]
pub struct TargetNameError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_none_is_not_repeated() {
        let error = "wieghted".parse::<Strategy>().unwrap_err().to_string();
        assert_eq!(
            error,
            "it is not one of single, weighted, fallback, experiment; did you mean weighted?"
        );
        assert!(
            !"sk-123"
                .parse::<Endpoint>()
                .unwrap_err()
                .to_string()
                .contains("sk-123")
        );
    }

    #[test]
    fn names_of_targets_need_no_quotes() {
        for name in ["main", "gpt_4", "A-1"] {
            assert!(name.parse::<TargetName>().is_ok(), "{name}");
        }
        for name in ["", "a.b", "a b", "ä", &"x".repeat(65)] {
            assert_eq!(name.parse::<TargetName>(), Err(TargetNameError), "{name}");
        }
    }
}
