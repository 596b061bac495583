use std::collections::BTreeMap;

use toml::de::DeTable;

use crate::diag::{Code, Finding, Spot};
use crate::files::reader::{TomlReader, TomlTable, element};
use crate::model::{
    Failing, ModelName, ResourceName, Retry, RoutingRule, Strategy, Target, TargetEnd,
    TargetLimits, TargetName,
};

/// Reads `routing/<name>/<n>.toml`; nothing but findings if anything is wrong with it.
pub(crate) fn read(file: &str, entries: &DeTable<'_>) -> (Option<RoutingRule>, Vec<Finding>) {
    let mut reader = TomlReader::new(file);
    let mut table = TomlTable::root(entries);
    let endpoint = table.required_text(&mut reader, "endpoint");
    let models = table.list(&mut reader, "models", ModelName::MOST);
    let strategy = table.required_text::<Strategy>(&mut reader, "strategy");
    let retry = table
        .table(&mut reader, "retry")
        .and_then(|table| retry(&mut reader, table));
    let targets = targets(&mut reader, &mut table, strategy);
    let order = order(&mut reader, &mut table, strategy, &targets);
    let prompts = table
        .optional_list(&mut reader, "prompts", RoutingRule::MOST_PROMPTS)
        .unwrap_or_default();
    table.finish(&mut reader);
    let rule = match (endpoint, models, strategy) {
        (Some(endpoint), Some(models), Some(strategy)) if reader.is_content() => {
            let targets = targets
                .into_iter()
                .filter_map(|(name, target)| Some((name, target?)))
                .collect();
            Some(RoutingRule {
                endpoint,
                models,
                strategy,
                order,
                retry,
                targets,
                prompts,
            })
        }
        _ => None,
    };
    (rule, reader.into_findings())
}

fn retry(reader: &mut TomlReader<'_>, mut table: TomlTable<'_, '_>) -> Option<Retry> {
    if !table.has("max_retries") {
        table.missing(reader, "max_retries");
    }
    let max_retries = table.bounded(reader, "max_retries");
    let backoff_base = table.bounded(reader, "backoff_base_ms");
    let on = table.optional_list(reader, "on", Failing::WORDS.len());
    table.finish(reader);
    max_retries.map(|max_retries| Retry {
        max_retries,
        backoff_base,
        on: on.unwrap_or_default(),
    })
}

/// The targets by name; one that is there and cannot be understood still counts, and may be named in `order`.
type TargetTables = BTreeMap<TargetName, Option<Target>>;

fn targets(
    reader: &mut TomlReader<'_>,
    root: &mut TomlTable<'_, '_>,
    strategy: Option<Strategy>,
) -> TargetTables {
    let mut targets = TargetTables::new();
    let Some(table) = root.table(reader, "targets") else {
        if !root.has("targets") {
            root.missing(reader, "targets");
        }
        return targets;
    };
    for (name, entries) in table.tables(reader) {
        let target = target(reader, entries, strategy);
        match name.parse() {
            Ok(name) => drop(targets.insert(name, target)),
            Err(error) => {
                reader.note(
                    Code::INVALID_VALUE,
                    Spot::Key(table.path_of(name)),
                    format!("{name:?}: {error}"),
                );
            }
        }
    }
    let drained = |target: &Option<Target>| {
        target
            .as_ref()
            .is_some_and(|target| target.weight.is_some_and(|weight| weight.value() == 0))
    };
    if !targets.is_empty() && targets.values().all(drained) {
        let message = "every target has the `weight` 0, so none answers";
        reader.note(
            Code::ROUTING_RULE,
            Spot::Key(root.path_of("targets")),
            message,
        );
    }
    let count = table.len();
    if let Some(strategy) = strategy.filter(|strategy| !strategy.allows_targets(count)) {
        let message = format!(
            "the strategy `{strategy}` takes {}; here are {count}",
            strategy.targets_wanted()
        );
        reader.note(
            Code::ROUTING_RULE,
            Spot::Key(root.path_of("targets")),
            message,
        );
    } else if count > RoutingRule::MOST_TARGETS {
        let message = format!(
            "a rule has at most {} targets; here are {count}",
            RoutingRule::MOST_TARGETS
        );
        reader.note(
            Code::INVALID_VALUE,
            Spot::Key(root.path_of("targets")),
            message,
        );
    }
    targets
}

