use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeTable;
use toml::{Table, Value};

use crate::diag::{Code, Finding, KeyPath, Spot};
use crate::files::routing;
use crate::gateway::native::defaults::Defaults;
use crate::gateway::native::models::Models;
use crate::gateway::native::names::{self, Names};
use crate::gateway::notes::{ImportNotes, path};
use crate::gateway::proportion::in_proportion;
use crate::gateway::slugs::TakenNames;
use crate::gateway::toml_import::number;
use crate::model::{RoutingRule, closest};

const KEYS: [&str; 7] = [
    "endpoint", "models", "strategy", "order", "retry", "targets", "prompts",
];
const TARGET_KEYS: [&str; 8] = [
    "provider",
    "model",
    "rule",
    "weight",
    "timeout_ms",
    "params",
    "limits",
    "metadata",
];

/// The targets of a configuration by name, and which of them some route uses.
pub(super) struct GatewayTargets {
    tables: BTreeMap<String, (Table, KeyPath)>,
    used: BTreeSet<String>,
}

impl GatewayTargets {
    /// Takes `[targets]` out of `root`. A table of nothing but tables is one level of the name: `[targets.chat.main]`.
    pub(super) fn take(
        desk: &mut ImportNotes<'_>,
        root: &mut Table,
        models: &mut Models,
        providers: &Names,
    ) -> Self {
        let mut tables = BTreeMap::new();
        for (name, table) in desk.tables(root, "targets") {
            if table.is_empty() || !table.values().all(Value::is_table) {
                let target = target(desk, models, providers, &["targets", &name], table);
                tables.insert(name.clone(), (target, path(&["targets", &name])));
                continue;
            }
            for (inner, value) in table {
                let Value::Table(table) = value else { continue };
                let target = target(desk, models, providers, &["targets", &name, &inner], table);
                tables.insert(
                    format!("{name}.{inner}"),
                    (target, path(&["targets", &name, &inner])),
                );
            }
        }
        Self {
            tables,
            used: BTreeSet::new(),
        }
    }

    /// Notes the targets that no route uses.
    pub(super) fn finish(self, desk: &mut ImportNotes<'_>) {
        for (_, (_, at)) in self
            .tables
            .iter()
            .filter(|(name, _)| !self.used.contains(*name))
        {
            let at: Vec<&str> = at.iter().map(String::as_str).collect();
            desk.left_out(&at, "no route uses it");
        }
    }
}

fn target(
    desk: &mut ImportNotes<'_>,
    models: &mut Models,
    providers: &Names,
    at: &[&str],
    table: Table,
) -> Table {
    let mut target = desk.known(at, table, &TARGET_KEYS);
    models.resolve(desk, at, &mut target);
    if let Some(Value::String(provider)) = target.get_mut("provider")
        && let Some(name) = providers.name(provider)
    {
        *provider = name.to_string();
    }
    target
}

/// A route on its way to a routing rule.
pub(super) struct Route<'r> {
    /// The table and the name under which it stands.
    pub(super) at: [&'r str; 2],
    /// Where in the configuration each target of the rule stands.
    places: BTreeMap<String, KeyPath>,
    /// Whether `targets` is a list, which is also the order.
    listed: bool,
}

impl<'r> Route<'r> {
    pub(super) fn new(section: &'r str, name: &'r str) -> Self {
        Self {
            at: [section, name],
            places: BTreeMap::new(),
            listed: false,
        }
    }

    /// The rule that `table` says; nothing but findings if anything is wrong with it.
    pub(super) fn rule(
        mut self,
        desk: &mut ImportNotes<'_>,
        table: Table,
        surroundings: (&Defaults, &mut GatewayTargets, &mut Models, &Names),
    ) -> Option<RoutingRule> {
        let (defaults, targets, models, providers) = surroundings;
        let mut rule = desk.known(&self.at, table, &KEYS);
        defaults.complete_route(&mut rule);
        match rule.remove("targets") {
            Some(Value::Array(listed)) => self.list(desk, &mut rule, &listed, targets)?,
            Some(Value::Table(own)) => self.own(desk, &mut rule, own, models, providers),
            other => rule.extend(other.map(|other| ("targets".to_owned(), other))),
        }
        if !rule.contains_key("strategy") && self.places.len() == 1 {
            rule.insert("strategy".to_owned(), "single".into());
            desk.adapted(&self.at, "has one target, so its strategy is `single`");
        }
        self.whole_weights(desk, &mut rule);
        self.read(desk, &rule)
    }

