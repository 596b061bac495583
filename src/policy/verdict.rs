use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::model::{CommitId, EnvironmentSlug, Move, TimeSpan, VersionNumber};

/// The most variables that a sentence names.
const NAMED: usize = 8;
/// The most characters of a variable that a sentence shows.
const LONGEST: usize = 80;

/// A rule of a policy, and the one rule that no policy can lift: nothing moves past a release that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyRule {
    /// The exact version is live in the environment that the policy requires.
    RequiredSource,
    /// It has been live there for long enough.
    MinDwell,
    /// No higher number became live within the window.
    NoRollback,
    /// A prompt has the variables of the version that it follows.
    SameVariables,
    /// Somebody approves.
    Approval,
    /// Somebody else than who asked approves.
    SeparationOfDuties,
    /// No other release waits.
    PendingRelease,
}

/// What a rule says of a move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Which rule.
    pub rule: PolicyRule,
    /// What it comes to.
    pub outcome: Outcome,
    /// Why, as a sentence.
    pub why: Why,
    /// The commit that proves it, where history was asked.
    pub evidence: Option<CommitId>,
}

/// What a verdict comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The rule is kept.
    Pass,
    /// It is broken, and waiting does not help.
    Refuse,
    /// It will be kept: from that moment, or once somebody approves (no moment).
    Wait(Option<Timestamp>),
}

/// Why a rule is kept or broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The version is live in the required source.
    LiveInSource {
        /// The source.
        source: EnvironmentSlug,
    },
    /// Another version, or none, is live in the required source.
    NotInSource {
        /// The source.
        source: EnvironmentSlug,
        /// What is live there.
        live: Option<VersionNumber>,
    },
    /// The version was live in the target before.
    Return,
    /// The version has been live in an environment for long enough.
    Dwelled {
        /// Where.
        source: EnvironmentSlug,
        /// Since when.
        since: Timestamp,
        /// How long it had to be.
        least: TimeSpan,
    },
    /// The version is live in an environment, but not for long enough.
    Dwelling {
        /// Where.
        source: EnvironmentSlug,
        /// Since when.
        since: Timestamp,
        /// How long it has to be.
        least: TimeSpan,
    },
    /// The version is live in no other environment, so it cannot have been live for any time.
    LiveNowhereElse {
        /// How long it would have to be.
        least: TimeSpan,
    },
    /// No higher number became live within the window.
    NothingHigher {
        /// The window.
        within: TimeSpan,
    },
    /// A higher number became live within the window.
    Higher {
        /// Which.
        number: VersionNumber,
        /// When.
        since: Timestamp,
        /// The window.
        within: TimeSpan,
    },
    /// Nothing of the prompt is live in the target, so no caller relies on its variables.
    NothingLive,
    /// The prompt has the variables of what is live in the target.
    SameVariables {
        /// What is live there.
        live: VersionNumber,
    },
    /// The prompt has other variables than what is live in the target.
    OtherVariables {
        /// What is live there.
        live: VersionNumber,
        /// What callers would have to give from then on.
        added: BTreeSet<String>,
        /// What nobody would ask them for any more.
        dropped: BTreeSet<String>,
    },
    /// It cannot be told which variables a version has: it was never published, is no text, or too large.
    UnknownVariables {
        /// Which version: the one that moves, or the one that is live in the target.
        number: VersionNumber,
    },
    /// Somebody has to approve.
    NeedsApproval,
    /// The step writes a request for approval.
    Requested,
    /// The step approves what was asked for.
    Approved,
    /// The move goes back to what was live right before.
    BackToPrevious,
    /// The one who approves is another than the one who asked.
    AnotherPerson {
        /// The e-mail address of the one who asked.
        requester: String,
    },
    /// The one who approves has asked for it.
    SamePerson {
        /// The e-mail address of the one who asked.
        requester: String,
    },
    /// It cannot be told who asked or who approves.
    UnknownPerson,
    /// A release waits in the environment.
    ReleaseWaits,
}

impl PolicyRule {
    /// The rule as it is called in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RequiredSource => "required-source",
            Self::MinDwell => "min-dwell",
            Self::NoRollback => "no-rollback",
            Self::SameVariables => "same-variables",
            Self::Approval => "approval",
            Self::SeparationOfDuties => "separation-of-duties",
            Self::PendingRelease => "pending-release",
        }
    }
}

