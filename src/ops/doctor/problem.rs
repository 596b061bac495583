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

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A name that stays the same.
    pub code: &'static str,
    /// How bad it is.
    pub gravity: Gravity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// The command that mends it, where there is one.
    pub mend: Option<String>,
    /// Whether it was mended.
    pub fixed: bool,
    pub(super) fix: Option<Fix>,
}

/// What mends a problem without a decision of anybody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fix {
    /// To write one of envctl's hooks anew.
    Hook(HookName, ProjectFolder),
    /// To finish or clear away what an envctl that died left.
    TidyUp,
    /// To let the checkouts of a branch follow it from the commit where they stopped.
    Follow(BranchName, CommitId),
}

impl Problem {
    /// A problem without a command that mends it.
    pub fn new(gravity: Gravity, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            gravity,
            message: message.into(),
            mend: None,
            fixed: false,
            fix: None,
        }
    }

    /// The same problem, which `command` mends.
    #[must_use]
    pub fn mend(self, command: impl Into<String>) -> Self {
        Self {
            mend: Some(command.into()),
            ..self
        }
    }

    /// Whether it can be mended without a decision.
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

    /// That `what` could not be looked at, and so nothing is known of it.
    pub(super) fn unexamined(what: &str, error: &dyn Error) -> Self {
        let mut message = format!("cannot look at {what}: {error}");
        let mut cause = error.source();
        while let Some(error) = cause {
            let said = error.to_string();
            if !message.contains(&said) {
                message.push_str(": ");
                message.push_str(&said);
            }
            cause = error.source();
        }
        Self::new(Gravity::Error, "unexamined", message).mend("git fsck")
    }
}

impl Fix {
    /// Does it, and answers what was done, or why it was not.
    pub(super) fn apply(&self, store: &Store, writing: &Writing) -> Vec<String> {
        let done = match self {
            Self::TidyUp => store.tidy_up(writing),
            Self::Follow(branch, from) => store.resume_following(branch, *from),
            Self::Hook(name, folder) => {
                store
                    .install_hook(*name, folder)
                    .map(|before| match before.state {
                        HookState::Installed => Vec::new(),
                        state => vec![format!("wrote the {name} hook anew, which was {state}")],
                    })
            }
        };
        done.unwrap_or_else(|error| vec![error.to_string()])
    }
}
