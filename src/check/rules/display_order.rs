use std::collections::BTreeSet;

use crate::diag::{Code, Finding, Place};
use crate::files::SETTINGS;
use crate::model::Project;

/// Checks that the display order names environments that exist, each once. A deleted one is only a warning,
/// because it is not shown anywhere.
pub(super) fn judge(project: &Project, findings: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for (index, slug) in project.settings.order.iter().enumerate() {
        let place = Place::value(SETTINGS, ["order", &index.to_string()]);
        if !seen.insert(slug) {
            let message = format!("`{slug}` is in the display order twice");
            findings.push(
                Finding::error(Code::DISPLAY_ORDER, place, message).help("keep one of the two"),
            );
        } else if !project.environments.contains_key(slug) {
            let message = format!("`{slug}` is in the display order but does not exist");
            findings.push(Finding::warning(Code::DISPLAY_ORDER, place, message));
        }
    }
}
