use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// A hook of git's that envctl can install.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HookName {
    /// Before a commit is made: judges what is staged.
    PreCommit,
    /// Before a push: judges what is about to leave.
    PrePush,
    /// Where a push arrives: judges it before anything moves.
    PreReceive,
}

impl HookName {
    /// Every hook.
    pub const ALL: [Self; 3] = [Self::PreCommit, Self::PrePush, Self::PreReceive];

    /// The name of its file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit",
            Self::PrePush => "pre-push",
            Self::PreReceive => "pre-receive",
        }
    }
}

impl fmt::Display for HookName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
