use super::writer::{Base, Writer};
use super::{Basis, Operation, Rehearsal, Session, WriteError, Written};
use crate::files::FileChange;
use crate::model::CommitId;
use crate::plan::Plan;
use crate::store::{Store, StoreError};

/// What became of an earlier run of the same request.
#[derive(Debug)]
pub enum Earlier {
    /// It landed, with this result.
    Landed(Written),
    /// Unknown. The next push gets the same operation id, so that of the two only one can land
    /// unnoticed.
    Unknown(String),
    /// There was no earlier run.
    None,
}

/// Looks at the remote for what an earlier run of the same request pushed without learning the
/// outcome.
///
/// # Errors
///
/// When history cannot be read.
pub fn earlier(
    session: &Session,
    operation: &Operation,
    intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>,
) -> Result<Earlier, WriteError> {
    let Some(pushing) = &session.pushing else {
        return Ok(Earlier::None);
    };
    let sync_state = pushing.sync_state.get();
    let writer = Writer::of(session, operation)?;
    let mut unknown = None;
    for id in session.store.unconfirmed_pushes(&pushing.upstream.request) {
        let Some(commit) = writer.commit_of(&id, sync_state.theirs, None)? else {
            // The commit may still arrive, from a push that hangs in a network. This run takes over
            // the first such id: whichever of the two lands first is recognised by the other.
            unknown.get_or_insert(id);
            continue;
        };
        // The same command line may mean something else by now, for example because the file that
        // it publishes was edited. Then the old commit is not what was asked for, and this run
        // writes its own.
        let Some(rehearsal) = same(&writer, session, commit, &intent)? else {
            session.store.forget_push(&id);
            continue;
        };
        let mut written = writer.written(
            &sync_state,
            sync_state.known(),
            (Some(commit), rehearsal),
            None,
        );
        session.store.forget_push(&id);
        if let Written::Landed { notes, .. } = &mut written {
            notes.push("an earlier run of the same command had pushed it already".to_owned());
        }
        return Ok(Earlier::Landed(written));
    }
    Ok(unknown.map_or(Earlier::None, Earlier::Unknown))
}

/// Returns what `intent` makes of the state that `commit` was made on, if that is what the commit
/// changes. The same words may mean something else by now, as after a file was edited.
fn same(
    writer: &Writer<'_>,
    session: &Session,
    commit: CommitId,
    intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>,
) -> Result<Option<Rehearsal>, WriteError> {
    let Some(parent) = session.store.commit(commit)?.parents.first().copied() else {
        return Ok(None);
    };
    // A plan that cannot even be made on that state is not what the commit did. The error is not
    // this command's: it plans on the present state, and will meet its own.
    let Ok(rehearsal) = writer.prepare(Base::at(session, parent)?, &intent) else {
        return Ok(None);
    };
    let same = !rehearsal.is_empty() && holds(session, commit, &rehearsal.changes)?;
    Ok(same.then_some(rehearsal))
}

/// Reports whether the files are in `commit` as `changes` make them.
fn holds(session: &Session, commit: CommitId, changes: &[FileChange]) -> Result<bool, StoreError> {
    // By the names of the contents, not by the commit's hash: the commit may have been made again
    // on top of somebody else's, with the same files and other parents.
    for change in changes {
        let wanted = change.bytes.as_deref().map(Store::content_id);
        if session.store.file(commit, &session.folder, &change.path)? != wanted {
            return Ok(false);
        }
    }
    Ok(true)
}
