use super::inputs::RangeInputs;
use crate::model::CommitId;
use crate::ops::ReadError;
use crate::store::{Counting, ProjectFolder, Store};

/// The folder that the project stands in at `base`: that of the end of the range, unless it stands nowhere there and exactly
/// one project of `base` is gone by then.
pub(super) fn folder_at(
    bench: &RangeInputs<'_>,
    base: CommitId,
    head: CommitId,
) -> Result<ProjectFolder, ReadError> {
    if bench.store.has_project(base, bench.folder)? {
        return Ok(bench.folder.clone());
    }
    let gone = gone(bench.store, base, head)?;
    Ok(match gone.as_slice() {
        [folder] => folder.clone(),
        _ => bench.folder.clone(),
    })
}

/// The folders of the projects of `base` that `head` has no more.
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
