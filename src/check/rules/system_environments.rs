use super::change::Change;
use crate::diag::{Code, Finding, Place};
use crate::files::OwnedPath;
use crate::model::{EnvironmentSlug, Project};

/// Checks that `prod` and `staging` exist.
pub(super) fn judge(project: &Project, findings: &mut Vec<Finding>) {
    for slug in EnvironmentSlug::system() {
        if !project.environments.contains_key(&slug) {
            let message = format!("`{slug}` is a system environment and cannot be missing");
            let place = Place::file(OwnedPath::Environment(slug).to_string());
            let help = "its name, color and description can be changed, but it cannot be deleted";
            findings.push(Finding::error(Code::SYSTEM_ENVIRONMENTS, place, message).help(help));
        }
    }
}

/// Checks that the project is not removed. Without it nothing is judged, and when it is added again, no
/// earlier policy would apply to it.
pub(super) fn judge_change(change: &Change<'_>, findings: &mut Vec<Finding>) {
    if !change.after.exists {
        let message = "the project was removed, and all its rules with it";
        let place = Place::file(OwnedPath::Settings.to_string());
        findings.push(
            Finding::error(Code::SYSTEM_ENVIRONMENTS, place, message).help("restore the file"),
        );
    }
}
