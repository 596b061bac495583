//! Findings: what is wrong with content, where, and what to do about it.
//!
//! A finding is plain data. Its place is a file and a key, never a byte offset: whoever shows it asks
//! [`crate::files::Outline`] for the bytes. An *error*, by contrast, says that an operation failed, and lives with the
//! operation.

pub(crate) mod bounded;
mod code;

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

pub use code::Code;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The state may not be written.
    Error,
    /// Worth knowing; nothing is refused because of it.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// Something that is wrong with the content of a project.
///
/// Two findings are the same if all their parts are, so a state's findings can be compared with those of another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where.
    pub place: Place,
    /// Which rule.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to do about it, where there is something to say.
    pub help: Option<String>,
    /// When the same step would be allowed without any other change.
    pub eligible: Option<Timestamp>,
    /// The ways of landing a pull request that have it, if others do not: `merge`, `squash`, `rebase`, `fast-forward`.
    pub landing: Vec<&'static str>,
}

impl Finding {
    /// Returns an error at `place`.
    pub fn error(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self {
            place,
            code,
            severity: Severity::Error,
            message: message.into(),
            help: None,
            eligible: None,
            landing: Vec::new(),
        }
    }

    /// Returns a warning at `place`.
    pub fn warning(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, place, message)
        }
    }

    /// Returns the same finding with what to do about it.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }

    /// Returns the same finding, which resolves itself at `moment`.
    #[must_use]
    pub fn eligible(self, moment: Option<Timestamp>) -> Self {
        Self {
            eligible: moment,
            ..self
        }
    }
}

/// Where a finding is: a file of the project and a spot in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, relative to the project's folder.
    pub file: String,
    /// What in the file.
    pub spot: Spot,
}

/// What in a file a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// The file as a whole, or the lack of it.
    File,
    /// Where the text stops being valid.
    Syntax,
    /// A key, as in `unknown key`.
    Key(KeyPath),
    /// The value of a key.
    Value(KeyPath),
}

/// The keys that lead to a value, outermost first; an element of an array is its index in decimal.
pub type KeyPath = Vec<String>;

impl Place {
    /// Returns `file` as a whole.
    pub fn file(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            spot: Spot::File,
        }
    }

    /// Returns where the text of `file` stops being valid.
    pub fn syntax(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            spot: Spot::Syntax,
        }
    }

    /// Returns the key at `path` in `file`.
    pub fn key<'a>(file: impl Into<String>, path: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            file: file.into(),
            spot: Spot::Key(path.into_iter().map(str::to_owned).collect()),
        }
    }

    /// Returns the value at `path` in `file`.
    pub fn value<'a>(file: impl Into<String>, path: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            file: file.into(),
            spot: Spot::Value(path.into_iter().map(str::to_owned).collect()),
        }
    }

    /// Returns the key that the place is about, dotted as in TOML; `None` for a whole file.
    pub fn dotted_key(&self) -> Option<String> {
        match &self.spot {
            Spot::File | Spot::Syntax => None,
            Spot::Key(path) | Spot::Value(path) => Some(path.join(".")),
        }
    }
}
