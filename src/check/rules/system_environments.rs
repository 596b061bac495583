use super::change::Change;
use crate::diag::{Code, Finding, Place};
use crate::files::OwnedPath;
use crate::model::{EnvironmentSlug, Project};

/// `prod` and `staging` are always there.
pub(super) fn judge(project: &Project, findings: &mut Vec<Finding>) {
    for slug in EnvironmentSlug::system() {
        if !project.environments.contains_key(&slug) {
            let message = format!("`{slug}` is a system environment and is always there");
            let place = Place::file(OwnedPath::Environment(slug).to_string());
            let help =
                "it can be renamed for display, recoloured and described anew, but not deleted";
            findings.push(Finding::error(Code::SYSTEM_ENVIRONMENTS, place, message).help(help));
        }
    }
}

/// The project stays, too: without it nothing is judged, and one that comes is judged by no policy that was there before.
pub(super) fn judge_change(change: &Change<'_>, findings: &mut Vec<Finding>) {
    if !change.after.exists {
        let message = "the project is gone, and with it every rule of it";
        let place = Place::file(OwnedPath::Settings.to_string());
        findings.push(
            Finding::error(Code::SYSTEM_ENVIRONMENTS, place, message)
                .help("bring the file back as it was"),
        );
    }
}
