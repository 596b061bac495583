//! Reports what callers of a prompt have to change. All commands that show moves use this.

use envctl::files::{Snapshot, variable_list};
use envctl::model::{Move, Project};
use envctl::ops::{Rehearsal, VariableChange, variable_changes};
use envctl::store::{Store, StoreError};

use crate::app::App;

/// Returns the moves that change the variables of a prompt, and warns of each.
pub fn warn_of(
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

/// Like [`warn_of`], for the moves of a plan. A text that cannot be read must not stop the plan, so
/// that is also a warning.
pub fn warn_of_plan(
    app: &mut App,
    store: &Store,
    rehearsal: &Rehearsal,
) -> Option<Vec<VariableChange>> {
    let Rehearsal {
        plan,
        snapshot,
        after,
        ..
    } = rehearsal;
    warn_of(app, store, (snapshot, &after.project), plan.wanted())
        .inspect_err(|error| {
            app.output.warn(format!(
                "cannot determine whether callers have to change: {error}"
            ));
        })
        .ok()
}

/// Returns `warned`, the result of [`warn_of_plan`]; if the plan was refused before anything was
/// shown, the same without warnings.
pub fn known(
    warned: Option<Vec<VariableChange>>,
    store: &Store,
    rehearsal: &Rehearsal,
) -> Option<Vec<VariableChange>> {
    warned.or_else(|| {
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
        .map(|(verb, names)| format!("{verb} {}", variable_list(names)))
        .collect();
    format!(
        "{resource} {before} → {after} {}: callers have to change with it",
        parts.join(" and ")
    )
}
