use std::error::Error;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{BranchName, CommitId};
use crate::store::{HookName, HookState, ProjectFolder, Store, Writing};

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Gravity {
    /// Something does not work, or could not be looked at.
    Error,
    /// Something does not do what it seems to.
    Warning,
    /// Worth knowing.
    Note,
}

impl fmt::Display for Gravity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A stable name.
    pub code: &'static str,
    /// How bad it is.
    pub gravity: Gravity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// The command that fixes it, if there is one.
    pub remedy: Option<String>,
    /// Whether it was fixed.
    pub fixed: bool,
    pub(super) fix: Option<Fix>,
}

/// How to fix a problem that needs nobody's decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fix {
    /// Write an envctl hook again.
    Hook(HookName, ProjectFolder),
    /// Finish or remove what a crashed envctl left.
    TidyUp,
    /// Let the checkouts of a branch follow it from the commit at which they stopped.
    Follow(BranchName, CommitId),
}

impl Problem {
    /// Returns a problem without a command that fixes it.
    pub fn new(gravity: Gravity, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            gravity,
            message: message.into(),
            remedy: None,
            fixed: false,
            fix: None,
        }
    }

    /// Returns the same problem with the `command` that fixes it.
    #[must_use]
    pub fn remedy(self, command: impl Into<String>) -> Self {
        Self {
            remedy: Some(command.into()),
            ..self
        }
    }

    /// Reports whether it can be fixed without a decision.
    pub fn is_fixable(&self) -> bool {
        self.fix.is_some()
    }

    pub(super) fn fix(self, fix: Fix) -> Self {
        Self {
            fix: Some(fix),
            ..self
        }
    }

    pub(super) fn into_fixed(self) -> Self {
        Self {
            fixed: true,
            ..self
        }
    }

    /// Returns the problem that `what` could not be examined, so nothing is known about it.
    pub(super) fn unexamined(what: &str, error: &dyn Error) -> Self {
        let mut message = format!("cannot examine {what}: {error}");
        let mut cause = error.source();
        while let Some(error) = cause {
            let said = error.to_string();
            if !message.contains(&said) {
                message.push_str(": ");
                message.push_str(&said);
            }
            cause = error.source();
        }
        Self::new(Gravity::Error, "unexamined", message).remedy("git fsck")
    }
}

impl Fix {
    /// Applies the fix. Returns what was done, or why it was not.
    pub(super) fn apply(&self, store: &Store, writing: &Writing) -> Vec<String> {
        let done = match self {
            Self::TidyUp => store.tidy_up(writing),
            Self::Follow(branch, from) => store.resume_following(branch, *from),
            Self::Hook(name, folder) => {
                store
                    .install_hook(*name, folder)
                    .map(|before| match before.state {
                        HookState::Installed => Vec::new(),
                        state => vec![format!("rewrote the {name} hook, which was {state}")],
                    })
            }
        };
        done.unwrap_or_else(|error| vec![error.to_string()])
    }
}
