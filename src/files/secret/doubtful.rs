//! Values that are not shown though nothing proves them to be secrets.
//!
//! A key that has no place in a configuration is where keys of vendors end up by mistake: a slip in `credential`, a list of
//! headers. And a value that is refused may be the right one for another key.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::model::{BaseUrl, HeaderName};

/// The keys whose texts are what a configuration is made of, so that they are shown.
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
/// The most letters of a word that may be a slip in one of these.
const LONGEST_WORD: usize = 24;

/// Where such values stand, quotes and all.
pub(super) fn values(table: &DeTable<'_>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    in_table(table, &mut found);
    found
}

fn in_table(table: &DeTable<'_>, found: &mut Vec<Range<usize>>) {
    table
        .iter()
        .for_each(|(key, value)| in_value(key.get_ref(), value, found));
}

fn in_value(key: &str, value: &Spanned<DeValue<'_>>, found: &mut Vec<Range<usize>>) {
    match value.get_ref() {
        DeValue::Table(table) => in_table(table, found),
        DeValue::Array(array) => array.iter().for_each(|value| in_value(key, value, found)),
        DeValue::String(text) if !is_plain(key, text) => found.push(value.span()),
        _ => {}
    }
}

/// Whether `text` is what goes under `key`, or at most a slip in it.
fn is_plain(key: &str, text: &str) -> bool {
    match key {
        "base_url" => text.parse::<BaseUrl>().is_ok() || !text.contains(['@', '?', '#', '%']),
        "auth_header_name" => text.parse::<HeaderName>().is_ok(),
        _ if WORDS.contains(&key) => is_word(text),
        _ => KNOWN.contains(&key),
    }
}

fn is_word(text: &str) -> bool {
    text.len() <= LONGEST_WORD
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b' '))
}
