use std::collections::BTreeMap;

use crate::diag::{Code, Finding, Place};
use crate::files::OwnedPath;
use crate::model::Project;

/// Warns if two environments have the same name, since readers could not tell them apart. Their slugs still
/// differ, so this is not an error. It blames neither, and stands at the one that is shown later.
pub(super) fn judge(project: &Project, findings: &mut Vec<Finding>) {
    let mut first = BTreeMap::new();
    for slug in project.in_order() {
        let Some(environment) = project.environments.get(slug) else {
            continue;
        };
        let name = environment.name.as_str();
        if let Some(other) = first.get(name) {
            let message = format!("`{other}` and `{slug}` have the same name");
            let file = OwnedPath::Environment(slug.clone()).to_string();
            let help = "give one of them another name: envctl env edit SLUG --name NAME";
            let place = Place::value(file, ["name"]);
            findings.push(Finding::warning(Code::ENVIRONMENT_NAME, place, message).help(help));
        } else {
            first.insert(name, slug);
        }
    }
}
