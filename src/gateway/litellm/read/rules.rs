use std::collections::{BTreeMap, BTreeSet};

use super::entry::ModelEntry;
use super::group::{Group, groups};
use super::identity::ProviderIdentity;
use super::{lasting, leading, provider_names, strategy};
use crate::gateway::notes::ImportNotes;
use crate::gateway::slugs::TakenNames;
use crate::model::{
    ModelName, Provider, ResourceName, Retry, RoutingRule, Strategy, Target, TargetEnd, TargetName,
};

/// The name of the one target of a rule.
const ONLY: &str = "main";

/// The rules that a configuration says, on their way into a project.
#[derive(Default)]
pub(super) struct Rules {
    pub(super) rules: BTreeMap<ResourceName, RoutingRule>,
    providers: BTreeMap<ProviderIdentity, ResourceName>,
    /// The rule that answers for each model.
    answering: BTreeMap<ModelName, ResourceName>,
    /// The places of the entries that are in no rule.
    pub(super) without: BTreeSet<usize>,
}

/// Returns the rules that `entries` make.
pub(super) fn rules(desk: &mut ImportNotes<'_>, entries: Vec<ModelEntry>) -> Rules {
    let (mut groups, without) = groups(desk, entries);
    leading::judge(desk, &mut groups);
    let entries = groups.iter().flat_map(|group| &group.entries);
    let identities: BTreeSet<ProviderIdentity> =
        entries.map(|entry| entry.provider.clone()).collect();
    let mut rules = Rules {
        rules: BTreeMap::new(),
        providers: provider_names::names(&identities),
        answering: BTreeMap::new(),
        without,
    };
    for group in groups {
        let name = group.name.clone();
        let rule = rules.rule(desk, group);
        for model in &rule.models {
            rules.answering.insert(model.clone(), name.clone());
        }
        rules.rules.insert(name, rule);
    }
    rules
}

/// A target with its name, and the entry that says it.
struct Named {
    name: TargetName,
    end: TargetEnd,
    entry: ModelEntry,
}

impl Rules {
    /// Returns the rules by their names.
    pub(super) fn into_rules(self) -> BTreeMap<ResourceName, RoutingRule> {
        self.rules
    }

    /// Returns the name of the rule that answers for `model`.
    pub(super) fn answering(&self, model: &str) -> Option<&ResourceName> {
        self.answering.get(&model.parse::<ModelName>().ok()?)
    }

    /// Lets the rule `name` answer for `model` as well; `false` if it answers for as many as it may.
    pub(super) fn answer(&mut self, name: &ResourceName, model: ModelName) -> bool {
        match self.rules.get_mut(name) {
            Some(rule) if rule.models.len() < ModelName::MOST => {
                rule.models.push(model.clone());
                self.answering.insert(model, name.clone());
                true
            }
            _ => false,
        }
    }

    /// Returns the providers, each with the models that targets ask it for.
    pub(super) fn providers(&self, desk: &mut ImportNotes<'_>) -> BTreeMap<ResourceName, Provider> {
        let mut asked: BTreeMap<&ResourceName, BTreeSet<&ModelName>> = BTreeMap::new();
        for target in self.rules.values().flat_map(|rule| rule.targets.values()) {
            if let TargetEnd::Model { provider, model } = &target.destination {
                asked.entry(provider).or_default().insert(model);
            }
        }
        let mut providers = BTreeMap::new();
        for (identity, name) in &self.providers {
            let Some(models) = asked.get(name) else {
                continue;
            };
            let mut models: Vec<ModelName> = models.iter().map(|model| (*model).clone()).collect();
            if models.len() > ModelName::MOST {
                let message = format!(
                    "providers/{name} lists `*`: it has more than {} models",
                    ModelName::MOST
                );
                desk.adapted(&["model_list"], message);
                models = "*".parse().into_iter().collect();
            }
            providers.insert(name.clone(), identity.provider(models));
        }
        providers
    }

