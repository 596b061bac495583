use super::{Change, verdict};
use crate::diag::{Code, Finding};
use crate::model::Move;
use crate::policy::{PolicyRule, Verdict, Why};

/// What moves into an environment is live in the source that its policy requires.
pub(super) fn judge(change: &Change<'_>, findings: &mut Vec<Finding>) {
    findings.extend(verdict::findings(
        change,
        PolicyRule::RequiredSource,
        Code::REQUIRED_SOURCE,
        help,
    ));
}

fn help(moved: &Move, verdict: &Verdict) -> String {
    let lift = verdict::lift(moved, &["required_source=false"]);
    match &verdict.why {
        Why::NotInSource { source, .. } => {
            format!(
                "promote it there first: envctl promote FROM {source} {}\n{lift}",
                moved.resource
            )
        }
        _ => lift,
    }
}
