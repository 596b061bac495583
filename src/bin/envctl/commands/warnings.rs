use envctl::diag::{Code, Severity};
use envctl::ops::Rehearsal;

use crate::app::App;
use crate::render::count;
use crate::ui::Shown;

/// Prints the warnings about a change that is allowed.
pub fn warn(app: &mut App, rehearsal: &Rehearsal) {
    warn_of_exceptions(app, rehearsal);
    warn_of_equal_names(app, rehearsal);
    warn_of_other_errors(app, rehearsal);
}

/// Warns of the moves, made, requested or approved, that bring back a version that was rolled back or that a
/// rule would bar, and of overrides that are not needed.
fn warn_of_exceptions(app: &mut App, rehearsal: &Rehearsal) {
    let verdicts = rehearsal.report.judged.iter().flat_map(|one| &one.verdicts);
    let shown = [Code::ROLLED_BACK, Code::OVERRIDDEN];
    for verdict in verdicts.filter(|verdict| shown.contains(&verdict.rule)) {
        app.output.warn(Shown(&verdict.sentence));
    }
    let introduced = rehearsal.report.introduced.iter();
    for finding in introduced.filter(|finding| finding.code == Code::OVERRIDE) {
        app.output.warn(Shown(&finding.message));
    }
}

/// Warns of environments that now have the same name.
fn warn_of_equal_names(app: &mut App, rehearsal: &Rehearsal) {
    let introduced = rehearsal.report.introduced.iter();
    for finding in introduced.filter(|finding| finding.code == Code::ENVIRONMENT_NAME) {
        app.output.warn(Shown(&finding.message));
    }
}

/// Warns of other errors in the project, which the change does not fix.
fn warn_of_other_errors(app: &mut App, rehearsal: &Rehearsal) {
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