    fn rule(&self, desk: &mut ImportNotes<'_>, group: Group) -> RoutingRule {
        let Group {
            models,
            endpoint,
            entries,
            ..
        } = group;
        let ordered = entries.iter().any(|entry| entry.order.is_some());
        if ordered {
            judge_order(desk, &entries);
        }
        let retry = retry(desk, &entries);
        let weighted = !ordered && entries.len() > 1;
        let weights = match weighted {
            true => strategy::weights(desk, &entries),
            false => {
                leave_out_weights(desk, &entries);
                Vec::new()
            }
        };
        let named = self.named(entries);
        let leads_on = |named: &Named| matches!(named.end, TargetEnd::Rule { .. });
        let strategy = match named.as_slice() {
            [one] if !ordered || leads_on(one) => Strategy::Single,
            _ if weighted => Strategy::Weighted,
            _ => Strategy::Fallback,
        };
        let order: Vec<TargetName> = named.iter().map(|named| named.name.clone()).collect();
        let places: BTreeMap<TargetName, usize> = named
            .iter()
            .map(|named| (named.name.clone(), named.entry.index))
            .collect();
        let mut weights = weights.into_iter();
        let targets = named.into_iter().map(|Named { name, end, entry }| {
            let mut target = Target::to(end);
            if matches!(target.destination, TargetEnd::Model { .. }) {
                target.weight = weights.next();
                target.timeout = entry.timeout;
                target.params = entry.params;
                target.limits = entry.limits;
                target.metadata = entry.metadata;
            }
            (name, target)
        });
        let mut rule = RoutingRule {
            endpoint,
            models,
            strategy,
            order,
            retry,
            targets: targets.collect(),
            prompts: Vec::new(),
        };
        lasting::keep(desk, &mut rule, &places);
        rule
    }

    /// Names the targets that `entries` are: those of a rule that a target leads to are that target.
    fn named(&self, entries: Vec<ModelEntry>) -> Vec<Named> {
        let single = entries.len() == 1;
        let mut named: Vec<Named> = Vec::new();
        let mut taken = TakenNames::default();
        for entry in entries {
            let model = TargetEnd::Model {
                provider: self.providers[&entry.provider].clone(),
                model: entry.model.clone(),
            };
            let (wanted, end) = match &entry.id {
                None if single => (ONLY.to_owned(), model),
                None => (self.providers[&entry.provider].to_string(), model),
                Some(id) => match id.via.first() {
                    Some(to) => {
                        let first = &id.targets[0];
                        let end = TargetEnd::Rule { rule: to.clone() };
                        if named.iter().any(|it| it.name == *first && it.end == end) {
                            continue;
                        }
                        (first.to_string(), end)
                    }
                    None => {
                        let names: Vec<&str> = id.targets.iter().map(TargetName::as_str).collect();
                        (names.join("-"), model)
                    }
                },
            };
            // None of these is empty, so there is always a name.
            if let Some(name) = taken.target(&wanted) {
                named.push(Named { name, end, entry });
            }
        }
        named
    }
}

/// Notes what LiteLLM does otherwise with the order of `entries`: those that share one share the requests that come to it.
fn judge_order(desk: &mut ImportNotes<'_>, entries: &[ModelEntry]) {
    for pair in entries.windows(2) {
        let at = [
            "model_list",
            &pair[1].index.to_string(),
            "litellm_params",
            "order",
        ];
        match pair[1].order {
            None => {
                let message = "LiteLLM asks an entry without an order only where none has one; here it is the last";
                desk.adapted(&at[..2], message);
            }
            order if order == pair[0].order => {
                let message = "entries of one order share the requests in LiteLLM; here they are tried one after the other";
                desk.left_out(&at, message);
            }
            _ => {}
        }
    }
}

/// Notes the weights of `entries` that are not chosen by weight.
fn leave_out_weights(desk: &mut ImportNotes<'_>, entries: &[ModelEntry]) {
    let message = match entries {
        [_] => "the only entry of its name gets every request",
        _ => "entries with an order are tried in turn, so nothing is chosen by weight",
    };
    for entry in entries.iter().filter(|entry| entry.weight.is_some()) {
        let index = entry.index.to_string();
        desk.left_out(&["model_list", &index, "litellm_params", "weight"], message);
    }
}

/// How often the rule repeats a request, if all of its entries say the same.
fn retry(desk: &mut ImportNotes<'_>, entries: &[ModelEntry]) -> Option<Retry> {
    let own = entries.iter().filter(|entry| entry.is_repeated_by_rule);
    let own: Vec<&ModelEntry> = own.collect();
    let first = own.first()?.retries;
    if own.iter().all(|entry| entry.retries == first) {
        return first.map(|max_retries| Retry {
            max_retries,
            backoff_base: None,
            on: Vec::new(),
        });
    }
    for entry in own.iter().filter(|entry| entry.retries.is_some()) {
        let at = [
            "model_list",
            &entry.index.to_string(),
            "litellm_params",
            "num_retries",
        ];
        desk.left_out(
            &at,
            "the entries of its name say different numbers, and a rule has one",
        );
    }
    None
}
