use std::collections::BTreeMap;

use serde_json::Value as Json;
use toml::{Table, Value};

use super::models::ReadModels;
use super::providers::{ProviderKey, ProviderModel};
use crate::diag::Code;
use crate::gateway::notes::{ImportNotes, path};
use crate::gateway::tensorzero::params::{self, BODY};
use crate::model::{Bounded, JsonTable, MaxRetries, ModelName, closest};

/// A way to answer a function.
#[derive(Clone, Debug)]
pub(super) struct ReadVariant {
    pub(super) name: String,
    pub(super) asks: VariantEnd,
    pub(super) params: JsonTable,
    pub(super) retries: Option<MaxRetries>,
    /// The files of its templates, by the role of the message.
    pub(super) templates: BTreeMap<String, TemplateFile>,
    /// What it says itself of how often it is chosen.
    pub(super) weight: Option<f64>,
}

/// Whom a variant asks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum VariantEnd {
    /// A model of the file.
    Model(ModelName),
    /// A model of a provider.
    Provider(ProviderModel),
}

/// A file of a template, and the key that names it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TemplateFile {
    pub(super) file: Value,
    pub(super) key: Vec<String>,
}

/// The role of a message that says how to behave; a prompt of a project is one.
pub(super) const SYSTEM: &str = "system";

/// Reads a variant, which stands at `at`; `None` if it is left out or wrong.
pub(super) fn read(
    notes: &mut ImportNotes<'_>,
    at: &[&str; 4],
    mut table: Table,
    models: &ReadModels,
) -> Option<ReadVariant> {
    let below = |key: &'static str| at.iter().copied().chain([key]).collect::<Vec<&str>>();
    let kind = table.remove("type");
    if kind
        .as_ref()
        .is_some_and(|kind| kind.as_str() != Some("chat_completion"))
    {
        notes.left_out(at, "of variants only those of the type chat_completion map");
        return None;
    }
    let asks = asks(notes, &below("model"), table.remove("model"), models)?;
    let templates = templates(notes, at, &mut table);
    let weight = table.remove("weight").and_then(|weight| number(&weight));
    let retries = table.remove("retries");
    let retries = retries.and_then(|value| self::retries(notes, &below("retries"), &value));
    let params = read_params(notes, at, &mut table);
    for key in table.keys() {
        let at: Vec<&str> = at.iter().copied().chain([key.as_str()]).collect();
        notes.left_out(
            &at,
            "a target has no such key; keep a function with it in a file of your own",
        );
    }
    Some(ReadVariant {
        name: at[3].to_owned(),
        asks,
        params,
        retries,
        templates,
        weight,
    })
}

fn asks(
    notes: &mut ImportNotes<'_>,
    at: &[&str],
    value: Option<Value>,
    models: &ReadModels,
) -> Option<VariantEnd> {
    let Some(value) = value else {
        let message = "a variant has a `model`";
        notes.wrong_key(Code::MISSING_KEY, path(&at[..at.len() - 1]), message);
        return None;
    };
    let name = value.as_str().unwrap_or_default();
    let model: Option<ModelName> = name.parse().ok();
    if let Some(model) = model.filter(|model| models.models.contains_key(model)) {
        return Some(VariantEnd::Model(model));
    }
    if let Some(asked) = ProviderKey::of_shorthand(name) {
        return Some(VariantEnd::Provider(asked));
    }
    if models.names.contains(name) {
        // What is wrong with it, or why it is left out, is said where it stands.
        notes.left_out(&at[..at.len() - 1], "its model is not imported");
        return None;
    }
    if name.contains("::") {
        notes.left_out(
            &at[..at.len() - 1],
            "its model is of a provider that a project has no kind for",
        );
        return None;
    }
    let meant = closest(name, models.names.iter().map(String::as_str));
    let meant = meant
        .map(|meant| format!("; did you mean `{meant}`?"))
        .unwrap_or_default();
    let message = format!("the file has no such model{meant}");
    notes.wrong_value(Code::INVALID_VALUE, path(at), message);
    None
}

