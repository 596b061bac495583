use std::collections::BTreeSet;

use serde::Serialize;

use crate::model::{Kind, Move, Project, Resource, VersionId, VersionNumber, variables};
use crate::store::{Store, StoreError};

/// What the callers of a prompt have to change when its pointer moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VariableChange {
    /// The prompt.
    pub resource: Resource,
    /// What is live before.
    pub before: VersionNumber,
    /// What is live after.
    pub after: VersionNumber,
    /// The variables that callers have to give from then on, sorted.
    pub added: Vec<String>,
    /// The variables that nobody asks for any more, sorted.
    pub dropped: Vec<String>,
}

/// The variables of the prompt version `id`; none at all for anything else, and for what was never published.
///
/// # Errors
///
/// When the version cannot be read.
pub fn variables_of(store: &Store, project: &Project, id: &VersionId) -> Result<BTreeSet<String>, StoreError> {
    match project.version(id).filter(|_| id.resource.kind == Kind::Prompts) {
        None => Ok(BTreeSet::new()),
        Some(version) => Ok(variables(&String::from_utf8_lossy(&store.content(version.content)?))),
    }
}

/// The moves that give a prompt other variables. One that is new or goes away has no callers that could rely on them.
///
/// # Errors
///
/// When a version cannot be read.
pub fn variable_changes(store: &Store, project: &Project, moves: &[Move]) -> Result<Vec<VariableChange>, StoreError> {
    let mut changes = Vec::new();
    for moved in moves.iter().filter(|moved| moved.resource.kind == Kind::Prompts) {
        let (Some(before), Some(after)) = (moved.before, moved.after) else { continue };
        let resource = &moved.resource;
        let old = variables_of(store, project, &resource.at(before))?;
        let new = variables_of(store, project, &resource.at(after))?;
        if old != new {
            let added = new.difference(&old).cloned().collect();
            let dropped = old.difference(&new).cloned().collect();
            changes.push(VariableChange { resource: resource.clone(), before, after, added, dropped });
        }
    }
    Ok(changes)
}
