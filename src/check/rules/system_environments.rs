use crate::diag::{Code, Finding, Place};
use crate::files::OwnedPath;
use crate::model::{EnvironmentSlug, Project};

/// `prod` and `staging` are always there.
pub(super) fn judge(project: &Project, findings: &mut Vec<Finding>) {
    for slug in EnvironmentSlug::system() {
        if !project.environments.contains_key(&slug) {
            let message = format!("`{slug}` is a system environment and is always there");
            let place = Place::file(OwnedPath::Environment(slug).to_string());
            let help = "it can be renamed for display, recoloured and described anew, but not deleted";
            findings.push(Finding::error(Code::SYSTEM_ENVIRONMENTS, place, message).help(help));
        }
    }
}
