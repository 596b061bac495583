use super::change::Change;
use super::entry_place::place_of;
use crate::diag::{Code, Finding};

/// Checks that a merge contains no value that none of its sides has. A decision needs a commit of its own,
/// whose author answers for it.
pub(super) fn judge(change: &Change<'_>, findings: &mut Vec<Finding>) {
    findings.extend(change.unexplained.iter().map(|entry| {
        let place = place_of(entry, change.after);
        let what = place
            .dotted_key()
            .map_or_else(|| "this".to_owned(), |key| format!("`{key}`"));
        let message = format!("the merge gives {what} a value that none of its sides has");
        let help = "take the value of one side, and change it in a separate commit afterwards";
        Finding::error(Code::MERGE, place, message).help(help)
    }));
}