fn templates(
    notes: &mut ImportNotes<'_>,
    at: &[&str; 4],
    table: &mut Table,
) -> BTreeMap<String, TemplateFile> {
    let mut templates = BTreeMap::new();
    let mut add = |role: &str, keys: &[&str], file: Value| {
        let key = at.iter().chain(keys).map(|key| (*key).to_owned()).collect();
        templates.insert(role.to_owned(), TemplateFile { file, key });
    };
    for (key, role) in [
        ("system_template", SYSTEM),
        ("user_template", "user"),
        ("assistant_template", "assistant"),
    ] {
        if let Some(file) = table.remove(key) {
            add(role, &[key], file);
        }
    }
    let Some(Value::Table(given)) = table.remove("templates") else {
        return templates;
    };
    for (role, value) in given {
        match value {
            Value::Table(mut value) => {
                if let Some(file) = value.remove("path") {
                    add(&role, &["templates", &role, "path"], file);
                }
            }
            _ => {
                let at = path(&[&at[..], &["templates", &role]].concat());
                notes.wrong_value(Code::WRONG_TYPE, at, "a template is a table with a `path`");
            }
        }
    }
    templates
}

fn retries(notes: &mut ImportNotes<'_>, at: &[&str], value: &Value) -> Option<MaxRetries> {
    let table = value.as_table()?;
    let below = |key: &'static str| at.iter().copied().chain([key]).collect::<Vec<&str>>();
    if table.contains_key("max_delay_s") {
        notes.left_out(
            &below("max_delay_s"),
            "how long a gateway waits at most is its own business",
        );
    }
    let value = table.get("num_retries")?;
    let number = value.as_integer().and_then(|it| u32::try_from(it).ok());
    let retries = number.and_then(MaxRetries::new);
    if retries.is_none() {
        let range = MaxRetries::RANGE;
        let message = format!(
            "a rule repeats a request {} to {} times",
            range.start(),
            range.end()
        );
        notes.wrong_value(Code::INVALID_VALUE, path(&below("num_retries")), message);
    }
    retries
}

fn read_params(notes: &mut ImportNotes<'_>, at: &[&str; 4], table: &mut Table) -> JsonTable {
    let mut params = BTreeMap::new();
    let names: Vec<String> = table.keys().cloned().collect();
    for name in names {
        let Some(value) = table.get(&name).and_then(json) else {
            continue;
        };
        if params::has_key(&name, &value) {
            table.remove(&name);
            params.insert(name, value);
        }
    }
    if let Some(Value::Array(entries)) = table.remove(BODY) {
        for (index, entry) in entries.iter().enumerate() {
            let param = entry.as_table().and_then(|entry| {
                let name = params::of_pointer(entry.get("pointer")?.as_str()?)?;
                let value = json(entry.get("value")?)?;
                (entry.len() == 2 && !params.contains_key(&name)).then_some((name, value))
            });
            match param {
                Some((name, value)) => drop(params.insert(name, value)),
                None => {
                    let index = index.to_string();
                    let at: Vec<&str> = at.iter().copied().chain([BODY, &index]).collect();
                    notes.left_out(&at, "a parameter is a whole one, with a value");
                }
            }
        }
    }
    JsonTable::new(params).unwrap_or_else(|error| {
        notes.wrong_key(
            Code::INVALID_VALUE,
            path(at),
            format!("its parameters: {error}"),
        );
        JsonTable::default()
    })
}

/// Returns `value` as JSON; `None` for a time, which JSON has not.
fn json(value: &Value) -> Option<Json> {
    Some(match value {
        Value::String(text) => Json::from(text.as_str()),
        Value::Integer(number) => Json::from(*number),
        Value::Float(number) => Json::Number(serde_json::Number::from_f64(*number)?),
        Value::Boolean(is_set) => Json::from(*is_set),
        Value::Datetime(_) => return None,
        Value::Array(values) => Json::Array(values.iter().map(json).collect::<Option<_>>()?),
        Value::Table(table) => {
            let entries = table
                .iter()
                .map(|(name, value)| Some((name.clone(), json(value)?)));
            Json::Object(entries.collect::<Option<_>>()?)
        }
    })
}

/// Returns a number, whole or not.
pub(super) fn number(value: &Value) -> Option<f64> {
    let whole = || value.as_integer().and_then(|it| i32::try_from(it).ok());
    value.as_float().or_else(|| whole().map(f64::from))
}
