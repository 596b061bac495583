mod functions;
mod models;
mod placing;
mod prompts;
mod providers;
mod variants;

use toml::Table;
use toml::de::{DeTable, DeValue};

use self::functions::ReadFunction;
use self::models::ReadModels;
use crate::gateway::imported::Imported;
use crate::gateway::notes::ImportNotes;
use crate::gateway::toml_import;

/// The tables at the top that no other TOML of a gateway has.
const OWN: [&str; 5] = [
    "embedding_models",
    "evaluations",
    "metrics",
    "object_storage",
    "rate_limiting",
];
/// The tables at the top of a configuration of envctl's own, and never of these.
const FOREIGN: [&str; 5] = ["defaults", "prompts", "providers", "routes", "targets"];

/// Reports whether `text` is such a file, by its tables.
pub(super) fn recognises(text: &str) -> bool {
    let Ok(root) = DeTable::parse(text) else {
        return false;
    };
    let root = root.get_ref();
    let below = |section: &str, keys: &[&str]| {
        let section = root.get(section).map(toml::Spanned::get_ref);
        let Some(DeValue::Table(tables)) = section else {
            return false;
        };
        tables.values().any(|table| match table.get_ref() {
            DeValue::Table(table) => keys.iter().any(|key| table.contains_key(*key)),
            _ => false,
        })
    };
    !FOREIGN.iter().any(|key| root.contains_key(*key))
        && (OWN.iter().any(|key| root.contains_key(*key))
            || below("models", &["routing", "providers"])
            || below("functions", &["variants", "type"])
            || root.contains_key("gateway") && !root.contains_key("models"))
}

/// Reads such a file.
pub(super) fn read(file: &str, text: &str) -> Imported {
    toml_import::read(file, text, imported)
}

fn imported(notes: &mut ImportNotes<'_>, mut root: Table) -> Imported {
    let chat = ReadModels::take(notes, &mut root, "models");
    let embeddings = ReadModels::take(notes, &mut root, "embedding_models");
    let functions = ReadFunction::take(notes, &mut root, &chat);
    for key in root.keys() {
        notes.left_out(
            &[key],
            "it stays in a file of your own, which the gateway reads beside what is rendered",
        );
    }
    placing::placed(notes, chat, embeddings, functions)
}
