use std::ops::Range;

use super::key_text::{keys, names_a_secret};
use super::reference::is_harmless;
use crate::diag::KeyPath;
use crate::model::HeaderName;

/// A literal secret in a file that could be parsed.
pub(super) struct Literal {
    pub(super) path: KeyPath,
    pub(super) span: Range<usize>,
    pub(super) why: Why,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// It is not a reference, where only a reference is allowed.
    Place,
    /// It looks like a key.
    Look,
}

/// Reports whether `text` looks like a secret, whatever the name of its key.
pub(super) fn looks_secret(path: &KeyPath, text: &str) -> bool {
    let with_scheme = ["bearer ", "basic "]
        .iter()
        .any(|scheme| text.to_ascii_lowercase().starts_with(scheme));
    let with_value = path.last().is_some_and(|key| key == "auth_header_name")
        && is_more_than_a_header_name(text);
    with_scheme || with_value || !keys(text).is_empty() || is_json_with_secret(text)
}

/// Reports whether `text` is JSON, such as the key file of a service account, in which something has the name of a secret.
fn is_json_with_secret(text: &str) -> bool {
    let is_table = text.trim_start().starts_with(['{', '[']);
    is_table && serde_json::from_str(text).is_ok_and(|value| holds_secret(&value))
}

fn holds_secret(value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match value {
        Value::Object(members) => members.iter().any(|(name, member)| match member {
            Value::String(text) => !text.is_empty() && names_a_secret(name) && !is_harmless(text),
            other => holds_secret(other),
        }),
        Value::Array(items) => items.iter().any(holds_secret),
        _ => false,
    }
}

/// Reports whether `text` is more than the name of a header: it goes on with a value, or is a run of letters
/// and digits that no header is called.
fn is_more_than_a_header_name(text: &str) -> bool {
    let is_random = |part: &str| part.len() >= 16 && part.bytes().any(|byte| byte.is_ascii_digit());
    text.parse::<HeaderName>().is_err() && text.contains([':', ' ', '='])
        || text.split('-').any(is_random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_in_a_text_is_searched_for_names_of_secrets() {
        let looks = |text: &str| looks_secret(&vec!["x".to_owned()], text);
        assert!(looks(
            r#"{"type": "service_account", "private_key": "hunter2"}"#
        ));
        assert!(looks(r#" [{"a": {"password": "hunter2"}}]"#));
        assert!(!looks(
            r#"{"api_key": "env::KEY", "token": "", "name": "x"}"#
        ));
        assert!(!looks(r#"{"private_key": "cut"#));
    }
}
