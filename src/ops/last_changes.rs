use super::{History, ReadError};
use crate::model::{CommitId, EnvironmentSlug, Move, Resource, VersionNumber};

/// The last change of a pointer.
pub(super) struct LastChange {
    pub(super) commit: CommitId,
    pub(super) moved: Move,
    /// What was live before the previous change, once that was found.
    pub(super) earlier: Option<Option<VersionNumber>>,
}

/// Returns the last change of each of `resources`, or what the last change of all moved, with as
/// much of the past as it takes to decide whether it went back. Changes of one commit are adjacent.
pub(super) fn last_changes(
    history: &History<'_>,
    environment: &EnvironmentSlug,
    resources: &[Resource],
) -> Result<Vec<LastChange>, ReadError> {
    let mut last: Vec<LastChange> = Vec::new();
    for change in history.pointer_changes(environment)? {
        let change = change?;
        let first = last.is_empty();
        for moved in change.moves {
            let known = last
                .iter_mut()
                .find(|last| last.moved.resource == moved.resource);
            if let Some(known) = known {
                // The newest of the older changes: it alone says what was live before the change
                // that is to be undone.
                known.earlier.get_or_insert(moved.before);
            } else if resources.contains(&moved.resource) || (resources.is_empty() && first) {
                last.push(LastChange {
                    commit: change.commit,
                    moved,
                    earlier: None,
                });
            }
        }
        let all_found = !last.is_empty() && last.len() >= resources.len();
        if all_found && commits(&last).all(|change| went_back(change).is_some()) {
            break;
        }
    }
    Ok(last)
}

/// Groups the changes by the commit that made them.
pub(super) fn commits(last: &[LastChange]) -> impl Iterator<Item = &[LastChange]> {
    last.chunk_by(|one, other| one.commit == other.commit)
}

/// Reports whether every pointer that a commit moved went back to what was live before its previous
/// change. `None` if that is not known yet.
pub(super) fn went_back(change: &[LastChange]) -> Option<bool> {
    let went_on = |last: &LastChange| {
        last.earlier
            .is_some_and(|earlier| earlier != last.moved.after)
    };
    if change.iter().any(went_on) {
        return Some(false);
    }
    change
        .iter()
        .all(|last| last.earlier.is_some())
        .then_some(true)
}
