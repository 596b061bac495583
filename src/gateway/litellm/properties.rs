//! Random configurations of LiteLLM: what is read is written, and read as it was.

use std::collections::BTreeMap;
use std::fmt::Write;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use serde_json::{Value, json};

use super::LiteLlm;
use crate::gateway::accounted;
use crate::gateway::any_gateway;
use crate::gateway::configuration::{Gateway, ServedPrompt};
use crate::gateway::format::{GatewayFormat, ServedGateway};
use crate::gateway::imported::{Imported, PromptSource};
use crate::model::{
    Endpoint, Provider, ProviderOptions, ResourceName, Retry, Target, TargetEnd, VersionNumber,
};

pub(super) fn read(text: &str) -> Imported {
    LiteLlm.read("config.yaml", text)
}

/// What serves what was imported.
pub(super) fn served(imported: &Imported) -> ServedGateway {
    let mut served = ServedGateway {
        gateway: Gateway {
            providers: imported.providers.clone(),
            rules: imported.rules.clone(),
            prompts: BTreeMap::new(),
        },
        ..ServedGateway::default()
    };
    for (name, prompt) in &imported.prompts {
        let version = prompt.version.or(VersionNumber::new(1)).unwrap();
        let path = format!("prompts/{name}/{version}.md");
        served
            .gateway
            .prompts
            .insert(name.clone(), ServedPrompt { version, path });
        if let PromptSource::Text(text) = &prompt.source {
            served.texts.insert(name.clone(), text.as_bytes().into());
        }
    }
    served
}

fn some(of: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![1 => Just(String::new()), 1 => select(of).prop_map(|line| format!("    {line}\n"))]
}

/// An entry of `model_list`, in the forms that real ones have.
fn entry() -> impl Strategy<Value = String> {
    let name = select(
        &[
            "gpt", "GPT 4", "a/b", "openai/*", "*", "x_y", "x-y", "7", "on",
        ][..],
    );
    let model = select(
        &[
            "openai/gpt-4.1",
            "gpt-4o",
            "anthropic/claude-x",
            "azure/deployment-1",
            "vertex_ai/gemini-2",
            "bedrock/us.claude-v2:0",
            "ollama/llama3:8b",
            "openai/*",
            "hosted_vllm/Qwen/Qwen3",
            "openai/text-embedding-3-small",
            "zhipu/glm",
            "Qwen/Qwen2",
            "together_ai/x/y",
        ][..],
    );
    let lines = (
        some(&[
            "api_base: http://host:8000/v1",
            "api_base: https://x.example",
            "api_base: os.environ/URL",
        ]),
        some(&[
            "api_key: os.environ/KEY_1",
            "api_key: os.environ/OPENAI_API_KEY",
            "api_key: none",
            "api_key: ''",
            "api_key: ${KEY_2}",
        ]),
        some(&["order: 1", "order: 2", "order: 3", "order: 0"]),
        some(&[
            "weight: 3",
            "weight: 0",
            "weight: 0.25",
            "rpm: 60",
            "rpm: '20'",
        ]),
        some(&[
            "timeout: 30",
            "timeout: 0.25",
            "timeout: 100000",
            "timeout: '12'",
        ]),
        some(&[
            "num_retries: 2",
            "num_retries: 0",
            "num_retries: 99",
            "tpm: 100",
        ]),
        some(&[
            "temperature: 0.2",
            "thinking: {type: on, n: [1, ~, 1.5]}",
            "cooldown_time: 0",
            "max_tokens: 1e3",
            "x: ''",
        ]),
        some(&[
            "extra_headers: {x-my-key: os.environ/KEY_3}",
            "organization: os.environ/ORG",
            "api_version: 2024-02-01",
            "vertex_project: p",
            "aws_region_name: eu",
        ]),
    );
    let info = select(
        &[
            "",
            "  model_info: {mode: embedding}\n",
            "  model_info: {mode: chat, id: east}\n",
            "  model_info: {id: other.main, cost: 1.0e-06, at: 2024-01-01}\n",
            "  model_info: {nothing: null, text: \"ä: '*'\\n\"}\n",
        ][..],
    );
    (name, model, lines, info).prop_map(|(name, model, lines, info)| {
        let (a, b, c, d, e, f, g, h) = lines;
        format!(
            "- model_name: '{name}'\n  litellm_params:\n    model: '{model}'\n{a}{b}{c}{d}{e}{f}{g}{h}{info}"
        )
    })
}

