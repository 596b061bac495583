use serde_json::Value;

use super::file_tables::Lines;
use crate::files::splice::quoted;
use crate::gateway::toml_text::inline_value;
use crate::model::{Credential, JsonTable};

/// Reports whether a key takes a value.
type Takes = fn(&Value) -> bool;

/// The parameters that a variant has a key of its own for, and what that takes.
const KEYS: [(&str, Takes); 10] = [
    ("frequency_penalty", Value::is_number),
    ("max_tokens", Value::is_u64),
    ("presence_penalty", Value::is_number),
    ("reasoning_effort", Value::is_string),
    ("seed", Value::is_u64),
    ("service_tier", Value::is_string),
    ("temperature", Value::is_number),
    ("thinking_budget_tokens", Value::is_u64),
    ("top_p", Value::is_number),
    ("verbosity", Value::is_string),
];
/// What LiteLLM reads itself and sends to nobody: a provider would refuse a request with it.
const OF_LITELLM: [&str; 12] = [
    "additional_drop_params",
    "allowed_openai_params",
    "cooldown_time",
    "drop_params",
    "input_cost_per_second",
    "input_cost_per_token",
    "merge_reasoning_content_in_choices",
    "mock_response",
    "output_cost_per_second",
    "output_cost_per_token",
    "tags",
    "use_in_pass_through",
];

/// What adds other parameters to the body of a request.
pub(super) const BODY: &str = "extra_body";

/// What adds headers to a request.
pub(super) const HEADERS: &str = "extra_headers";

/// Returns the lines of a variant that say `params`.
///
/// # Errors
///
/// The parameter that no line says, and why.
pub(super) fn lines(params: &JsonTable) -> Result<Lines, (String, &'static str)> {
    let (mut lines, mut others) = (Lines::new(), Vec::new());
    let mut headers = Vec::new();
    for (name, value) in params.iter() {
        if OF_LITELLM.contains(&name) {
            continue;
        }
        if names_a_variable(value) {
            let message = "the gateway would send the name of the variable, and not what it holds";
            return Err((name.to_owned(), message));
        }
        match value {
            _ if has_key(name, value) => lines.push((name.to_owned(), inline_value(value))),
            Value::Object(entries) if name == HEADERS => {
                for (header, value) in entries {
                    let Value::String(value) = value else {
                        return Err((name.to_owned(), "a header is a text"));
                    };
                    let (name, value) = (quoted(header), quoted(value));
                    headers.push(format!("{{ name = {name}, value = {value} }}"));
                }
            }
            _ if name == HEADERS => return Err((name.to_owned(), "headers are a table")),
            _ => {
                let pointer = quoted(&format!("/{}", escaped(name)));
                let value = inline_value(value);
                others.push(format!("{{ pointer = {pointer}, value = {value} }}"));
            }
        }
    }
    for (key, entries) in [(BODY, others), (HEADERS, headers)] {
        if !entries.is_empty() {
            lines.push((key.to_owned(), format!("[{}]", entries.join(", "))));
        }
    }
    Ok(lines)
}

/// Returns the parameters that no line says, because they are for another gateway.
pub(super) fn of_another_gateway(params: &JsonTable) -> impl Iterator<Item = &str> {
    let names = params.iter().map(|(name, _)| name);
    names.filter(|name| OF_LITELLM.contains(name))
}

/// Reports whether `value` is a variable of the gateway, or has one in it.
fn names_a_variable(value: &Value) -> bool {
    match value {
        Value::String(text) => text.parse::<Credential>().is_ok(),
        Value::Array(values) => values.iter().any(names_a_variable),
        Value::Object(entries) => entries.values().any(names_a_variable),
        _ => false,
    }
}

/// Reports whether a variant has a key for the parameter `name` that takes `value`.
pub(super) fn has_key(name: &str, value: &Value) -> bool {
    KEYS.iter().any(|(key, takes)| *key == name && takes(value))
}

/// Returns the parameter that a pointer into the body of a request is about, if it is the whole of one.
pub(super) fn of_pointer(pointer: &str) -> Option<String> {
    let name = pointer
        .strip_prefix('/')
        .filter(|name| !name.contains('/'))?;
    Some(name.replace("~1", "/").replace("~0", "~"))
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
