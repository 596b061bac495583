//! Vetoes on what does not exist, and on what is live.

use super::entry_place::place_of;
use crate::diag::{Code, Finding};
use crate::model::{Entry, Project};

/// Checks that every veto is on a version that exists, and warns of vetoed versions that are live: they stay live until
/// somebody moves the pointer.
pub(super) fn judge(project: &Project, findings: &mut Vec<Finding>) {
    if project.vetoes.is_empty() {
        return;
    }
    for id in project.vetoes.keys() {
        if project.version(id).is_none() {
            let place = place_of(&Entry::Veto(id.clone()), project);
            let message = format!("{id} is vetoed, but was never published");
            let finding = Finding::error(Code::VETO, place, message);
            findings.push(finding.help("name a version that exists, or remove the table"));
        }
    }
    for (slug, pointers) in &project.pointers {
        for (resource, number) in pointers {
            let id = resource.at(*number);
            let content = project.version(&id).map(|version| version.content);
            let Some((on, veto)) = project.barred_by(&project.vetoes, &id, content) else {
                continue;
            };
            let place = place_of(&Entry::Pointer(slug.clone(), resource.clone()), project);
            let same = match *on == id {
                true => "vetoed".to_owned(),
                false => format!("vetoed as {on}"),
            };
            let reason = veto.reason.as_str();
            let message = format!("{id} is live in `{slug}` although it is {same}: {reason}");
            let help =
                format!("move the pointer to another version: envctl rollback {slug} {resource}");
            findings.push(Finding::warning(Code::VETO, place, message).help(help));
        }
    }
}