/// A configuration with entries, fallbacks, further names and prompts.
fn configuration() -> impl Strategy<Value = String> {
    let models = || select(&["gpt", "GPT 4", "a/b", "x_y", "x-y", "7", "missing"][..]);
    let fallbacks = vec((models(), vec(models(), 0..3)), 0..4);
    let aliases = subsequence(vec!["alias", "other", "gpt"], 0..3);
    let text = "[a-z{} :#\n'\"-]{0,30}";
    (vec(entry(), 0..9), fallbacks, aliases, prop::option::of(text)).prop_map(
        |(entries, fallbacks, aliases, prompt)| {
            let mut text = String::from("model_list:\n");
            entries.iter().for_each(|entry| text.push_str(entry));
            text.push_str("router_settings:\n  fallbacks:\n");
            for (from, to) in fallbacks {
                let _ = writeln!(text, "  - '{from}': {to:?}");
            }
            text.push_str("  model_group_alias:\n");
            for alias in aliases {
                let _ = writeln!(text, "    {alias}: gpt");
            }
            if let Some(prompt) = prompt {
                let _ = writeln!(
                    text,
                    "prompts:\n- prompt_id: p\n  version: 3\n  litellm_params: {{prompt_integration: dotprompt, dotprompt_content: {prompt:?}}}"
                );
            }
            text
        },
    )
}

/// A configuration of a project whose parts fit together, as far as LiteLLM needs them to.
fn fitting() -> impl Strategy<Value = Gateway> {
    any_gateway().prop_map(|mut gateway| {
        for (number, (name, rule)) in gateway.rules.iter_mut().enumerate() {
            rule.endpoint = Endpoint::Chat;
            rule.models = vec![format!("{name}-{number}").parse().unwrap()];
            rule.prompts.clear();
            rule.retry = rule.retry.take().map(|retry| Retry {
                backoff_base: None,
                on: Vec::new(),
                ..retry
            });
            for target in rule.targets.values() {
                let TargetEnd::Model { provider, .. } = &target.destination else {
                    continue;
                };
                gateway
                    .providers
                    .entry(provider.clone())
                    .or_insert_with(|| Provider {
                        kind: "groq".parse().unwrap(),
                        base_url: None,
                        models: vec!["*".parse().unwrap()],
                        credential: None,
                        timeout: None,
                        auth: None,
                        options: ProviderOptions::default(),
                    });
            }
        }
        gateway.prompts.clear();
        gateway
    })
}

/// What a rendering keeps of a target, whatever its provider is called.
fn kept(rules: &BTreeMap<ResourceName, crate::model::RoutingRule>) -> Vec<String> {
    let of = |name: &ResourceName, target: &Target| {
        let TargetEnd::Model { model, .. } = &target.destination else {
            return String::new();
        };
        let Target {
            weight,
            params,
            limits,
            metadata,
            ..
        } = target;
        format!("{name} {model} {weight:?} {params:?} {limits:?} {metadata:?}")
    };
    let all = rules
        .iter()
        .flat_map(|(name, rule)| rule.in_order().map(move |(_, it)| of(name, it)));
    all.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_was_imported_and_rendered_is_imported_the_same(text in configuration()) {
        let first = read(&text);
        prop_assert_eq!(&first.findings, &vec![], "{}", text);
        let rendering = LiteLlm.write(&served(&first));
        let rendered = rendering.map_err(|all| TestCaseError::fail(format!("{all:?}\n{text}")))?.text;
        let second = read(&rendered);
        prop_assert_eq!(&second.findings, &vec![], "{}", rendered);
        prop_assert_eq!(&second.remarks, &vec![], "{}", rendered);
        prop_assert_eq!(&second.providers, &first.providers, "{}\n{}", text, rendered);
        prop_assert_eq!(&second.rules, &first.rules, "{}\n{}", text, rendered);
        for (name, prompt) in &first.prompts {
            let again = &second.prompts[name];
            prop_assert_eq!((&again.source, again.version), (&prompt.source, prompt.version));
        }
        let again = LiteLlm.write(&served(&second)).unwrap().text;
        prop_assert_eq!(again, rendered);
    }

    #[test]
    fn what_a_project_serves_is_refused_by_name_or_read_as_it_was(gateway in fitting()) {
        let served_before = ServedGateway { gateway: gateway.clone(), ..ServedGateway::default() };
        match LiteLlm.write(&served_before) {
            Err(refused) => prop_assert!(!refused.is_empty()),
            Ok(rendering) => {
                let imported = read(&rendering.text);
                prop_assert_eq!(&imported.findings, &vec![], "{}", rendering.text);
                if rendering.lost.is_empty() {
                    prop_assert_eq!(kept(&imported.rules), kept(&gateway.rules), "{}", rendering.text);
                    let again = LiteLlm.write(&served(&imported)).unwrap();
                    prop_assert_eq!(again.text, rendering.text);
                }
            }
        }
    }

    #[test]
    fn no_text_makes_reading_panic(text in "((model_list|prompts|router_settings|fallbacks|- model_name|  litellm_params|    model|    api_key|    order|  model_info|- prompt_id):( ?[0-9\"'a{\\[\\]}&*:!-]{0,4})\n){0,8}") {
        let _ = read(&text);
    }
}

