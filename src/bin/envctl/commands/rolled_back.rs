//! Shows the moves that would bring back a version that was rolled back. All commands use this.

use envctl::diag::Code;
use envctl::model::{CommitId, Move, Resource, VersionNumber};
use envctl::policy::{Judged, Verdict};
use schemars::JsonSchema;
use serde::Serialize;

/// A move to a version that was rolled back, as data.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RolledBackBody {
    resource: Resource,
    version: Option<VersionNumber>,
    /// The commit that rolled it back.
    commit: Option<CommitId>,
    /// When it was rolled back, by whom and why.
    pub message: String,
}

impl RolledBackBody {
    /// Returns a move as data, with the message of the rule.
    pub fn of(moved: &Move, verdict: &Verdict) -> Self {
        Self {
            resource: moved.resource.clone(),
            version: moved.after,
            commit: verdict.evidence,
            message: verdict.sentence.clone(),
        }
    }
}

/// Returns those of `judged` that would bring back a version that was rolled back.
pub fn bodies<'j>(
    judged: impl IntoIterator<Item = &'j Judged>,
) -> impl Iterator<Item = RolledBackBody> {
    judged.into_iter().filter_map(|judged| {
        let mut verdicts = judged.verdicts.iter();
        let verdict = verdicts.find(|verdict| verdict.rule == Code::ROLLED_BACK)?;
        Some(RolledBackBody::of(&judged.moved, verdict))
    })
}
