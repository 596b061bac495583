use jiff::Timestamp;

use crate::model::CommitId;
use crate::ops::{ReadError, Session, TimedLine};
use crate::store::{Actor, Ancestors, CommitRecord, Draft, Merged};

/// Returns the newest commits that lead to `head` and not to `base`, at most `most` of them, newest first.
///
/// # Errors
///
/// When a commit cannot be read, or a shallow clone leaves one out.
pub fn commits_between(
    session: &Session,
    (base, head): (CommitId, CommitId),
    most: usize,
) -> Result<Vec<CommitRecord>, ReadError> {
    let store = &session.store;
    let brought = store.brought_by(&[head], &mut Ancestors::of(Some(base)))?;
    let newest = brought.iter().rev().take(most);
    let records = newest.map(|(commit, _)| store.commit(*commit));
    Ok(records.collect::<Result<_, _>>()?)
}

/// Returns a commit that has what `base` becomes when `head` lands on it, for [`review`](super::review).
/// This is `head` itself if it goes on from `base`, and otherwise a merge of both, made in memory
/// with the date `at`. Returns `None` if the two conflict.
///
/// # Errors
///
/// When the repository cannot be read, or the merge cannot be kept in memory.
pub fn landed(
    session: &Session,
    (base, head): (CommitId, CommitId),
    at: Timestamp,
) -> Result<Option<CommitId>, ReadError> {
    let store = &session.store;
    let line = TimedLine::of(store, &session.folder, head)?;
    if line.position(base).is_some() {
        return Ok(Some(head));
    }
    let tree = if store.is_ancestor(base, head)? {
        // The merge of a branch that was updated from its base has the branch's tree.
        store.root_of(head)?
    } else {
        match store.merged(base, head, &session.folder)? {
            Merged::Tree(tree) => tree,
            Merged::Conflicts(_) => return Ok(None),
        }
    };
    let draft = Draft {
        committer: None,
        tree,
        parent: base,
        merged: Some(head),
        author: &Actor::default(),
        at,
        message: "",
    };
    Ok(Some(store.drafts()?.commit(&draft)?))
}
