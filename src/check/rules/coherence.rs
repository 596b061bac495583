use super::change::Change;
use crate::diag::{Code, Finding, Place};
use crate::files::OwnedPath;
use crate::model::{
    Configuration, EnvironmentSlug, Incoherence, ModelName, Project, RoutingRule, incoherences,
};
use crate::policy::Release;

/// How many models a message names at most.
const NAMED: usize = 3;

/// Checks that what is live in an environment fits together: rules use providers that are active there and
/// models that these list, and no two rules answer the same requests.
pub(super) fn judge(project: &Project, configuration: &Configuration, findings: &mut Vec<Finding>) {
    for (slug, pointers) in project
        .pointers
        .iter()
        .filter(|(slug, _)| project.environments.contains_key(*slug))
    {
        findings.extend(
            incoherences(configuration, pointers)
                .iter()
                .map(|lack| finding(slug, lack)),
        );
    }
}

/// Checks that what is requested would fit together with what is live, so that nobody approves what cannot be
/// made live.
pub(super) fn judge_request(change: &Change<'_>, findings: &mut Vec<Finding>) {
    for (slug, release) in &change.releases {
        let Release::Requested { moves, .. } = release else {
            continue;
        };
        let live = change.after.pointers.get(slug).cloned().unwrap_or_default();
        // As if the request had been granted. Whether it fits must be known now, because whoever
        // approves it can only take all of it or nothing.
        let mut asked = live.clone();
        for moved in moves {
            match moved.after {
                Some(number) => asked.insert(moved.resource.clone(), number),
                None => asked.remove(&moved.resource),
            };
        }
        // What does not fit already is a finding of the live state and not of the request.
        let standing = incoherences(change.configuration, &live);
        let place = Place::file(OwnedPath::Pending(slug.clone()).to_string());
        let broken = incoherences(change.configuration, &asked);
        let broken = broken.difference(&standing).map(|lack| Finding {
            place: place.clone(),
            ..finding(slug, lack)
        });
        findings.extend(broken);
    }
}

/// Returns the finding for `incoherence`. Its wording does not name the live activation: what was broken
/// before and still is must read the same, or it would count as introduced.
fn finding(slug: &EnvironmentSlug, lack: &Incoherence) -> Finding {
    let release = lack.release();
    let (message, help) = match lack {
        Incoherence::Inactive { provider, .. } => (
            format!("{release} sends requests to {provider}, which is not active in `{slug}`"),
            "move the provider first, or both together: envctl promote … --with-dependencies",
        ),
        Incoherence::Unlisted {
            provider, model, ..
        } => (
            format!(
                "{release} asks {provider} for `{model}`, which its activation in `{slug}` does not list"
            ),
            "move an activation that adds a model before the rule, one that drops a model after it, or both together: envctl promote … --with-dependencies",
        ),
        Incoherence::NoSuchRule {
            rule,
            answers: None,
            ..
        } => (
            format!("{release} sends requests to {rule}, which is not live in `{slug}`"),
            "a rule moves after the rules that it leads to, or with them: envctl promote … --with-dependencies",
        ),
        Incoherence::NoSuchRule {
            rule,
            answers: Some(endpoint),
            ..
        } => (
            format!("{release} sends requests to {rule}, which answers {endpoint} in `{slug}`"),
            "a rule leads to rules of its own endpoint",
        ),
        Incoherence::Circle { rule, .. } => (
            format!(
                "{release} sends requests to {rule}, which leads back to {} in `{slug}`",
                release.resource
            ),
            "a request must end at a provider: take the target out of one of the rules",
        ),
        Incoherence::TooWide { rule, .. } => (
            format!(
                "{release} leads by way of {rule} to more than {most} targets, or over more than {most} rules, in `{slug}`",
                most = RoutingRule::MOST_TARGETS
            ),
            "a gateway tries the targets one after the other: let fewer rules lead to one another",
        ),
        Incoherence::NoSuchPrompt { prompt, .. } => (
            format!("{release} is used with {prompt}, which is not live in `{slug}`"),
            "a rule moves after the prompts that it lists, or with them: envctl promote … --with-dependencies",
        ),
        Incoherence::Claimed {
            other,
            endpoint,
            models,
            ..
        } => (
            format!(
                "{release} and {other} both answer {endpoint} for {} in `{slug}`",
                named(models)
            ),
            "only one rule may answer for a model of an endpoint: take it out of one of them, or retire that one",
        ),
    };
    let resource = &release.resource;
    let keys = [
        resource.kind.folder(),
        resource.name.as_str(),
        resource.kind.number_word(),
    ];
    let place = Place::value(OwnedPath::Pointers(slug.clone()).to_string(), keys);
    Finding::error(Code::COHERENCE, place, message).help(help)
}

/// Returns the first [`NAMED`] of `models` as a list.
fn named(models: &[ModelName]) -> String {
    let named: Vec<String> = models
        .iter()
        .take(NAMED)
        .map(|model| format!("`{model}`"))
        .collect();
    match models.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
