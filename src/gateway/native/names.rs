use std::collections::{BTreeMap, BTreeSet};

use crate::diag::Code;
use crate::gateway::notes::{ImportNotes, path};
use crate::gateway::slugs::slug;
use crate::model::{ResourceName, TargetName};

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

    /// Names what stands at `key`, as near to `given` as a project allows; an error if there is no such name or it is taken.
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
                    format!("{given:?} is no name for a resource: {error}"),
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
            desk.changed(
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

/// What the target `given` is called in the rule of the route `route`: without the route before it, and as a name of a
/// target that is not among `taken`.
pub(super) fn target(route: &str, given: &str, taken: &BTreeSet<String>) -> String {
    let own = given
        .strip_prefix(route)
        .and_then(|rest| rest.strip_prefix('.'))
        .unwrap_or(given);
    let fine = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') {
            c
        } else {
            '-'
        }
    };
    let name: String = own.chars().map(fine).take(TargetName::MAX).collect();
    if !taken.contains(&name) {
        return name;
    }
    let numbered = |number: usize| {
        let ending = format!("-{number}");
        let short: String = name.chars().take(TargetName::MAX - ending.len()).collect();
        format!("{short}{ending}")
    };
    (2..)
        .map(numbered)
        .find(|name| !taken.contains(name))
        .unwrap_or(name)
}
