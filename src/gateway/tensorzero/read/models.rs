use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use super::providers::{self, ProviderModel};
use crate::diag::Code;
use crate::gateway::notes::{ImportNotes, path};
use crate::gateway::slugs::TakenNames;
use crate::model::{ModelName, TargetName};

/// The models of a section by name; those that are wrong are not among them.
#[derive(Debug, Default)]
pub(super) struct ReadModels {
    pub(super) models: BTreeMap<ModelName, ReadModel>,
    /// The names of all, those of wrong ones too.
    pub(super) names: BTreeSet<String>,
}

/// A model: whom it asks, in order.
#[derive(Clone, Debug)]
pub(super) struct ReadModel {
    pub(super) targets: Vec<(TargetName, ProviderModel)>,
}

impl ReadModels {
    /// Takes a section of models out of `root`.
    pub(super) fn take(notes: &mut ImportNotes<'_>, root: &mut Table, section: &str) -> Self {
        let mut read = Self::default();
        for (name, table) in notes.tables(root, section) {
            let at = [section, name.as_str()];
            read.names.insert(name.clone());
            let called: ModelName = match name.parse() {
                Ok(called) => called,
                Err(error) => {
                    let message = format!("the name of the model: {error}");
                    notes.wrong_key(Code::INVALID_VALUE, path(&at), message);
                    continue;
                }
            };
            if let Some(model) = model(notes, &at, table) {
                read.models.insert(called, model);
            }
        }
        read
    }
}

fn model(notes: &mut ImportNotes<'_>, at: &[&str; 2], mut table: Table) -> Option<ReadModel> {
    let [section, name] = *at;
    let routing = routing(notes, at, table.remove("routing"))?;
    let mut given = match table.remove("providers") {
        Some(Value::Table(given)) => given,
        _ => Table::new(),
    };
    let (mut targets, mut taken, mut sound) = (Vec::new(), TakenNames::default(), true);
    for (index, provider) in &routing {
        notes.took(&[section, name, "routing", &index.to_string()]);
        let Some(Value::Table(table)) = given.remove(provider) else {
            let at = path(&[section, name, "routing", &index.to_string()]);
            let message = format!("the model has no provider `{provider}`");
            notes.wrong_value(Code::INVALID_VALUE, at, message);
            sound = false;
            continue;
        };
        let at = [section, name, "providers", provider];
        let called = taken.target(provider).or_else(|| taken.target(NAMELESS));
        let read = providers::read(notes, &at, table);
        targets.extend(called.zip(read));
    }
    for key in given.keys() {
        notes.left_out(
            &[section, name, "providers", key],
            "`routing` does not name it",
        );
    }
    for key in table.keys() {
        notes.left_out(&[section, name, key], "a routing rule has no such key");
    }
    if sound && targets.is_empty() {
        notes.left_out(at, "none of its providers is imported");
    }
    (sound && !targets.is_empty()).then_some(ReadModel { targets })
}

/// What a target is called of whose provider nothing can be in a name.
const NAMELESS: &str = "provider";

/// Returns the names of the providers that a model asks, each once, with their places.
fn routing(
    notes: &mut ImportNotes<'_>,
    at: &[&str; 2],
    value: Option<Value>,
) -> Option<Vec<(usize, String)>> {
    let [section, name] = *at;
    let Some(value) = value else {
        let message = "a model has a `routing`, which names its providers in order";
        notes.wrong_key(Code::MISSING_KEY, path(at), message);
        return None;
    };
    let names = value
        .as_array()
        .map(|names| names.iter().map(Value::as_str).collect());
    let names: Option<Vec<&str>> =
        names.and_then(|names: Vec<Option<&str>>| names.into_iter().collect());
    let Some(names) = names.filter(|names| !names.is_empty()) else {
        let message = "`routing` takes a list of names of providers";
        let at = path(&[section, name, "routing"]);
        notes.wrong_value(Code::WRONG_TYPE, at, message);
        return None;
    };
    let mut seen = BTreeSet::new();
    let (mut once, mut again) = (Vec::new(), Vec::new());
    for (index, provider) in names.into_iter().enumerate() {
        match seen.insert(provider) {
            true => once.push((index, provider.to_owned())),
            false => again.push(index.to_string()),
        }
    }
    for index in again {
        let message = "a rule tries a target once; `retry` repeats a request";
        notes.left_out(&[section, name, "routing", &index], message);
    }
    Some(once)
}
