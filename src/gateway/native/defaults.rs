use toml::{Table, Value};

use crate::diag::Code;
use crate::gateway::notes::{ImportNotes, path};

/// What `[defaults]` says for whatever does not say it itself. A project says it with each.
#[derive(Default)]
pub(super) struct Defaults(Table);

/// What a default can be said of.
const OF_ROUTES: [&str; 3] = ["endpoint", "strategy", "retry"];
const OF_PROVIDERS: [&str; 1] = ["timeout_ms"];

impl Defaults {
    /// Takes `[defaults]` out of `root`.
    pub(super) fn take(desk: &mut ImportNotes<'_>, root: &mut Table) -> Self {
        let table = match root.remove("defaults") {
            None => return Self::default(),
            Some(Value::Table(table)) => table,
            Some(_) => {
                desk.wrong_key(
                    Code::WRONG_TYPE,
                    path(&["defaults"]),
                    "`defaults` takes a table",
                );
                return Self::default();
            }
        };
        let known = desk.known(
            &["defaults"],
            table,
            &[&OF_ROUTES[..], &OF_PROVIDERS].concat(),
        );
        for key in known.keys() {
            let each = if OF_ROUTES.contains(&key.as_str()) {
                "routing rule"
            } else {
                "provider"
            };
            desk.adapted(
                &["defaults", key],
                format!("stands with each {each} that says nothing else"),
            );
        }
        Self(known)
    }

    /// Adds to a provider what it does not say.
    pub(super) fn complete_provider(&self, provider: &mut Table) {
        self.complete(provider, &OF_PROVIDERS);
    }

    /// Adds to a route what it does not say.
    pub(super) fn complete_route(&self, route: &mut Table) {
        self.complete(route, &OF_ROUTES);
    }

    fn complete(&self, table: &mut Table, keys: &[&str]) {
        for key in keys
            .iter()
            .filter(|key| !table.contains_key(**key))
            .collect::<Vec<_>>()
        {
            if let Some(value) = self.0.get(*key) {
                table.insert((*key).to_owned(), value.clone());
            }
        }
    }
}
