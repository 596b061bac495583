//! The commit that is to be taken back, and what it changed.

use std::rc::Rc;
use std::sync::Arc;

use super::project_place::ProjectPlace;
use super::undo_choice::UndoChoiceError;
use super::{ReadError, Session, WriteError};
use crate::files::{Mode, OwnedPath, Snapshot, State};
use crate::model::{CommitId, ContentId, Identity};
use crate::plan::{PlanError, UndoError};
use crate::store::{CommitRecord, ProjectFolder, Store};

/// A commit that is to be taken back, with what it changed.
#[derive(Clone, Debug)]
pub struct UndoneCommit {
    /// What it says about itself.
    pub record: CommitRecord,
    pub(super) before: Rc<State>,
    pub(super) after: Rc<State>,
    pub(super) files: Vec<CommitFile>,
    pub(super) published: bool,
}

/// A file that a commit changed, without those of versions.
#[derive(Clone, Debug)]
pub(super) struct CommitFile {
    pub(super) path: String,
    pub(super) before: Option<Arc<[u8]>>,
    /// Whether it was a plain file before, or did not exist.
    pub(super) plain: bool,
    pub(super) after: Option<ContentId>,
    pub(super) readable: bool,
}

impl UndoneCommit {
    /// Returns the first line of its message.
    pub fn subject(&self) -> &str {
        self.record.message.lines().next().unwrap_or_default()
    }

    /// Returns the commit that it was made on.
    pub fn parent(&self) -> Option<CommitId> {
        self.record.parents.first().copied()
    }
}

/// Returns the commit that `revision` names, or the newest one by `author` on the first-parent line that changed the
/// project.
///
/// # Errors
///
/// When there is none, when it is not on the line, or when it is a merge; when history cannot be read.
pub fn commit_to_undo(
    session: &Session,
    author: &Identity,
    revision: Option<&str>,
) -> Result<UndoneCommit, WriteError> {
    match revision {
        Some(revision) => named(session, revision),
        None => newest(session, author),
    }
}

fn named(session: &Session, revision: &str) -> Result<UndoneCommit, WriteError> {
    let store = &session.store;
    let unknown = || UndoChoiceError::NoSuchCommit {
        revision: revision.to_owned(),
    };
    let commit = store.revision(revision)?.ok_or_else(unknown)?;
    // What was not pushed yet is on the line here, and made again on the line that it is pushed to.
    let ours = session.sync_state().and_then(|state| state.ours);
    let tips = [Some(session.tip()?), ours];
    let mut on_line = false;
    for tip in tips.into_iter().flatten() {
        on_line = on_line || session.history(tip)?.line().position(commit).is_some();
    }
    if !on_line {
        let branch = session.target.branch().map(ToString::to_string);
        return Err(UndoChoiceError::OffTheLine { commit, branch }.into());
    }
    let record = store.commit(commit)?;
    read(session, record)
}

fn newest(session: &Session, author: &Identity) -> Result<UndoneCommit, WriteError> {
    let store = &session.store;
    let history = session.history(session.tip()?)?;
    for (commit, _) in history.line().iter() {
        let record = store.commit(commit)?;
        if !record.author.email.eq_ignore_ascii_case(author.email()) {
            continue;
        }
        let merge = record.parents.len() > 1;
        // Before the refusal of merges: a merge that brought nothing to this project is not what
        // somebody wants to take back, and must not hide the commit below it.
        if !touches(session, &record)? {
            continue;
        }
        if merge {
            return Err(UndoChoiceError::Merge {
                commit,
                parent: record.parents[0],
            }
            .into());
        }
        return read(session, record);
    }
    Err(UndoChoiceError::NoneYet {
        email: author.email().to_owned(),
    }
    .into())
}

/// Reports whether the commit changes a file that belongs to the project.
fn touches(session: &Session, record: &CommitRecord) -> Result<bool, ReadError> {
    let Some(step) = Places::of(session, record)? else {
        return Ok(false);
    };
    if step.trees.0 == step.trees.1 {
        return Ok(false);
    }
    let (before, after) = step.read(&session.store)?;
    let (before, after) = (&before.snapshot, &after.snapshot);
    Ok(before.listed != after.listed || changed(before, after).next().is_some())
}

