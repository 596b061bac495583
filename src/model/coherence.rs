use std::collections::{BTreeMap, BTreeSet};

use crate::model::configuration::Configuration;
use crate::model::model_name::ModelName;
use crate::model::pointers::Pointers;
use crate::model::resource::{Kind, Resource, ResourceName, VersionId};
use crate::model::routing::{Endpoint, RoutingRule, TargetEnd};
use crate::model::rule_spread::too_wide;

/// Two things that are live in one environment and do not fit together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Incoherence {
    /// A rule sends requests to a provider that is not active.
    Inactive {
        /// The release of the rule.
        release: VersionId,
        /// The provider.
        provider: Resource,
    },
    /// A rule sends requests for a model to a provider that does not list it.
    Unlisted {
        /// The release of the rule.
        release: VersionId,
        /// The provider, which is active.
        provider: Resource,
        /// The model.
        model: ModelName,
    },
    /// A rule sends requests to a rule that is not live, or that answers another endpoint.
    NoSuchRule {
        /// The release of the rule.
        release: VersionId,
        /// The rule that it sends them to.
        rule: Resource,
        /// What that one answers instead; none if it is not live.
        answers: Option<Endpoint>,
    },
    /// A rule sends requests back to itself, by way of others or at once.
    Circle {
        /// The release of the rule.
        release: VersionId,
        /// The rule that it sends them to.
        rule: Resource,
    },
    /// A rule leads to more targets, or over more rules, than a gateway's list can hold.
    TooWide {
        /// The release of the rule.
        release: VersionId,
        /// The first rule that it sends requests to.
        rule: Resource,
    },
    /// A rule is used with a prompt that is not live.
    NoSuchPrompt {
        /// The release of the rule.
        release: VersionId,
        /// The prompt.
        prompt: Resource,
    },
    /// Two rules answer the same requests.
    Claimed {
        /// The release of one rule.
        release: VersionId,
        /// The release of the other, whose name sorts before.
        other: VersionId,
        /// What both answer.
        endpoint: Endpoint,
        /// The models that both answer for, in the order of the first rule's file.
        models: Vec<ModelName>,
    },
}

impl Incoherence {
    /// The release of the rule that it is about.
    pub fn release(&self) -> &VersionId {
        match self {
            Self::Inactive { release, .. }
            | Self::Unlisted { release, .. }
            | Self::NoSuchRule { release, .. }
            | Self::Circle { release, .. }
            | Self::TooWide { release, .. }
            | Self::NoSuchPrompt { release, .. }
            | Self::Claimed { release, .. } => release,
        }
    }

    /// The two resources that do not fit; another version of either may mend it.
    pub fn resources(&self) -> [&Resource; 2] {
        match self {
            Self::Inactive { release, provider }
            | Self::Unlisted {
                release, provider, ..
            } => [&release.resource, provider],
            Self::NoSuchRule { release, rule, .. }
            | Self::Circle { release, rule }
            | Self::TooWide { release, rule } => [&release.resource, rule],
            Self::NoSuchPrompt { release, prompt } => [&release.resource, prompt],
            Self::Claimed { release, other, .. } => [&release.resource, &other.resource],
        }
    }
}

/// Returns what would not fit together if `pointers` were what is live in an environment; `configuration` has to hold what
/// all of them say.
///
/// Versions that it does not hold are passed over, since that is wrong by itself: they were never published, or do not say
/// anything sound.
pub fn incoherences(configuration: &Configuration, pointers: &Pointers) -> BTreeSet<Incoherence> {
    let mut found = BTreeSet::new();
    let mut claims: BTreeMap<(Endpoint, &ModelName), VersionId> = BTreeMap::new();
    for (resource, number) in pointers
        .iter()
        .filter(|(resource, _)| resource.kind == Kind::Routing)
    {
        let release = resource.at(*number);
        let Some(rule) = configuration.rule(&release) else {
            continue;
        };
        found.extend(
            rule.targets
                .values()
                .filter_map(|target| match &target.destination {
                    TargetEnd::Model { provider, model } => {
                        lack(configuration, pointers, &release, provider, model)
                    }
                    TargetEnd::Rule { rule: other } => {
                        let live = (configuration, pointers);
                        wrong_rule(live, (&release, rule.endpoint), other)
                    }
                }),
        );
        let prompts = rule.prompts.iter().map(|name| Resource {
            kind: Kind::Prompts,
            name: name.clone(),
        });
        let missing = prompts.filter(|prompt| pointers.get(prompt).is_none());
        found.extend(missing.map(|prompt| Incoherence::NoSuchPrompt {
            release: release.clone(),
            prompt,
        }));
        found.extend(claimed(&mut claims, &release, rule));
    }
    // A circle has no end, so what leads to one would be too wide besides.
    let has_circle = |lack: &Incoherence| matches!(lack, Incoherence::Circle { .. });
    if !found.iter().any(has_circle) {
        let wide = too_wide(configuration, pointers).into_iter();
        found.extend(wide.map(|(release, rule)| Incoherence::TooWide { release, rule }));
    }
    found
}

