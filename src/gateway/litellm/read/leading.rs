use std::collections::{BTreeMap, BTreeSet};

use super::entry::ModelEntry;
use super::group::Group;
use crate::gateway::litellm::words::VIA;
use crate::gateway::notes::ImportNotes;
use crate::model::{ResourceName, TargetName};

/// A target that leads to a rule: its name, and the rule.
type Lead = (TargetName, ResourceName);

/// Keeps of the rules that entries were rendered through those that still say what these entries do.
///
/// Behind the others, which somebody changed since, the entries are targets of their own rule.
pub(super) fn judge(desk: &mut ImportNotes<'_>, groups: &mut [Group]) {
    let mut rules: BTreeMap<ResourceName, Group> = BTreeMap::new();
    for group in groups.iter_mut() {
        by_order(&mut group.entries);
        rules.insert(group.name.clone(), group.clone());
    }
    for group in groups {
        let leads: BTreeSet<Lead> = group.entries.iter().filter_map(lead).collect();
        for lead in leads {
            let to = rules.get(&lead.1).filter(|to| to.name != group.name);
            let says = to.and_then(|to| as_said(group, &lead, to));
            let entries = group.entries.iter_mut();
            let mut through = entries.filter(|entry| self::lead(entry).as_ref() == Some(&lead));
            match says {
                Some(says) => {
                    for (entry, says_retries) in through.by_ref().zip(says) {
                        entry.is_repeated_by_rule = !says_retries;
                    }
                }
                None => through.for_each(|entry| {
                    let at = ["model_list", &entry.index.to_string(), "model_info", VIA];
                    let message = format!(
                        "routing/{} does something else now, so this is a target of its own",
                        lead.1
                    );
                    desk.left_out(&at, message);
                    if let Some(id) = &mut entry.id {
                        id.via.clear();
                    }
                }),
            }
        }
    }
}

/// Sorts `entries` by their order; those without one come last.
pub(super) fn by_order(entries: &mut [ModelEntry]) {
    let order = |entry: &ModelEntry| entry.order.unwrap_or(f64::INFINITY);
    entries.sort_by(|one, other| order(one).total_cmp(&order(other)));
}

/// The target through which `entry` was rendered, and the rule that it leads to.
fn lead(entry: &ModelEntry) -> Option<Lead> {
    let id = entry.id.as_ref()?;
    Some((id.targets.first()?.clone(), id.via.first()?.clone()))
}

/// Returns for each entry of `group` that was rendered through `by` whether the rule `to` says how often it is repeated; `None`
/// where the entries are not those of `to`.
fn as_said(group: &Group, by: &Lead, to: &Group) -> Option<Vec<bool>> {
    let is_list = |group: &Group| group.entries.iter().all(|entry| entry.order.is_some());
    let is_of = |entry: &ModelEntry| lead(entry).as_ref() == Some(by);
    let first = group.entries.iter().position(is_of)?;
    let own: Vec<&ModelEntry> = group.entries[first..]
        .iter()
        .take_while(|it| is_of(it))
        .collect();
    let is_whole = group.entries.iter().filter(|it| is_of(it)).count() == own.len();
    let is_alone = own.len() == group.entries.len() && own.len() == 1;
    let fits = is_whole
        && own.len() == to.entries.len()
        && group.endpoint == to.endpoint
        && (is_alone || is_list(group))
        && (to.entries.len() == 1 || is_list(to));
    let same = |(own, said): (&&ModelEntry, &ModelEntry)| {
        let (ids, other) = (own.id.as_ref()?, said.id.as_ref()?);
        let same = ids.targets[1..] == other.targets
            && ids.via[1..] == other.via
            && (said.retries.is_none() || own.retries == said.retries)
            && own.weight.is_none()
            && bare(own) == bare(said);
        same.then_some(said.retries.is_some())
    };
    own.iter()
        .zip(&to.entries)
        .map(same)
        .collect::<Option<_>>()
        .filter(|_| fits)
}

/// What `entry` says of whom it asks.
fn bare(entry: &ModelEntry) -> impl PartialEq + '_ {
    (
        (&entry.provider, &entry.model, entry.timeout),
        (&entry.limits, &entry.params, &entry.metadata),
    )
}
