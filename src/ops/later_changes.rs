use std::collections::BTreeSet;

use super::moved_on::MovedOn;
use super::undone_commit::UndoneCommit;
use super::{ReadError, Session};
use crate::files::{OwnedPath, Snapshot, SnapshotEntry, read_project};
use crate::model::{CommitId, ContentId, Entry, Move, Project, Trailers};
use crate::plan::entry_file;
use crate::policy::asked_moves;
use crate::store::CommitRecord;

/// Finds the commits that have changed `entries` since `commit`, on the first-parent line of `tip`.
///
/// A later commit and the undo of it cancel out: neither is named. Otherwise the undo would be named as what to undo first, then
/// the undo of that undo, and so on, each of which moves the pointers once more.
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
        let later: BTreeSet<CommitId> = line
            .iter()
            .copied()
            .take_while(|it| *it != commit)
            .collect();
        let mut undone = BTreeSet::new();
        for pair in line.windows(2) {
            let [newer, older] = [pair[0], pair[1]];
            if open.is_empty() || newer == commit {
                break;
            }
            if undone.contains(&newer) {
                continue;
            }
            let mut changed = Vec::new();
            for entry in &open {
                if changes(session, (older, newer), entry)? {
                    changed.push(entry.clone());
                }
            }
            if changed.is_empty() {
                continue;
            }
            let record = session.store.commit(newer)?;
            if let Some(other) = undone_by(&record).filter(|other| later.contains(other)) {
                undone.insert(other);
                continue;
            }
            open.retain(|entry| !changed.contains(entry));
            since.push((Some(record), changed));
        }
    }
    if !open.is_empty() {
        since.push((None, open));
    }
    Ok(MovedOn { commit, since })
}

/// Returns the commit that `record` says it has undone. Only a hint rests on it, so that it may be a lie.
fn undone_by(record: &CommitRecord) -> Option<CommitId> {
    Trailers::of(&record.message).value("Undoes")?.parse().ok()
}

/// Finds the approvals of requests that `commit` made, unless everything that they moved has moved on. Whoever wants such a
/// request undone has to undo its approval.
pub(super) fn approved_since(
    session: &Session,
    tip: Option<CommitId>,
    commit: &UndoneCommit,
    now: &Project,
) -> Result<Option<MovedOn>, ReadError> {
    let (before, after) = (&commit.before.project, &commit.after.project);
    let mut since = Vec::new();
    for (slug, release) in &after.pending {
        let same = |project: &Project| project.pending.get(slug) == Some(release);
        if same(before) || same(now) {
            continue;
        }
        let Some(newer) = first_change(
            session,
            tip,
            commit.record.id,
            &Entry::Pending(slug.clone()),
        )?
        else {
            continue;
        };
        let path = OwnedPath::Pointers(slug.clone()).to_string();
        let approved = alone(session, &path, file(session, newer, &path)?)?;
        let asked = asked_moves(slug, release);
        let live =
            |project: &Project, moved: &Move| project.live(slug, &moved.resource) == moved.after;
        let was_approved = asked.iter().all(|moved| live(&approved, moved));
        if was_approved && asked.iter().any(|moved| live(now, moved)) {
            let record = session.store.commit(newer)?;
            since.push((Some(record), vec![Entry::Pending(slug.clone())]));
        }
    }
    let commit = commit.record.id;
    Ok((!since.is_empty()).then_some(MovedOn { commit, since }))
}

/// Returns the first commit behind `commit`, on the first-parent line of `tip`, that changed `entry`.
fn first_change(
    session: &Session,
    tip: Option<CommitId>,
    commit: CommitId,
    entry: &Entry,
) -> Result<Option<CommitId>, ReadError> {
    let Some(tip) = tip else {
        return Ok(None);
    };
    let history = session.history(tip)?;
    let line = history.line().iter().map(|(commit, _)| commit);
    let later: Vec<CommitId> = line.take_while(|it| *it != commit).collect();
    let mut older = commit;
    for newer in later.into_iter().rev() {
        if changes(session, (older, newer), entry)? {
            return Ok(Some(newer));
        }
        older = newer;
    }
    Ok(None)
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
