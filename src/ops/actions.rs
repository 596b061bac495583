use std::collections::BTreeSet;

use super::log_entry::LogEntry;
use crate::model::{Changes, Direction, Move, VersionId};
use crate::plan::Action;
use crate::policy::Release;

/// Returns what a commit did, in terms of [`Action`].
///
/// The trees decide. For a commit that envctl made, this is what its trailer says, unless the trees
/// contradict it, and whatever else they show. For any other commit it is everything that the trees
/// show.
pub fn actions(entry: &LogEntry) -> Vec<Action> {
    // Anybody can write a trailer with git, so it only counts if the trees agree. A commit that
    // calls itself a promotion and removes an environment is shown as both.
    let noted = Action::noted_in(&entry.trailers).filter(|noted| could_be(entry, *noted));
    let unexplained =
        |shown: &Action| noted.is_none_or(|noted| noted != *shown && !explains(noted, *shown));
    let shown = Action::ALL
        .into_iter()
        .filter(|action| looks_like(entry, *action));
    noted.into_iter().chain(shown.filter(unexplained)).collect()
}

/// Reports whether the trees of a commit that claims `action` are compatible with that.
fn could_be(entry: &LogEntry, action: Action) -> bool {
    let moves = !entry.changes.moves.is_empty();
    match action {
        Action::Promote | Action::Point | Action::Publish | Action::Rollback => {
            moves || looks_like(entry, action)
        }
        // It may take back anything. Whatever else the trees show is shown beside it.
        Action::Undo => true,
        Action::Import => moves || entry.began || !entry.changes.published.is_empty(),
        _ => looks_like(entry, action),
    }
}

/// Reports whether a commit that did `noted` may also look like `shown`: a promotion may move
/// pointers back, a rollback forward, and publishing an existing version only moves a pointer.
fn explains(noted: Action, shown: Action) -> bool {
    use Action::{
        EnvCreate, EnvDelete, EnvEdit, EnvReorder, Import, Init, Point, Promote, Publish, Reject,
        Request, Retire, Rollback, Thaw, Withdraw,
    };
    matches!(
        (noted, shown),
        (Init, _)
            | (Import, Init | Publish | Promote | Rollback)
            | (Publish, Promote | Rollback)
            | (Promote, Rollback | Retire)
            | (Point, Promote | Rollback)
            | (Rollback, Promote | Retire)
            | (Request, Publish)
            | (Reject, Withdraw)
            | (Withdraw, Reject)
            | (EnvCreate, EnvEdit)
            | (EnvDelete, EnvReorder | Thaw)
    )
}

/// Reports whether the trees alone look like `action`.
fn looks_like(entry: &LogEntry, action: Action) -> bool {
    let changes = &entry.changes;
    let is =
        |wanted: fn(&Release) -> bool| entry.releases.iter().any(|(_, release)| wanted(release));
    match action {
        Action::Init => entry.began,
        // Trees do not show where versions came from, or whether a pointer was named by itself.
        Action::Import | Action::Point | Action::Undo => false,
        Action::Publish => !changes.published.is_empty(),
        Action::Promote => moves(entry, |direction| {
            matches!(direction, Direction::New | Direction::Forward)
        }),
        Action::Rollback => moves(entry, |direction| direction == Direction::Back),
        Action::Retire => moves(entry, |direction| direction == Direction::Removed),
        Action::Request => is(|release| matches!(release, Release::Requested { .. })),
        Action::Approve => is(|release| matches!(release, Release::Approved(_))),
        // Both remove a pending release and move nothing. Which of the two it was depends on who
        // did it.
        Action::Reject | Action::Withdraw => is(|release| matches!(release, Release::Closed(_))),
        Action::Attest => !changes.attested.is_empty(),
        Action::Veto => !changes.vetoed.is_empty(),
        Action::PolicySet => !changes.policies.is_empty(),
        Action::AccessEdit => !entry.began && changes.access,
        Action::EnvCreate => !entry.began && !changes.created.is_empty(),
        Action::EnvEdit => !entry.began && (describes(changes) || changes.roles.is_some()),
        Action::EnvReorder => !entry.began && changes.reordered,
        Action::EnvDelete => !changes.deleted.is_empty(),
        Action::Freeze => !entry.began && !changes.frozen.is_empty(),
        Action::Thaw => !changes.thawed.is_empty(),
        Action::Override => !entry.overrides.is_empty(),
    }
}

/// Reports whether a pointer of a remaining environment moved in a direction that `wanted` accepts,
/// without an approval and without being the version that was published with it.
fn moves(entry: &LogEntry, wanted: impl Fn(Direction) -> bool) -> bool {
    let changes = &entry.changes;
    let approved = |slug| {
        entry.releases.iter().any(|(environment, release)| {
            environment == slug && matches!(release, Release::Approved(_))
        })
    };
    // A set, because a commit may contain thousands of moves and versions.
    let brought: BTreeSet<&VersionId> = changes.published.iter().collect();
    let published = |moved: &Move| {
        moved
            .after
            .is_some_and(|number| brought.contains(&moved.resource.at(number)))
    };
    let mut moves = changes.moves.iter().filter(|moved| {
        !changes.deleted.contains(&moved.environment)
            && !approved(&moved.environment)
            && !published(moved)
    });
    moves.any(|moved| wanted(moved.direction()))
}

/// Reports whether an environment's description changed, apart from its policy.
fn describes(changes: &Changes) -> bool {
    changes
        .edited
        .iter()
        .any(|slug| !changes.policies.contains(slug))
}
