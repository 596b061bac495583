//! Texts as TOML strings.

/// Returns `text` as a TOML string, in the kind of quotes that `existing` has if that is possible.
pub(in crate::files) fn quoted_like(existing: &str, text: &str) -> String {
    // A literal string cannot contain its quote, nor escape anything.
    let literal =
        existing.starts_with('\'') && !existing.starts_with("'''") && !text.contains('\'');
    if literal {
        format!("'{text}'")
    } else {
        quoted(text)
    }
}

/// Returns `text` as a basic TOML string.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\t' => quoted.push_str("\\t"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            control if control.is_control() => {
                quoted.push_str(&format!("\\u{:04X}", u32::from(control)));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
