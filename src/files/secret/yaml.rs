//! Literal secrets in the YAML of gateways, where a file holds the keys of a whole proxy beside those of its models.

use std::ops::Range;

use super::key_text::{keys, names_a_secret};
use super::literal::{Literal, Why, looks_secret};
use super::reference::is_harmless;
use crate::diag::KeyPath;
use crate::files::yaml::{YamlNode, YamlTable, YamlValue};
use crate::model::BaseUrl;

/// The tables whose keys are names that people give, of models mostly.
const NAMED_BY_PEOPLE: [&str; 9] = [
    "aliases",
    "content_policy_fallbacks",
    "context_window_fallbacks",
    "default_team_settings",
    "fallbacks",
    "mcp_servers",
    "model_alias_map",
    "model_group_alias",
    "model_group_retry_policy",
];

/// The last words of names that are about a secret and hold none: `credential_name`, `user_api_key_cache_ttl`.
const ABOUT: [&str; 24] = [
    "alias", "cache", "cost", "duration", "file", "header", "headers", "info", "limit", "list",
    "location", "manager", "mode", "name", "names", "params", "path", "prefix", "settings",
    "system", "ttl", "type", "url", "values",
];

/// Whole names that end like those of secrets, and name a function of Python.
const FUNCTIONS: [&str; 3] = ["custom_auth", "custom_sso", "custom_key_generate"];

/// The keys whose texts a configuration is made of, so that they are shown.
const SHOWN: [&str; 17] = [
    "api_version",
    "custom_llm_provider",
    "environment",
    "include",
    "litellm_credential_name",
    "credential_name",
    "mode",
    "model",
    "model_name",
    "order",
    "prompt_id",
    "prompt_integration",
    "routing_strategy",
    "rpm",
    "timeout",
    "tpm",
    "weight",
];

/// Returns the literal secrets in `root`.
pub(super) fn literals(root: &YamlNode) -> Vec<Literal> {
    let mut found = Vec::new();
    in_node(root, &mut KeyPath::new(), false, &mut found);
    found
}

fn in_node(node: &YamlNode, path: &mut KeyPath, secret: bool, found: &mut Vec<Literal>) {
    let mut note = |why| {
        found.push(Literal {
            path: path.clone(),
            span: node.span.clone(),
            why,
        });
    };
    match &node.value {
        YamlValue::Table(entries) => in_table(entries, path, secret, found),
        YamlValue::List(values) => {
            for (index, value) in values.iter().enumerate() {
                path.push(index.to_string());
                in_node(value, path, secret, found);
                path.pop();
            }
        }
        YamlValue::Text(text) if secret && !stands_for_a_secret(text) => note(Why::Place),
        YamlValue::Text(text) if looks_secret(path, text) && !stands_for_a_secret(text) => {
            note(Why::Look);
        }
        YamlValue::Number(number) if secret && !number.is_f64() => note(Why::Place),
        YamlValue::Null | YamlValue::Bool(_) | YamlValue::Number(_) | YamlValue::Text(_) => {}
    }
}

fn in_table(entries: &YamlTable, path: &mut KeyPath, secret: bool, found: &mut Vec<Literal>) {
    let above = path
        .iter()
        .rev()
        .find(|part| part.parse::<usize>().is_err());
    let given = above.is_some_and(|name| NAMED_BY_PEOPLE.contains(&name.as_str()));
    for (key, value) in entries {
        path.push(key.name.clone());
        if !keys(&key.name).is_empty() {
            found.push(Literal {
                path: path.clone(),
                span: key.span.clone(),
                why: Why::Look,
            });
        }
        let secret = secret || (!given && holds_a_secret(&key.name));
        in_node(value, path, secret, found);
        path.pop();
    }
}

/// Reports whether what stands under `name` is a secret by the name alone.
fn holds_a_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let last = lower
        .rsplit(['_', '-', ' ', '.'])
        .next()
        .unwrap_or_default();
    names_a_secret(name) && !ABOUT.contains(&last) && !FUNCTIONS.contains(&lower.as_str())
}

/// Reports whether `text` may stand where a secret goes: nothing, a reference, a word for "no key", or the path of a file that
/// holds one.
fn stands_for_a_secret(text: &str) -> bool {
    let scheme = ["Bearer ", "bearer ", "Basic ", "basic "]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    text.is_empty() || is_harmless(scheme.unwrap_or(text)) || is_path(text)
}

