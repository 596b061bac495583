use std::collections::BTreeMap;

use crate::diag::{Code, Finding, Place};
use crate::files::OwnedPath;
use crate::model::Project;

/// Warns if two environments have the same name, since readers could not tell them apart. Their slugs still
/// differ, so this is not an error.
pub(super) fn judge(project: &Project, findings: &mut Vec<Finding>) {
    let mut first = BTreeMap::new();
    for (slug, environment) in &project.environments {
        let name = environment.name.as_str();
        if let Some(other) = first.get(name) {
            let message = format!("`{slug}` has the same name as `{other}`");
            let file = OwnedPath::Environment(slug.clone()).to_string();
            let help = format!("give one of them another name: envctl env edit {slug} --name NAME");
            let place = Place::value(file, ["name"]);
            findings.push(Finding::warning(Code::ENVIRONMENT_NAME, place, message).help(help));
        } else {
            first.insert(name, slug);
        }
    }
}
