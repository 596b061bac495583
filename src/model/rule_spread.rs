use std::collections::BTreeMap;

use crate::model::configuration::Configuration;
use crate::model::pointers::Pointers;
use crate::model::resource::{Kind, Resource, ResourceName, VersionId};
use crate::model::routing::{RoutingRule, Target, TargetEnd};

/// Returns the live releases that have more than [`RoutingRule::MOST_TARGETS`] targets once the rules that they lead to are written
/// out, or that lead over more rules than that, each with the first rule that it leads to. Rules that lead to themselves are among
/// them.
///
/// Ten rules of four targets that each lead to the next rule have a million targets, and every gateway gets them as one list.
pub(super) fn too_wide(
    configuration: &Configuration,
    pointers: &Pointers,
) -> Vec<(VersionId, Resource)> {
    let rules: BTreeMap<&ResourceName, (VersionId, &RoutingRule)> = pointers
        .iter()
        .filter(|(resource, _)| resource.kind == Kind::Routing)
        .filter_map(|(resource, number)| {
            let release = resource.at(*number);
            let rule = configuration.rule(&release)?;
            Some((&resource.name, (release, rule)))
        })
        .collect();
    if rules.values().all(|(_, rule)| first_led_to(rule).is_none()) {
        return Vec::new();
    }
    // After so many rounds, `spread` has the targets that are reached over so many rules. What still grows then is too deep, or
    // goes round; what is capped is too wide. So no path has to be walked, of which there may be exponentially many.
    let mut spread: BTreeMap<&ResourceName, usize> = BTreeMap::new();
    let mut growing = Vec::new();
    for _ in 0..=RoutingRule::MOST_TARGETS {
        let next = rules.iter().map(|(name, (_, rule))| {
            let of_target = |target| match led_to(target) {
                Some(rule) => spread.get(rule).copied().unwrap_or(0),
                None => 1,
            };
            let sum: usize = rule.targets.values().map(of_target).sum();
            (*name, sum.min(RoutingRule::MOST_TARGETS + 1))
        });
        let next: BTreeMap<&ResourceName, usize> = next.collect();
        growing = next
            .iter()
            .filter(|(name, count)| spread.get(*name) != Some(*count))
            .map(|(name, _)| *name)
            .collect();
        spread = next;
        if growing.is_empty() {
            break;
        }
    }
    let is_wide = |name: &ResourceName| {
        spread
            .get(name)
            .is_some_and(|count| *count > RoutingRule::MOST_TARGETS)
    };
    rules
        .iter()
        .filter(|(name, _)| is_wide(name) || growing.contains(*name))
        .filter_map(|(_, (release, rule))| {
            let name = first_led_to(rule)?.clone();
            let kind = Kind::Routing;
            Some((release.clone(), Resource { kind, name }))
        })
        .collect()
}

fn led_to(target: &Target) -> Option<&ResourceName> {
    match &target.destination {
        TargetEnd::Rule { rule } => Some(rule),
        TargetEnd::Model { .. } => None,
    }
}

/// Returns the first rule that `rule` leads to.
fn first_led_to(rule: &RoutingRule) -> Option<&ResourceName> {
    rule.targets.values().find_map(led_to)
}