impl fmt::Display for PolicyRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Outcome {
    /// `pass`, `refuse` or `wait`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Refuse => "refuse",
            Self::Wait(_) => "wait",
        }
    }

    /// The one of both that decides: a refusal outranks a wait, a wait for a moment one for approval, the later moment the
    /// earlier one.
    #[must_use]
    pub fn outranking(self, other: Self) -> Self {
        let rank = |outcome| match outcome {
            Self::Pass => (0, None),
            Self::Wait(moment) => (1, moment),
            Self::Refuse => (2, None),
        };
        if rank(other) > rank(self) {
            other
        } else {
            self
        }
    }

    /// When time alone will have mended it.
    pub fn eligible(self) -> Option<Timestamp> {
        match self {
            Self::Wait(moment) => moment,
            Self::Pass | Self::Refuse => None,
        }
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Verdict {
    /// Whether the rule is kept.
    pub fn passes(&self) -> bool {
        self.outcome == Outcome::Pass
    }

    /// What the verdict says of `moved`, as a sentence without a full stop.
    pub fn sentence(&self, moved: &Move) -> String {
        let Move {
            environment,
            resource,
            ..
        } = moved;
        let what = match moved.after {
            Some(number) => resource.at(number).to_string(),
            None => format!("the removal of {resource}"),
        };
        match &self.why {
            Why::LiveInSource { source } => format!("{what} is live in `{source}`"),
            Why::NotInSource {
                source,
                live: Some(live),
            } => {
                format!(
                    "{what} is not live in `{source}`, which the policy of `{environment}` requires: {live} is"
                )
            }
            Why::NotInSource { source, live: None } => {
                format!(
                    "{what} is not live in `{source}`, which the policy of `{environment}` requires"
                )
            }
            Why::Return => format!("{what} was live in `{environment}` before"),
            Why::Dwelled {
                source,
                since,
                least,
            } => {
                format!(
                    "{what} has been live in `{source}` since {}, which is {least} or more",
                    to_the_second(*since)
                )
            }
            Why::Dwelling {
                source,
                since,
                least,
            } => format!(
                "{what} has been live in `{source}` since {}; the policy of `{environment}` demands {least}",
                to_the_second(*since)
            ),
            Why::LiveNowhereElse { least } => {
                format!(
                    "{what} is live in no other environment; the policy of `{environment}` demands {least} in one"
                )
            }
            Why::NothingHigher { within } => {
                format!("no higher number became live in `{environment}` within {within}")
            }
            Why::Higher {
                number,
                since,
                within,
            } => format!(
                "{} became live in `{environment}` at {}; for {within} the policy lets no lower number follow",
                resource.at(*number),
                to_the_second(*since)
            ),
            Why::NothingLive => {
                format!(
                    "nothing of {resource} is live in `{environment}`, so nobody relies on its variables there"
                )
            }
            Why::SameVariables { live } => {
                format!("{what} has the variables of {}", resource.at(*live))
            }
            Why::OtherVariables {
                live,
                added,
                dropped,
            } => format!(
                "{what} {}; the policy of `{environment}` demands the variables of {}, which is live there",
                added_and_dropped(added, dropped),
                resource.at(*live)
            ),
            Why::UnknownVariables { number } => format!(
                "which variables {} has cannot be told: it is missing, too large, or no UTF-8 text; \
                 the policy of `{environment}` demands that they stay the same",
                resource.at(*number)
            ),
            Why::NeedsApproval => {
                format!("the policy of `{environment}` demands that somebody approves {what}")
            }
            Why::Requested => format!("{what} waits for approval"),
            Why::Approved => format!("{what} is approved as it was asked for"),
            Why::BackToPrevious => {
                format!("{what} goes back to what was live in `{environment}` right before")
            }
            Why::AnotherPerson { requester } => {
                format!("{requester} asked for {what}, somebody else approves")
            }
            Why::SamePerson { requester } => {
                format!(
                    "{requester} asked for {what}; the policy of `{environment}` demands that somebody else approves"
                )
            }
            Why::UnknownPerson => format!(
                "who asked for {what} is not known; the policy of `{environment}` demands that somebody else approves"
            ),
            Why::ReleaseWaits if moved.after.is_none() => {
                format!(
                    "{resource} cannot be retired while a release waits for approval in `{environment}`"
                )
            }
            Why::ReleaseWaits => {
                format!("{what} cannot move while a release waits for approval in `{environment}`")
            }
        }
    }
}

/// `adds {{ a }} and drops {{ b }}`.
fn added_and_dropped(added: &BTreeSet<String>, dropped: &BTreeSet<String>) -> String {
    let parts = [("adds", added), ("drops", dropped)]
        .into_iter()
        .filter(|(_, names)| !names.is_empty());
    parts
        .map(|(verb, names)| format!("{verb} {}", named(names)))
        .collect::<Vec<_>>()
        .join(" and ")
}

/// The first of `names`, each cut short where it is longer than a line: a prompt can have any number, of any length.
fn named(names: &BTreeSet<String>) -> String {
    let name = |name: &String| match name.char_indices().nth(LONGEST) {
        None => format!("{{{{ {name} }}}}"),
        Some((end, _)) => format!("{{{{ {}… }}}}", &name[..end]),
    };
    let first = names
        .iter()
        .take(NAMED)
        .map(name)
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// Git knows no parts of a second.
fn to_the_second(moment: Timestamp) -> Timestamp {
    Timestamp::from_second(moment.as_second()).unwrap_or(moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_go_is_not_said_to_move() {
        let verdict = |after| {
            let moved = Move {
                environment: "prod".parse().unwrap(),
                resource: "prompts/a".parse().unwrap(),
                before: VersionNumber::new(1),
                after: VersionNumber::new(after),
            };
            let (rule, outcome, why) = (
                PolicyRule::PendingRelease,
                Outcome::Refuse,
                Why::ReleaseWaits,
            );
            Verdict {
                rule,
                outcome,
                why,
                evidence: None,
            }
            .sentence(&moved)
        };
        assert!(verdict(2).starts_with("prompts/a@2 cannot move while "));
        assert!(verdict(0).starts_with("prompts/a cannot be retired while "));
    }

    #[test]
    fn the_outcome_that_decides() {
        let at = |second| Outcome::Wait(Timestamp::from_second(second).ok());
        let ranked = [
            Outcome::Pass,
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
