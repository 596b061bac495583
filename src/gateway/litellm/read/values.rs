use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use crate::diag::KeyPath;
use crate::files::yaml::{YamlNode, YamlValue};
use crate::gateway::litellm::words::VARIABLE;
use crate::gateway::notes::ImportNotes;
use crate::model::{Bounded, Credential, JsonTable, VersionNumber};

/// Returns the variable that `text` stands for: as LiteLLM writes it, as a project does, or as programs do that fill in files.
pub(super) fn variable(text: &str) -> Option<Credential> {
    let name = text
        .strip_prefix(VARIABLE)
        .or_else(|| text.strip_prefix(Credential::PREFIX))
        .or_else(|| text.strip_prefix("${")?.strip_suffix('}'))?;
    format!("{}{name}", Credential::PREFIX).parse().ok()
}

/// Returns the variable that the key or the address `text` stands for, which may also be written as `$NAME`: elsewhere that
/// may be a text.
pub(super) fn variable_of_provider(text: &str) -> Option<Credential> {
    let text = text.trim();
    let bare = || {
        let name = text.strip_prefix('$')?;
        format!("{}{name}", Credential::PREFIX).parse().ok()
    };
    variable(text).or_else(bare)
}

/// Accounts for `text`, which stands at `at` and is `variable`, and says so unless LiteLLM reads it as that as well.
pub(super) fn took_variable(
    desk: &mut ImportNotes<'_>,
    at: &[&str],
    (text, variable): (&str, &Credential),
) {
    desk.took(at);
    if !text.starts_with(VARIABLE) {
        let message = format!("it is the variable {}", variable.variable());
        desk.adapted(at, message);
    }
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
    T::new(whole(number(node)?)?)
}

/// Returns the number of a version that `node` is.
pub(super) fn version(node: &YamlNode) -> Option<VersionNumber> {
    VersionNumber::new(whole(number(node)?)?)
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

/// Returns `parts`, each a key with where it stands and what it says, as a table of a target: references as a project writes them, and nothing that says nothing. What no project
/// can hold is left out.
pub(super) fn json_table<'n>(
    desk: &mut ImportNotes<'_>,
    parts: impl Iterator<Item = (&'n str, KeyPath, &'n YamlNode)>,
) -> JsonTable {
    let mut values = BTreeMap::new();
    for (key, at, node) in parts {
        let at: Vec<&str> = at.iter().map(String::as_str).collect();
        if node.value == YamlValue::Null {
            desk.adapted(&at, "it says nothing, so it is not taken");
            continue;
        }
        let mut variables = Vec::new();
        let value = json(&mut variables, &at, node);
        let one = value.map(|value| JsonTable::new(BTreeMap::from([(key.to_owned(), value)])));
        match one {
            Some(Ok(_)) if values.len() == JsonTable::MOST => {
                let message = format!("a target has at most {} of these", JsonTable::MOST);
                desk.left_out(&at, message);
            }
            Some(Ok(table)) => {
                let before = values.clone();
                let own = table
                    .iter()
                    .map(|(key, value)| (key.to_owned(), value.clone()));
                values.extend(own);
                if let Err(error) = JsonTable::new(values.clone()) {
                    values = before;
                    desk.left_out(&at, error.to_string());
                    continue;
                }
                desk.took(&at);
                for (at, variable) in variables {
                    let at: Vec<&str> = at.iter().map(String::as_str).collect();
                    desk.adapted(&at, format!("it is the variable {}", variable.variable()));
                }
            }
            Some(Err(error)) => desk.left_out(&at, error.to_string()),
            None => desk.left_out(&at, "a number has at most 64 bits"),
        }
    }
    JsonTable::new(values).unwrap_or_default()
}

/// The variables that are not written as LiteLLM does, and where each stands.
type OtherVariables = Vec<(Vec<String>, Credential)>;

/// Returns `node`, which stands at `at`, as JSON, without what is null; `None` where a number is beyond what TOML holds.
fn json(variables: &mut OtherVariables, at: &[&str], node: &YamlNode) -> Option<Value> {
    let mut part = |key: &str, node: &YamlNode| {
        let at: Vec<&str> = at.iter().copied().chain([key]).collect();
        json(variables, &at, node)
    };
    Some(match &node.value {
        YamlValue::Null => Value::Null,
        YamlValue::Bool(value) => Value::Bool(*value),
        YamlValue::Number(number) => Value::Number(fitting(number)?),
        YamlValue::Text(text) => match variable(text) {
            Some(variable) => {
                let said = variable.to_string();
                if !text.starts_with(VARIABLE) {
                    let at = at.iter().map(|key| (*key).to_owned()).collect();
                    variables.push((at, variable));
                }
                said.into()
            }
            None => text.clone().into(),
        },
        YamlValue::List(values) => values
            .iter()
            .enumerate()
            .filter(|(_, value)| value.value != YamlValue::Null)
            .map(|(index, value)| part(&index.to_string(), value))
            .collect::<Option<Vec<_>>>()?
            .into(),
        YamlValue::Table(entries) => entries
            .iter()
            .filter(|(_, value)| value.value != YamlValue::Null)
            .map(|(key, value)| Some((key.name.clone(), part(&key.name, value)?)))
            .collect::<Option<Map<_, _>>>()?
            .into(),
    })
}

fn fitting(number: &Number) -> Option<Number> {
    (number.is_i64() || number.is_f64()).then(|| number.clone())
}
