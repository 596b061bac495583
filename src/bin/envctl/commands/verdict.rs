//! What a rule of a policy says of a move, as data.

use envctl::diag::Code;
use envctl::model::CommitId;
use envctl::policy::{Judged, Outcome, Verdict};
use serde::Serialize;

use crate::render::when::rfc3339;

/// A verdict as data.
#[derive(Serialize)]
pub struct VerdictBody {
    rule: Code,
    outcome: Outcome,
    why: String,
    eligible: Option<String>,
    evidence: Option<CommitId>,
}

/// Every verdict on a move as data.
pub fn bodies(judged: &Judged) -> Vec<VerdictBody> {
    let body = |verdict: &Verdict| VerdictBody {
        rule: verdict.rule,
        outcome: verdict.outcome,
        why: verdict.sentence.clone(),
        eligible: verdict.outcome.eligible().map(rfc3339),
        evidence: verdict.evidence,
    };
    judged.verdicts.iter().map(body).collect()
}
