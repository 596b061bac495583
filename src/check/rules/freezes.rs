use super::change::Change;
use super::entry_place::place_of;
use crate::diag::{Code, Finding, Place};
use crate::files::OwnedPath;
use crate::model::{Entry, Project};

/// Checks that freezes belong to an environment that exists.
pub(super) fn judge(project: &Project, findings: &mut Vec<Finding>) {
    for (slug, freezes) in &project.freezes {
        if project.environments.contains_key(slug) {
            continue;
        }
        for id in freezes.keys() {
            let file = OwnedPath::Freeze(slug.clone(), id.clone()).to_string();
            let message = format!("a freeze of `{slug}`, which does not exist");
            let help = "remove the file";
            findings.push(Finding::error(Code::FREEZES, Place::file(file), message).help(help));
        }
    }
}

/// Checks that freezes are created and deleted whole. One that was edited would hold from another moment, or
/// to another one, than those who wrote and saw it had in mind.
pub(super) fn judge_change(change: &Change<'_>, findings: &mut Vec<Finding>) {
    for (slug, freezes) in &change.before.freezes {
        for (id, before) in freezes {
            let after = change.after.freeze(slug, id);
            // What could not be read before may be mended.
            if before.unreadable || after.is_none_or(|after| after == before) {
                continue;
            }
            let entry = Entry::Freeze(slug.clone(), id.clone());
            let message = format!("the freeze `{id}` of `{slug}` was edited");
            let help = format!("thaw it and freeze again: envctl thaw {slug} --freeze {id}");
            let place = place_of(&entry, change.after);
            findings.push(Finding::error(Code::FREEZES, place, message).help(help));
        }
    }
}
