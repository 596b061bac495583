use std::collections::BTreeSet;

use crate::diag::{Code, Finding, Place};
use crate::files::SETTINGS;
use crate::model::Project;

/// The display order names environments that exist, each once. One that is gone is only a warning: it shows nowhere.
pub(super) fn judge(project: &Project, findings: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for (index, slug) in project.settings.order.iter().enumerate() {
        let place = Place::value(SETTINGS, ["order", &index.to_string()]);
        if !seen.insert(slug) {
            let message = format!("`{slug}` stands in the display order twice");
            findings.push(
                Finding::error(Code::DISPLAY_ORDER, place, message).help("keep one of the two"),
            );
        } else if !project.environments.contains_key(slug) {
            let message = format!("`{slug}` stands in the display order but is no environment");
            findings.push(Finding::warning(Code::DISPLAY_ORDER, place, message));
        }
    }
}
