use std::fmt::Display;

use toml::de::DeValue;

use crate::diag::{Code, Finding, KeyPath, Place, Spot};

mod arrays;
mod json;
mod table;

pub(super) use table::TomlTable;

/// Reads one TOML file key by key, and collects everything that is wrong with it instead of stopping at the
/// first error.
pub(super) struct TomlReader<'f> {
    file: &'f str,
    findings: Vec<Finding>,
    /// How many findings were left out.
    unsaid: usize,
}

/// The most findings of one file that are reported one by one. A file of 256 KiB could produce a hundred
/// thousand.
const MOST_FINDINGS: usize = 1000;

impl<'f> TomlReader<'f> {
    pub(super) fn new(file: &'f str) -> Self {
        Self {
            file,
            findings: Vec::new(),
            unsaid: 0,
        }
    }

    /// Returns what was wrong.
    pub(super) fn into_findings(mut self) -> Vec<Finding> {
        if self.unsaid > 0 {
            let message = format!("{} more findings in this file", self.unsaid);
            let rest = Finding::error(Code::INVALID_VALUE, Place::file(self.file), message);
            self.findings
                .push(rest.help("fix these first; more will be shown"));
        }
        self.findings
    }

    /// Notes `message` at the value that `path` leads to.
    pub(super) fn invalid(&mut self, path: &KeyPath, message: impl Into<String>) {
        self.note(Code::INVALID_VALUE, Spot::Value(path.clone()), message);
    }

    /// Reports whether nothing was wrong so far.
    pub(super) fn is_content(&self) -> bool {
        self.findings.is_empty()
    }

    /// Notes `message` under `code`, at `spot`.
    pub(super) fn note(&mut self, code: Code, spot: Spot, message: impl Into<String>) {
        let place = Place {
            file: self.file.to_owned(),
            spot,
        };
        self.push(Finding::error(code, place, message));
    }

    /// Adds a finding, or counts it if there are too many.
    fn push(&mut self, finding: Finding) {
        // Counted beyond that, and not dropped: a file with more errors than are shown must not
        // look as if it had just those.
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(finding);
        } else {
            self.unsaid += 1;
        }
    }

    /// Notes that a value has another type than its key.
    fn wrong_type(&mut self, path: &KeyPath, expected: &str, found: &DeValue<'_>) {
        let message = format!(
            "`{}` takes {expected}, not {}",
            path.join("."),
            with_article(found.type_str())
        );
        self.note(Code::WRONG_TYPE, Spot::Value(path.clone()), message);
    }
}

/// Returns the path of an element of the array at `path`.
pub(super) fn element(mut path: KeyPath, index: usize) -> KeyPath {
    path.push(index.to_string());
    path
}

/// Reads a text as whatever it parses into.
fn parse_text<T>(reader: &mut TomlReader<'_>, path: &KeyPath, value: &DeValue<'_>) -> Option<T>
where
    T: std::str::FromStr,
    T::Err: Display,
{
    let Some(text) = value.as_str() else {
        reader.wrong_type(path, "a string", value);
        return None;
    };
    match text.parse() {
        Ok(parsed) => Some(parsed),
        Err(error) => {
            reader.invalid(path, format!("`{}`: {error}", path.join(".")));
            None
        }
    }
}

/// Returns `noun` with its indefinite article.
fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {noun}")
}
