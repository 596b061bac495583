use super::inputs::RangeInputs;
use crate::model::CommitId;
use crate::ops::ReadError;
use crate::store::{Counting, ProjectFolder, Store};

/// Returns the folder of the project at `base`. It is that at the end of the range, unless there is
/// no project in it at `base` and exactly one project of `base` no longer exists at the end.
pub(super) fn folder_at(
    inputs: &RangeInputs<'_>,
    base: CommitId,
    head: CommitId,
) -> Result<ProjectFolder, ReadError> {
    if inputs.store.has_project(base, inputs.folder)? {
        return Ok(inputs.folder.clone());
    }
    let gone = gone(inputs.store, base, head)?;
    // Two projects that are gone leave open which of them became this one. Guessing would judge one
    // project by the access rules of another.
    Ok(match gone.as_slice() {
        [folder] => folder.clone(),
        _ => inputs.folder.clone(),
    })
}

/// Returns the folders of the projects of `base` that no longer exist in `head`.
pub(super) fn gone(
    store: &Store,
    base: CommitId,
    head: CommitId,
) -> Result<Vec<ProjectFolder>, ReadError> {
    let mut search = store.project_search();
    let mut gone = search.projects(base, Counting::Free)?.folders;
    let there = search.projects(head, Counting::New)?.folders;
    gone.retain(|folder| there.binary_search(folder).is_err());
    Ok(gone)
}
