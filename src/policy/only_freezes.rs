use super::step::Step;
use crate::files::OwnedPath;
use crate::model::{Entry, changed_entries};

/// Reports whether all that `step` does is to freeze or to thaw. To stop the line must not wait until something unrelated is
/// repaired.
pub fn only_freezes(step: &Step<'_>) -> bool {
    let entries = changed_entries(step.before, step.after);
    let is_freeze = |entry: &Entry| match entry {
        Entry::Freeze(..) => true,
        Entry::Comment(path, _) => {
            matches!(OwnedPath::parse(path), Some(Ok(OwnedPath::Freeze(..))))
        }
        _ => false,
    };
    !entries.is_empty() && !step.moved && entries.iter().all(is_freeze)
}
