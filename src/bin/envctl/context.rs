//! Where an answer comes from.

use envctl::model::BranchName;
use serde::Serialize;

/// What every answer about a project says of where it comes from.
#[derive(Clone, Debug, Serialize)]
pub struct Context {
    /// The project's folder in the repository; `.` is its root.
    pub project: String,
    /// The branch that was read or written; none with a detached HEAD.
    pub branch: Option<BranchName>,
    /// Whether that is the branch whose tip is live.
    pub live: bool,
}
