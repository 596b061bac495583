use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use crate::gateway::notes::ImportNotes;

/// `[models.<name>]`: names for a model of a provider. A target that names one stands for it; a model that no target names
/// is what callers ask for, so it becomes a routing rule with one target.
pub(super) struct Models {
    aliases: BTreeMap<String, Table>,
    used: BTreeSet<String>,
    /// Those whose timeout some target has.
    timed: BTreeSet<String>,
}

const KEYS: [&str; 5] = ["endpoint", "model", "provider", "retry", "timeout_ms"];
/// Those of them that mean something for a model that callers ask for, and nothing for one behind a target.
const OF_ROUTES: [&str; 2] = ["endpoint", "retry"];

impl Models {
    /// No models at all.
    pub(super) fn none() -> Self {
        Self {
            aliases: BTreeMap::new(),
            used: BTreeSet::new(),
            timed: BTreeSet::new(),
        }
    }

    /// Takes `[models]` out of `root`.
    pub(super) fn take(desk: &mut ImportNotes<'_>, root: &mut Table) -> Self {
        let mut aliases = BTreeMap::new();
        for (name, table) in desk.tables(root, "models") {
            let mut table = desk.known(&["models", &name], table, &KEYS);
            if !table.contains_key("model") {
                table.insert("model".to_owned(), name.clone().into());
            }
            aliases.insert(name, table);
        }
        Self {
            aliases,
            used: BTreeSet::new(),
            timed: BTreeSet::new(),
        }
    }

    /// Gives `target` the provider and the model that its model stands for, if it names no provider itself.
    pub(super) fn resolve(&mut self, desk: &mut ImportNotes<'_>, at: &[&str], target: &mut Table) {
        let Some(Value::String(name)) = target.get("model") else {
            return;
        };
        if target.contains_key("provider") || !self.aliases.contains_key(name) {
            return;
        }
        let name = name.clone();
        let alias = self.aliases[&name].clone();
        for (key, value) in alias
            .into_iter()
            .filter(|(key, _)| matches!(key.as_str(), "model" | "provider"))
        {
            target.insert(key, value);
        }
        if let (Some(timeout), false) = (
            self.aliases[&name].get("timeout_ms"),
            target.contains_key("timeout_ms"),
        ) {
            target.insert("timeout_ms".to_owned(), timeout.clone());
            self.timed.insert(name.clone());
        }
        if self.used.insert(name.clone()) {
            desk.adapted(
                &["models", &name],
                format!("stands in what names it, such as `{}`", at.join(".")),
            );
            for key in OF_ROUTES
                .iter()
                .filter(|key| self.aliases[&name].contains_key(**key))
            {
                desk.left_out(
                    &["models", &name, key],
                    "a route says it, not a target that names the model",
                );
            }
        }
    }

    /// The models that no target names, as routes.
    pub(super) fn into_routes(self, desk: &mut ImportNotes<'_>) -> Vec<(String, Table)> {
        let Self {
            aliases,
            used,
            timed,
        } = self;
        for name in used.difference(&timed) {
            if aliases[name].contains_key("timeout_ms") {
                let message = "each target that names the model has a timeout of its own";
                desk.left_out(&["models", name, "timeout_ms"], message);
            }
        }
        let rest = aliases
            .into_iter()
            .filter(|(name, _)| !used.contains(name))
            .collect::<Vec<_>>();
        let route = |(name, mut table): (String, Table)| {
            desk.adapted(&["models", &name], "becomes a routing rule with one target");
            let mut target = Table::new();
            for key in ["provider", "model", "timeout_ms"] {
                target.extend(table.remove(key).map(|value| (key.to_owned(), value)));
            }
            let targets = Table::from_iter([("main".to_owned(), Value::Table(target))]);
            table.insert("models".to_owned(), Value::Array(vec![name.clone().into()]));
            table.insert("strategy".to_owned(), "single".into());
            table.insert("targets".to_owned(), Value::Table(targets));
            if !table.contains_key("endpoint") {
                table.insert("endpoint".to_owned(), "chat".into());
            }
            (name, table)
        };
        rest.into_iter().map(route).collect()
    }
}
