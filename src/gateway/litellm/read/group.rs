use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Id, ModelEntry};
use crate::gateway::litellm::words::VIA;
use crate::gateway::notes::ImportNotes;
use crate::gateway::slugs::TakenNames;
use crate::model::{Endpoint, ModelName, ResourceName, RoutingRule};

/// The entries of one rule.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) name: ResourceName,
    /// What callers ask for.
    pub(super) models: Vec<ModelName>,
    pub(super) endpoint: Endpoint,
    pub(super) entries: Vec<ModelEntry>,
}

/// Returns the entries by rule: those of one name, and with them those that were rendered for another model of the same rule.
/// Besides, the places of those that are in none.
pub(super) fn groups(
    desk: &mut ImportNotes<'_>,
    entries: Vec<ModelEntry>,
) -> (Vec<Group>, BTreeSet<usize>) {
    let mut named: BTreeMap<ModelName, Vec<ModelEntry>> = BTreeMap::new();
    for entry in entries {
        named.entry(entry.name.clone()).or_default().push(entry);
    }
    let mut rendered: BTreeMap<ResourceName, BTreeMap<usize, Vec<ModelEntry>>> = BTreeMap::new();
    let mut others: Vec<Vec<ModelEntry>> = Vec::new();
    let mut without = BTreeSet::new();
    for (_, mut entries) in named {
        one_endpoint(desk, &mut entries, &mut without);
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
                for entry in &mut entries {
                    forget_id(desk, entry);
                }
                others.push(entries);
            }
        }
    }
    let mut taken = TakenNames::default();
    rendered.keys().for_each(|name| taken.insert(name.as_str()));
    let mut groups: Vec<Group> = rendered
        .into_iter()
        .filter_map(|(name, numbers)| group(name, numbers.into_values().collect()))
        .collect();
    for entries in others {
        let model = entries[0].name.as_str();
        let name = taken.resource(model).or_else(|| taken.resource(NAMELESS));
        // The second wish is a name, and there is always another one.
        let Some(name) = name else { continue };
        if name.as_str() != model {
            let message = format!("`{model}` is answered by routing/{name}");
            desk.adapted(&["model_list", &entries[0].index.to_string()], message);
        }
        groups.extend(group(name, vec![entries]));
    }
    (groups, without)
}

/// What a rule is called of whose model nothing can be in a name.
const NAMELESS: &str = "model";

/// Takes the id away that `entry` was rendered with, where it does not say how the entries are called.
fn forget_id(desk: &mut ImportNotes<'_>, entry: &mut ModelEntry) {
    let Some(id) = entry.id.take() else { return };
    let index = entry.index.to_string();
    let keys = ["id", VIA];
    let keys = if id.via.is_empty() { &keys[..1] } else { &keys };
    for key in keys {
        desk.left_out(&["model_list", &index, "model_info", key], Id::OTHER);
    }
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
fn one_endpoint(
    desk: &mut ImportNotes<'_>,
    entries: &mut Vec<ModelEntry>,
    without: &mut BTreeSet<usize>,
) {
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
            without.insert(entry.index);
            return false;
        }
        kept += 1;
        if kept > RoutingRule::MOST_TARGETS {
            without.insert(entry.index);
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
