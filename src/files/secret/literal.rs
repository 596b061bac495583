use std::ops::Range;

use super::key_text::keys;
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
    with_scheme || with_value || !keys(text).is_empty()
}

/// Reports whether `text` is more than the name of a header: it goes on with a value, or is a run of letters
/// and digits that no header is called.
fn is_more_than_a_header_name(text: &str) -> bool {
    let is_random = |part: &str| part.len() >= 16 && part.bytes().any(|byte| byte.is_ascii_digit());
    text.parse::<HeaderName>().is_err() && text.contains([':', ' ', '='])
        || text.split('-').any(is_random)
}
