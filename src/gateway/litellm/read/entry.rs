use std::collections::BTreeMap;

use super::identity::ProviderIdentity;
use super::parts::Parts;
use super::values::{bounded, number, text, whole};
use crate::files::yaml::YamlNode;
use crate::gateway::litellm::endpoints;
use crate::gateway::litellm::words::VIA;
use crate::gateway::notes::ImportNotes;
use crate::model::{
    Bounded, Endpoint, JsonTable, MaxRetries, ModelName, ResourceName, TargetLimits, TargetName,
    Timeout,
};

/// An entry of `model_list`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ModelEntry {
    /// Its place in the list.
    pub(super) index: usize,
    /// What callers ask for.
    pub(super) name: ModelName,
    pub(super) endpoint: Endpoint,
    pub(super) provider: ProviderIdentity,
    /// What the provider is asked for.
    pub(super) model: ModelName,
    pub(super) order: Option<f64>,
    pub(super) weight: Option<f64>,
    pub(super) timeout: Option<Timeout>,
    pub(super) retries: Option<MaxRetries>,
    pub(super) limits: TargetLimits,
    pub(super) params: JsonTable,
    pub(super) metadata: JsonTable,
    pub(super) id: Option<Id>,
    /// Whether `retries` is what its rule says, and not the one that a target leads to.
    pub(super) is_repeated_by_rule: bool,
}

/// What `model_info.id` says where it was rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Id {
    /// The rule.
    pub(super) rule: ResourceName,
    /// The target, and those behind it that lead to others.
    pub(super) targets: Vec<TargetName>,
    /// The rules that the targets lead to.
    pub(super) via: Vec<ResourceName>,
    /// For which of the models of the rule the entry stands.
    pub(super) number: usize,
}

impl Id {
    /// Why an id is not taken.
    pub(super) const OTHER: &str =
        "the entry is called by its rule and its target, <rule>.<target>";

    fn read(text: &str, via: Vec<ResourceName>) -> Option<Self> {
        let (names, number) = match text.rsplit_once(':') {
            Some((names, number)) => (names, number.parse().ok().filter(|it| *it > 1)?),
            None => (text, 1),
        };
        let (rule, targets) = names.split_once('.')?;
        let targets: Vec<TargetName> = targets
            .split('.')
            .map(|target| target.parse().ok())
            .collect::<Option<_>>()?;
        (targets.len() == via.len() + 1).then_some(())?;
        Some(Self {
            rule: rule.parse().ok()?,
            targets,
            via,
            number,
        })
    }
}

/// `credential_list`: what entries say in common, by the name under which they name it.
#[derive(Default)]
pub(super) struct Credentials<'n>(BTreeMap<&'n str, (usize, Parts<'n>)>);

impl<'n> Credentials<'n> {
    pub(super) fn of(desk: &mut ImportNotes<'_>, node: Option<&'n YamlNode>) -> Self {
        let mut credentials = Self::default();
        let listed = node.and_then(YamlNode::list).into_iter().flatten();
        for (index, node) in listed.enumerate() {
            let at = ["credential_list", &index.to_string()];
            let name = node.get("credential_name").and_then(YamlNode::text);
            let values = node.get("credential_values");
            match (name, values.filter(|values| values.table().is_some())) {
                (Some(name), Some(_)) if credentials.0.contains_key(name) => {
                    desk.left_out(&at, "another one has its `credential_name`");
                }
                (Some(name), Some(values)) => {
                    let values =
                        Parts::of(&[&at[..], &["credential_values"]].concat(), Some(values));
                    credentials.0.insert(name, (index, values));
                }
                _ => desk.left_out(&at, "it has no `credential_name` with `credential_values`"),
            }
        }
        credentials
    }

    /// Completes `params` by the values that are called `name`.
    fn complete(
        &self,
        desk: &mut ImportNotes<'_>,
        name: &str,
        params: &mut Parts<'n>,
    ) -> Result<(), &'static str> {
        let (index, values) = self
            .0
            .get(name)
            .ok_or("its `litellm_credential_name` is not in `credential_list`")?;
        let at = ["credential_list", &index.to_string()];
        desk.adapted(
            &at,
            "it stands with the provider of each entry that names it",
        );
        desk.took(&[at[0], at[1], "credential_name"]);
        params.complete(values);
        Ok(())
    }
}

impl ModelEntry {
    /// Reads the entry `node`, with what is to be noted of it; `None` where no project can hold it, which is noted.
    pub(super) fn read<'n, 'f>(
        desk: &mut ImportNotes<'f>,
        index: usize,
        node: &'n YamlNode,
        credentials: &Credentials<'n>,
    ) -> Option<(Self, ImportNotes<'f>)> {
        let index_text = index.to_string();
        let at = ["model_list", index_text.as_str()];
        // What an entry takes of what several have in common is only taken if the entry is.
        let mut own = ImportNotes::new(desk.file);
        match Self::parse(&mut own, &at, index, node, credentials) {
            Ok(entry) => Some((entry, own)),
            Err(message) => {
                desk.left_out(&at, message);
                None
            }
        }
    }

