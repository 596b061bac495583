use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Id, ModelEntry};
use super::naming::{slug, unused};
use crate::gateway::notes::ImportNotes;
use crate::model::{Endpoint, ModelName, ResourceName, RoutingRule};

/// The entries of one rule.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: ResourceName,
    /// What callers ask for.
    pub(super) models: Vec<ModelName>,
    pub(super) endpoint: Endpoint,
    pub(super) entries: Vec<ModelEntry>,
}

/// Returns the entries by rule: those of one name, and with them those that were rendered for another model of the same rule.
pub(super) fn groups(desk: &mut ImportNotes<'_>, entries: Vec<ModelEntry>) -> Vec<Group> {
    let mut named: BTreeMap<ModelName, Vec<ModelEntry>> = BTreeMap::new();
    for entry in entries {
        named.entry(entry.name.clone()).or_default().push(entry);
    }
    let mut rendered: BTreeMap<ResourceName, BTreeMap<usize, Vec<ModelEntry>>> = BTreeMap::new();
    let mut others: Vec<Vec<ModelEntry>> = Vec::new();
    for (_, mut entries) in named {
        one_endpoint(desk, &mut entries);
        let free = |id: &Id| {
            let numbers = rendered.get(&id.rule);
            numbers.is_none_or(|numbers| {
                !numbers.contains_key(&id.number)
                    && numbers
                        .values()
                        .next()
                        .is_some_and(|first| alike(first, &entries))
            })
        };
        match common(&entries).filter(|id| free(id)) {
            Some(id) => drop(
                rendered
                    .entry(id.rule.clone())
                    .or_default()
                    .insert(id.number, entries),
            ),
            None => {
                for entry in entries.iter_mut().filter(|entry| entry.id.is_some()) {
                    let at = ["model_list", &entry.index.to_string(), "model_info", "id"];
                    desk.left_out(&at, "the entry is called by its rule and its target");
                    entry.id = None;
                }
                others.push(entries);
            }
        }
    }
    let mut taken: BTreeSet<ResourceName> = rendered.keys().cloned().collect();
    let mut groups: Vec<Group> = rendered
        .into_iter()
        .filter_map(|(name, numbers)| group(name, numbers.into_values().collect()))
        .collect();
    for entries in others {
        let model = entries[0].name.as_str();
        let wanted = Some(slug(model)).filter(|slug| !slug.is_empty());
        let wanted = wanted.unwrap_or_else(|| "model".to_owned());
        let Some(name) = unused(&wanted, ResourceName::MAX, |name| taken.contains(name)) else {
            continue;
        };
        if name.as_str() != model {
            let message = format!("`{model}` is answered by routing/{name}");
            desk.changed(&["model_list", &entries[0].index.to_string()], message);
        }
        taken.insert(name.clone());
        groups.extend(group(name, vec![entries]));
    }
    groups
}

fn group(name: ResourceName, mut lists: Vec<Vec<ModelEntry>>) -> Option<Group> {
    let models = lists
        .iter()
        .map(|entries| entries[0].name.clone())
        .collect();
    let entries = lists.drain(..).next()?;
    Some(Group {
        name,
        models,
        endpoint: entries[0].endpoint,
        entries,
    })
}

/// Leaves out the entries of a name that are for another endpoint than its first, and those beyond what a rule may have.
fn one_endpoint(desk: &mut ImportNotes<'_>, entries: &mut Vec<ModelEntry>) {
    let endpoint = entries[0].endpoint;
    let mut kept = 0;
    entries.retain(|entry| {
        let at = ["model_list", &entry.index.to_string()];
        if entry.endpoint != endpoint {
            let message = format!(
                "another entry of its name is for {endpoint}, and this one is for {}",
                entry.endpoint
            );
            desk.left_out(&at, message);
            return false;
        }
        kept += 1;
        if kept > RoutingRule::MOST_TARGETS {
            desk.left_out(
                &at,
                format!("a rule has at most {} targets", RoutingRule::MOST_TARGETS),
            );
        }
        kept <= RoutingRule::MOST_TARGETS
    });
}

/// What the ids of all `entries` have in common, if they say one rule and no target twice.
fn common(entries: &[ModelEntry]) -> Option<Id> {
    let first = entries.first()?.id.clone()?;
    let mut targets = BTreeSet::new();
    let fine = |entry: &ModelEntry| {
        entry.id.as_ref().is_some_and(|id| {
            (&id.rule, id.number) == (&first.rule, first.number)
                && targets.insert(id.targets.clone())
        })
    };
    entries.iter().all(fine).then_some(first)
}

/// Reports whether two models have the same entries.
fn alike(one: &[ModelEntry], other: &[ModelEntry]) -> bool {
    let bare = |entry: &ModelEntry| {
        let mut bare = entry.clone();
        bare.index = 0;
        bare.name = one[0].name.clone();
        if let Some(id) = &mut bare.id {
            id.number = 1;
        }
        bare
    };
    one.iter().map(bare).eq(other.iter().map(bare))
}
