use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::model::slug::{EnvironmentSlug, SlugError};
use crate::model::suggestion::closest;
use crate::model::time_span::{TimeSpan, TimeSpanError};

/// A key of a policy table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyKey {
    /// The exact version must be live in this environment.
    RequiredSource,
    /// How long it must have been live there.
    MinDwell,
    /// Whether a lower number may not follow a higher one that became live within the window.
    NoRollback,
    /// How long such a higher number bars the way back; 24 hours unless set.
    RollbackWindow,
    /// Whether a prompt must leave the same variables to its callers as the version that it follows.
    SameVariables,
    /// Whether somebody has to approve.
    RequiresApproval,
    /// Whether that is another person than the one who asked; implies approval.
    SeparationOfDuties,
    /// Whether going back to the previous version needs approval, too.
    ApproveRollbacks,
}

/// What a key of a policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyValue {
    /// A switch; `false` in the place of a source or a length of time takes back what `[policy]` says.
    Switch(bool),
    /// An environment.
    Source(EnvironmentSlug),
    /// A length of time.
    Span(TimeSpan),
}

/// Which values a key takes besides `false`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyType {
    /// `true`.
    Switch,
    /// The slug of an environment.
    Source,
    /// A length of time.
    Span,
}

impl PolicyKey {
    /// Every key, in the order in which they are written.
    pub const ALL: [Self; 8] = [
        Self::RequiredSource,
        Self::MinDwell,
        Self::NoRollback,
        Self::RollbackWindow,
        Self::SameVariables,
        Self::RequiresApproval,
        Self::SeparationOfDuties,
        Self::ApproveRollbacks,
    ];

    /// The key as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RequiredSource => "required_source",
            Self::MinDwell => "min_dwell",
            Self::NoRollback => "no_rollback",
            Self::RollbackWindow => "rollback_window",
            Self::SameVariables => "same_variables",
            Self::RequiresApproval => "requires_approval",
            Self::SeparationOfDuties => "separation_of_duties",
            Self::ApproveRollbacks => "approve_rollbacks",
        }
    }

    /// Which values it takes.
    pub fn takes(self) -> PolicyType {
        match self {
            Self::RequiredSource => PolicyType::Source,
            Self::MinDwell | Self::RollbackWindow => PolicyType::Span,
            Self::NoRollback
            | Self::SameVariables
            | Self::RequiresApproval
            | Self::SeparationOfDuties
            | Self::ApproveRollbacks => PolicyType::Switch,
        }
    }

    /// The values that it takes, as a phrase.
    pub fn fits(self) -> &'static str {
        match self.takes() {
            PolicyType::Switch => "true or false",
            PolicyType::Source => "the slug of an environment, or false",
            PolicyType::Span => "a length of time, or false",
        }
    }

    /// The value that `text` stands for on a command line.
    ///
    /// # Errors
    ///
    /// When the key takes no such value.
    pub fn value(self, text: &str) -> Result<PolicyValue, PolicyValueError> {
        match (self.takes(), text) {
            (_, "false") => Ok(PolicyValue::Switch(false)),
            (PolicyType::Switch, "true") => Ok(PolicyValue::Switch(true)),
            (PolicyType::Switch, _) => Err(PolicyValueError::Switch {
                text: text.to_owned(),
            }),
            (PolicyType::Source, _) => Ok(PolicyValue::Source(text.parse()?)),
            (PolicyType::Span, _) => Ok(PolicyValue::Span(text.parse()?)),
        }
    }
}

/// Why a text is no value of a policy's key.
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
    /// Not a length of time.
    #[error(transparent)]
    Span(#[from] TimeSpanError),
}

/// There is no such key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no key of a policy is called {name:?}; {}", meant_or_all(*.meant))]
pub struct NoPolicyKey {
    /// What was given.
    pub name: String,
    /// What was most likely meant.
    pub meant: Option<PolicyKey>,
}

fn meant_or_all(meant: Option<PolicyKey>) -> String {
    match meant {
        Some(key) => format!("did you mean {key}?"),
        None => format!(
            "they are {}",
            PolicyKey::ALL.map(PolicyKey::as_str).join(", ")
        ),
    }
}

impl FromStr for PolicyKey {
    type Err = NoPolicyKey;

    fn from_str(name: &str) -> Result<Self, NoPolicyKey> {
        let called = |name: &str| Self::ALL.into_iter().find(|key| key.as_str() == name);
        let meant = || closest(name, Self::ALL.map(Self::as_str)).and_then(called);
        called(name).ok_or_else(|| NoPolicyKey {
            name: name.to_owned(),
            meant: meant(),
        })
    }
}

impl fmt::Display for PolicyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_round_trip() {
        for key in PolicyKey::ALL {
            assert_eq!(key.as_str().parse(), Ok(key));
        }
        let error = |name: &str| name.parse::<PolicyKey>().unwrap_err().to_string();
        assert!(error("min_dwel").ends_with("did you mean min_dwell?"));
        assert!(error("colour").contains("required_source, min_dwell, no_rollback"));
    }
}
