use std::collections::{BTreeMap, BTreeSet};

use super::rules::Rules;
use super::values::text;
use crate::files::yaml::YamlNode;
use crate::gateway::notes::ImportNotes;
use crate::gateway::slugs::TakenNames;
use crate::model::{ResourceName, RoutingRule, Strategy, Target, TargetEnd};

/// Adds the fallbacks from one model to another that the configuration lists, as targets that lead to the rule of the other.
///
/// What cannot be one stays where it is: a list of fallbacks goes on working with what is rendered.
pub(super) fn add(desk: &mut ImportNotes<'_>, root: &YamlNode, rules: &mut Rules) {
    let mut fallbacks = Fallbacks::default();
    fallbacks.known(rules);
    for section in ["litellm_settings", "router_settings"] {
        let listed = root.get(section).and_then(|it| it.get("fallbacks"));
        for (index, node) in listed
            .and_then(YamlNode::list)
            .into_iter()
            .flatten()
            .enumerate()
        {
            for (model, to) in node.table().into_iter().flatten() {
                for (place, other) in to.list().unwrap_or_default().iter().enumerate() {
                    let (index, place) = (index.to_string(), place.to_string());
                    let at = [section, "fallbacks", &index, &model.name, &place];
                    let added = match text(other) {
                        Some(other) => fallbacks.one(rules, &model.name, &other),
                        None => Err("it is not the name of a model".to_owned()),
                    };
                    match added {
                        Ok(message) => desk.adapted(&at, message),
                        Err(message) => {
                            desk.left_out(&at, format!("{message}; it stays in the file"));
                        }
                    }
                }
            }
        }
    }
}

/// The fallbacks that were added.
#[derive(Default)]
struct Fallbacks {
    /// The rules that lead to each.
    parents: LeadingRules,
    /// The rules that have as many targets as they may.
    full: BTreeSet<ResourceName>,
}

type LeadingRules = BTreeMap<ResourceName, BTreeSet<ResourceName>>;

/// `name` and every rule that leads to it.
fn above(parents: &LeadingRules, name: &ResourceName) -> BTreeSet<ResourceName> {
    let (mut open, mut seen) = (vec![name.clone()], BTreeSet::new());
    while let Some(name) = open.pop() {
        if seen.insert(name.clone()) {
            open.extend(parents.get(&name).into_iter().flatten().cloned());
        }
    }
    seen
}

impl Fallbacks {
    /// Takes in what the rules lead to already, where they were rendered.
    fn known(&mut self, rules: &Rules) {
        for from in rules.rules.keys() {
            for to in next(&rules.rules, from) {
                self.parents
                    .entry(to.clone())
                    .or_default()
                    .insert(from.clone());
            }
        }
    }

    fn one(&mut self, rules: &mut Rules, from: &str, to: &str) -> Result<String, String> {
        let missing = |model: &str| format!("no entry that a project holds is called `{model}`");
        let from = rules
            .answering(from)
            .cloned()
            .ok_or_else(|| missing(from))?;
        let to = rules.answering(to).cloned().ok_or_else(|| missing(to))?;
        let rules = &mut rules.rules;
        if above(&self.parents, &from).contains(&to) {
            return Err(format!(
                "routing/{to} leads back to routing/{from}, which would be a circle"
            ));
        }
        if by_weight(rules, &from) {
            return Err(format!(
                "the entries of routing/{from} share its requests, and such a rule has no fallback"
            ));
        }
        if by_weight(rules, &to) {
            return Err(format!(
                "the entries of routing/{to} share its requests, and no fallback leads to such a rule"
            ));
        }
        if rules[&from].endpoint != rules[&to].endpoint {
            return Err(format!("routing/{to} is for another endpoint"));
        }
        if self.full.contains(&from) {
            return Err(format!("routing/{from} has as many targets as it may"));
        }
        let end = TargetEnd::Rule { rule: to.clone() };
        if rules[&from]
            .targets
            .values()
            .any(|target| target.destination == end)
        {
            return Ok(format!("leads to routing/{to} already"));
        }
        let rule = rules.get_mut(&from).ok_or("there is no such rule")?;
        let mut taken = TakenNames::default();
        rule.targets
            .keys()
            .for_each(|name| taken.insert(name.as_str()));
        let name = taken.target(to.as_str()).ok_or("no name is left for it")?;
        let before = std::mem::replace(&mut rule.strategy, Strategy::Fallback);
        rule.order.push(name.clone());
        rule.targets.insert(name.clone(), Target::to(end));
        // What leads here is written out with it.
        let most = RoutingRule::MOST_TARGETS;
        if above(&self.parents, &from)
            .iter()
            .any(|name| length(rules, name) > most)
        {
            if let Some(rule) = rules.get_mut(&from) {
                rule.strategy = before;
                rule.order.pop();
                rule.targets.remove(&name);
            }
            self.full.insert(from);
            return Err(format!("more than {most} targets would come of it"));
        }
        self.parents
            .entry(to.clone())
            .or_default()
            .insert(from.clone());
        Ok(format!(
            "is the target `{name}` of routing/{from}, so it may be removed there"
        ))
    }
}

type ByName = BTreeMap<ResourceName, RoutingRule>;

fn next<'r>(rules: &'r ByName, name: &ResourceName) -> impl Iterator<Item = &'r ResourceName> {
    let targets = rules
        .get(name)
        .into_iter()
        .flat_map(|rule| rule.targets.values());
    targets.filter_map(|target| match &target.destination {
        TargetEnd::Rule { rule } => Some(rule),
        TargetEnd::Model { .. } => None,
    })
}

fn by_weight(rules: &ByName, name: &ResourceName) -> bool {
    rules[name].strategy.takes_weights()
}

/// How many targets the rule `name` has when those that it leads to are written out; one more than a rule may have where it is
/// more, or where what was rendered somewhere leads around in a circle.
fn length(rules: &ByName, name: &ResourceName) -> usize {
    length_below(rules, name, RoutingRule::MOST_TARGETS)
}

fn length_below(rules: &ByName, name: &ResourceName, deep: usize) -> usize {
    let too_many = RoutingRule::MOST_TARGETS + 1;
    let Some(rule) = rules.get(name).filter(|_| deep > 0) else {
        return too_many;
    };
    let mut sum = 0;
    for target in rule.targets.values() {
        sum += match &target.destination {
            TargetEnd::Rule { rule } => length_below(rules, rule, deep - 1),
            TargetEnd::Model { .. } => 1,
        };
        if sum >= too_many {
            return too_many;
        }
    }
    sum
}
