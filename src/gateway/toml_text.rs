use std::fmt::{Arguments, Display, Write};

use serde_json::Value;

use crate::files::splice::quoted;
use crate::model::TargetName;

/// The most characters of a line that holds a list; a longer list has one element a line.
const LINE: usize = 100;

/// A TOML file that is written table by table. Its strings are all basic ones.
#[derive(Debug, Default)]
pub(super) struct TomlText(String);

impl TomlText {
    /// Returns the text.
    pub(super) fn into_string(self) -> String {
        self.0
    }

    /// Begins a table.
    pub(super) fn header(&mut self, keys: &str) {
        let gap = if self.0.is_empty() { "" } else { "\n" };
        self.push(format_args!("{gap}[{keys}]\n"));
    }

    /// Writes a key and a value that is TOML already.
    pub(super) fn line(&mut self, key: &str, value: impl Display) {
        self.push(format_args!("{key} = {value}\n"));
    }

    /// Writes a key if it has a value.
    pub(super) fn line_of(&mut self, key: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.line(key, value);
        }
    }

    /// Writes a key and a list of strings.
    pub(super) fn list(&mut self, key: &str, elements: &[impl Display]) {
        let elements: Vec<String> = elements
            .iter()
            .map(|element| quoted(&element.to_string()))
            .collect();
        let in_line = format!("[{}]", elements.join(", "));
        if key.len() + in_line.len() <= LINE {
            return self.line(key, in_line);
        }
        let lines: String = elements
            .iter()
            .map(|element| format!("    {element},\n"))
            .collect();
        self.line(key, format!("[\n{lines}]"));
    }

    /// Writes a key and a table in one line; nothing where it is empty.
    pub(super) fn inline<K: Display>(
        &mut self,
        key: &str,
        pairs: impl IntoIterator<Item = (K, String)>,
    ) {
        let pairs: Vec<String> = pairs
            .into_iter()
            .map(|(key, value)| format!("{key} = {value}"))
            .collect();
        if !pairs.is_empty() {
            self.line(key, format!("{{ {} }}", pairs.join(", ")));
        }
    }

    fn push(&mut self, text: Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.0.write_fmt(text);
    }
}

/// Returns `key` as it is if it needs no quotes, else in quotes.
pub(super) fn quoted_key(key: &str) -> String {
    if key.parse::<TargetName>().is_ok() {
        key.to_owned()
    } else {
        quoted(key)
    }
}

/// Returns `value` as TOML in one line. A null, which no table holds, is an empty text.
pub(super) fn inline_value(value: &Value) -> String {
    match value {
        Value::Null => quoted(""),
        Value::Bool(boolean) => boolean.to_string(),
        // With a point or an exponent in each float, as JSON writes it.
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(inline_value).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Object(entries) => {
            let pairs: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{} = {}", quoted_key(key), inline_value(value)))
                .collect();
            match pairs.is_empty() {
                true => "{}".to_owned(),
                false => format!("{{ {} }}", pairs.join(", ")),
            }
        }
    }
}
