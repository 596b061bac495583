use std::collections::BTreeMap;

use toml::{Table, Value};

use super::models::ReadModels;
use super::variants::{self, ReadVariant};
use crate::gateway::notes::ImportNotes;
use crate::gateway::proportion::in_proportion;
use crate::gateway::toml_import::number;
use crate::model::{Bounded, Weight};

/// A function: its variants, in the order of their names, and how often each is chosen.
#[derive(Clone, Debug)]
pub(super) struct ReadFunction {
    pub(super) name: String,
    pub(super) variants: Vec<ReadVariant>,
    pub(super) weights: Vec<Weight>,
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
        match table.remove("type").as_ref().and_then(Value::as_str) {
            Some("chat") => notes.took(&[at[0], at[1], "type"]),
            Some("json") => {
                let message = "a project has no schemas of answers: what is rendered is a chat function; keep this one, \
                    with its schema, in a file of your own";
                notes.left_out(&[at[0], at[1], "type"], message);
            }
            _ => {}
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
                "a project has no place for it; keep a function with it in a file of your own";
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
) -> Vec<Weight> {
    let chosen = match choice {
        Some(Value::Table(choice)) => candidates(notes, at, choice, variants),
        _ => None,
    };
    let own = || variants.iter().any(|variant| variant.weight.is_some());
    let given = match &chosen {
        Some(chosen) => {
            for variant in variants.iter().filter(|it| it.weight.is_some()) {
                let message = "`experimentation` says how often it is chosen";
                notes.left_out(
                    &[at[0], at[1], "variants", &variant.name, "weight"],
                    message,
                );
            }
            let weight = |it: &ReadVariant| chosen.get(&it.name).copied().unwrap_or(0.0);
            variants.iter().map(weight).collect()
        }
        None if variants.len() == 1 && own() => {
            let message = "the only variant answers every request";
            notes.left_out(
                &[at[0], at[1], "variants", &variants[0].name, "weight"],
                message,
            );
            vec![1.0]
        }
        None if own() => variants.iter().map(|it| it.weight.unwrap_or(0.0)).collect(),
        None => vec![1.0; variants.len()],
    };
    let weights = in_proportion(&given);
    let weights = weights.filter(|weights| weights.iter().any(|it| it.value() > 0));
    weights.unwrap_or_else(|| {
        let message = "nothing can be chosen by its weights: all variants have the same";
        notes.left_out(&[at[0], at[1], CHOICE], message);
        variants.iter().filter_map(|_| Weight::new(1)).collect()
    })
}

/// Returns the weights that `experimentation` gives; `None` where all variants have the same.
fn candidates(
    notes: &mut ImportNotes<'_>,
    at: &[&str; 2],
    mut choice: Table,
    variants: &[ReadVariant],
) -> Option<BTreeMap<String, f64>> {
    let below = |keys: &[&'static str]| [&[at[0], at[1], CHOICE][..], keys].concat();
    let kind = choice.remove("type");
    let kind = kind.as_ref().and_then(Value::as_str);
    match kind {
        Some("static" | "static_weights" | "uniform") => notes.took(&below(&["type"])),
        _ => {
            let message = "a rule does not learn: its candidates have the same weight until somebody changes it";
            notes.left_out(&below(&["type"]), message);
        }
    }
    let candidates = choice.remove(CANDIDATES);
    for key in choice.keys() {
        let message = match key.as_str() {
            "namespaces" => "an environment has a configuration of its own: import each for itself",
            _ => "the weights of targets are all that a rule says of a choice",
        };
        notes.left_out(&[at[0], at[1], CHOICE, key], message);
    }
    let mut take = |key: &str, name: &str, weight: Option<f64>| -> Option<(String, f64)> {
        let at = [at[0], at[1], CHOICE, CANDIDATES, key];
        if !variants.iter().any(|variant| variant.name == name) {
            notes.left_out(&at, "the function has no such variant, or it is left out");
            return None;
        }
        let weight = weight?;
        notes.took(&at);
        Some((name.to_owned(), weight))
    };
    Some(match candidates? {
        Value::Array(names) => {
            let named = names.iter().enumerate();
            let named = named
                .filter_map(|(index, name)| take(&index.to_string(), name.as_str()?, Some(1.0)));
            named.collect()
        }
        Value::Table(weights) => weights
            .iter()
            .filter_map(|(name, weight)| take(name, name, number(weight)))
            .collect(),
        _ => return None,
    })
}

/// The key of what is chosen from.
const CANDIDATES: &str = "candidate_variants";
