//! What callers of a prompt have to change, as every command that shows moves says it.

use envctl::files::Snapshot;
use envctl::model::{Move, Project};
use envctl::ops::{Rehearsal, VariableChange, variable_changes};
use envctl::store::{Store, StoreError};

use crate::app::App;

/// Returns the moves that give a prompt other variables, and warns of each.
pub fn warned(
    app: &mut App,
    store: &Store,
    (snapshot, project): (&Snapshot, &Project),
    moves: &[Move],
) -> Result<Vec<VariableChange>, StoreError> {
    let changes = variable_changes(store, snapshot, project, moves)?;
    for change in &changes {
        app.output.warn(sentence(change));
    }
    Ok(changes)
}

/// Returns the same as [`warned`] for the moves of a plan. A text that cannot be read must not stop the plan, so that
/// is a warning, too.
pub fn told(app: &mut App, store: &Store, rehearsal: &Rehearsal) -> Option<Vec<VariableChange>> {
    let Rehearsal {
        plan,
        snapshot,
        after,
        ..
    } = rehearsal;
    warned(app, store, (snapshot, &after.project), plan.wanted())
        .inspect_err(|error| {
            app.output.warn(format!(
                "cannot determine whether callers have to change: {error}"
            ));
        })
        .ok()
}

/// Returns what was [told] of a plan; if it was refused before anything was shown, the same without warnings.
pub fn known(
    told: Option<Vec<VariableChange>>,
    store: &Store,
    rehearsal: &Rehearsal,
) -> Option<Vec<VariableChange>> {
    told.or_else(|| {
        let Rehearsal {
            plan,
            snapshot,
            after,
            ..
        } = rehearsal;
        variable_changes(store, snapshot, &after.project, plan.wanted()).ok()
    })
}

/// Returns what callers of a prompt have to change, as a sentence without a full stop.
pub fn sentence(change: &VariableChange) -> String {
    let VariableChange {
        resource,
        before,
        after,
        added,
        dropped,
    } = change;
    let parts = [("adds", added), ("drops", dropped)]
        .into_iter()
        .filter(|(_, names)| !names.is_empty());
    let parts: Vec<String> = parts
        .map(|(verb, names)| format!("{verb} {}", listed(names)))
        .collect();
    format!(
        "{resource} {before} → {after} {}: callers have to change with it",
        parts.join(" and ")
    )
}

fn listed(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("{{{{ {name} }}}}"))
        .collect::<Vec<_>>()
        .join(", ")
}
