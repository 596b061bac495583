use std::cell::Cell;

use crate::model::CommitId;
use crate::store::{GitRunner, RemoteBranch};

/// The branch of a remote that changes are pushed to, and how.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// Which branch of which remote.
    pub place: RemoteBranch,
    /// How it is reached.
    pub runner: GitRunner,
    /// What was asked for, as whoever asks puts it: the same request finds what an earlier run of it landed.
    pub request: String,
}

/// How the branch here and the one of the remote stand to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SyncState {
    /// Where the branch here is; none: there is none.
    pub ours: Option<CommitId>,
    /// Where the remote's is; none: there is none.
    pub theirs: Option<CommitId>,
    /// What a push starts from: the remote's, with what only the branch here has made again on top of it.
    pub base: Option<CommitId>,
    /// How many commits the remote does not have.
    pub unpushed: usize,
}

impl SyncState {
    /// Where the branch here can follow to without anything being pushed.
    pub(super) fn known(&self) -> Option<CommitId> {
        if self.unpushed == 0 {
            self.theirs
        } else {
            self.ours
        }
    }
}

/// A session's upstream, and how things stand there since it was asked last.
pub(super) struct Pushing {
    pub(super) upstream: Upstream,
    pub(super) sync_state: Cell<SyncState>,
}
