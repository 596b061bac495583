//! The fields that the answers of all changes share.

use envctl::model::{BranchName, CommitId, EnvironmentSlug, RemoteName};
use envctl::ops::Delivery;
use schemars::JsonSchema;
use serde::Serialize;

use crate::commands::moves::JudgedMove;
use crate::context::Context;

/// The fields of the answer of every change.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WriteBody {
    #[serde(flatten)]
    pub context: Context,
    pub dry_run: bool,
    pub changed: bool,
    pub commit: Option<CommitId>,
    /// Where it was pushed; null: not pushed.
    pub pushed: Option<PushedBody>,
    pub notes: Vec<String>,
    pub undo: Option<String>,
    /// The requests that were made instead of moves.
    pub pending: Vec<RequestedBody>,
}

/// What was pushed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PushedBody {
    remote: RemoteName,
    branch: BranchName,
    /// How many other commits were pushed along.
    commits: usize,
    /// The number of attempts: one more each time the remote branch had moved.
    attempts: u32,
}

impl PushedBody {
    /// Returns `delivery` as data.
    pub fn of(delivery: &Delivery) -> Self {
        let Delivery {
            place,
            commits,
            attempts,
        } = delivery.clone();
        Self {
            remote: place.remote,
            branch: place.branch,
            commits,
            attempts,
        }
    }
}

/// The moves that a change requests approval for.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RequestedBody {
    pub environment: EnvironmentSlug,
    pub moves: Vec<JudgedMove>,
}

impl WriteBody {
    /// Returns the fields of a change without a commit.
    pub fn without_commit(context: Context, dry_run: bool, changed: bool) -> Self {
        Self {
            context,
            dry_run,
            changed,
            commit: None,
            pushed: None,
            notes: Vec::new(),
            undo: None,
            pending: Vec::new(),
        }
    }
}
