use std::collections::BTreeMap;

use serde_json::Value as Json;
use toml::{Table, Value};

use super::models::ReadModels;
use super::providers::{ProviderKey, ProviderModel};
use crate::diag::{Code, KeyPath};
use crate::gateway::notes::{ImportNotes, path};
use crate::gateway::tensorzero::params::{self, BODY, HEADERS};
use crate::gateway::toml_import::number;
use crate::model::{Bounded, JsonTable, MaxRetries, ModelName, closest};

/// A way to answer a function.
#[derive(Clone, Debug)]
pub(super) struct ReadVariant {
    pub(super) name: String,
    pub(super) asks: VariantEnd,
    pub(super) params: JsonTable,
    /// The keys that its parameters stand at.
    pub(super) params_at: Vec<KeyPath>,
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
    notes.took(&below("type"));
    let asks = asks(notes, &below("model"), table.remove("model"), models)?;
    let templates = templates(notes, at, &mut table);
    let weight = table.remove("weight").as_ref().and_then(number);
    if weight.is_some() {
        notes.took(&below("weight"));
    }
    let retries = table.remove("retries");
    let retries = retries.and_then(|value| self::retries(notes, &below("retries"), &value));
    let (params, params_at) = read_params(notes, at, &mut table);
    for key in table.keys() {
        let at: Vec<&str> = at.iter().copied().chain([key.as_str()]).collect();
        notes.left_out(
            &at,
            "a target has no place for it; keep a function with it in a file of your own",
        );
    }
    Some(ReadVariant {
        name: at[3].to_owned(),
        asks,
        params,
        params_at,
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
        notes.took(at);
        return Some(VariantEnd::Model(model));
    }
    if let Some(asked) = ProviderKey::of_shorthand(name) {
        notes.took(at);
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
    if retries.is_some() {
        notes.took(&below("num_retries"));
    } else {
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

/// Returns the parameters of a variant, and the keys that they stand at.
fn read_params(
    notes: &mut ImportNotes<'_>,
    at: &[&str; 4],
    table: &mut Table,
) -> (JsonTable, Vec<KeyPath>) {
    let mut params = BTreeMap::new();
    let mut places: Vec<KeyPath> = Vec::new();
    let names: Vec<String> = table.keys().cloned().collect();
    for name in names {
        let Some(value) = table.get(&name).and_then(json) else {
            continue;
        };
        if params::has_key(&name, &value) {
            table.remove(&name);
            places.push(path(&[&at[..], &[&name]].concat()));
            params.insert(name, value);
        }
    }
    for (key, read) in [
        (BODY, in_body as fn(&Table) -> Option<(String, Json)>),
        (HEADERS, in_headers),
    ] {
        let Some(Value::Array(entries)) = table.remove(key) else {
            continue;
        };
        for (index, entry) in entries.iter().enumerate() {
            let index = index.to_string();
            let at = [&at[..], &[key, &index]].concat();
            let said = entry
                .as_table()
                .filter(|entry| entry.len() == 2)
                .and_then(read);
            let added = said.is_some_and(|(name, value)| match key {
                HEADERS => add_header(&mut params, name, value),
                _ => !params.contains_key(&name) && params.insert(name, value).is_none(),
            });
            match added {
                true => places.push(path(&at)),
                false => notes.left_out(&at, "a parameter is a whole one, with a value"),
            }
        }
    }
    for at in &places {
        let at: Vec<&str> = at.iter().map(String::as_str).collect();
        notes.took(&at);
    }
    let params = JsonTable::new(params).unwrap_or_else(|error| {
        notes.wrong_key(
            Code::INVALID_VALUE,
            path(at),
            format!("its parameters: {error}"),
        );
        JsonTable::default()
    });
    (params, places)
}

/// Returns the parameter that an entry adds to the body of a request.
fn in_body(entry: &Table) -> Option<(String, Json)> {
    let name = params::of_pointer(entry.get("pointer")?.as_str()?)?;
    Some((name, json(entry.get("value")?)?))
}

/// Returns the header that an entry adds to a request.
fn in_headers(entry: &Table) -> Option<(String, Json)> {
    let name = entry.get("name")?.as_str()?;
    Some((name.to_owned(), entry.get("value")?.as_str()?.into()))
}

/// Adds a header to those among `params`; `false` where there is one of that name.
fn add_header(params: &mut BTreeMap<String, Json>, name: String, value: Json) -> bool {
    let headers = params
        .entry(HEADERS.to_owned())
        .or_insert_with(|| Json::Object(serde_json::Map::new()));
    let Json::Object(headers) = headers else {
        return false;
    };
    !headers.contains_key(&name) && headers.insert(name, value).is_none()
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
