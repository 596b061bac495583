use envctl::diag::Code;
use envctl::ops::Rehearsal;

use crate::error::Failure;

/// Adds other targets to a refusal by a policy: if its pointer may not move, the version is not written either.
pub fn beside_other_targets(failure: Failure, refused: &Rehearsal) -> Failure {
    if refused.report.judged.iter().any(|judged| !judged.passes()) {
        failure.hint("nothing was published: --to ENV lets another environment serve it first, --no-release only adds it")
    } else if is_incoherent(refused) {
        failure.hint("nothing was published: publish what it depends on first, or both in one commit: envctl publish --from DIR")
    } else {
        failure
    }
}

fn is_incoherent(rehearsal: &Rehearsal) -> bool {
    rehearsal
        .report
        .introduced
        .iter()
        .any(|finding| finding.code == Code::COHERENCE)
}
