//! Where an answer comes from.

use envctl::model::BranchName;
use schemars::JsonSchema;
use serde::Serialize;

use crate::render::when::When;

/// What every answer about a project says of where it comes from.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Context {
    /// The project's folder in the repository; `.` is its root.
    pub project: String,
    /// The branch that was read or written; none with a detached HEAD.
    pub branch: Option<BranchName>,
    /// Whether that is the branch whose tip is live.
    pub live: bool,
    /// The moment that was asked for, as it was understood; none: no moment, or a revision.
    pub at: Option<When>,
}
