use std::collections::BTreeSet;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::model::attestation::Attestation;
use crate::model::check_name::CheckName;
use crate::model::slug::{EnvironmentSlug, SlugError};
use crate::model::time_span::{TimeSpan, TimeSpanError};
use crate::model::window::Window;

/// What a key of a policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyValue {
    /// A switch; `false` in place of a source or a duration cancels what `[policy]` says.
    Switch(bool),
    /// An environment.
    Source(EnvironmentSlug),
    /// A duration.
    Span(TimeSpan),
    /// Checks, each once.
    Checks(BTreeSet<CheckName>),
    /// A window, which has a name in a table of its own instead of a key.
    Window(Window),
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
    /// Names of checks.
    Checks,
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
    /// Not the name of a check.
    #[error("invalid check name {name:?}: {source}")]
    Check {
        /// What was given.
        name: String,
        /// Which rule it breaks.
        source: SlugError,
    },
    /// More checks than a version may have.
    #[error("at most {} checks are allowed", Attestation::MOST)]
    TooManyChecks,
}

impl PolicyType {
    /// Returns the values of the type, as a phrase.
    pub fn fits(self) -> &'static str {
        match self {
            Self::Switch => "true or false",
            Self::Source => "the slug of an environment, or false",
            Self::Span => "a duration, or false",
            Self::Checks => "the names of checks, or false",
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
            (Self::Checks, _) => checks(text).map(PolicyValue::Checks),
        }
    }
}

/// Reads names of checks that are separated by commas.
fn checks(text: &str) -> Result<BTreeSet<CheckName>, PolicyValueError> {
    let name = |name: &str| {
        name.parse().map_err(|source| PolicyValueError::Check {
            name: name.to_owned(),
            source,
        })
    };
    let checks = text.split(',').map(str::trim).map(name);
    let checks: BTreeSet<CheckName> = checks.collect::<Result<_, _>>()?;
    match checks.len() {
        ..=Attestation::MOST => Ok(checks),
        _ => Err(PolicyValueError::TooManyChecks),
    }
}

impl fmt::Display for PolicyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(on) => on.fmt(f),
            Self::Source(slug) => slug.fmt(f),
            Self::Span(span) => span.fmt(f),
            Self::Checks(checks) => {
                let names: Vec<&str> = checks.iter().map(CheckName::as_str).collect();
                f.write_str(&names.join(","))
            }
            Self::Window(window) => window.fmt(f),
        }
    }
}

impl Serialize for PolicyValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Switch(on) => serializer.serialize_bool(*on),
            Self::Source(_) | Self::Span(_) | Self::Window(_) => serializer.collect_str(self),
            Self::Checks(checks) => checks.serialize(serializer),
        }
    }
}
