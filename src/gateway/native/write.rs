use std::fmt::{Display, Write};

use crate::files::splice::quoted;
use crate::gateway::configuration::{Gateway, ServedPrompt, qualified};
use crate::model::{
    Auth, Provider, ResourceName, Retry, RoutingRule, Strategy, Target, TargetName,
};

/// The most characters of a line that holds a list; a longer list has one element a line.
const LINE: usize = 100;

impl Gateway {
    /// The configuration as TOML. Tables stand by kind and name, so the same configuration is the same text.
    pub fn to_toml(&self) -> String {
        let mut text = YamlText::default();
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
        text.0
    }
}

/// The text of an activation that says what `provider` says.
pub fn activation_text(provider: &Provider) -> String {
    let mut text = YamlText::default();
    text.provider(provider);
    text.0
}

/// The text of a release that says what `rule` says.
pub fn release_text(rule: &RoutingRule) -> String {
    let mut text = YamlText::default();
    text.line("endpoint", quoted(rule.endpoint.as_str()));
    text.list("models", &rule.models);
    text.line("strategy", quoted(rule.strategy.as_str()));
    if rule.strategy == Strategy::Fallback || !rule.order.is_sorted() {
        text.list("order", &rule.order);
    }
    text.retry(rule.retry);
    for (name, target) in rule.in_order() {
        text.header(&format!("targets.{name}"));
        text.target(target);
    }
    text.0
}

#[derive(Default)]
struct YamlText(String);

impl YamlText {
    fn header(&mut self, keys: &str) {
        let gap = if self.0.is_empty() { "" } else { "\n" };
        self.push(format_args!("{gap}[{keys}]\n"));
    }

    fn line(&mut self, key: &str, value: impl Display) {
        self.push(format_args!("{key} = {value}\n"));
    }

    fn line_of(&mut self, key: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.line(key, value);
        }
    }

    fn list(&mut self, key: &str, elements: &[impl Display]) {
        let elements: Vec<String> = elements
            .iter()
            .map(|element| quoted(&element.to_string()))
            .collect();
        let in_line = format!("[{}]", elements.join(", "));
        if key.len() + in_line.len() <= LINE {
            return self.line(key, in_line);
        }
        let lines: String = elements
            .iter()
            .map(|element| format!("    {element},\n"))
            .collect();
        self.line(key, format!("[\n{lines}]"));
    }

    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.0.write_fmt(text);
    }

    fn provider(&mut self, provider: &Provider) {
        let Provider {
            base_url,
            models,
            credential,
            timeout,
            auth,
        } = provider;
        self.line("base_url", quoted(base_url.as_str()));
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
    }

    fn target(&mut self, target: &Target) {
        let Target {
            provider,
            model,
            weight,
            timeout,
        } = target;
        self.line("provider", quoted(provider.as_str()));
        self.line("model", quoted(model.as_str()));
        self.line_of("weight", *weight);
        self.line_of("timeout_ms", *timeout);
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
        self.retry(rule.retry);
    }

    fn retry(&mut self, retry: Option<Retry>) {
        let Some(Retry {
            max_retries,
            backoff_base,
        }) = retry
        else {
            return;
        };
        let backoff = backoff_base
            .map(|base| format!(", backoff_base_ms = {base}"))
            .unwrap_or_default();
        self.line(
            "retry",
            format!("{{ max_retries = {max_retries}{backoff} }}"),
        );
    }
}
