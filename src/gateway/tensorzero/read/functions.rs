use std::collections::BTreeMap;

use toml::{Table, Value};

use super::models::ReadModels;
use super::variants::{self, ReadVariant, number};
use crate::gateway::notes::ImportNotes;
use crate::gateway::proportion::in_proportion;

/// A function: its variants, in the order of their names, and how often each is chosen.
#[derive(Clone, Debug)]
pub(super) struct ReadFunction {
    pub(super) name: String,
    pub(super) variants: Vec<ReadVariant>,
    pub(super) weights: Vec<u32>,
}

/// What says how the variants of a function are chosen.
const CHOICE: &str = "experimentation";

impl ReadFunction {
    /// Takes the functions out of `root`.
    pub(super) fn take(
        notes: &mut ImportNotes<'_>,
        root: &mut Table,
        models: &ReadModels,
    ) -> Vec<Self> {
        let functions = notes.tables(root, "functions").into_iter();
        functions
            .filter_map(|(name, table)| Self::read(notes, name, table, models))
            .collect()
    }

    fn read(
        notes: &mut ImportNotes<'_>,
        name: String,
        mut table: Table,
        models: &ReadModels,
    ) -> Option<Self> {
        let at = ["functions", name.as_str()];
        if table.remove("type").as_ref().and_then(Value::as_str) == Some("json") {
            let message = "a project has no schemas of answers: what is rendered is a chat function; keep this one, with \
                its schema, in a file of your own";
            notes.left_out(&[at[0], at[1], "type"], message);
        }
        let given = match table.remove("variants") {
            Some(Value::Table(given)) => given,
            _ => Table::new(),
        };
        let mut variants = Vec::new();
        for (variant, value) in given {
            let at = [at[0], at[1], "variants", &variant];
            match value {
                Value::Table(value) => variants.extend(variants::read(notes, &at, value, models)),
                _ => notes.left_out(&at, "a variant is a table"),
            }
        }
        let choice = table.remove(CHOICE);
        for key in table.keys() {
            let message =
                "a project has no such thing; keep a function with it in a file of your own";
            notes.left_out(&[at[0], at[1], key], message);
        }
        if variants.is_empty() {
            notes.left_out(&at, "it has no variant that maps");
            return None;
        }
        let weights = weights(notes, &at, &variants, choice);
        Some(Self {
            weights,
            variants,
            name,
        })
    }
}

/// Returns how often each variant is chosen, in the order of the variants.
fn weights(
    notes: &mut ImportNotes<'_>,
    at: &[&str; 2],
    variants: &[ReadVariant],
    choice: Option<Value>,
) -> Vec<u32> {
    let own: Option<Vec<f64>> = variants
        .iter()
        .any(|variant| variant.weight.is_some())
        .then(|| variants.iter().map(|it| it.weight.unwrap_or(0.0)).collect());
    let chosen = match choice {
        Some(Value::Table(choice)) => candidates(notes, at, choice),
        _ => None,
    };
    let given = match chosen {
        Some(chosen) => variants
            .iter()
            .map(|it| chosen.get(&it.name).copied().unwrap_or(0.0))
            .collect(),
        None => own.unwrap_or_else(|| vec![1.0; variants.len()]),
    };
    let weights = in_proportion(&given).filter(|weights| weights.iter().any(|it| *it > 0));
    weights.unwrap_or_else(|| {
        notes.left_out(
            &[at[0], at[1], CHOICE],
            "its weights are no shares: all variants have the same",
        );
        vec![1; variants.len()]
    })
}

/// Returns the weights that `experimentation` gives; `None` where all variants have the same.
fn candidates(
    notes: &mut ImportNotes<'_>,
    at: &[&str; 2],
    mut choice: Table,
) -> Option<BTreeMap<String, f64>> {
    let kind = choice.remove("type");
    let kind = kind.as_ref().and_then(Value::as_str).unwrap_or_default();
    let candidates = choice.remove("candidate_variants");
    for key in choice.keys() {
        let message = match key.as_str() {
            "namespaces" => "an environment has a configuration of its own: import each for itself",
            _ => "the weights of targets are all that a rule says of a choice",
        };
        notes.left_out(&[at[0], at[1], CHOICE, key], message);
    }
    if !matches!(kind, "static" | "static_weights" | "uniform") {
        let message =
            "a rule does not learn: its candidates have the same weight until somebody changes it";
        notes.left_out(&[at[0], at[1], CHOICE, "type"], message);
    }
    Some(match candidates? {
        Value::Array(names) => {
            let names = names.iter().filter_map(Value::as_str);
            names.map(|name| (name.to_owned(), 1.0)).collect()
        }
        Value::Table(weights) => weights
            .iter()
            .filter_map(|(name, weight)| Some((name.clone(), number(weight)?)))
            .collect(),
        _ => return None,
    })
}
