//! Values that are not shown although nothing proves that they are secrets.
//!
//! Unknown keys are where keys of vendors end up by mistake: a typo in `credential`, or a list of headers.
//! And a value that is refused under one key may be the right one for another.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::model::{BaseUrl, HeaderName};

/// The keys whose texts a configuration is made of, so that they are shown.
const KNOWN: [&str; 13] = [
    "assistant_template",
    "credential",
    "model",
    "models",
    "order",
    "path",
    "prompt",
    "provider",
    "system_template",
    "targets",
    "text",
    "user_template",
    "api_key_location",
];
/// Those that take one of a few words.
const WORDS: [&str; 3] = ["auth_type", "endpoint", "strategy"];
/// The most letters of a word that may be a misspelling of one of these.
const LONGEST_WORD: usize = 24;

/// Returns where such values are, including their quotes.
pub(super) fn values(table: &DeTable<'_>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    in_table(table, &mut found);
    found
}

/// Collects such values in `table`.
fn in_table(table: &DeTable<'_>, found: &mut Vec<Range<usize>>) {
    table
        .iter()
        .for_each(|(key, value)| in_value(key.get_ref(), value, found));
}

/// Collects such values in `value`, which is under `key`.
fn in_value(key: &str, value: &Spanned<DeValue<'_>>, found: &mut Vec<Range<usize>>) {
    match value.get_ref() {
        DeValue::Table(table) => in_table(table, found),
        DeValue::Array(array) => array.iter().for_each(|value| in_value(key, value, found)),
        DeValue::String(text) if !is_plain(key, text) => found.push(value.span()),
        _ => {}
    }
}

/// Reports whether `text` is a valid value for `key`, or at most a typo in one.
fn is_plain(key: &str, text: &str) -> bool {
    match key {
        "base_url" => text.parse::<BaseUrl>().is_ok() || !text.contains(['@', '?', '#', '%']),
        "auth_header_name" => text.parse::<HeaderName>().is_ok(),
        _ if WORDS.contains(&key) => is_word(text),
        _ => KNOWN.contains(&key),
    }
}

/// Reports whether `text` could be one of a few words, or a typo in one.
fn is_word(text: &str) -> bool {
    text.len() <= LONGEST_WORD
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b' '))
}
