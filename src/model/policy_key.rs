use std::fmt;
use std::str::FromStr;

use crate::model::keys::keys;
use crate::model::policy_value::{PolicyType, PolicyValue, PolicyValueError};
use crate::model::resource::Kind;
use crate::model::suggestion::closest;
use crate::model::time_span::TimeSpan;

keys! {
    /// A key of a policy table.
    PolicyKey: PolicyKeyRow;

    /// The exact version must be live in this environment.
    RequiredSource = PolicyKeyRow::new("required_source", PolicyType::Source).help("\"staging\"", &[
        "The exact version is live in that environment now.",
    ]);
    /// How long it must have been live there.
    MinDwell = PolicyKeyRow::new("min_dwell", PolicyType::Span).help("\"24h\"", &[
        "It has been live there for that long without a break; without a",
        "required_source, in any other environment (the longest counts).",
    ]);
    /// Whether a lower number may not follow a higher one that became live within the window.
    NoRollback = PolicyKeyRow::new("no_rollback", PolicyType::Switch).help("true", &[
        "No number moves in that is lower than one that became live within",
    ]);
    /// How long such a higher number bars the way back; 24 hours unless set, after which a release counts as settled.
    RollbackWindow = PolicyKeyRow::new("rollback_window", PolicyType::Span)
        .part_of(PolicyKey::NoRollback)
        .unless_set(TimeSpan::hours(24))
        .help("\"24h\"", &["the window (24h unless set). Returns wait for that, too."]);
    /// Whether a prompt must leave the same variables to its callers as the version that it follows.
    SameVariables = PolicyKeyRow::new("same_variables", PolicyType::Switch)
        .only(Kind::Prompts, "only prompts have variables")
        .help("true", &[
            "A prompt has the {{ variables }} of the version that is live now, so",
            "that no caller has to change with it.",
        ]);
    /// The checks that a version must have passed.
    RequiredChecks = PolicyKeyRow::new("required_checks", PolicyType::Checks).help("[\"evals\"]", &[
        "Each of these checks passed for the bytes of the version, and that",
        "was attested before the move: envctl help ci.",
    ]);
    /// Whether somebody has to approve.
    RequiresApproval = PolicyKeyRow::new("requires_approval", PolicyType::Switch)
        .implied_by(PolicyKey::SeparationOfDuties, "approval")
        .help("true", &["The moves become a pending release until somebody approves it."]);
    /// Whether somebody other than the requester has to approve; implies approval.
    SeparationOfDuties = PolicyKeyRow::new("separation_of_duties", PolicyType::Switch).help("true", &[
        "Somebody other than the requester approves; implies approval.",
    ]);
    /// Whether whoever moves, requests or decides has to say why.
    RequireReason = PolicyKeyRow::new("require_reason", PolicyType::Switch).help("true", &[
        "Whoever moves something, requests it or decides says why (-m WHY).",
    ]);
    /// Whether a version that was rolled back may come back like any other.
    AllowRolledBack = PolicyKeyRow::new("allow_rolled_back", PolicyType::Switch).help("true", &[
        "A version that was rolled back may come back like any other.",
    ]);
    /// Whether going back to the previous version needs approval, too.
    ApproveRollbacks = PolicyKeyRow::new("approve_rollbacks", PolicyType::Switch).help("true", &[
        "Going back to the previous version needs approval, too.",
    ]);
}

/// What is known of a key.
pub(super) struct PolicyKeyRow {
    name: &'static str,
    takes: PolicyType,
    /// The default value.
    pub(super) unless_set: Option<TimeSpan>,
    /// The switch that it has no meaning without.
    pub(super) part_of: Option<PolicyKey>,
    /// The switch that turns it on as well, and what that demands, as a noun.
    pub(super) implied_by: Option<(PolicyKey, &'static str)>,
    /// The only kind that it is about, and why, as a clause.
    pub(super) only: Option<(Kind, &'static str)>,
    example: &'static str,
    help: &'static [&'static str],
}

impl PolicyKeyRow {
    const fn new(name: &'static str, takes: PolicyType) -> Self {
        Self {
            name,
            takes,
            unless_set: None,
            part_of: None,
            implied_by: None,
            only: None,
            example: "",
            help: &[],
        }
    }

    const fn unless_set(mut self, span: TimeSpan) -> Self {
        self.unless_set = Some(span);
        self
    }

    const fn part_of(mut self, whole: PolicyKey) -> Self {
        self.part_of = Some(whole);
        self
    }

    const fn implied_by(mut self, key: PolicyKey, what: &'static str) -> Self {
        self.implied_by = Some((key, what));
        self
    }

    const fn only(mut self, kind: Kind, because: &'static str) -> Self {
        self.only = Some((kind, because));
        self
    }

    /// Sets an example of a value, and what the key means: lines of at most 67 characters, which is what the
    /// help has room for.
    const fn help(mut self, example: &'static str, lines: &'static [&'static str]) -> Self {
        self.example = example;
        self.help = lines;
        self
    }
}

impl PolicyKey {
    /// Returns the key as it is written.
    pub const fn as_str(self) -> &'static str {
        self.row().name
    }

    /// Returns which values it takes.
    pub const fn takes(self) -> PolicyType {
        self.row().takes
    }

    /// Returns the values that it takes, as a phrase.
    pub fn fits(self) -> &'static str {
        self.takes().fits()
    }

    /// Returns the value that `text` stands for on a command line.
    ///
    /// # Errors
    ///
    /// When the key does not take such a value.
    pub fn value(self, text: &str) -> Result<PolicyValue, PolicyValueError> {
        self.takes().value(text)
    }

    /// Returns the switch that turns it on as well, and what that demands, as a noun.
    pub const fn implied_by(self) -> Option<(Self, &'static str)> {
        self.row().implied_by
    }

    /// Returns the only kind that it applies to, and why, as a clause.
    pub const fn only(self) -> Option<(Kind, &'static str)> {
        self.row().only
    }

    /// Returns an example of the key in a file, and what it means, in lines.
    pub fn help(self) -> (String, &'static [&'static str]) {
        let PolicyKeyRow {
            name,
            example,
            help,
            ..
        } = self.row();
        (format!("{name} = {example}"), help)
    }

    /// Returns the keys that have no meaning without this one.
    pub(super) fn parts(self) -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(move |part| part.row().part_of == Some(self))
    }
}

/// The policy key does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown policy key {name:?}; {}", meant_or_all(*.meant))]
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
            "the keys are {}",
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
