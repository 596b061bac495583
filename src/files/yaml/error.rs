use std::ops::Range;

use crate::diag::{Code, Finding, Place};

/// How deep lists and tables may be nested.
pub(super) const DEEPEST: usize = 64;

/// Why a text is no YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct YamlError {
    /// The bytes that it is about.
    pub(crate) span: Range<usize>,
    /// What is wrong, in a sentence without a full stop.
    pub(crate) message: String,
    /// What helps.
    pub(crate) help: Option<&'static str>,
}

impl YamlError {
    pub(super) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            help: None,
        }
    }

    pub(super) fn help(mut self, help: &'static str) -> Self {
        self.help = Some(help);
        self
    }

    /// Returns the error at `at` for which the parser has the words `info`, with a hint if a usual slip stands there.
    pub(super) fn of_parser(text: &str, at: usize, info: &str) -> Self {
        // In a text that goes on, the parser names where it began.
        let at = match info.contains("found a tab") {
            true => text[at..].find('\t').map_or(at, |tab| at + tab),
            false => at,
        };
        let end = text[at..]
            .chars()
            .next()
            .map_or(at, |character| at + character.len_utf8());
        // The parser looks ahead, and so finds a text too deep before its values are read.
        let message = match info.contains("recursion") {
            true => too_deep(),
            false => info.replace('`', "'"),
        };
        let error = Self::new(at..end, message);
        match slip(text, at, info) {
            Some(help) => error.help(help),
            None => error,
        }
    }

    /// Returns the finding in `file` that says so.
    pub(crate) fn finding(&self, file: &str) -> Finding {
        let message = format!("not YAML: {}", self.message);
        let finding = Finding::error(Code::YAML_SYNTAX, Place::syntax(file), message);
        match self.help {
            Some(help) => finding.help(help),
            None => finding,
        }
    }
}

/// The usual slip at `at`, and how it is mended.
fn slip(text: &str, at: usize, info: &str) -> Option<&'static str> {
    let start = text[..at].rfind('\n').map_or(0, |before| before + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let indentation = &line[..line.len() - line.trim_start().len()];
    let conflicted = ["<<<<<<<", "=======", ">>>>>>>"]
        .iter()
        .any(|marker| text.lines().any(|line| line.starts_with(marker)));
    if conflicted {
        return Some(
            "a merge conflict was left in the file: decide for one side and remove the markers",
        );
    }
    if indentation.contains('\t') || info.contains("found a tab") {
        return Some("YAML is indented with spaces: replace the tab");
    }
    match text[at..].chars().next() {
        _ if info.contains("anchor or alias") || text[..at].ends_with('*') => {
            Some("a text that begins with * or & goes in quotes: \"*\"")
        }
        Some('@' | '`' | '%') => Some("a text that begins with @, ` or % goes in quotes"),
        _ if info.contains("quoted scalar") => Some("a quote that opens here is not closed"),
        _ if info.contains("mapping values") => {
            Some("a text that holds `: ` goes in quotes; or a line is indented too far")
        }
        _ if info.contains("did not find expected") => {
            Some("the entries of a list or a table begin in the same column")
        }
        _ => None,
    }
}

/// What is said of a text that is nested too deep.
pub(super) fn too_deep() -> String {
    format!("lists and tables are nested more than {DEEPEST} deep")
}
