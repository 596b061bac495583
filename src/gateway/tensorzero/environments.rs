use std::collections::{BTreeMap, BTreeSet};

use super::file_tables::{FileTables, FunctionTable, Weights};
use super::tables::{ChosenVariant, ModelNaming, Tables, tables};
use crate::gateway::format::{Inexpressible, Rendering, ServedGateways};
use crate::model::EnvironmentSlug;

/// Returns the file that says what each environment serves as a namespace, and what the fallback serves without one.
///
/// # Errors
///
/// Everything that no file says; above all, that an environment does not serve what the fallback does.
pub(super) fn write(all: &ServedGateways) -> Result<Rendering, Vec<Inexpressible>> {
    let Some(fallback) = &all.fallback else {
        let message = "the project has none, so nothing answers without a namespace";
        return Err(vec![Inexpressible::whole("the gateway fallback", message)]);
    };
    let mut merged = MergedTables::default();
    let order = std::iter::once(fallback).chain(all.environments.keys());
    let mut seen = BTreeSet::new();
    for slug in order.filter(|slug| seen.insert(*slug)) {
        let Some(served) = all.environments.get(slug) else {
            continue;
        };
        match tables(served, ModelNaming::ByRelease) {
            Ok(tables) => merged.add(slug, fallback, tables),
            Err(refused) => merged.refused_in.push((slug.clone(), refused)),
        }
    }
    merged.finish()
}

#[derive(Default)]
struct MergedTables {
    layout: FileTables,
    /// What the fallback serves.
    functions: BTreeSet<String>,
    embedding_models: BTreeSet<String>,
    refused: Vec<Inexpressible>,
    lost: Vec<Inexpressible>,
    /// What no table says of an environment, and what is lost of it.
    refused_in: Vec<(EnvironmentSlug, Vec<Inexpressible>)>,
    lost_in: Vec<(EnvironmentSlug, Vec<Inexpressible>)>,
}

impl MergedTables {
    fn add(&mut self, slug: &EnvironmentSlug, fallback: &EnvironmentSlug, tables: Tables) {
        if slug == fallback {
            self.functions = tables.functions.keys().cloned().collect();
            self.embedding_models = tables.embedding_models.keys().cloned().collect();
        } else {
            self.compare(slug, fallback, &tables);
        }
        self.lost_in.push((slug.clone(), tables.lost));
        for (name, table) in tables.embedding_models {
            let known = self.layout.embedding_models.entry(name.clone());
            if *known.or_insert_with(|| table.clone()) != table {
                let message = format!(
                    "it has another embedding model `{name}`, and that is one for all namespaces"
                );
                self.refused.push(Inexpressible::whole(slug, message));
            }
        }
        // A model of the same release differs where another version of a provider is live.
        let mut renamed = BTreeMap::new();
        for (name, table) in tables.models {
            match self.layout.models.get(&name) {
                Some(known) if *known != table => {
                    let own = format!("{name}-{slug}");
                    self.layout.models.insert(own.clone(), table);
                    renamed.insert(name, own);
                }
                _ => drop(self.layout.models.insert(name, table)),
            }
        }
        for (name, variants) in tables.functions {
            let function = self.layout.functions.entry(name).or_default();
            let weights = chosen(function, variants, &renamed, slug);
            if function.weights.is_empty() {
                function.weights = weights;
            } else if function.weights != weights {
                function.namespaces.insert(slug.to_string(), weights);
            }
        }
    }

    /// Notes what an environment serves that the fallback does not, and the other way round.
    fn compare(&mut self, slug: &EnvironmentSlug, fallback: &EnvironmentSlug, tables: &Tables) {
        let kinds = [
            (
                "function",
                &self.functions,
                tables.functions.keys().collect::<BTreeSet<_>>(),
            ),
            (
                "embedding model",
                &self.embedding_models,
                tables.embedding_models.keys().collect(),
            ),
        ];
        for (kind, expected, own) in kinds {
            for name in expected.iter().filter(|name| !own.contains(name)) {
                let message = format!(
                    "it does not serve the {kind} `{name}`, which the fallback {fallback} serves, so its namespace would \
                     answer as {fallback} does"
                );
                self.refused.push(Inexpressible::whole(slug, message));
            }
            for name in own.into_iter().filter(|name| !expected.contains(*name)) {
                let message = format!(
                    "the {kind} `{name}`, which the fallback {fallback} does not serve, answers without a namespace too"
                );
                self.lost.push(Inexpressible::whole(slug, message));
            }
        }
    }

    fn finish(mut self) -> Result<Rendering, Vec<Inexpressible>> {
        self.refused
            .extend(Inexpressible::in_environments(self.refused_in));
        self.lost
            .extend(Inexpressible::in_environments(self.lost_in));
        if !self.refused.is_empty() {
            self.refused.sort();
            self.refused.dedup();
            return Err(self.refused);
        }
        self.lost.sort();
        self.lost.dedup();
        Ok(Rendering {
            text: self.layout.text(),
            lost: self.lost,
        })
    }
}

/// Adds the variants of an environment to a function, and returns how often each is chosen there.
fn chosen(
    function: &mut FunctionTable,
    variants: Vec<ChosenVariant>,
    renamed: &BTreeMap<String, String>,
    slug: &EnvironmentSlug,
) -> Weights {
    let mut weights = Weights::new();
    for ChosenVariant {
        name,
        mut table,
        weight,
    } in variants
    {
        if let Some(own) = renamed.get(&table.model) {
            table.model.clone_from(own);
        }
        let name = match function.variants.get(&name) {
            Some(known) if *known != table => format!("{name}-{slug}"),
            _ => name,
        };
        if weight > 0 {
            weights.insert(name.clone(), weight);
        }
        function.variants.insert(name, table);
    }
    weights
}
