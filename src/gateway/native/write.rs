use crate::files::splice::quoted;
use crate::gateway::configuration::{Gateway, ServedPrompt, qualified};
use crate::gateway::toml_text::{TomlText, inline_value, quoted_key};
use crate::model::{
    Auth, JsonTable, Provider, ProviderOptions, ResourceName, Retry, RoutingRule, Strategy, Target,
    TargetEnd, TargetLimits, TargetName,
};

impl Gateway {
    /// The configuration as TOML. Tables stand by kind and name, so the same configuration is the same text.
    pub fn to_toml(&self) -> String {
        let mut text = TomlText::default();
        for (name, provider) in &self.providers {
            text.header(&format!("providers.{name}"));
            text.provider(provider);
        }
        for (name, rule) in &self.rules {
            for (target, content) in rule.in_order() {
                text.header(&format!("targets.{}", quoted(&qualified(name, target))));
                text.target(content);
            }
        }
        for (name, rule) in &self.rules {
            text.header(&format!("routes.{name}"));
            text.route(name, rule);
        }
        for (name, ServedPrompt { version, path }) in &self.prompts {
            text.header(&format!("prompts.{name}"));
            text.line("version", version);
            text.line("path", quoted(path));
        }
        text.into_string()
    }
}

/// The text of an activation that says what `provider` says.
pub fn activation_text(provider: &Provider) -> String {
    let mut text = TomlText::default();
    text.provider(provider);
    text.into_string()
}

/// The text of a release that says what `rule` says.
pub fn release_text(rule: &RoutingRule) -> String {
    let mut text = TomlText::default();
    text.line("endpoint", quoted(rule.endpoint.as_str()));
    text.list("models", &rule.models);
    text.line("strategy", quoted(rule.strategy.as_str()));
    if rule.strategy == Strategy::Fallback || !rule.order.is_sorted() {
        text.list("order", &rule.order);
    }
    text.retry(rule.retry.as_ref());
    text.prompts(rule);
    for (name, target) in rule.in_order() {
        text.header(&format!("targets.{name}"));
        text.target(target);
    }
    text.into_string()
}

/// The parts that files of a project and a whole configuration have in common.
impl TomlText {
    fn provider(&mut self, provider: &Provider) {
        let Provider {
            kind,
            base_url,
            models,
            credential,
            timeout,
            auth,
            options,
        } = provider;
        if !kind.is_openai() {
            self.line("kind", quoted(kind.as_str()));
        }
        self.line_of(
            "base_url",
            base_url
                .as_ref()
                .map(|address| quoted(&address.to_string())),
        );
        self.list("models", models);
        self.line_of(
            "credential",
            credential
                .as_ref()
                .map(|credential| quoted(&credential.to_string())),
        );
        self.line_of("timeout_ms", *timeout);
        let (auth_type, header) = match auth {
            None => (None, None),
            Some(Auth::Bearer) => (Some("bearer"), None),
            Some(Auth::QueryParam) => (Some("query_param"), None),
            Some(Auth::ApiKeyHeader { header }) => (Some("api_key_header"), Some(header)),
        };
        self.line_of("auth_type", auth_type.map(quoted));
        self.line_of(
            "auth_header_name",
            header.map(|header| quoted(header.as_str())),
        );
        let ProviderOptions {
            api_version,
            region,
            project,
        } = options;
        let options = [
            ("api_version", api_version),
            ("region", region),
            ("project", project),
        ];
        let pairs = options
            .into_iter()
            .filter_map(|(key, value)| Some((key, quoted(value.as_ref()?.as_str()))));
        self.inline("options", pairs);
    }

    fn target(&mut self, target: &Target) {
        let Target {
            destination,
            weight,
            timeout,
            params,
            limits: TargetLimits { rpm, tpm },
            metadata,
        } = target;
        match destination {
            TargetEnd::Model { provider, model } => {
                self.line("provider", quoted(provider.as_str()));
                self.line("model", quoted(model.as_str()));
            }
            TargetEnd::Rule { rule } => self.line("rule", quoted(rule.as_str())),
        }
        self.line_of("weight", *weight);
        self.line_of("timeout_ms", *timeout);
        let limits = [("rpm", rpm), ("tpm", tpm)];
        let limits = limits
            .into_iter()
            .filter_map(|(key, value)| Some((key, value.as_ref()?.to_string())));
        self.inline("limits", limits);
        let values = |table: &JsonTable| -> Vec<(String, String)> {
            table
                .iter()
                .map(|(name, value)| (quoted_key(name), inline_value(value)))
                .collect()
        };
        self.inline("params", values(params));
        self.inline("metadata", values(metadata));
    }

    fn route(&mut self, name: &ResourceName, rule: &RoutingRule) {
        self.line("endpoint", quoted(rule.endpoint.as_str()));
        self.list("models", &rule.models);
        self.line("strategy", quoted(rule.strategy.as_str()));
        let qualified = |target: &TargetName| qualified(name, target);
        self.list(
            "targets",
            &rule.order.iter().map(qualified).collect::<Vec<_>>(),
        );
        self.retry(rule.retry.as_ref());
        self.prompts(rule);
    }

    fn prompts(&mut self, rule: &RoutingRule) {
        if !rule.prompts.is_empty() {
            self.list("prompts", &rule.prompts);
        }
    }

    fn retry(&mut self, retry: Option<&Retry>) {
        let Some(Retry {
            max_retries,
            backoff_base,
            on,
        }) = retry
        else {
            return;
        };
        let backoff = backoff_base.map(|base| ("backoff_base_ms", base.to_string()));
        let failures: Vec<String> = on.iter().map(|word| quoted(word.as_str())).collect();
        let failures = (!failures.is_empty()).then(|| ("on", format!("[{}]", failures.join(", "))));
        let first = ("max_retries", max_retries.to_string());
        self.inline(
            "retry",
            [Some(first), backoff, failures].into_iter().flatten(),
        );
    }
}
