use super::{Change, verdict};
use crate::diag::{Code, Finding};
use crate::policy::PolicyRule;

/// A prompt that moves into an environment leaves to its callers the variables that they give already.
pub(super) fn judge(change: &Change<'_>, findings: &mut Vec<Finding>) {
    let help = |moved: &_, _: &_| {
        let beside = "publish it as a prompt of another name, and let the callers change to that one when they are ready";
        format!(
            "{beside}\n{}",
            verdict::lift(moved, &["same_variables=false"])
        )
    };
    findings.extend(verdict::findings(
        change,
        PolicyRule::SameVariables,
        Code::SAME_VARIABLES,
        help,
    ));
}
