use super::{Change, verdict};
use crate::diag::{Code, Finding};
use crate::policy::PolicyRule;

/// Where the policy demands approval, a pointer moves by the decision on a release that waited.
pub(super) fn judge(change: &Change<'_>, findings: &mut Vec<Finding>) {
    let help = |moved: &_, _: &_| {
        let ask = "ask for it with `envctl promote`, in a commit before the one that approves";
        format!(
            "{ask}\n{}",
            verdict::lift(
                moved,
                &["requires_approval=false", "separation_of_duties=false"]
            )
        )
    };
    findings.extend(verdict::findings(
        change,
        PolicyRule::Approval,
        Code::APPROVAL,
        help,
    ));
}
