use jiff::Timestamp;

use super::change::Change;
use crate::diag::{Code, Finding, Place};
use crate::files::SETTINGS;

/// Checks that a commit is not dated more than a few minutes ahead of the clock. What it makes live would
/// count as live since a moment that is still to come.
pub(super) fn judge(change: &Change<'_>, findings: &mut Vec<Finding>) {
    findings.extend(check_date(change.meta.misdated));
}

/// Returns the finding for a commit that is dated `ahead` of the clock, whether it touches a project or not.
pub fn check_date(ahead: Option<Timestamp>) -> Option<Finding> {
    ahead.map(|date| {
        let message = format!(
            "the commit is dated {date}, which is more than five minutes ahead of the clock"
        );
        let help = "set the clock of the machine that made it, and make the commit again: git commit --amend --no-edit";
        Finding::error(Code::FUTURE_DATE, Place::file(SETTINGS), message).help(help)
    })
}
