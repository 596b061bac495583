//! YAML as the gateways read it: one document whose values know where they stand.
//!
//! The parser only says what stands where; what a plain text means (`yes`, `0x1f`, `~`) is decided here, by the rules of
//! YAML 1.1, which PyYAML and so LiteLLM read by. Aliases and merge keys are followed, within a limit.

mod build;
mod error;
mod quote;
mod scalar;

use std::ops::Range;

use serde_json::Number;

pub(crate) use build::parse;
pub(crate) use error::YamlError;
pub(crate) use quote::quoted;

use crate::files::path::OwnedPath;
use crate::files::text::MARK;

/// A value, and the bytes that it stands in: of a list or a table, those of its beginning.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct YamlNode {
    pub(crate) span: Range<usize>,
    pub(crate) value: YamlValue,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum YamlValue {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<YamlNode>),
    Table(YamlTable),
}

/// The entries of a table, in the order of the file.
pub(crate) type YamlTable = Vec<(YamlKey, YamlNode)>;

/// The name of an entry, and the bytes that it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct YamlKey {
    pub(crate) span: Range<usize>,
    pub(crate) name: String,
}

impl YamlNode {
    /// Returns what `name` says in a table.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        let entries = self.table()?;
        entries
            .iter()
            .find(|(key, _)| key.name == name)
            .map(|(_, value)| value)
    }

    /// Returns the entries, if it is a table.
    pub(crate) fn table(&self) -> Option<&YamlTable> {
        match &self.value {
            YamlValue::Table(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns the values, if it is a list.
    pub(crate) fn list(&self) -> Option<&[Self]> {
        match &self.value {
            YamlValue::List(values) => Some(values),
            _ => None,
        }
    }

    /// Returns the text, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            YamlValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the entry or the element that `path` leads to, and the span of its key; of an element, its own.
    pub(crate) fn find(&self, path: &[String]) -> Option<(Range<usize>, &Self)> {
        let mut found = (self.span.clone(), self);
        for part in path {
            let (_, node) = found;
            found = match &node.value {
                YamlValue::Table(entries) => {
                    let (key, value) = entries.iter().find(|(key, _)| key.name == *part)?;
                    (key.span.clone(), value)
                }
                YamlValue::List(values) => {
                    let value = values.get(part.parse::<usize>().ok()?)?;
                    (value.span.clone(), value)
                }
                _ => return None,
            };
        }
        Some(found)
    }
}

impl YamlValue {
    /// Returns what it is, in words.
    pub(crate) fn type_str(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// Reports whether `text` of `file` is YAML, and `file` is none of the project's own.
pub(crate) fn is_foreign_yaml(file: &str, text: &str) -> bool {
    OwnedPath::parse(file).is_none() && is_yaml(text)
}

/// Reports whether `text` begins as YAML or JSON does, and not as TOML: a `{`, a `- `, a `---`, or a key with a colon behind it.
pub(crate) fn is_yaml(text: &str) -> bool {
    let lines = text.trim_start_matches(MARK).lines().map(str::trim_start);
    let first = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::trim_end)
        .next()
        .unwrap_or_default();
    if first.starts_with(['{', '%']) || first.starts_with("---") || first.starts_with("- ") {
        return true;
    }
    let quote = first.chars().next().filter(|c| matches!(c, '"' | '\''));
    let behind = match quote {
        Some(quote) => first[1..].split_once(quote).map_or("", |(_, rest)| rest),
        None => first,
    };
    let Some(at) = behind.find(['=', ':']) else {
        return false;
    };
    let rest = &behind[at..];
    rest == ":" || rest.starts_with(": ") || rest.starts_with(":\t")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_is_told_from_toml_by_its_first_line() {
        for text in [
            "model_list:\n",
            "\u{feff}# c\n\n---\na: 1\n",
            "{\"a\": 1}",
            "- a\n",
            "\"a = b\": 1\n",
            "a: \"b = c\"",
            "%YAML 1.1\n---\n",
        ] {
            assert!(is_yaml(text), "{text}");
        }
        for text in [
            "",
            "[a]\nb = 1\n",
            "a = \"b: c\"\n",
            "\"a: b\" = 1\n",
            "# a: b\n[x]\n",
            "[[x]]\n",
            "a:b = 1",
        ] {
            assert!(!is_yaml(text), "{text}");
        }
    }
}
