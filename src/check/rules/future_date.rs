use super::Change;
use crate::diag::{Code, Finding, Place};
use crate::files::SETTINGS;

/// A commit is not dated more than a few minutes ahead of the clock: dwell would be measured from a moment that is not yet.
pub(super) fn judge(change: &Change<'_>, findings: &mut Vec<Finding>) {
    findings.extend(change.meta.misdated.map(|date| {
        let message = format!("the commit is dated {date}, which is more than five minutes ahead; it is not believed");
        let help = "set the clock of the machine that made it, and make the commit again: git commit --amend --no-edit";
        Finding::error(Code::FUTURE_DATE, Place::file(SETTINGS), message).help(help)
    }));
}