/// Reports whether `text` is the path of a file: from a root on, in small letters, and no part of it as long as a key.
fn is_path(text: &str) -> bool {
    let fine =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.');
    let rest = ["/", "./", "../", "~/"]
        .iter()
        .find_map(|root| text.strip_prefix(root));
    rest.is_some_and(|rest| {
        rest.split('/')
            .all(|part| (1..=40).contains(&part.len()) && part.chars().all(fine))
    }) && keys(text).is_empty()
}

/// Returns where texts stand that are not shown though nothing proves them to be secrets: those of keys that no part of this
/// program knows.
pub(super) fn doubtful(root: &YamlNode) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    doubtful_in("", root, &mut found);
    found
}

fn doubtful_in(key: &str, node: &YamlNode, found: &mut Vec<Range<usize>>) {
    match &node.value {
        YamlValue::Table(entries) => {
            for (key, value) in entries {
                doubtful_in(&key.name, value, found);
            }
        }
        YamlValue::List(values) => values
            .iter()
            .for_each(|value| doubtful_in(key, value, found)),
        YamlValue::Text(text) if !is_plain(key, text) => found.push(node.span.clone()),
        _ => {}
    }
}

fn is_plain(key: &str, text: &str) -> bool {
    match key {
        _ if is_harmless(text) => true,
        "api_base" | "base_url" => {
            text.parse::<BaseUrl>().is_ok() || !text.contains(['@', '?', '#', '%'])
        }
        _ => SHOWN.contains(&key),
    }
}

#[cfg(test)]
mod tests {
    use super::super::redacted;
    use super::*;
    use crate::files::yaml::parse;

    fn refused(text: &str) -> Vec<String> {
        let found = literals(&parse(text).unwrap());
        found.into_iter().map(|it| it.path.join(".")).collect()
    }

    #[test]
    fn what_is_no_reference_where_one_goes_is_a_literal() {
        for (text, path) in [
            (
                "model_list: [{litellm_params: {api_key: hunter2}}]",
                "model_list.0.litellm_params.api_key",
            ),
            (
                "general_settings: {master_key: sk-1234}",
                "general_settings.master_key",
            ),
            (
                "general_settings: {database_url: 'postgresql://a:b@db/x'}",
                "general_settings.database_url",
            ),
            (
                "x: {extra_headers: {Authorization: Bearer abc12345}}",
                "x.extra_headers.Authorization",
            ),
            ("x: {api_key: 12345}", "x.api_key"),
            ("x: sk-proj-abcDEF123456", "x"),
            (
                "x: {vertex_credentials: {private_key: abc}}",
                "x.vertex_credentials.private_key",
            ),
        ] {
            assert_eq!(refused(text), [path], "{text}");
        }
    }

    #[test]
    fn names_and_references_are_no_secrets() {
        for text in [
            "api_key: os.environ/OPENAI_API_KEY",
            "api_key: none",
            "api_key:",
            "api_key: ''",
            "general_settings: {custom_auth: auth.check, user_api_key_cache_ttl: 60, allow_user_auth: true}",
            "credential_list: [{credential_name: azure, credential_values: {api_base: 'https://x.example'}}]",
            "litellm_credential_name: azure-eu",
            "vertex_credentials: /etc/google/key.json",
            "fallbacks: [{secret-key: [other]}]",
            "key_management_system: google_secret_manager",
            "litellm_key_header_name: X-Key",
            "max_tokens: 12",
            "model_info: {input_cost_per_token: 0.0000025, output_cost_per_token: 0, cache_read_input_token_cost: 1}",
        ] {
            assert_eq!(refused(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn an_excerpt_shows_neither_keys_nor_what_may_be_one() {
        let text = "model_list:\n- model_name: a\n  litellm_params: {model: openai/x, api_key: hunter2, api_base: http://a/v1, note: hünter2}\n";
        let expected = "model_list:\n- model_name: a\n  litellm_params: {model: openai/x, api_key: *******, api_base: http://a/v1, note: ********}\n";
        assert_eq!(redacted("config.yaml", text), expected);
        assert_eq!(
            redacted("config.yaml", "a: b: c\napi_key: hunter2\n"),
            "a: b: c\napi_key: *******\n"
        );
    }
}