fn lack(
    configuration: &Configuration,
    pointers: &Pointers,
    release: &VersionId,
    provider: &ResourceName,
    model: &ModelName,
) -> Option<Incoherence> {
    let (release, provider) = (
        release.clone(),
        Resource {
            kind: Kind::Providers,
            name: provider.clone(),
        },
    );
    let Some(number) = pointers.get(&provider) else {
        return Some(Incoherence::Inactive { release, provider });
    };
    let unlisted = !configuration
        .provider(&provider.at(*number))?
        .models
        .iter()
        .any(|listed| listed.covers(model));
    unlisted.then(|| Incoherence::Unlisted {
        release,
        provider,
        model: model.clone(),
    })
}

/// What is wrong with `release`, which answers `endpoint`, sending requests to the rule `other`.
fn wrong_rule(
    (configuration, pointers): (&Configuration, &Pointers),
    (release, endpoint): (&VersionId, Endpoint),
    other: &ResourceName,
) -> Option<Incoherence> {
    let resource = |name: &ResourceName| Resource {
        kind: Kind::Routing,
        name: name.clone(),
    };
    let (release, rule) = (release.clone(), resource(other));
    let Some(number) = pointers.get(&rule) else {
        let answers = None;
        return Some(Incoherence::NoSuchRule {
            release,
            rule,
            answers,
        });
    };
    // A rule that cannot be read is a finding of its own file, and says nothing about this one.
    let answers = configuration.rule(&rule.at(*number))?.endpoint;
    if answers != endpoint {
        return Some(Incoherence::NoSuchRule {
            release,
            rule,
            answers: Some(answers),
        });
    }
    // The release may be reached over several rules. A circle that does not lead through it is
    // reported for the rules that are in it, so it only has to end the search here.
    let (mut reached, mut next) = (BTreeSet::new(), vec![rule.clone()]);
    while let Some(at) = next.pop() {
        if at == release.resource {
            return Some(Incoherence::Circle { release, rule });
        }
        let says = pointers.get(&at).map(|number| at.at(*number));
        if !reached.insert(at) {
            continue;
        }
        let targets = says.and_then(|id| configuration.rule(&id));
        let targets = targets.into_iter().flat_map(|rule| rule.targets.values());
        next.extend(targets.filter_map(|target| match &target.destination {
            TargetEnd::Rule { rule } => Some(resource(rule)),
            TargetEnd::Model { .. } => None,
        }));
    }
    None
}

/// Notes what `rule` claims, and what was claimed before it, by each rule that did.
fn claimed<'p>(
    claims: &mut BTreeMap<(Endpoint, &'p ModelName), VersionId>,
    release: &VersionId,
    rule: &'p RoutingRule,
) -> Vec<Incoherence> {
    let mut shared: BTreeMap<VersionId, Vec<ModelName>> = BTreeMap::new();
    for model in &rule.models {
        match claims.get(&(rule.endpoint, model)) {
            // The first claim stays, so each later rule is compared with the one that sorts first,
            // and three rules give two findings and not three.
            Some(other) => shared.entry(other.clone()).or_default().push(model.clone()),
            None => drop(claims.insert((rule.endpoint, model), release.clone())),
        }
    }
    let endpoint = rule.endpoint;
    let claimed = |(other, models)| Incoherence::Claimed {
        release: release.clone(),
        other,
        endpoint,
        models,
    };
    shared.into_iter().map(claimed).collect()
}
