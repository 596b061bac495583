use super::change::Change;
use crate::diag::{Code, Finding, Place};
use crate::files::OwnedPath;
use crate::policy::{GIVE_A_REASON, Release, Scope, closes_without_reason, lacking_reason};

/// Checks that whoever rejects or withdraws a release says why, where the policy requires it. Moves are
/// judged by the policy's own rule.
pub(super) fn judge(change: &Change<'_>, findings: &mut Vec<Finding>) {
    if change.step.scope == Scope::Branch {
        return;
    }
    for (slug, release) in &change.releases {
        if let Release::Closed(moves) = release
            && closes_without_reason(change.step, slug, moves)
        {
            let place = Place::file(OwnedPath::Pending(slug.clone()).to_string());
            let finding = Finding::error(Code::REQUIRE_REASON, place, lacking_reason(slug));
            findings.push(finding.help(GIVE_A_REASON));
        }
    }
}