/// Where the project is before and after a commit.
struct Places {
    folders: (ProjectFolder, ProjectFolder),
    trees: (Option<ContentId>, Option<ContentId>),
}

impl Places {
    /// Returns the places; `None` if the project is not in the commit.
    fn of(session: &Session, record: &CommitRecord) -> Result<Option<Self>, ReadError> {
        let store = &session.store;
        let Some(folder) = session.folder_in(record.id)? else {
            return Ok(None);
        };
        let after = store.folder_tree(record.id, &folder)?;
        let Some(parent) = record.parents.first().copied() else {
            let (before, trees) = (folder.clone(), (None, after));
            return Ok(Some(Self {
                folders: (before, folder),
                trees,
            }));
        };
        let before = match store.folder_tree(parent, &folder)? {
            // The same tree in the same place was not moved, and searching for where it came from
            // reads more trees.
            tree if tree == after => folder.clone(),
            _ => store
                .moved(&folder, record.id, parent)?
                .unwrap_or_else(|| folder.clone()),
        };
        let trees = (store.folder_tree(parent, &before)?, after);
        Ok(Some(Self {
            folders: (before, folder),
            trees,
        }))
    }

    /// Reads the project in both.
    fn read(&self, store: &Store) -> Result<(ProjectPlace, ProjectPlace), ReadError> {
        let before = match self.trees.0 {
            Some(_) => ProjectPlace::of_tree(store, self.trees.0, &self.folders.0)?,
            None => ProjectPlace::nowhere(self.folders.0.clone()),
        };
        let mut after = before.clone();
        after.go_to(store, self.trees.1, &self.folders.1)?;
        Ok((before, after))
    }
}

/// Returns the paths of files that differ, without those of the versions that were listed by their folders.
fn changed<'s>(before: &'s Snapshot, after: &'s Snapshot) -> impl Iterator<Item = &'s String> {
    let content = |snapshot: &'_ Snapshot, path: &String| {
        snapshot
            .entries
            .get(path)
            .map(|entry| (entry.content, entry.mode))
    };
    let gone = before
        .entries
        .keys()
        .filter(|path| !after.entries.contains_key(*path));
    let differs = move |path: &&String| content(before, path) != content(after, path);
    after.entries.keys().filter(differs).chain(gone)
}

/// Reads what the commit changed.
fn read(session: &Session, record: CommitRecord) -> Result<UndoneCommit, WriteError> {
    let (store, commit) = (&session.store, record.id);
    if let [first, _, ..] = record.parents[..] {
        return Err(UndoChoiceError::Merge {
            commit,
            parent: first,
        }
        .into());
    }
    let no_change = || PlanError::Undo(UndoError::NoChange { commit });
    let step = Places::of(session, &record)?.ok_or_else(no_change)?;
    let (before, after) = step.read(store)?;
    let published = before.snapshot.listed != after.snapshot.listed;
    let (mut files, mut published) = (Vec::new(), published);
    let mut paths: Vec<&String> = changed(&before.snapshot, &after.snapshot).collect();
    paths.sort();
    for path in paths {
        if OwnedPath::is_of_version(path) {
            // Versions stay. Others may have pointed at this one since, and its number must not
            // come to mean other bytes.
            published = true;
            continue;
        }
        let old = before.snapshot.entries.get(path);
        let bytes = match old {
            Some(entry) => Some(match &entry.bytes {
                Some(bytes) => bytes.clone(),
                None => store.content(entry.content)?.into(),
            }),
            None => None,
        };
        let sound = |state: &State| {
            state
                .findings
                .iter()
                .all(|finding| finding.place.file != *path)
        };
        files.push(CommitFile {
            path: path.clone(),
            before: bytes,
            plain: old.is_none_or(|entry| entry.mode == Mode::File),
            after: after.snapshot.entries.get(path).map(|entry| entry.content),
            readable: sound(&before.state) && sound(&after.state),
        });
    }
    Ok(UndoneCommit {
        record,
        before: before.state,
        after: after.state,
        files,
        published,
    })
}
