use super::{Change, verdict};
use crate::diag::{Code, Finding};
use crate::policy::PolicyRule;

/// Where the policy demands it, the one who approves is another than the one who asked.
pub(super) fn judge(change: &Change<'_>, findings: &mut Vec<Finding>) {
    let help = |moved: &_, _: &_| {
        let ask = "somebody else has to run `envctl approve`";
        format!(
            "{ask}\n{}",
            verdict::lift(moved, &["separation_of_duties=false"])
        )
    };
    findings.extend(verdict::findings(
        change,
        PolicyRule::SeparationOfDuties,
        Code::SEPARATION_OF_DUTIES,
        help,
    ));
}
