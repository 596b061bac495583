use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeTable;
use toml::{Table, Value};

use crate::diag::{KeyPath, Spot};
use crate::gateway::imported::Imported;
use crate::gateway::native::defaults::Defaults;
use crate::gateway::native::models::Models;
use crate::gateway::native::names::Names;
use crate::gateway::native::prompts;
use crate::gateway::native::routes::{GatewayTargets, Route};
use crate::gateway::notes::{ImportNotes, path};
use crate::gateway::toml_import;
use crate::model::{Provider, ResourceName, RoutingRule, TargetEnd};

const PROVIDER_KEYS: [&str; 8] = [
    "kind",
    "options",
    "base_url",
    "models",
    "credential",
    "timeout_ms",
    "auth_type",
    "auth_header_name",
];
/// What other gateways call the `credential`.
const CREDENTIAL_NAMES: [&str; 2] = ["api_key", "api_key_location"];

/// Reads the configuration of a gateway: what [`Gateway::to_toml`](crate::gateway::Gateway::to_toml) writes, and whatever else of `text` maps.
///
/// `file` is how findings name it. A table or key that has no place in a project is left out with a remark; a value that
/// no project can hold is a finding, and so is a literal secret.
pub fn read_gateway(file: &str, text: &str) -> Imported {
    toml_import::read(file, text, imported)
}

fn imported(desk: &mut ImportNotes<'_>, mut root: Table) -> Imported {
    let defaults = Defaults::take(desk, &mut root);
    let given = desk.tables(&mut root, "providers");
    let names = Names::of(desk, "providers", given.iter().map(|(name, _)| name));
    let mut models = Models::take(desk, &mut root);
    let mut targets = GatewayTargets::take(desk, &mut root, &mut models, &names);
    let mut rules = BTreeMap::new();
    let routes = desk.tables(&mut root, "routes");
    let mut called = Names::of(desk, "routes", routes.iter().map(|(name, _)| name));
    for (name, table) in routes {
        let around = (&defaults, &mut targets, &mut models, &names);
        let rule = Route::new("routes", &name).rule(desk, table, around);
        rules.extend(called.name(&name).cloned().zip(rule));
    }
    for (name, table) in std::mem::replace(&mut models, Models::none()).into_routes(desk) {
        let rule_name = called.add(desk, &["models", &name], &name);
        let around = (&defaults, &mut targets, &mut models, &names);
        rules.extend(rule_name.zip(Route::new("models", &name).rule(desk, table, around)));
    }
    targets.finish(desk);
    let mut providers = BTreeMap::new();
    for (given, table) in given {
        let Some(name) = names.name(&given) else {
            continue;
        };
        let asked = asked_models(name, &rules);
        providers.extend(
            provider(desk, &given, table, &defaults, asked)
                .map(|provider| (name.clone(), provider)),
        );
    }
    let prompts = prompts::take(desk, &mut root);
    for key in root.keys() {
        desk.left_out(
            &[key],
            "a project holds providers, routes with their targets, models, prompts and defaults",
        );
    }
    Imported {
        providers,
        rules,
        prompts,
        ..Imported::default()
    }
}

/// The models that targets ask `provider` for.
fn asked_models(
    provider: &ResourceName,
    rules: &BTreeMap<ResourceName, RoutingRule>,
) -> BTreeSet<String> {
    let targets = rules.values().flat_map(|rule| rule.targets.values());
    targets
        .filter_map(|target| match &target.destination {
            TargetEnd::Model {
                provider: of,
                model,
            } if of == provider => Some(model.to_string()),
            _ => None,
        })
        .collect()
}

fn provider(
    desk: &mut ImportNotes<'_>,
    name: &str,
    mut table: Table,
    defaults: &Defaults,
    asked: BTreeSet<String>,
) -> Option<Provider> {
    for other in CREDENTIAL_NAMES {
        if !table.contains_key("credential")
            && let Some(value) = table.remove(other)
        {
            desk.adapted(&["providers", name, other], "is called `credential`");
            table.insert("credential".to_owned(), value);
        }
    }
    let mut table = desk.known(&["providers", name], table, &PROVIDER_KEYS);
    defaults.complete_provider(&mut table);
    if !table.contains_key("models") && !asked.is_empty() {
        desk.adapted(
            &["providers", name],
            "lists the models that the targets ask it for",
        );
        let models = asked.into_iter().map(Value::String).collect();
        table.insert("models".to_owned(), Value::Array(models));
    }
    let text = table.to_string();
    let parsed = DeTable::parse(&text).ok()?;
    let (provider, findings) = crate::files::provider::read(desk.file, parsed.get_ref());
    let below = |keys: KeyPath| path(&["providers", name]).into_iter().chain(keys).collect();
    desk.findings
        .extend(findings.into_iter().map(|mut finding| {
            finding.place.spot = match finding.place.spot {
                Spot::File | Spot::Syntax => Spot::Key(below(KeyPath::new())),
                Spot::Key(keys) => Spot::Key(below(keys)),
                Spot::Value(keys) => Spot::Value(below(keys)),
            };
            finding
        }));
    provider
}
