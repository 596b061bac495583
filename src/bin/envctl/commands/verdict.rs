//! The verdict of a policy rule on a move, as data.

use envctl::diag::Code;
use envctl::model::CommitId;
use envctl::policy::{Judged, Outcome, Verdict};
use schemars::JsonSchema;
use serde::Serialize;

use crate::render::when::When;

/// A verdict as data.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct VerdictBody {
    /// The rule.
    code: Code,
    outcome: Outcome,
    message: String,
    /// The time from which the rule passes, if only time is missing.
    eligible: Option<When>,
    /// The commit that proves it.
    evidence: Option<CommitId>,
}

/// Returns every verdict on a move as data.
pub fn bodies(judged: &Judged) -> Vec<VerdictBody> {
    let body = |verdict: &Verdict| VerdictBody {
        code: verdict.rule,
        outcome: verdict.outcome,
        message: verdict.sentence.clone(),
        eligible: verdict.outcome.eligible().map(When),
        evidence: verdict.evidence,
    };
    judged.verdicts.iter().map(body).collect()
}
