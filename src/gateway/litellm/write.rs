use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::words::{NO_KEY, VARIABLE, VIA};
use super::yaml_text::write_table;
use super::{endpoints, kinds, prompts};
use crate::gateway::configuration::Gateway;
use crate::gateway::format::{Inexpressible, Rendering, ServedGateway};
use crate::gateway::leaves::Leaf;
use crate::model::{
    Address, Auth, Credential, Endpoint, Failing, JsonTable, Kind, ModelName, Provider, Resource,
    ResourceName, Retry, RoutingRule, Timeout,
};

/// The keys of an entry that a provider or a target says in its own words, so that `params` must not.
const OWN_PARAMS: [&str; 13] = [
    "api_base",
    "api_key",
    "api_version",
    "base_url",
    "custom_llm_provider",
    "litellm_credential_name",
    "model",
    "num_retries",
    "order",
    "rpm",
    "timeout",
    "tpm",
    "weight",
];
/// The keys of `model_info` that a rule says in its own words.
const OWN_INFO: [&str; 3] = ["id", "mode", VIA];

/// Writes what LiteLLM reads under `include`.
pub(super) fn write(served: &ServedGateway) -> Result<Rendering, Vec<Inexpressible>> {
    let mut writer = EntryWriter {
        gateway: &served.gateway,
        claimed: BTreeMap::new(),
        text: String::new(),
        refused: Vec::new(),
        lost: Vec::new(),
    };
    writer.text.push_str("model_list:");
    writer.text.push_str(if served.gateway.rules.is_empty() {
        " []\n"
    } else {
        "\n"
    });
    for (name, rule) in &served.gateway.rules {
        writer.rule(name, rule);
    }
    let EntryWriter {
        mut text,
        mut refused,
        mut lost,
        ..
    } = writer;
    prompts::write(&mut text, served, &mut refused, &mut lost);
    lost.sort();
    lost.dedup();
    match refused.is_empty() {
        true => Ok(Rendering { text, lost }),
        false => {
            refused.sort();
            refused.dedup();
            Err(refused)
        }
    }
}

struct EntryWriter<'g> {
    gateway: &'g Gateway,
    /// The names of models that are written, with the rule that answers for each.
    claimed: BTreeMap<&'g ModelName, &'g ResourceName>,
    text: String,
    refused: Vec<Inexpressible>,
    lost: Vec<Inexpressible>,
}

/// `text` with a reference as LiteLLM writes it.
fn referring(text: &str) -> String {
    match text.parse::<Credential>() {
        Ok(credential) => format!("{VARIABLE}{}", credential.variable()),
        Err(_) => text.to_owned(),
    }
}

