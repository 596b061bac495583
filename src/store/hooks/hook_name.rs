use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// A git hook that envctl can install.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HookName {
    /// Runs before a commit is made, and judges what is staged.
    PreCommit,
    /// Runs before a push, and judges what is about to be sent.
    PrePush,
    /// Runs where a push arrives, and judges it before any branch moves.
    PreReceive,
}

impl HookName {
    /// Every hook.
    pub const ALL: [Self; 3] = [Self::PreCommit, Self::PrePush, Self::PreReceive];

    /// Returns the name of its file.
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
