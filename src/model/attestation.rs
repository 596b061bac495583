use std::collections::BTreeMap;

use crate::model::check_name::CheckName;
use crate::model::ids::ContentId;
use crate::model::link::Link;
use crate::model::score::Score;

/// What an evaluation found about the bytes of a version: one table of an attestations file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// The bytes that were evaluated. About any other bytes it says nothing.
    pub content: ContentId,
    /// Whether they passed.
    pub passed: bool,
    /// What was measured, if anything.
    pub score: Option<Score>,
    /// How many cases there were, if they were counted.
    pub cases: Option<u32>,
    /// How many of them failed.
    pub failures: Option<u32>,
    /// Where the evaluation can be read up on.
    pub link: Option<Link>,
}

/// What evaluations found about a version, by the name of the check.
pub type Attestations = BTreeMap<CheckName, Attestation>;

impl Attestation {
    /// The most tables of one version: enough for every suite of a large team, and a bound for whoever reads them.
    pub const MOST: usize = 64;

    /// Returns the result in a few words: `passed`, `failed: 3 of 120 cases, score 0.93`.
    pub fn summary(&self) -> String {
        let mut parts = Vec::new();
        match (self.failures, self.cases) {
            (Some(0) | None, Some(cases)) => parts.push(format!("{cases} cases")),
            (Some(failures), Some(cases)) => parts.push(format!("{failures} of {cases} cases")),
            (Some(failures), None) if failures > 0 => parts.push(format!("{failures} failures")),
            (_, None) => {}
        }
        parts.extend(self.score.map(|score| format!("score {score}")));
        let result = if self.passed { "passed" } else { "failed" };
        if parts.is_empty() {
            result.to_owned()
        } else {
            format!("{result}: {}", parts.join(", "))
        }
    }
}
