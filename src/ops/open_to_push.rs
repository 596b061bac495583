use super::selection::{folder, tip, unborn};
use super::upstream::{Pushing, Upstream};
use super::writer::Writer;
use super::{Operation, Selection, Session, SessionTarget, WriteError};
use crate::model::CommitId;
use crate::store::Store;

impl Session {
    /// Does what [`Session::open`] does, for changes that are pushed to `upstream`. The remote is
    /// asked where its branch is, and the session reads that state, with what only the branch here
    /// has made again on top. The branch need not exist here.
    ///
    /// # Errors
    ///
    /// As [`Session::open`], if the remote cannot be reached, and [`WriteError::Unpushed`] if the branch here has a commit that
    /// cannot be pushed.
    pub fn open_to_push(
        store: Store,
        selection: &Selection,
        upstream: Upstream,
        operation: &Operation,
    ) -> Result<Self, WriteError> {
        let target = SessionTarget::Branch(upstream.place.branch.clone());
        let theirs = store.fetch(&upstream.place, &upstream.runner)?;
        let commits: Vec<CommitId> = tip(&store, &target)?.into_iter().chain(theirs).collect();
        if commits.is_empty() {
            return Err(unborn(&target).into());
        }
        let found = folder(&store, selection, &target, &commits)?;
        let session = Self::pushed(store, found, upstream, selection.now);
        if let Some(Pushing {
            upstream,
            sync_state,
        }) = &session.pushing
        {
            sync_state.set(Writer::of(&session, operation)?.stand(upstream, theirs)?);
        }
        Ok(session)
    }
}
