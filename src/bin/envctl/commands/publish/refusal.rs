use envctl::diag::Code;
use envctl::ops::{Rehearsal, WriteError};

use crate::error::Failure;

/// A refusal by a policy, and where else the version could go: as long as its pointer may not move, not even the version is
/// written.
pub fn beside_other_targets(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref::<WriteError>() {
        Some(WriteError::Refused(rehearsal)) if rehearsal.report.judged.iter().any(|judged| !judged.passes()) => {
            Failure::of(error)
                .hint("nothing was published: --to ENV lets another environment serve it first, --no-release only adds it")
                .into()
        }
        Some(WriteError::Refused(rehearsal)) if is_incoherent(rehearsal) => Failure::of(error)
            .hint("nothing was published: what has to go along goes first, or with it in one commit: envctl publish --from DIR")
            .into(),
        _ => error,
    }
}

fn is_incoherent(rehearsal: &Rehearsal) -> bool {
    rehearsal
        .report
        .introduced
        .iter()
        .any(|finding| finding.code == Code::COHERENCE)
}