    fn parse<'n>(
        desk: &mut ImportNotes<'_>,
        at: &[&str; 2],
        index: usize,
        node: &'n YamlNode,
        credentials: &Credentials<'n>,
    ) -> Result<Self, String> {
        let mut parts = Parts::of(at, Some(node));
        let name = name(desk, &mut parts)?;
        let said = parts.remove("litellm_params").map(|part| part.node);
        let said = said.filter(|node| node.table().is_some());
        let said = said.ok_or("it has no `litellm_params`")?;
        let in_params = [at[0], at[1], "litellm_params"];
        let mut params = Parts::of(&in_params, Some(said));
        if let Some(common) = params.need(desk, "litellm_credential_name", "a text", text)? {
            credentials.complete(desk, &common, &mut params)?;
        }
        let (provider, model) = ProviderIdentity::take(desk, &in_params, &mut params)?;
        let info = parts.remove("model_info").map(|part| part.node);
        let mut info = Parts::of(&[at[0], at[1], "model_info"], info);
        let mode = info.need(desk, "mode", "a text", text)?;
        let endpoint = endpoint(desk, at, mode.as_deref(), (&model, &name))?;
        let id = id(desk, &mut info);
        let weight = |node: &YamlNode| number(node).filter(|weight| *weight >= 0.0);
        let per_minute = "a whole number from 1 on";
        let order = params.take(desk, "order", "a number", number);
        let weight = params.take(desk, "weight", "a number from 0 on", weight);
        let timeout = params.take(desk, "timeout", "seconds, up to an hour", timeout);
        let retries = params.take(desk, "num_retries", "0 to 10", bounded::<MaxRetries>);
        let limits = TargetLimits {
            rpm: params.take(desk, "rpm", per_minute, bounded),
            tpm: params.take(desk, "tpm", per_minute, bounded),
        };
        Ok(Self {
            index,
            name,
            endpoint,
            provider,
            model,
            order,
            weight,
            timeout,
            retries,
            limits,
            params: params.rest(desk),
            metadata: info.rest(desk),
            id,
            is_repeated_by_rule: true,
        })
    }
}

fn name(desk: &mut ImportNotes<'_>, parts: &mut Parts<'_>) -> Result<ModelName, String> {
    let said = parts.need(desk, "model_name", "a text", text)?;
    let said = said.filter(|said| !said.is_empty());
    let said = said.ok_or("it has no `model_name`")?;
    let name: ModelName = said
        .parse()
        .map_err(|error| format!("its `model_name`: {error}"))?;
    match name.pattern().unwrap_or(name.as_str()).contains('*') {
        true => Err("its `model_name` has a `*` elsewhere than at the end".to_owned()),
        false => Ok(name),
    }
}

fn endpoint(
    desk: &mut ImportNotes<'_>,
    at: &[&str; 2],
    mode: Option<&str>,
    (model, name): (&ModelName, &ModelName),
) -> Result<Endpoint, String> {
    let Some(mode) = mode else {
        let guessed = endpoints::likely(model, name);
        if guessed != Endpoint::Chat {
            let message =
                format!("no `model_info.mode`: by the name of its model it is for {guessed}");
            desk.adapted(at, message);
        }
        return Ok(guessed);
    };
    let endpoint = endpoints::of_mode(mode).ok_or_else(|| {
        format!(
            "its `model_info.mode` is not one of {}",
            endpoints::modes().join(", ")
        )
    })?;
    if !endpoints::modes().contains(&mode) {
        desk.adapted(
            &[at[0], at[1], "model_info", "mode"],
            format!("it is for {endpoint}"),
        );
    }
    Ok(endpoint)
}

/// Takes `id` and the rules that lead to the entry out of `model_info`.
fn id(desk: &mut ImportNotes<'_>, info: &mut Parts<'_>) -> Option<Id> {
    let via = info.remove(VIA);
    let rules = |node: &YamlNode| -> Option<Vec<ResourceName>> {
        let rule = |rule: &YamlNode| rule.text()?.parse().ok();
        node.list()?.iter().map(rule).collect()
    };
    let part = info.remove("id");
    let names = via.as_ref().map_or(Some(Vec::new()), |via| rules(via.node));
    let said = part.as_ref().and_then(|part| text(part.node));
    let id = said.and_then(|said| Id::read(&said, names?));
    for part in via.iter().chain(&part) {
        match &id {
            Some(_) => desk.took(&part.at()),
            None => desk.left_out(&part.at(), Id::OTHER),
        }
    }
    id
}

/// The time that `node` says in seconds.
fn timeout(node: &YamlNode) -> Option<Timeout> {
    whole((number(node)? * 1000.0).round()).and_then(Timeout::new)
}
