use envctl::diag::{Code, Severity};
use envctl::ops::Rehearsal;

use crate::app::App;
use crate::render::count;
use crate::ui::Shown;

/// Says what somebody should know of a change that may be made all the same.
pub fn tell(app: &mut App, rehearsal: &Rehearsal) {
    tell_of_what_was_rolled_back(app, rehearsal);
    tell_of_names_that_two_have(app, rehearsal);
    tell_of_what_stays_broken(app, rehearsal);
}

/// Says which of the moves bring back what was rolled back, and are made, asked for or approved.
fn tell_of_what_was_rolled_back(app: &mut App, rehearsal: &Rehearsal) {
    let verdicts = rehearsal.report.judged.iter().flat_map(|one| &one.verdicts);
    for verdict in verdicts.filter(|verdict| verdict.rule == Code::ROLLED_BACK) {
        app.output.warn(Shown(&verdict.sentence));
    }
}

/// Says which environments now have the name of another.
fn tell_of_names_that_two_have(app: &mut App, rehearsal: &Rehearsal) {
    let introduced = rehearsal.report.introduced.iter();
    for finding in introduced.filter(|finding| finding.code == Code::ENVIRONMENT_NAME) {
        app.output.warn(Shown(&finding.message));
    }
}

/// Says that something else is wrong with the project, which the change leaves as it is.
fn tell_of_what_stays_broken(app: &mut App, rehearsal: &Rehearsal) {
    let standing = rehearsal.report.standing.iter();
    let errors = standing.filter(|finding| finding.severity == Severity::Error);
    match errors.count() {
        0 => {}
        _ if rehearsal.is_empty() => {}
        errors => app.output.warn(format!(
            "{} elsewhere in the project: envctl check",
            count(errors, "error")
        )),
    }
}
