//! The one JSON object that every command writes under `--json`.

use std::fmt::Write;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::exit::Exit;
use crate::ui::is_unshowable;

/// Why a command did not do what it was asked to; stands beside the command's own data.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorBody {
    /// A stable name for programs, such as `unknown-environment`.
    pub code: &'static str,
    /// What happened, as on stderr.
    pub message: String,
    /// What helps, as on stderr.
    pub hint: Option<String>,
    /// What only this kind of error has, such as `wait` and `recorded`.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

#[derive(Serialize)]
struct Document<'a, T> {
    schema: String,
    ok: bool,
    #[serde(flatten)]
    body: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a ErrorBody>,
}

/// The JSON output of `command` that ended with `exit`: its schema, `ok`, the fields of `body` and, beside them, the
/// error; pretty-printed, without a line break at the end.
///
/// # Errors
///
/// If `body` is anything but a struct, a map with text as keys, or `()`.
pub fn document<T: Serialize>(
    command: &str,
    exit: Exit,
    body: &T,
    error: Option<&ErrorBody>,
) -> serde_json::Result<String> {
    let schema = format!("envctl.{command}/v1");
    let pretty = serde_json::to_string_pretty(&Document { schema, ok: exit.ok(), body, error })?;
    Ok(harmless(&pretty))
}

/// Escapes what JSON allows inside strings but a terminal acts on.
///
/// serde_json escapes the controls below U+0020 itself, and whatever else is unshowable can only stand inside a string,
/// so no parser is needed to find the places.
fn harmless(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if character == '\n' || !is_unshowable(character) {
            text.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
    text
}
