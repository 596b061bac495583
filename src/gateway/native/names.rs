use std::collections::BTreeMap;

use crate::diag::Code;
use crate::gateway::notes::{ImportNotes, path};
use crate::gateway::slugs::{TakenNames, slug};
use crate::model::ResourceName;

/// The names of one section of a configuration, and what they are called in the project.
#[derive(Default)]
pub(super) struct Names(BTreeMap<String, ResourceName>);

impl Names {
    /// Names everything in `section` as a project may.
    pub(super) fn of<'n>(
        desk: &mut ImportNotes<'_>,
        section: &str,
        given: impl Iterator<Item = &'n String>,
    ) -> Self {
        let mut names = Self::default();
        for given in given {
            names.add(desk, &[section, given], given);
        }
        names
    }

    /// Names what stands at `key`, as near to `given` as a project allows; an error if that is impossible or taken.
    pub(super) fn add(
        &mut self,
        desk: &mut ImportNotes<'_>,
        key: &[&str],
        given: &str,
    ) -> Option<ResourceName> {
        let name = match slug(given).parse::<ResourceName>() {
            Ok(name) => name,
            Err(error) => {
                desk.wrong_key(
                    Code::INVALID_VALUE,
                    path(key),
                    format!("{given:?} cannot be the name of a resource: {error}"),
                );
                return None;
            }
        };
        if let Some((other, _)) = self.0.iter().find(|(_, taken)| **taken == name) {
            let message = format!("{given:?} and {other:?} would both be called `{name}`");
            desk.wrong_key(Code::INVALID_VALUE, path(key), message);
            return None;
        }
        if name.as_str() != given {
            desk.adapted(
                key,
                format!("is called `{name}`: names are a-z, 0-9 and inner hyphens"),
            );
        }
        self.0.insert(given.to_owned(), name.clone());
        Some(name)
    }

    /// What `given` is called.
    pub(super) fn name(&self, given: &str) -> Option<&ResourceName> {
        self.0.get(given)
    }
}

/// Takes the name of the target `given` in the rule of the route `route`: without the route before it, and as near to the
/// rest as a rule allows. Of what has no name nothing is left, which the reader of the rule refuses.
pub(super) fn target(route: &str, given: &str, taken: &mut TakenNames) -> String {
    let own = given
        .strip_prefix(route)
        .and_then(|rest| rest.strip_prefix('.'))
        .unwrap_or(given);
    let name = taken.target(own);
    name.map(|name| name.to_string()).unwrap_or_default()
}
