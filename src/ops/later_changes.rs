use super::moved_on::MovedOn;
use super::{ReadError, Session};
use crate::files::{OwnedPath, Snapshot, SnapshotEntry, read_project};
use crate::model::{CommitId, ContentId, Entry, Project};
use crate::plan::entry_file;
use crate::store::CommitRecord;

/// Finds the commits that have changed `entries` since `commit`, on the first-parent line of `tip`.
pub(super) fn moved_on(
    session: &Session,
    tip: Option<CommitId>,
    commit: CommitId,
    entries: Vec<Entry>,
) -> Result<MovedOn, ReadError> {
    let mut since: Vec<(Option<CommitRecord>, Vec<Entry>)> = Vec::new();
    let mut open = entries;
    if let Some(tip) = tip {
        let history = session.history(tip)?;
        let line: Vec<CommitId> = history.line().iter().map(|(commit, _)| commit).collect();
        for pair in line.windows(2) {
            let [newer, older] = [pair[0], pair[1]];
            if open.is_empty() || newer == commit {
                break;
            }
            let mut changed = Vec::new();
            for entry in &open {
                if changes(session, (older, newer), entry)? {
                    changed.push(entry.clone());
                }
            }
            if !changed.is_empty() {
                open.retain(|entry| !changed.contains(entry));
                since.push((Some(session.store.commit(newer)?), changed));
            }
        }
    }
    if !open.is_empty() {
        since.push((None, open));
    }
    Ok(MovedOn { commit, since })
}

/// Reports whether `entry` differs between two neighbouring commits.
fn changes(
    session: &Session,
    (older, newer): (CommitId, CommitId),
    entry: &Entry,
) -> Result<bool, ReadError> {
    let Some(path) = entry_file(entry) else {
        return Ok(false);
    };
    let (old, new) = (file(session, older, &path)?, file(session, newer, &path)?);
    if old == new {
        return Ok(false);
    }
    // Only this file is parsed: with the whole project, each commit of the line would cost as much
    // as the project is large. No entry needs another file to be compared.
    let (old, new) = (alone(session, &path, old)?, alone(session, &path, new)?);
    Ok(!entry.is_same(&old, &new))
}

fn file(session: &Session, commit: CommitId, path: &str) -> Result<Option<ContentId>, ReadError> {
    let folder = session.folder_in(commit)?;
    let folder = folder.as_ref().unwrap_or(&session.folder);
    Ok(session.store.file(commit, folder, path)?)
}

/// Returns a project of which only the file at `path` is known.
fn alone(session: &Session, path: &str, content: Option<ContentId>) -> Result<Project, ReadError> {
    let mut snapshot = Snapshot::default();
    if let Some(content) = content.filter(|_| !OwnedPath::is_of_version(path)) {
        let bytes = session.store.content(content)?;
        let entry = SnapshotEntry::of(bytes.into(), content);
        snapshot.entries.insert(path.to_owned(), entry);
    }
    Ok(read_project(&snapshot))
}
