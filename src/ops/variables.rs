use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::files::{OwnedPath, Payload, Payloads, Snapshot, variables};
use crate::model::{ContentId, Extension, Kind, Move, Project, Resource, VersionId, VersionNumber};
use crate::store::{Store, StoreError};

/// What the callers of a prompt have to change when its pointer moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct VariableChange {
    /// The prompt.
    pub resource: Resource,
    /// The version that is live before.
    pub before: VersionNumber,
    /// The version that is live after.
    pub after: VersionNumber,
    /// The variables that callers have to provide from then on, sorted.
    #[serde(rename = "variables_added")]
    pub added: Vec<String>,
    /// The variables that are no longer used, sorted.
    #[serde(rename = "variables_dropped")]
    pub dropped: Vec<String>,
}

/// Returns the variables of the prompt version `id`, whose bytes are in `snapshot` or else in `store`. Returns `None` where they
/// cannot be determined, for anything but a prompt, and for what was never published.
///
/// # Errors
///
/// When the version cannot be read.
pub fn variables_of(
    store: &Store,
    snapshot: &Snapshot,
    project: &Project,
    id: &VersionId,
) -> Result<Option<BTreeSet<String>>, StoreError> {
    let Some(version) = project
        .version(id)
        .filter(|_| id.resource.kind == Kind::Prompts)
    else {
        return Ok(None);
    };
    let path = OwnedPath::of_version(project, id).map(|path| path.to_string());
    let of = |bytes: &[u8]| variables(std::str::from_utf8(bytes).ok()?, &version.extension);
    match path.and_then(|path| snapshot.bytes(&path)) {
        Some(bytes) => Ok(of(bytes)),
        None => Ok(of(&store.content(version.content)?)),
    }
}

/// Returns the variables of the prompt with the bytes `content` in a file with `extension`, or `None` if they cannot be
/// determined.
///
/// # Errors
///
/// When they cannot be read.
pub(super) fn payload_variables<P: Payloads>(
    payloads: &P,
    content: ContentId,
    extension: &Extension,
) -> Result<Option<BTreeSet<String>>, P::Error> {
    Ok(match payloads.payload(content)? {
        Payload::Bytes(bytes) => std::str::from_utf8(&bytes)
            .ok()
            .and_then(|text| variables(text, extension)),
        Payload::TooLarge(_) => None,
    })
}

/// Returns the moves that give a prompt other variables. A prompt that is new or removed has no
/// callers that could rely on them; where the variables of a version cannot be determined, nothing is known of its callers.
///
/// The bytes of versions are read from `snapshot` or else from `store`.
///
/// # Errors
///
/// When a version cannot be read.
pub fn variable_changes(
    store: &Store,
    snapshot: &Snapshot,
    project: &Project,
    moves: &[Move],
) -> Result<Vec<VariableChange>, StoreError> {
    let mut changes = Vec::new();
    for moved in moves {
        let (Some(before), Some(after)) = (moved.before, moved.after) else {
            continue;
        };
        let numbers = (before, after);
        changes.extend(variable_change(
            store,
            snapshot,
            project,
            &moved.resource,
            numbers,
        )?);
    }
    Ok(changes)
}

/// Returns how the variables of the prompt `resource` differ between two of its versions, or `None`
/// if they do not, it is not a prompt, or the variables of one of them cannot be determined.
///
/// # Errors
///
/// When a version cannot be read.
pub fn variable_change(
    store: &Store,
    snapshot: &Snapshot,
    project: &Project,
    resource: &Resource,
    (before, after): (VersionNumber, VersionNumber),
) -> Result<Option<VariableChange>, StoreError> {
    let old = variables_of(store, snapshot, project, &resource.at(before))?;
    let new = variables_of(store, snapshot, project, &resource.at(after))?;
    let (Some(old), Some(new)) = (old, new) else {
        return Ok(None);
    };
    if old == new {
        return Ok(None);
    }
    let (added, dropped) = (&new - &old, &old - &new);
    Ok(Some(VariableChange {
        resource: resource.clone(),
        before,
        after,
        added: added.into_iter().collect(),
        dropped: dropped.into_iter().collect(),
    }))
}
