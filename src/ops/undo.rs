use std::rc::Rc;
use std::sync::Arc;

use super::later_changes::moved_on;
use super::operation::{Operation, Rehearsal};
use super::project_place::ProjectPlace;
use super::undo_choice::UndoChoiceError;
use super::writer::{Base, Writer};
use super::{Basis, ReadError, Session, WriteError};
use crate::diag::{Code, Severity};
use crate::files::{OwnedPath, Snapshot, State};
use crate::model::{CommitId, ContentId, Identity};
use crate::plan::{self, ChangedFile, Plan, PlanError, Reason, UndoError, Undoing};
use crate::store::{CommitRecord, ProjectFolder, Store};

/// A commit that is to be taken back, with what it changed.
#[derive(Clone, Debug)]
pub struct UndoneCommit {
    /// What it says about itself.
    pub record: CommitRecord,
    before: Rc<State>,
    after: Rc<State>,
    files: Vec<CommitFile>,
    published: bool,
}

/// A file that a commit changed, without those of versions.
#[derive(Clone, Debug)]
struct CommitFile {
    path: String,
    before: Option<Arc<[u8]>>,
    after: Option<ContentId>,
    readable: bool,
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
    Ok(changed(&before.snapshot, &after.snapshot).next().is_some())
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

/// Returns the paths of files that differ.
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
    let (mut files, mut published) = (Vec::new(), false);
    let mut paths: Vec<&String> = changed(&before.snapshot, &after.snapshot).collect();
    paths.sort();
    for path in paths {
        if OwnedPath::is_of_version(path) {
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

/// Plans to take `commit` back. It is meant as an intent: what has changed since depends on the commit that the plan builds
/// on.
///
/// # Errors
///
/// When no undo takes that back, or [`WriteError::MovedOn`] if something has changed since.
pub fn undo(
    session: &Session,
    basis: &Basis<'_>,
    commit: &UndoneCommit,
    reason: Option<&Reason>,
) -> Result<Plan, WriteError> {
    let mut files = Vec::new();
    for file in &commit.files {
        let now = match basis.tip {
            Some(tip) => session.store.file(tip, &session.folder, &file.path)?,
            None => None,
        };
        files.push(ChangedFile {
            path: file.path.clone(),
            before: file.before.clone(),
            untouched: now == file.after,
            readable: file.readable,
        });
    }
    let undoing = Undoing {
        commit: commit.record.id,
        subject: commit.subject(),
        before: &commit.before.project,
        after: &commit.after.project,
        files: &files,
        published: commit.published,
    };
    match plan::undo(basis.project, &undoing, reason) {
        Err(PlanError::Undo(UndoError::MovedOn { commit, entries })) => {
            let found = moved_on(session, basis.tip, commit, entries)?;
            Err(WriteError::MovedOn(Box::new(found)))
        }
        plan => Ok(plan?),
    }
}

/// How a change that has just been made can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayBack {
    /// By an undo.
    Undo,
    /// By a request: moving the pointers back needs approval.
    Request,
}

/// Returns how whoever made `commit`, which is what `rehearsal` rehearsed, can take it back; `None` if there is nothing to
/// take back, or the judge would refuse it.
///
/// # Errors
///
/// When history is needed and cannot be read.
pub fn way_back(
    session: &Session,
    operation: &Operation,
    commit: CommitId,
    rehearsal: &Rehearsal,
) -> Result<Option<WayBack>, WriteError> {
    let Some(parent) = rehearsal.tip else {
        return Ok(None);
    };
    let store = &session.store;
    let (mut files, mut published) = (Vec::new(), false);
    for change in &rehearsal.changes {
        if OwnedPath::is_of_version(&change.path) {
            published = true;
            continue;
        }
        let before = store.file(parent, &session.folder, &change.path)?;
        let before = before.map(|content| store.content(content)).transpose()?;
        files.push(ChangedFile {
            path: change.path.clone(),
            before: before.map(Into::into),
            untouched: true,
            readable: true,
        });
    }
    let after = &rehearsal.after;
    let undoing = Undoing {
        commit,
        subject: rehearsal.plan.message.subject(),
        before: &rehearsal.before.project,
        after: &after.project,
        files: &files,
        published,
    };
    let Ok(plan) = plan::undo(&after.project, &undoing, None) else {
        return Ok(None);
    };
    let base = Base {
        tip: Some(commit),
        snapshot: rehearsal.snapshot.clone(),
        state: after.clone(),
    };
    let back = Writer::of(session, operation)?.prepare(base, |_| Ok(plan.clone()))?;
    if back.is_empty() {
        return Ok(None);
    }
    if back.report.allows_write() {
        return Ok(Some(WayBack::Undo));
    }
    let errors = back.report.introduced.iter();
    let mut errors = errors.filter(|finding| finding.severity == Severity::Error);
    let only_approval = errors.all(|finding| finding.code == Code::APPROVAL);
    Ok((only_approval && !plan.moves.is_empty()).then_some(WayBack::Request))
}