fn target(
    reader: &mut TomlReader<'_>,
    mut table: TomlTable<'_, '_>,
    strategy: Option<Strategy>,
) -> Option<Target> {
    let destination = destination(reader, &mut table);
    let weight = table.bounded(reader, "weight");
    let timeout = table.bounded(reader, "timeout_ms");
    let params = table.json_table(reader, "params");
    let limits = limits(reader, &mut table);
    let metadata = table.json_table(reader, "metadata");
    if table.has("rule") {
        for key in ["timeout_ms", "params", "limits", "metadata"] {
            if table.has(key) {
                let message = format!(
                    "`{key}` means nothing with `rule`: the targets of that rule have their own"
                );
                reader.note(Code::ROUTING_RULE, Spot::Key(table.path_of(key)), message);
            }
        }
    }
    match strategy {
        Some(strategy) if strategy.takes_weights() && !table.has("weight") => {
            let message = format!(
                "the strategy `{strategy}` chooses by weight, and this target has no `weight`"
            );
            reader.note(Code::ROUTING_RULE, Spot::Key(table.path()), message);
        }
        // Left in, it would read as if it counted.
        Some(strategy) if !strategy.takes_weights() && table.has("weight") => {
            let message = format!("the strategy `{strategy}` does not choose by weight");
            reader.note(
                Code::ROUTING_RULE,
                Spot::Key(table.path_of("weight")),
                message,
            );
        }
        _ => {}
    }
    table.finish(reader);
    Some(Target {
        destination: destination?,
        weight,
        timeout,
        params,
        limits,
        metadata,
    })
}

/// A model of a provider, or another rule.
fn destination(reader: &mut TomlReader<'_>, table: &mut TomlTable<'_, '_>) -> Option<TargetEnd> {
    if !table.has("rule") {
        let provider = table.required_text(reader, "provider");
        let model = table.required_text(reader, "model");
        // Asked for, so that it is among the keys that may be there.
        let _: Option<ResourceName> = table.text(reader, "rule");
        return Some(TargetEnd::Model {
            provider: provider?,
            model: model?,
        });
    }
    let rule = table.text(reader, "rule");
    for key in ["provider", "model"] {
        if table.has(key) {
            let message = format!(
                "a target leads to a `rule`, or to a model of a provider: `{key}` is too much"
            );
            reader.note(Code::ROUTING_RULE, Spot::Key(table.path_of(key)), message);
        }
    }
    let _: (Option<ResourceName>, Option<ModelName>) =
        (table.text(reader, "provider"), table.text(reader, "model"));
    rule.map(|rule| TargetEnd::Rule { rule })
}

fn limits(reader: &mut TomlReader<'_>, table: &mut TomlTable<'_, '_>) -> TargetLimits {
    let Some(mut table) = table.table(reader, "limits") else {
        return TargetLimits::default();
    };
    let limits = TargetLimits {
        rpm: table.bounded(reader, "rpm"),
        tpm: table.bounded(reader, "tpm"),
    };
    table.finish(reader);
    limits
}

/// The order of the targets: all of them by name, unless the file says it.
fn order(
    reader: &mut TomlReader<'_>,
    table: &mut TomlTable<'_, '_>,
    strategy: Option<Strategy>,
    targets: &TargetTables,
) -> Vec<TargetName> {
    let list = table.optional_list::<TargetName>(reader, "order", RoutingRule::MOST_TARGETS);
    if !table.has("order") {
        if strategy == Some(Strategy::Fallback) {
            let message = "the strategy `fallback` tries its targets in `order`, and there is none";
            reader.note(
                Code::ROUTING_RULE,
                Spot::Key(table.path_of("strategy")),
                message,
            );
        }
        return targets.keys().cloned().collect();
    }
    let Some(order) = list else { return Vec::new() };
    let path = table.path_of("order");
    for (index, name) in order
        .iter()
        .enumerate()
        .filter(|(_, name)| !targets.contains_key(*name))
    {
        let message = format!("`order` names `{name}`, which is no target of the rule");
        reader.note(
            Code::ROUTING_RULE,
            Spot::Value(element(path.clone(), index)),
            message,
        );
    }
    for name in targets.keys().filter(|name| !order.contains(name)) {
        reader.note(
            Code::ROUTING_RULE,
            Spot::Key(path.clone()),
            format!("`order` leaves out the target `{name}`"),
        );
    }
    order
}
