use super::step::Step;
use crate::files::OwnedPath;
use crate::model::{Entry, changed_entries};

/// Reports whether all that `step` does is to veto versions, or to change or lift vetoes. To stop a version must not wait until
/// something unrelated is repaired.
pub fn only_vetoes(step: &Step<'_>) -> bool {
    let entries = changed_entries(step.before, step.after);
    let is_veto = |entry: &Entry| match entry {
        Entry::Veto(_) => true,
        Entry::Comment(path, _) => OwnedPath::parse(path) == Some(Ok(OwnedPath::Vetoes)),
        _ => false,
    };
    let repairs = step.before.unsound_vetoes && !step.after.unsound_vetoes;
    let changes = repairs || !entries.is_empty();
    changes && !step.moved && !step.after.unsound_vetoes && entries.iter().all(is_veto)
}
