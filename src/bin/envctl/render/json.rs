//! The one JSON object that every command writes under `--json`.

use std::borrow::Cow;
use std::fmt::Write;

use envctl::files::without_sure_keys;
use envctl::policy::Wait;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::when::When;
use crate::exit::Exit;
use crate::ui::is_unshowable;

/// Why a command failed; added to the command's own data.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ErrorBody {
    /// A stable name for programs, such as `unknown-environment`.
    pub code: &'static str,
    /// What happened, as on stderr.
    pub message: String,
    /// What helps, as on stderr.
    pub hint: Option<String>,
    /// What it waits for, if nothing else is wrong.
    #[serde(flatten)]
    pub waiting: Option<WaitBody>,
}

/// What a change waits for; with exit 5.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WaitBody {
    /// What is missing.
    pub wait: Wait,
    /// Whether a request was recorded.
    pub recorded: bool,
    /// The time from which the same command passes, if only time is missing.
    pub eligible: Option<When>,
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

/// Returns the JSON output of `command` that ended with `exit`: its schema, `ok`, the fields of `body` and, beside
/// them, the error; pretty-printed, without a line break at the end.
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
    let mut document = serde_json::to_value(Document {
        schema,
        ok: exit.ok(),
        body,
        error,
    })?;
    if let Value::Object(fields) = &mut document {
        let said = fields
            .iter_mut()
            .filter(|(name, _)| !ASKED_FOR.contains(&name.as_str()));
        said.for_each(|(_, value)| blot(value));
    }
    pretty(&document)
}

/// The fields that contain the requested content byte for byte: a version, or a configuration,
/// which is refused if it has a literal secret.
const ASKED_FOR: [&str; 2] = ["content", "gateway"];

/// Returns `value` with everything that looks like a credential removed from its texts: the output may end up in logs.
///
/// # Errors
///
/// If `value` has a map whose keys are no text.
pub fn without_credentials(value: &impl Serialize) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(value)?;
    blot(&mut value);
    Ok(value)
}

fn blot(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(blotted) = without_sure_keys(text) {
                *text = blotted;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(blot),
        Value::Object(fields) => fields.values_mut().for_each(blot),
        _ => {}
    }
}

/// Returns `value` as JSON on several lines, without a line break at the end; nothing in it acts on a terminal or on a
/// runner.
///
/// # Errors
///
/// If `value` has a map whose keys are no text.
pub fn pretty(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(harmless(&serde_json::to_string_pretty(value)?))
}

/// Escapes what JSON allows inside strings but a terminal acts on, or the runner of a job.
///
/// serde_json escapes the controls below U+0020 itself, and whatever else is unshowable, as well as `##[`, can only stand
/// inside a string, so no parser is needed to find the places.
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
    text.replace("##[", r"##\u005b")
}

#[cfg(test)]
mod tests {
    use envctl::policy::Wait;
    use serde::Serialize;
    use serde_json::{Value, json};

    use super::{ErrorBody, WaitBody, document};
    use crate::exit::Exit;

    #[derive(Serialize)]
    struct Body {
        name: &'static str,
    }

    #[test]
    fn the_fields_of_the_body_stand_in_the_object() {
        let text = document("env.show", Exit::Done, &Body { name: "prod" }, None).unwrap();
        assert_eq!(
            text,
            "{\n  \"schema\": \"envctl.env.show/v1\",\n  \"ok\": true,\n  \"name\": \"prod\"\n}"
        );
    }

    #[test]
    fn an_error_stands_beside_the_data() {
        let waiting = Some(WaitBody {
            wait: Wait::Dwell,
            recorded: false,
            eligible: None,
        });
        let error = ErrorBody {
            code: "waiting",
            message: "not yet".into(),
            hint: None,
            waiting,
        };
        let text = document(
            "promote",
            Exit::Waiting,
            &Body { name: "prod" },
            Some(&error),
        )
        .unwrap();
        let expected = json!({
            "schema": "envctl.promote/v1",
            "ok": false,
            "name": "prod",
            "error": { "code": "waiting", "message": "not yet", "hint": null, "wait": "dwell", "recorded": false, "eligible": null },
        });
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
    }

    #[test]
    fn a_command_may_have_no_data() {
        let text = document("sync", Exit::Done, &(), None).unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            json!({ "schema": "envctl.sync/v1", "ok": true })
        );
    }

    #[test]
    fn credentials_are_blotted_out_of_all_but_what_was_asked_for() {
        let key = "sk-proj-abcDEF123456";
        let body = json!({ "author": { "name": format!("Ana\n{key}") }, "content": key });
        let text = document("x", Exit::Done, &body, None).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        let name = value["author"]["name"].as_str().unwrap();
        assert!(name.starts_with("Ana\n") && !name.contains("DEF"), "{name}");
        assert_eq!(value["content"], key);
    }

    #[test]
    fn what_steers_a_terminal_is_escaped_and_survives() {
        let name = "\u{1b}[0m\u{7f}\u{9b}\u{202e}\u{200b}\u{e0041}\n\té";
        let text = document("x", Exit::Done, &Body { name }, None).unwrap();
        assert!(
            text.contains(r#""\u001b[0m\u007f\u009b\u202e\u200b\udb40\udc41\n\té""#),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["name"], name);
    }

    #[test]
    fn what_a_runner_takes_for_a_command_is_escaped_and_survives() {
        let name = "a ##[add-matcher]x.json";
        let text = document("x", Exit::Done, &Body { name }, None).unwrap();
        assert!(!text.contains("##["), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["name"], name);
    }

    proptest::proptest! {
        #[test]
        fn any_text_survives(text: String) {
            let json = document("x", Exit::Done, &json!({ "text": text }), None).unwrap();
            proptest::prop_assert!(!json.contains(|c| c != '\n' && crate::ui::is_unshowable(c)));
            proptest::prop_assert_eq!(&serde_json::from_str::<Value>(&json).unwrap()["text"], &json!(text));
        }
    }
}