    /// Targets that stand under `[targets]` and are named here, in order.
    fn list(
        &mut self,
        desk: &mut ImportNotes<'_>,
        rule: &mut Table,
        listed: &[Value],
        targets: &mut GatewayTargets,
    ) -> Option<()> {
        let (mut own, mut order) = (Table::new(), Vec::new());
        let mut taken = TakenNames::default();
        let mut sound = true;
        for (index, value) in listed.iter().enumerate() {
            let at = path(&[self.at[0], self.at[1], "targets", &index.to_string()]);
            let found = value
                .as_str()
                .and_then(|name| Some((name, targets.tables.get(name)?)));
            let Some((name, (table, place))) = found else {
                sound = false;
                desk.wrong_value(Code::ROUTING_RULE, at, no_such_target(value, targets));
                continue;
            };
            let called = names::target(self.at[1], name, &mut taken);
            if !name.ends_with(&called) {
                desk.adapted(
                    &["targets", name],
                    format!("is called `{called}` in routing rule `{}`", self.at[1]),
                );
            }
            own.insert(called.clone(), Value::Table(table.clone()));
            order.push(Value::String(called.clone()));
            self.places.insert(called, place.clone());
            targets.used.insert(name.to_owned());
        }
        if rule
            .insert("order".to_owned(), Value::Array(order))
            .is_some()
        {
            desk.left_out(
                &[self.at[0], self.at[1], "order"],
                "the list `targets` is the order already",
            );
        }
        rule.insert("targets".to_owned(), Value::Table(own));
        self.listed = true;
        sound.then_some(())
    }

    /// Targets that stand with the route, as in the file of a release.
    fn own(
        &mut self,
        desk: &mut ImportNotes<'_>,
        rule: &mut Table,
        own: Table,
        models: &mut Models,
        providers: &Names,
    ) {
        let mut targets = Table::new();
        for (name, value) in own {
            let at = [self.at[0], self.at[1], "targets", &name];
            let value = match value {
                Value::Table(table) => Value::Table(target(desk, models, providers, &at, table)),
                other => other,
            };
            self.places.insert(name.clone(), path(&at));
            targets.insert(name, value);
        }
        rule.insert("targets".to_owned(), Value::Table(targets));
    }

    /// Weights such as 0.7 and 0.3 as whole numbers in the same proportion.
    fn whole_weights(&self, desk: &mut ImportNotes<'_>, rule: &mut Table) {
        let Some(Value::Table(targets)) = rule.get_mut("targets") else {
            return;
        };
        let weights: Vec<&mut Value> = targets
            .iter_mut()
            .filter_map(|(_, target)| target.get_mut("weight"))
            .collect();
        if !weights.iter().any(|weight| weight.is_float()) {
            return;
        }
        let given: Option<Vec<f64>> = weights.iter().map(|weight| number(weight)).collect();
        let Some(whole) = given.and_then(|given| in_proportion(&given)) else {
            return;
        };
        for (weight, whole) in weights.into_iter().zip(whole) {
            *weight = Value::Integer(whole.value().into());
        }
        desk.adapted(&self.at, "weights are whole numbers in the same proportion");
    }

    /// Reads the rule as the file of a release would be read, and finds the places in the configuration again.
    fn read(&self, desk: &mut ImportNotes<'_>, rule: &Table) -> Option<RoutingRule> {
        let text = rule.to_string();
        let table = DeTable::parse(&text).ok()?;
        let (rule, findings) = routing::read(desk.file, table.get_ref());
        desk.findings
            .extend(findings.into_iter().map(|finding| self.placed(finding)));
        rule
    }

    fn placed(&self, mut finding: Finding) -> Finding {
        finding.place.spot = match finding.place.spot {
            Spot::File | Spot::Syntax => Spot::Key(path(&self.at)),
            Spot::Key(keys) => Spot::Key(self.place(&keys)),
            Spot::Value(keys) => Spot::Value(self.place(&keys)),
        };
        finding
    }

    /// Where in the configuration that stands which stands at `keys` in the rule.
    fn place(&self, keys: &[String]) -> KeyPath {
        let (mut place, rest) = match keys {
            [first, name, rest @ ..] if first == "targets" && self.places.contains_key(name) => {
                (self.places[name].clone(), rest)
            }
            [first, rest @ ..] if first == "order" && self.listed => {
                (path(&[self.at[0], self.at[1], "targets"]), rest)
            }
            rest => (path(&self.at), rest),
        };
        place.extend(rest.iter().cloned());
        place
    }
}

fn no_such_target(value: &Value, targets: &GatewayTargets) -> String {
    let Some(name) = value.as_str() else {
        return format!(
            "`targets` lists the names of targets, not {}",
            value.type_str()
        );
    };
    let meant = closest(name, targets.tables.keys().map(String::as_str));
    let meant = meant
        .map(|meant| format!("; did you mean `{meant}`?"))
        .unwrap_or_default();
    format!("there is no target `{name}`{meant}")
}
