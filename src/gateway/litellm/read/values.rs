use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use crate::files::yaml::{YamlNode, YamlValue};
use crate::gateway::litellm::words::VARIABLE;
use crate::gateway::notes::ImportNotes;
use crate::model::{Bounded, Credential, JsonTable};

/// Returns the variable that `text` refers to, as LiteLLM and the programs that fill in its files write it.
pub(super) fn variable(text: &str) -> Option<Credential> {
    let text = text.trim();
    let name = text
        .strip_prefix(VARIABLE)
        .or_else(|| text.strip_prefix(Credential::PREFIX))
        .or_else(|| {
            text.strip_prefix("${")
                .and_then(|rest| rest.strip_suffix('}'))
        })
        .or_else(|| text.strip_prefix('$'))?;
    format!("{}{name}", Credential::PREFIX).parse().ok()
}

/// Returns the number that `node` is, if only as a text.
pub(super) fn number(node: &YamlNode) -> Option<f64> {
    match &node.value {
        YamlValue::Number(number) => number.as_f64(),
        YamlValue::Text(text) => text.trim().parse().ok().filter(|it: &f64| it.is_finite()),
        _ => None,
    }
}

/// Returns the whole number that `node` is, within the range of its type.
pub(super) fn bounded<T: Bounded>(node: &YamlNode) -> Option<T> {
    whole(number(node)?).and_then(T::new)
}

/// Returns the whole number that `node` is.
pub(super) fn bounded_number(node: &YamlNode) -> Option<u32> {
    whole(number(node)?)
}

/// Returns `value` as a whole number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked before"
)]
pub(super) fn whole(value: f64) -> Option<u32> {
    let fine = value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&value);
    fine.then_some(value as u32)
}

/// Returns the text that `node` is, or that a number or a switch reads as.
pub(super) fn text(node: &YamlNode) -> Option<String> {
    match &node.value {
        YamlValue::Text(text) => Some(text.clone()),
        YamlValue::Number(number) => Some(number.to_string()),
        YamlValue::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// Returns `entries`, which stand at `at`, as a table of a target: references as a project writes them, and nothing that says
/// nothing. What no project can hold is noted.
pub(super) fn json_table(
    desk: &mut ImportNotes<'_>,
    at: &[&str],
    entries: &[(&str, &YamlNode)],
) -> JsonTable {
    let mut values = BTreeMap::new();
    for (key, node) in entries {
        let at: Vec<&str> = at.iter().copied().chain([*key]).collect();
        if node.value == YamlValue::Null {
            desk.changed(&at, "it says nothing, so it is not taken");
            continue;
        }
        let one = json(node).map(|value| BTreeMap::from([((*key).to_owned(), value)]));
        match one.map(JsonTable::new) {
            Some(Ok(_)) if values.len() == JsonTable::MOST => {
                desk.left_out(
                    &at,
                    format!("a target has at most {} of these", JsonTable::MOST),
                );
            }
            Some(Ok(table)) => {
                values.extend(
                    table
                        .iter()
                        .map(|(key, value)| (key.to_owned(), value.clone())),
                );
            }
            Some(Err(error)) => desk.left_out(&at, error.to_string()),
            None => desk.left_out(&at, "a number has at most 64 bits"),
        }
    }
    JsonTable::new(values).unwrap_or_else(|error| {
        desk.left_out(at, error.to_string());
        JsonTable::default()
    })
}

/// `node` as JSON, without what is null; `None` where a number is beyond what TOML holds.
fn json(node: &YamlNode) -> Option<Value> {
    Some(match &node.value {
        YamlValue::Null => Value::Null,
        YamlValue::Bool(value) => Value::Bool(*value),
        YamlValue::Number(number) => Value::Number(fitting(number)?),
        YamlValue::Text(text) => match variable(text) {
            Some(variable) => variable.to_string().into(),
            None => text.clone().into(),
        },
        YamlValue::List(values) => values
            .iter()
            .filter(|value| value.value != YamlValue::Null)
            .map(json)
            .collect::<Option<Vec<_>>>()?
            .into(),
        YamlValue::Table(entries) => entries
            .iter()
            .filter(|(_, value)| value.value != YamlValue::Null)
            .map(|(key, value)| Some((key.name.clone(), json(value)?)))
            .collect::<Option<Map<_, _>>>()?
            .into(),
    })
}

fn fitting(number: &Number) -> Option<Number> {
    (number.is_i64() || number.is_f64()).then(|| number.clone())
}
