use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::diag::Code;
use crate::model::{CommitId, EnvironmentSlug, schema_of};

/// What a rule says about a move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Which rule.
    pub rule: Code,
    /// The outcome.
    pub outcome: Outcome,
    /// Why, as a sentence without a full stop.
    pub sentence: String,
    /// What would make the move possible, where the rule is broken and there is something to say.
    pub help: Option<String>,
    /// The commit that proves it, where history was asked.
    pub evidence: Option<CommitId>,
    /// The environment that would have to serve the version first.
    pub missing_in: Option<EnvironmentSlug>,
    /// The rule that would bar the move and is overridden; then `rule` is [`Code::OVERRIDDEN`].
    pub overridden: Option<Code>,
}

/// What a verdict comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The rule is kept.
    Pass,
    /// It is not kept, which stops nothing here.
    Warn,
    /// It is broken, and waiting does not help.
    Refuse,
    /// It will be kept: from that moment, or once somebody approves (no moment).
    Wait(Option<Timestamp>),
}

impl Outcome {
    /// Returns `pass`, `warn`, `refuse` or `wait`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Refuse => "refuse",
            Self::Wait(_) => "wait",
        }
    }

    /// Returns which of both decides. A refusal outranks a wait, a wait outranks a warning, a wait until a
    /// moment outranks one for approval, and a later moment an earlier one.
    #[must_use]
    pub fn outranking(self, other: Self) -> Self {
        let rank = |outcome| match outcome {
            Self::Pass => (0, None),
            Self::Warn => (1, None),
            Self::Wait(moment) => (2, moment),
            Self::Refuse => (3, None),
        };
        if rank(other) > rank(self) {
            other
        } else {
            self
        }
    }

    /// Reports whether the move may happen.
    pub fn passes(self) -> bool {
        matches!(self, Self::Pass | Self::Warn)
    }

    /// Returns when the rule will be kept without anybody doing anything; `None` if time alone does not help.
    pub fn eligible(self) -> Option<Timestamp> {
        match self {
            Self::Wait(moment) => moment,
            Self::Pass | Self::Warn | Self::Refuse => None,
        }
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

schema_of!(Outcome, "Outcome", {
    "description": "What a rule says of a move; a refusal outranks a wait.",
    "type": "string", "enum": ["pass", "warn", "refuse", "wait"],
});

impl Verdict {
    /// Whether the move may be made, as far as the rule goes.
    pub fn passes(&self) -> bool {
        self.outcome.passes()
    }

    /// Reports whether the move may happen, as far as this rule is concerned.
    #[must_use]
    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }

    /// Returns the same verdict with the commit that proves it.
    #[must_use]
    pub(super) fn proven_by(self, commit: impl Into<Option<CommitId>>) -> Self {
        Self {
            evidence: commit.into(),
            ..self
        }
    }

    /// The same verdict, on a version that `source` would have to serve first.
    #[must_use]
    pub(super) fn missing_in(self, source: &EnvironmentSlug) -> Self {
        Self {
            missing_in: Some(source.clone()),
            ..self
        }
    }
}

/// Returns `moment` without its fraction of a second, which dates in git do not have.
pub(super) fn to_the_second(moment: Timestamp) -> Timestamp {
    Timestamp::from_second(moment.as_second()).unwrap_or(moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outcome_that_decides() {
        let at = |second| Outcome::Wait(Timestamp::from_second(second).ok());
        let ranked = [
            Outcome::Pass,
            Outcome::Warn,
            Outcome::Wait(None),
            at(1),
            at(2),
            Outcome::Refuse,
        ];
        for (index, one) in ranked.into_iter().enumerate() {
            for other in &ranked[..=index] {
                assert_eq!((one.outranking(*other), other.outranking(one)), (one, one));
            }
        }
    }
}
