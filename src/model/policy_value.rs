use std::fmt;

use serde::{Serialize, Serializer};

use crate::model::slug::{EnvironmentSlug, SlugError};
use crate::model::time_span::{TimeSpan, TimeSpanError};

/// What a key of a policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyValue {
    /// A switch; `false` in place of a source or a duration cancels what `[policy]` says.
    Switch(bool),
    /// An environment.
    Source(EnvironmentSlug),
    /// A duration.
    Span(TimeSpan),
}

/// Which values a key takes besides `false`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyType {
    /// `true`.
    Switch,
    /// The slug of an environment.
    Source,
    /// A duration.
    Span,
}

/// Why a text is not a value of a policy's key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyValueError {
    /// A switch is on or off.
    #[error("{text:?} is neither true nor false")]
    Switch {
        /// What was given.
        text: String,
    },
    /// A source is an environment.
    #[error(transparent)]
    Source(#[from] SlugError),
    /// Not a duration.
    #[error(transparent)]
    Span(#[from] TimeSpanError),
}

impl PolicyType {
    /// Returns the values of the type, as a phrase.
    pub fn fits(self) -> &'static str {
        match self {
            Self::Switch => "true or false",
            Self::Source => "the slug of an environment, or false",
            Self::Span => "a duration, or false",
        }
    }

    /// Returns the value that `text` stands for on a command line.
    ///
    /// # Errors
    ///
    /// When it is not a value of the type.
    pub fn value(self, text: &str) -> Result<PolicyValue, PolicyValueError> {
        match (self, text) {
            (_, "false") => Ok(PolicyValue::Switch(false)),
            (Self::Switch, "true") => Ok(PolicyValue::Switch(true)),
            (Self::Switch, _) => Err(PolicyValueError::Switch {
                text: text.to_owned(),
            }),
            (Self::Source, _) => Ok(PolicyValue::Source(text.parse()?)),
            (Self::Span, _) => Ok(PolicyValue::Span(text.parse()?)),
        }
    }
}

impl fmt::Display for PolicyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(on) => on.fmt(f),
            Self::Source(slug) => slug.fmt(f),
            Self::Span(span) => span.fmt(f),
        }
    }
}

impl Serialize for PolicyValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Switch(on) => serializer.serialize_bool(*on),
            Self::Source(_) | Self::Span(_) => serializer.collect_str(self),
        }
    }
}
