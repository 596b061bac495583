use std::cell::Cell;

use crate::model::CommitId;
use crate::store::{GitRunner, RemoteBranch};

/// The branch of a remote that changes are pushed to, and how.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// Which branch of which remote.
    pub place: RemoteBranch,
    /// How to run git for it.
    pub runner: GitRunner,
    /// The request, as the caller describes it. The same request finds what an earlier run of it
    /// landed.
    pub request: String,
}

/// The state of the branch here and of the remote's branch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SyncState {
    /// Where the branch here is, or `None` if it does not exist.
    pub ours: Option<CommitId>,
    /// Where the remote's branch is, or `None` if it does not exist.
    pub theirs: Option<CommitId>,
    /// What a push starts from: the remote's branch, with the unpushed commits made again on top of
    /// it.
    pub base: Option<CommitId>,
    /// How many commits the remote does not have.
    pub unpushed: usize,
}

impl SyncState {
    /// Returns where the branch here can follow to without a push.
    pub(super) fn known(&self) -> Option<CommitId> {
        if self.unpushed == 0 {
            self.theirs
        } else {
            self.ours
        }
    }
}

/// A session's upstream, and the state of both branches when it was last asked.
pub(super) struct Pushing {
    pub(super) upstream: Upstream,
    pub(super) sync_state: Cell<SyncState>,
}