/// `value` with every reference in it as LiteLLM writes it.
fn referring_value(value: &Value) -> Value {
    match value {
        Value::String(text) => referring(text).into(),
        Value::Array(values) => values.iter().map(referring_value).collect(),
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| (key.clone(), referring_value(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// A time in seconds, without a point where it needs none.
fn seconds(timeout: Timeout) -> Value {
    match timeout.value() % 1000 {
        0 => (timeout.value() / 1000).into(),
        _ => (f64::from(timeout.value()) / 1000.0).into(),
    }
}

impl<'g> EntryWriter<'g> {
    fn refuse(&mut self, rule: &ResourceName, key: impl Into<String>, message: impl Into<String>) {
        self.refused.push(Inexpressible::at(
            &Resource::new(Kind::Routing, rule),
            key,
            message,
        ));
    }

    fn lose(&mut self, rule: &ResourceName, key: impl Into<String>, message: impl Into<String>) {
        self.lost.push(Inexpressible::at(
            &Resource::new(Kind::Routing, rule),
            key,
            message,
        ));
    }

    fn rule(&mut self, name: &'g ResourceName, rule: &'g RoutingRule) {
        let leaves = match self.gateway.written_out(name, rule) {
            Ok(leaves) => leaves,
            Err(refusal) => return self.refused.push(refusal),
        };
        self.retry(name, rule.retry.as_ref());
        let ordered = !rule.strategy.takes_weights()
            && (leaves.len() > 1 || rule.strategy == crate::model::Strategy::Fallback);
        for (number, model) in rule.models.iter().enumerate() {
            self.claim(name, model);
            for (place, leaf) in leaves.iter().enumerate() {
                let order = ordered.then_some(place + 1);
                let id = match number {
                    0 => format!("{name}.{}", leaf.name),
                    // An id is of one entry, and a further model has entries of its own.
                    number => format!("{name}.{}:{}", leaf.name, number + 1),
                };
                self.entry(name, rule, (model, id), (leaf, order));
            }
        }
    }

    /// Notes what LiteLLM does with the names of models: it knows one list for all endpoints, and any `*` stands for something.
    fn claim(&mut self, name: &'g ResourceName, model: &'g ModelName) {
        let beginning = model.pattern().unwrap_or(model.as_str());
        if beginning.contains('*') {
            let message = format!("LiteLLM takes the `*` inside `{model}` for a pattern");
            self.refuse(name, "models", message);
        }
        if let Some(other) = self.claimed.insert(model, name) {
            let message = format!(
                "`{model}` is answered by routing/{other} as well, and LiteLLM does not tell endpoints apart"
            );
            self.refuse(name, "models", message);
        }
    }

    fn retry(&mut self, name: &ResourceName, retry: Option<&Retry>) {
        let Some(retry) = retry else { return };
        if retry.backoff_base.is_some() {
            let message = "LiteLLM has one wait for all rules, `retry_after` in router_settings";
            self.lose(name, "retry.backoff_base_ms", message);
        }
        let usual = |on: &[Failing]| Retry::ON.iter().all(|it| on.contains(it)) && on.len() == 3;
        if !retry.on.is_empty() && !usual(&retry.on) {
            let message = "after which failures LiteLLM repeats is said by `model_group_retry_policy` in router_settings";
            self.lose(name, "retry.on", message);
        }
    }

    fn entry(
        &mut self,
        name: &ResourceName,
        rule: &RoutingRule,
        (model, id): (&ModelName, String),
        (leaf, order): (&Leaf<'_>, Option<usize>),
    ) {
        let Some(provider) = self.gateway.providers.get(leaf.provider) else {
            let message = format!("providers/{} is not active", leaf.provider);
            return self.refuse(name, format!("targets.{}", leaf.name), message);
        };
        let mut params: Vec<(&str, Value)> = vec![(
            "model",
            format!("{}/{}", kinds::prefix(&provider.kind), leaf.model).into(),
        )];
        let signed = leaf
            .target
            .params
            .iter()
            .any(|(key, _)| kinds::OTHER_SIGNATURES.contains(&key));
        let mut headers = self.provider(leaf.provider, (provider, signed), &mut params);
        params.extend(order.map(|order| ("order", order.into())));
        let target = leaf.target;
        params.extend(
            target
                .weight
                .map(|weight| ("weight", weight.value().into())),
        );
        let timeout = target.timeout.or(provider.timeout);
        params.extend(timeout.map(|timeout| ("timeout", seconds(timeout))));
        let nearest = leaf.way.iter().rev();
        let mut retries = nearest.filter_map(|(_, to)| self.gateway.rules.get(*to)?.retry.as_ref());
        let retry = retries.next().or(rule.retry.as_ref());
        params.extend(retry.map(|retry| ("num_retries", retry.max_retries.value().into())));
        params.extend(target.limits.rpm.map(|rpm| ("rpm", rpm.value().into())));
        params.extend(target.limits.tpm.map(|tpm| ("tpm", tpm.value().into())));
        let (region, project) = kinds::option_names(&provider.kind);
        let own_options = [Some(region), project];
        for (key, value) in target.params.iter() {
            let at = format!("targets.{}.params.{key}", leaf.name);
            match (key, value) {
                (key, _) if OWN_PARAMS.contains(&key) || own_options.contains(&Some(key)) => {
                    let message = format!(
                        "LiteLLM reads `{key}` as something that the target says otherwise"
                    );
                    self.refuse(name, at, message);
                }
                ("extra_headers", Value::Object(own)) if !headers.is_empty() => {
                    for (header, value) in own {
                        headers
                            .entry(header.clone())
                            .or_insert(referring_value(value));
                    }
                }
                (key, value) => params.push((key, referring_value(value))),
            }
        }
        if !headers.is_empty() {
            params.push(("extra_headers", headers.into()));
        }
        let info = self.info(name, rule, (model, leaf, id));
        let params: Map<String, Value> = params
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect();
        let params: Vec<(&str, Value)> = params
            .iter()
            .map(|(key, value)| (key.as_str(), value.clone()))
            .collect();
        self.text.push_str(&format!(
            "- model_name: {}\n",
            crate::files::yaml::quoted(model.as_str())
        ));
        self.text.push_str("  litellm_params:\n");
        write_table(&mut self.text, &params, 4, "    ");
        write_table(&mut self.text, &[("model_info", info)], 2, "  ");
    }

    /// What the provider says in an entry; returns the headers that it sends its key in.
    fn provider(
        &mut self,
        name: &ResourceName,
        (provider, signed): (&Provider, bool),
        params: &mut Vec<(&str, Value)>,
    ) -> Map<String, Value> {
        let about = Resource::new(Kind::Providers, name);
        let kind = &provider.kind;
        if !kinds::is_known(kind) {
            let message = format!("LiteLLM 1.108 does not know `{kind}`");
            self.lost.push(Inexpressible::at(&about, "kind", message));
        }
        if let Some(address) = &provider.base_url {
            params.push(("api_base", api_base(kind.as_str(), address).into()));
        }
        let key = provider
            .credential
            .as_ref()
            .map(|credential| format!("{VARIABLE}{}", credential.variable()));
        let mut headers = Map::new();
        let mut api_key = key.clone();
        match &provider.auth {
            Some(Auth::ApiKeyHeader { header }) if !kinds::signs_with(kind, header.as_str()) => {
                headers.extend(key.map(|key| (header.as_str().to_owned(), key.into())));
                api_key = None;
            }
            Some(Auth::QueryParam) if !kinds::signs_in_query(kind) => {
                let message = "LiteLLM sends no key in the query";
                self.refused
                    .push(Inexpressible::at(&about, "auth_type", message));
            }
            _ => {}
        }
        // LiteLLM would take a key from its environment, and send it wherever this leads.
        let none = (kinds::takes_a_key(kind) && !signed).then(|| NO_KEY.to_owned());
        params.extend(api_key.or(none).map(|key| ("api_key", key.into())));
        let (region, project) = kinds::option_names(kind);
        let options = &provider.options;
        let text = |text: &crate::model::OptionText| Value::from(referring(text.as_str()));
        params.extend(
            options
                .api_version
                .as_ref()
                .map(|it| ("api_version", text(it))),
        );
        params.extend(options.region.as_ref().map(|it| (region, text(it))));
        match (&options.project, project) {
            (Some(value), Some(project)) => params.push((project, text(value))),
            (Some(_), None) => {
                let message = format!("LiteLLM has no project for the kind `{kind}`");
                self.refused
                    .push(Inexpressible::at(&about, "options.project", message));
            }
            (None, _) => {}
        }
        headers
    }

    fn info(
        &mut self,
        name: &ResourceName,
        rule: &RoutingRule,
        (model, leaf, id): (&ModelName, &Leaf<'_>, String),
    ) -> Value {
        let mut info = Map::from_iter([("id".to_owned(), Value::from(id))]);
        if rule.endpoint != Endpoint::Chat || endpoints::likely(leaf.model, model) != Endpoint::Chat
        {
            info.insert("mode".to_owned(), endpoints::mode(rule.endpoint).into());
        }
        if !leaf.way.is_empty() {
            let rules: Vec<&str> = leaf.way.iter().map(|(_, rule)| rule.as_str()).collect();
            info.insert(VIA.to_owned(), json!(rules));
        }
        let metadata: &JsonTable = &leaf.target.metadata;
        for (key, value) in metadata.iter() {
            if OWN_INFO.contains(&key) {
                let message = format!("LiteLLM reads `model_info.{key}` as something else");
                self.lose(
                    name,
                    format!("targets.{}.metadata.{key}", leaf.name),
                    message,
                );
            } else {
                info.insert(key.to_owned(), referring_value(value));
            }
        }
        info.into()
    }
}

/// The address as LiteLLM takes it: of Anthropic without the version, which it adds itself.
fn api_base(kind: &str, address: &Address) -> String {
    match address {
        Address::Variable(variable) => format!("{VARIABLE}{}", variable.variable()),
        Address::Url(url) => {
            let url = url.as_str();
            let bare = url.trim_end_matches('/').strip_suffix("/v1");
            match bare.filter(|_| kind == "anthropic") {
                Some(bare) => bare.to_owned(),
                None => url.to_owned(),
            }
        }
    }
}
