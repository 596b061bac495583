use super::{Change, verdict};
use crate::diag::{Code, Finding};
use crate::policy::PolicyRule;

/// No lower number moves in while a higher one became live within the window.
pub(super) fn judge(change: &Change<'_>, findings: &mut Vec<Finding>) {
    let help = |moved: &_, _: &_| {
        format!(
            "publish what should be served as the next version\n{}",
            verdict::lift(moved, &["no_rollback=false"])
        )
    };
    findings.extend(verdict::findings(
        change,
        PolicyRule::NoRollback,
        Code::NO_ROLLBACK,
        help,
    ));
}
