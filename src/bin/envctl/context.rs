//! Where an answer comes from.

use envctl::model::BranchName;
use schemars::JsonSchema;
use serde::Serialize;

use crate::render::when::When;

/// The fields of every answer about a project that say where it comes from.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Context {
    /// The project's folder in the repository; `.` is its root.
    pub project: String,
    /// The branch that was read or written; null with a detached HEAD.
    pub branch: Option<BranchName>,
    /// Whether that is the live branch.
    pub live: bool,
    /// The requested moment, as it was understood; null: none was requested, or a revision.
    pub at: Option<When>,
}
