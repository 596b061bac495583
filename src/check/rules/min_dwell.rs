use super::{Change, verdict};
use crate::diag::{Code, Finding};
use crate::model::Move;
use crate::policy::{PolicyRule, Verdict, Why};

/// What moves into an environment has been live in its source for as long as the policy demands.
pub(super) fn judge(change: &Change<'_>, findings: &mut Vec<Finding>) {
    findings.extend(verdict::findings(
        change,
        PolicyRule::MinDwell,
        Code::MIN_DWELL,
        help,
    ));
}

fn help(moved: &Move, verdict: &Verdict) -> String {
    let lift = verdict::lift(moved, &["min_dwell=0s"]);
    match &verdict.why {
        Why::LiveNowhereElse { .. } => {
            format!(
                "let another environment serve it first: publish with --to ENV, or with --no-release\n{lift}"
            )
        }
        Why::NotInSource { source, .. } => {
            format!(
                "promote it there first: envctl promote FROM {source} {}\n{lift}",
                moved.resource
            )
        }
        _ => match verdict.outcome.eligible() {
            Some(eligible) => format!("wait until {eligible}\n{lift}"),
            None => lift,
        },
    }
}
