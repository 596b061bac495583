use std::fmt::Write;

use serde_json::Value;

use crate::files::yaml::quoted;

/// The most characters of a value in braces; a longer one has one entry a line.
const LINE: usize = 80;

/// Writes the entries of `table` as YAML, each in a line of its own that begins with `indent` spaces; `first` is what the first
/// line begins with instead.
pub(super) fn write_table(text: &mut String, table: &[(&str, Value)], indent: usize, first: &str) {
    for (number, (key, value)) in table.iter().enumerate() {
        let spaces = " ".repeat(indent);
        let beginning = if number == 0 { first } else { &spaces };
        // Writing to a String cannot fail.
        let _ = write!(text, "{beginning}{}:", quoted(key));
        write_value(text, value, indent + 2);
    }
}

/// Writes `value` behind its key.
fn write_value(text: &mut String, value: &Value, indent: usize) {
    let in_line = in_line(value);
    match value {
        Value::Object(entries) if in_line.len() > LINE => {
            text.push('\n');
            let entries: Vec<(&str, Value)> = entries
                .iter()
                .map(|(key, value)| (key.as_str(), value.clone()))
                .collect();
            write_table(text, &entries, indent, &" ".repeat(indent));
        }
        Value::String(lines) if is_block(lines) => {
            text.push_str(if lines.ends_with('\n') {
                " |\n"
            } else {
                " |-\n"
            });
            for line in lines.lines() {
                let spaces = if line.is_empty() { 0 } else { indent };
                let _ = writeln!(text, "{}{line}", " ".repeat(spaces));
            }
        }
        _ => {
            let _ = writeln!(text, " {in_line}");
        }
    }
}

/// Reports whether every reader of YAML takes the lines of `text`, indented, for exactly this text.
fn is_block(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let fine = |c: char| c == '\n' || c.is_ascii_graphic() || c == ' ' || c.is_alphanumeric();
    body.contains('\n')
        && !body.starts_with([' ', '\n'])
        && body.lines().all(|line| line.trim_end() == line)
        && !body.ends_with('\n')
        && body.chars().all(fine)
}

/// Returns `value` in one line.
fn in_line(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(boolean) => boolean.to_string(),
        Value::Number(number) => number_text(number),
        // In braces a plain text ends at a comma, and no text that needs no quotes has one.
        Value::String(text) => quoted(text).into_owned(),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(in_line).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Object(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", quoted(key), in_line(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// A number as a reader of YAML 1.1 takes it for one: `1e21` is a text there, and `1.0e+21` is not.
fn number_text(number: &serde_json::Number) -> String {
    let text = number.to_string();
    let Some((digits, exponent)) = text.split_once('e') else {
        return text;
    };
    let point = if digits.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['-', '+']) {
        ""
    } else {
        "+"
    };
    format!("{digits}{point}e{sign}{exponent}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_in_a_line_as_long_as_they_fit() {
        let table = [
            ("model", json!("openai/*")),
            ("api_base", json!("http://a:1/v1")),
            ("info", json!({"b": [1, 1e21, 0.5, true], "a x": {}})),
            ("long", json!({"description": "x".repeat(90), "on": "y"})),
        ];
        let mut text = String::new();
        write_table(&mut text, &table, 2, "- ");
        let long = "x".repeat(90);
        assert_eq!(
            text,
            format!(
                "- model: \"openai/*\"\n  api_base: http://a:1/v1\n  info: {{b: [1, 1.0e+21, 0.5, true], \"a x\": {{}}}}\n  \
                long:\n    description: {long}\n    \"on\": \"y\"\n"
            )
        );
    }
}
