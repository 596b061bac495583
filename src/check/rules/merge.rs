use super::change::Change;
use super::entry_place::place_of;
use crate::diag::{Code, Finding};

/// A merge says nothing that none of its sides says: a decision needs a commit of its own, with an author of its own.
pub(super) fn judge(change: &Change<'_>, findings: &mut Vec<Finding>) {
    findings.extend(change.unexplained.iter().map(|entry| {
        let place = place_of(entry, change.after);
        let what = place
            .dotted_key()
            .map_or_else(|| "this".to_owned(), |key| format!("`{key}`"));
        let message = format!("the merge makes {what} say what none of its sides says");
        let help = "take the value of one side, and change it in a commit of its own afterwards";
        Finding::error(Code::MERGE, place, message).help(help)
    }));
}