/// A configuration in which anything may be of a wrong type.
fn odd_configuration() -> impl Strategy<Value = Value> {
    let params = accounted::table(&[
        (
            "model",
            json!([
                "openai/gpt-4.1",
                "anthropic/claude-x",
                "gpt-4o",
                "azure/d",
                "ollama/llama3"
            ]),
        ),
        ("custom_llm_provider", json!(["openai", "azure"])),
        (
            "api_base",
            json!(["http://a.example/v1", "os.environ/BASE", ""]),
        ),
        ("base_url", json!(["http://b.example/v1"])),
        (
            "api_key",
            json!(["os.environ/KEY_1", "none", "dynamic::k", "/etc/keys/k"]),
        ),
        ("api_version", json!(["2024-02-01", "os.environ/VERSION"])),
        ("order", json!([1, 2, "2"])),
        ("weight", json!([1, 2, 0.5])),
        ("timeout", json!([1, 30.5])),
        ("rpm", json!([5, 10])),
        ("temperature", json!([0.5, 1])),
        ("stop", json!([["a", "b"]])),
        (
            "extra_headers",
            json!([{"x-my-key": "os.environ/KEY_2"}, {"x": "y"}]),
        ),
        ("litellm_credential_name", json!(["shared", "absent"])),
        ("aws_region_name", json!(["eu-west-1"])),
    ]);
    let info = accounted::table(&[
        ("id", json!(["r.main", "r.backup.main", "r.main:2", "x"])),
        ("envctl_via", json!([["gpt"], ["r"], [1]])),
        ("mode", json!(["chat", "completion", "embedding", "odd"])),
        ("team", json!(["x"])),
    ]);
    let retries = some_value(json!([1, 2, "3"]));
    let entry = (
        params,
        info,
        select(vec!["gpt", "GPT 4", "o*"]),
        retries,
        accounted::table(&[("tpm", json!(1))]),
    )
        .prop_map(|(mut params, info, name, retries, odd)| {
            if let Some(retries) = retries {
                params["num_retries"] = retries;
            }
            let mut entry =
                json!({"model_name": name, "litellm_params": params, "model_info": info});
            entry
                .as_object_mut()
                .unwrap()
                .extend(odd.as_object().unwrap().clone());
            entry
        });
    let entries = prop_oneof![20 => vec(entry, 0..5).prop_map(Value::from), 1 => accounted::odd()];
    let fallbacks =
        json!([[{"gpt": ["GPT 4", "absent", 3]}], [{"gpt": "GPT 4"}], [{"GPT 4": ["gpt"]}, 5]]);
    let router = accounted::table(&[
        ("fallbacks", fallbacks),
        (
            "model_group_alias",
            json!([{"alias": "gpt"}, {"alias": {"model": "gpt", "hidden": true}}, {"gpt": "GPT 4"}]),
        ),
        ("routing_strategy", json!("simple-shuffle")),
    ]);
    let settings = accounted::table(&[
        ("drop_params", json!(true)),
        ("model_alias_map", json!({"b": "gpt"})),
    ]);
    let credentials = json!([
        [{"credential_name": "shared", "credential_values": {"api_key": "os.environ/K", "api_base": "http://c.example", "x": 1}, "credential_info": {"a": 1}}],
        [{"credential_name": "shared"}],
    ]);
    let prompt = |id: &str, environment: &str, version: u32| {
        json!({
            "prompt_id": id, "version": version, "environment": environment,
            "litellm_params": {"prompt_integration": "dotprompt", "prompt_id": id, "dotprompt_content": format!("{id} {version}"), "temperature": 0.5},
        })
    };
    let prompts = json!([
        [prompt("p", "production", 1), prompt("p", "staging", 2), prompt("P q", "x", 3)],
        [prompt("p.v2", "production", 1), prompt("p_v3", "production", 7), prompt("p", "production", 0)],
        [{"prompt_id": "q", "litellm_params": {"prompt_integration": "dotprompt", "dotprompt_content": "x", "model": "y"}, "odd": 1}],
    ]);
    let rest = accounted::table(&[
        ("credential_list", credentials),
        ("prompts", prompts),
        (
            "general_settings",
            json!({"master_key": "os.environ/MASTER_KEY"}),
        ),
    ]);
    (entries, router, settings, rest).prop_map(|(entries, router, settings, rest)| {
        let mut file =
            json!({"model_list": entries, "router_settings": router, "litellm_settings": settings});
        file.as_object_mut()
            .unwrap()
            .extend(rest.as_object().unwrap().clone());
        file
    })
}

fn some_value(values: Value) -> impl Strategy<Value = Option<Value>> {
    let Value::Array(values) = values else {
        unreachable!("a list")
    };
    prop::option::of(select(values))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn everything_is_imported_or_reported(file in odd_configuration()) {
        // JSON is YAML.
        let read = |file: &Value| read(&file.to_string());
        let lost = accounted::unaccounted(&read, &file);
        prop_assert_eq!(lost, Vec::<String>::new(), "{:#}\n{:#?}", file, read(&file).remarks);
    }
}
