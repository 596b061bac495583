use super::later_changes::{approved_since, moved_on};
use super::operation::{Operation, Rehearsal};
use super::undone_commit::UndoneCommit;
use super::writer::{Base, Writer};
use super::{Basis, Session, WriteError};
use crate::diag::{Code, Severity};
use crate::files::OwnedPath;
use crate::model::{CommitId, Reason};
use crate::plan::{self, ChangedFile, Plan, PlanError, UndoError, Undoing};

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
    if let Some(found) = approved_since(session, basis.tip, commit, basis.project)? {
        return Err(WriteError::MovedOn(Box::new(found)));
    }
    let mut files = Vec::new();
    for file in &commit.files {
        let now = match basis.tip {
            Some(tip) => session.store.file(tip, &session.folder, &file.path)?,
            None => None,
        };
        files.push(ChangedFile {
            path: file.path.clone(),
            before: file.before.clone(),
            plain: file.plain,
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
            plain: true,
            // The commit was made a moment ago, and the undo is judged on top of it: nobody can
            // have changed the file since.
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
        wrong: Some(rehearsal.report.wrong.clone()),
    };
    // Judged as if it were written now, so that no command is proposed that would be refused.
    let back = Writer::of(session, operation)?.prepare(base, |_| Ok(plan.clone()))?;
    if back.is_empty() {
        return Ok(None);
    }
    if back.report.allows_write() {
        return Ok(Some(WayBack::Undo));
    }
    let errors = back.report.introduced.iter();
    let mut errors = errors.filter(|finding| finding.severity == Severity::Error);
    // If nothing but approval is missing, moving the pointers back can be requested. An undo cannot
    // request, since it never writes a pending release.
    let only_approval = errors.all(|finding| finding.code == Code::APPROVAL);
    Ok((only_approval && !plan.moves.is_empty()).then_some(WayBack::Request))
}
