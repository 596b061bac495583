use std::collections::BTreeMap;

use super::identity::ProviderIdentity;
use super::naming::Parts;
use super::values::{bounded, json_table, number, text, whole};
use crate::files::yaml::{YamlNode, YamlValue};
use crate::gateway::litellm::endpoints;
use crate::gateway::litellm::words::VIA;
use crate::gateway::notes::ImportNotes;
use crate::model::{
    Bounded, Endpoint, JsonTable, MaxRetries, ModelName, PerMinute, ResourceName, TargetLimits,
    TargetName, Timeout,
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
pub(super) struct Credentials<'n>(BTreeMap<&'n str, Parts<'n>>);

impl<'n> Credentials<'n> {
    pub(super) fn of(desk: &mut ImportNotes<'_>, node: Option<&'n YamlNode>) -> Self {
        let mut credentials = Self::default();
        for (index, node) in node
            .and_then(YamlNode::list)
            .into_iter()
            .flatten()
            .enumerate()
        {
            let name = node.get("credential_name").and_then(YamlNode::text);
            let values = node.get("credential_values").and_then(YamlNode::table);
            let at = ["credential_list", &index.to_string()];
            match (name, values) {
                (Some(name), Some(values)) => {
                    let values = values.iter().map(|(key, value)| (key.name.as_str(), value));
                    credentials.0.insert(name, values.collect());
                    desk.changed(
                        &at,
                        "it stands with the provider of each entry that names it",
                    );
                }
                _ => desk.left_out(&at, "it has no `credential_name` with `credential_values`"),
            }
        }
        credentials
    }
}

impl ModelEntry {
    /// Reads the entry `node`; `None` where no project can hold it, which is noted.
    pub(super) fn read(
        desk: &mut ImportNotes<'_>,
        index: usize,
        node: &YamlNode,
        credentials: &Credentials<'_>,
    ) -> Option<Self> {
        let index_text = index.to_string();
        let at = ["model_list", index_text.as_str()];
        let read = Self::parse(desk, &at, index, node, credentials);
        read.map_err(|message| desk.left_out(&at, message)).ok()
    }

    fn parse(
        desk: &mut ImportNotes<'_>,
        at: &[&str; 2],
        index: usize,
        node: &YamlNode,
        credentials: &Credentials<'_>,
    ) -> Result<Self, String> {
        let name = name(node)?;
        let said = node.get("litellm_params").and_then(YamlNode::table);
        let said = said.ok_or("it has no `litellm_params`")?;
        let mut params: Parts<'_> = said
            .iter()
            .map(|(key, value)| (key.name.as_str(), value))
            .collect();
        if let Some(common) = params
            .remove("litellm_credential_name")
            .and_then(YamlNode::text)
        {
            let values = credentials.0.get(common);
            let values =
                values.ok_or("its `litellm_credential_name` is none of `credential_list`")?;
            for (key, value) in values {
                params.entry(*key).or_insert(value);
            }
        }
        let in_params = [at[0], at[1], "litellm_params"];
        let (provider, model) = ProviderIdentity::take(desk, &in_params, &mut params)?;
        let mut info: Parts<'_> = match node.get("model_info").and_then(YamlNode::table) {
            Some(entries) => entries
                .iter()
                .map(|(key, value)| (key.name.as_str(), value))
                .collect(),
            None => Parts::new(),
        };
        let mode = info.remove("mode").and_then(text);
        let endpoint = endpoint(desk, at, mode.as_deref(), (&model, &name))?;
        let id = id(desk, at, &mut info);
        let mut take = |key: &'static str, wanted: &str, fine: &dyn Fn(&YamlNode) -> bool| {
            let node = params
                .remove(key)
                .filter(|node| node.value != YamlValue::Null)?;
            if fine(node) {
                return Some(node);
            }
            desk.left_out(
                &[at[0], at[1], "litellm_params", key],
                format!("it takes {wanted}"),
            );
            None
        };
        let order = take("order", "a number", &|node| number(node).is_some());
        let weight = take("weight", "a number from 0 on", &|node| {
            number(node).is_some_and(|weight| weight >= 0.0)
        });
        let timeout = take("timeout", "seconds, up to an hour", &|node| {
            timeout(node).is_some()
        });
        let retries = take("num_retries", "0 to 10", &|node| {
            bounded::<MaxRetries>(node).is_some()
        });
        let rpm = take("rpm", "a whole number from 1 on", &per_minute);
        let tpm = take("tpm", "a whole number from 1 on", &per_minute);
        let (order, weight) = (order.and_then(number), weight.and_then(number));
        let (timeout, retries) = (timeout.and_then(self::timeout), retries.and_then(bounded));
        let limits = TargetLimits {
            rpm: rpm.and_then(bounded),
            tpm: tpm.and_then(bounded),
        };
        let params: Vec<(&str, &YamlNode)> = params.into_iter().collect();
        let params = json_table(desk, &in_params, &params);
        let info: Vec<(&str, &YamlNode)> = info.into_iter().collect();
        let metadata = json_table(desk, &[at[0], at[1], "model_info"], &info);
        for (key, _) in node.table().into_iter().flatten() {
            if !matches!(
                key.name.as_str(),
                "model_name" | "litellm_params" | "model_info"
            ) {
                desk.left_out(&[at[0], at[1], &key.name], "LiteLLM has no such key here");
            }
        }
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
            params,
            metadata,
            id,
        })
    }
}

fn name(node: &YamlNode) -> Result<ModelName, String> {
    let said = node.get("model_name").and_then(text).unwrap_or_default();
    if said.is_empty() {
        return Err("it has no `model_name`".to_owned());
    }
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
            desk.changed(at, message);
        }
        return Ok(guessed);
    };
    let endpoint = endpoints::of_mode(mode).ok_or_else(|| {
        format!(
            "its `model_info.mode` is none of {}",
            endpoints::modes().join(", ")
        )
    })?;
    if !endpoints::modes().contains(&mode) {
        desk.changed(
            &[at[0], at[1], "model_info", "mode"],
            format!("it is for {endpoint}"),
        );
    }
    Ok(endpoint)
}

/// Takes `id` and the rules that lead to the entry out of `model_info`.
fn id(desk: &mut ImportNotes<'_>, at: &[&str; 2], info: &mut Parts<'_>) -> Option<Id> {
    let via = info
        .remove(VIA)
        .and_then(YamlNode::list)
        .unwrap_or_default();
    let via: Vec<ResourceName> = via
        .iter()
        .filter_map(|rule| rule.text()?.parse().ok())
        .collect();
    let said = info.remove("id").and_then(text)?;
    let id = Id::read(&said, via);
    if id.is_none() {
        let message = "the entry is called by its rule and its target, <rule>.<target>";
        desk.left_out(&[at[0], at[1], "model_info", "id"], message);
    }
    id
}

/// The time that `node` says in seconds.
fn timeout(node: &YamlNode) -> Option<Timeout> {
    whole((number(node)? * 1000.0).round()).and_then(Timeout::new)
}

fn per_minute(node: &YamlNode) -> bool {
    bounded::<PerMinute>(node).is_some()
}
