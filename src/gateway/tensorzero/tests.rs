use std::collections::BTreeMap;

use super::*;
use crate::gateway::Gateway;
use crate::gateway::imported::Imported;
use crate::gateway::native::read_gateway;
use crate::gateway::{Remarked, ServedPrompt};
use crate::model::{EnvironmentSlug, RoutingRule, VersionNumber};

pub(super) fn read(text: &str) -> Imported {
    TensorZero.read("tensorzero.toml", text)
}

/// Returns what was imported as something that an environment serves.
pub(super) fn served(imported: &Imported) -> ServedGateway {
    let version = VersionNumber::new(1).unwrap();
    let prompts = imported.prompts.keys().map(|name| {
        let path = format!("prompts/{name}/1.md");
        (name.clone(), ServedPrompt { version, path })
    });
    let gateway = Gateway {
        providers: imported.providers.clone(),
        rules: imported.rules.clone(),
        prompts: prompts.collect(),
    };
    let releases = gateway.rules.keys().map(|name| (name.clone(), version));
    ServedGateway {
        releases: releases.collect(),
        gateway,
        texts: BTreeMap::new(),
    }
}

/// Returns what is rendered of `imported`, and what is read from that.
pub(super) fn again(imported: &Imported) -> (String, Imported) {
    let text = match TensorZero.write(&served(imported)) {
        Ok(rendering) => rendering.text,
        Err(refused) => panic!("{refused:?}"),
    };
    let imported = read(&text);
    (text, imported)
}

fn native(text: &str) -> ServedGateway {
    let imported = read_gateway("gateway.toml", text);
    assert_eq!(imported.findings, []);
    served(&imported)
}

fn refused(text: &str) -> Vec<String> {
    let refused = TensorZero.write(&native(text)).unwrap_err();
    refused.iter().map(ToString::to_string).collect()
}

fn remarks(imported: &Imported, remarked: Remarked) -> Vec<&str> {
    let some = imported.remarks.iter().filter(|it| it.remarked == remarked);
    some.map(|it| it.key.as_str()).collect()
}

const PROVIDERS: &str = r#"
[providers.main]
base_url = "https://api.example.com/v1"
models = ["large"]
credential = "env::MAIN_KEY"
[providers.backup]
base_url = "http://backup.example:8000/v1/"
models = ["small"]
"#;

#[test]
fn a_rule_is_a_model_and_a_function_and_its_prompts_are_functions() {
    let served = native(&format!(
        r#"{PROVIDERS}
[routes.chat]
endpoint = "chat"
models = ["gpt"]
strategy = "fallback"
order = ["main", "backup"]
retry = {{ max_retries = 2 }}
prompts = ["support"]
[routes.chat.targets.main]
provider = "main"
model = "large"
timeout_ms = 1500
params = {{ temperature = 0.5, user = "x" }}
[routes.chat.targets.backup]
provider = "backup"
model = "small"
params = {{ temperature = 0.5, user = "x" }}
[prompts.support]
text = "Hi"
"#
    ));
    let expected = r#"[functions.gpt]
type = "chat"

[functions.gpt.variants.main]
type = "chat_completion"
model = "gpt"
temperature = 0.5
extra_body = [{ pointer = "/user", value = "x" }]
retries = { num_retries = 2 }

[functions.gpt.experimentation]
type = "static"
candidate_variants = { main = 1.0 }

[functions.support]
type = "chat"

[functions.support.variants.v1]
type = "chat_completion"
model = "gpt"
templates.system.path = "prompts/support/1.md"
temperature = 0.5
extra_body = [{ pointer = "/user", value = "x" }]
retries = { num_retries = 2 }

[functions.support.experimentation]
type = "static"
candidate_variants = { v1 = 1.0 }

[models.gpt]
routing = ["main", "backup"]

[models.gpt.providers.main]
type = "openai"
model_name = "large"
api_base = "https://api.example.com/v1/"
api_key_location = "env::MAIN_KEY"
timeouts = { non_streaming.total_ms = 1500, streaming.ttft_ms = 1500 }

[models.gpt.providers.backup]
type = "openai"
model_name = "small"
api_base = "http://backup.example:8000/v1/"
api_key_location = "none"
"#;
    let rendering = TensorZero.write(&served).unwrap();
    assert_eq!(rendering.text, expected);
    assert_eq!(rendering.lost, []);
    let imported = read(&rendering.text);
    let rule = &imported.rules[&"gpt".parse().unwrap()];
    let given = &served.gateway.rules[&"chat".parse().unwrap()];
    assert_eq!(
        (&rule.prompts, &rule.retry, &rule.order),
        (&given.prompts, &given.retry, &given.order)
    );
}

#[test]
fn a_drained_target_is_a_variant_that_is_not_chosen() {
    let served = native(&format!(
        r#"{PROVIDERS}
[routes.chat]
endpoint = "chat"
models = ["gpt"]
strategy = "weighted"
[routes.chat.targets.main]
provider = "main"
model = "large"
weight = 7
[routes.chat.targets.backup]
provider = "backup"
model = "small"
weight = 0
"#
    ));
    let text = TensorZero.write(&served).unwrap().text;
    assert!(
        text.contains("candidate_variants = { main = 7.0 }"),
        "{text}"
    );
    let imported = read(&text);
    let rule = &imported.rules[&"gpt".parse().unwrap()];
    let weights: Vec<_> = rule
        .targets
        .values()
        .map(|it| it.weight.unwrap().value())
        .collect();
    assert_eq!(weights, [0, 1]);
    assert_eq!(
        imported.rules.len(),
        1,
        "the models of the targets are no rules: {text}"
    );
}

#[test]
fn what_no_table_says_is_refused_by_name() {
    let rule = |endpoint: &str, model: &str, more: &str| {
        format!(
            "{PROVIDERS}[routes.r]\nendpoint = \"{endpoint}\"\nmodels = [\"{model}\"]\nstrategy = \"single\"\n\
             [routes.r.targets.t]\nprovider = \"main\"\nmodel = \"large\"\n{more}"
        )
    };
    for (text, expected) in [
        (
            rule("audio_speech", "m", ""),
            "routing/r: `endpoint`: there is nothing for audio_speech",
        ),
        (
            rule("chat", "gpt-*", ""),
            "routing/r: `models.0`: a model has a name of its own there, so nothing stands for `gpt-*`",
        ),
        (
            rule("chat", "m", "")
                .replace("[providers.main]", "[providers.main]\nkind = \"cohere\""),
            "providers/main: `kind`: there is no type of provider for the kind `cohere`",
        ),
        (
            rule("chat", "m", "").replace("https://api.example.com/v1", "env::MAIN_URL"),
            "providers/main: `base_url`: the address of a provider of the type openai cannot be a variable",
        ),
        (
            rule("chat", "m", "").replace(
                "[providers.main]",
                "[providers.main]\nauth_type = \"query_param\"",
            ),
            "providers/main: `auth_type`: a key cannot be sent as a parameter",
        ),
        (
            rule("embeddings", "m", "")
                .replace("[providers.main]", "[providers.main]\nkind = \"anthropic\""),
            "providers/main: `kind`: a provider of the type anthropic has no embeddings",
        ),
        (
            rule("chat", "m", "params = { user = \"env::A_USER\" }"),
            "routing/r: `targets.t.params.user`: the gateway would send the name of the variable, and not what it holds",
        ),
        (
            rule(
                "chat",
                "m",
                "params = { extra_headers = { x-team = \"env::TEAM\" } }",
            ),
            "routing/r: `targets.t.params.extra_headers`: the gateway would send the name of the variable, and not what it holds",
        ),
    ] {
        assert_eq!(refused(&text), [expected], "{text}");
    }
}

#[test]
fn headers_are_headers_and_not_a_part_of_the_body() {
    let served = native(&format!(
        "{PROVIDERS}[routes.r]\nendpoint = \"chat\"\nmodels = [\"m\"]\nstrategy = \"single\"\n[routes.r.targets.t]\n\
         provider = \"main\"\nmodel = \"large\"\nparams = {{ extra_headers = {{ x-team = \"a\" }}, user = \"u\" }}\n"
    ));
    let text = TensorZero.write(&served).unwrap().text;
    for line in [
        "extra_body = [{ pointer = \"/user\", value = \"u\" }]\n",
        "extra_headers = [{ name = \"x-team\", value = \"a\" }]\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let rules = read(&text).rules;
    let target = |rule: &RoutingRule| rule.targets.values().next().unwrap().params.clone();
    let given = served.gateway.rules.values().map(target);
    assert!(rules.values().map(target).eq(given), "{text}");
}

#[test]
fn a_value_of_another_type_is_left_out_by_its_path() {
    let imported = read(
        r#"
[models.m]
routing = ["a", "a"]
skip = true
[models.m.providers.a]
type = "openai"
model_name = "x"
api_key_location = { default = "env::K", fallback = "none" }
timeouts = { non_streaming = 5, streaming.ttft_ms = 7 }
[functions.f]
type = "chat"
experimentation = { type = "static", candidate_variants = { v = 1.0, absent = 2.0 } }
[functions.f.variants.v]
type = "chat_completion"
model = "m"
retries = 3
templates = "x"
weight = 2
"#,
    );
    assert_eq!(imported.findings, []);
    assert_eq!(
        remarks(&imported, Remarked::LeftOut),
        [
            "functions.f.experimentation.candidate_variants.absent",
            "functions.f.variants.v.retries",
            "functions.f.variants.v.templates",
            "functions.f.variants.v.weight",
            "models.m.providers.a.api_key_location.fallback",
            "models.m.providers.a.timeouts.non_streaming",
            "models.m.providers.a.timeouts.streaming.ttft_ms",
            "models.m.routing.1",
            "models.m.skip",
        ]
    );
}

#[test]
fn what_is_lost_is_named() {
    let served = native(&format!(
        r#"{PROVIDERS}
[routes.r]
endpoint = "chat"
models = ["m"]
strategy = "single"
retry = {{ max_retries = 1, backoff_base_ms = 100, on = ["timeout"] }}
[routes.r.targets.t]
provider = "main"
model = "large"
limits = {{ rpm = 5 }}
metadata = {{ team = "x" }}
params = {{ drop_params = true, temperature = 0.5 }}
[routes.s]
endpoint = "chat"
models = ["n"]
strategy = "single"
[routes.s.targets.t]
rule = "r"
[prompts.lonely]
text = "x"
"#
    ));
    let lost = TensorZero.write(&served).unwrap().lost;
    let about: Vec<_> = lost
        .iter()
        .map(|it| (it.about.as_str(), it.key.as_deref()))
        .collect();
    assert_eq!(
        about,
        [
            ("prompts/lonely", None),
            ("routing/r", Some("retry.backoff_base_ms")),
            ("routing/r", Some("retry.on")),
            ("routing/r", Some("targets.t.limits")),
            ("routing/r", Some("targets.t.metadata")),
            ("routing/r", Some("targets.t.params.drop_params")),
            // Neither its parameters nor its retries hold for a rule that leads there.
            ("routing/s", Some("targets.t.rule")),
            ("routing/s", Some("targets.t.rule")),
        ]
    );
}

/// The forms of real files: models and functions, shorthands, old and new templates, and what is not for a project.
#[test]
fn the_forms_of_real_files_map() {
    let imported = read(
        r#"
[gateway]
observability.enabled = false

[models.local_llm]
routing = ["box"]
[models.local_llm.providers.box]
type = "openai"
api_base = "http://box.example:30000/v1"
api_key_location = "none"
model_name = "llm"

[models.foundry]
routing = ["azure"]
[models.foundry.providers.azure]
type = "azure"
deployment_id = "d"
endpoint = "${FOUNDRY_URL}"
api_key_location = "env::FOUNDRY_KEY"

[functions.ask_llm]
type = "chat"
tools = ["search"]
[functions.ask_llm.variants.first]
type = "chat_completion"
model = "local_llm"

[functions.extract]
type = "json"
output_schema = "schemas/extract.json"
[functions.extract.variants.large]
type = "chat_completion"
model = "openai::gpt-4o"
json_mode = "strict"
system_template = "extract/system.minijinja"
[functions.extract.variants.small]
type = "chat_completion"
model = "openai::gpt-4o-mini"
system_template = "extract/system.minijinja"
[functions.extract.experimentation]
type = "adaptive"
candidate_variants = ["large", "small"]
metric = "good"

[tools.search]
description = "x"
parameters = "tools/search.json"

[metrics.good]
type = "boolean"

[[rate_limiting.rules]]
scope = [{ tag_key = "user_id", tag_value = "total" }]
"#,
    );
    assert_eq!(imported.findings, []);
    assert_eq!(
        imported
            .rules
            .keys()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["ask-llm", "extract", "foundry", "local-llm"]
    );
    assert_eq!(
        imported
            .providers
            .keys()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["azure-foundry-url", "openai", "openai-box-example-30000"]
    );
    assert_eq!(
        imported.providers[&"openai".parse().unwrap()]
            .credential
            .as_ref()
            .unwrap()
            .to_string(),
        "env::OPENAI_API_KEY",
        "where nothing is said the gateway looks there"
    );
    let extract = &imported.rules[&"extract".parse().unwrap()];
    assert_eq!(extract.prompts, ["extract".parse().unwrap()]);
    assert_eq!(extract.models, ["extract".parse().unwrap()]);
    assert_eq!(
        remarks(&imported, Remarked::LeftOut),
        [
            "functions.ask_llm.tools",
            "functions.extract.experimentation.metric",
            "functions.extract.experimentation.type",
            "functions.extract.output_schema",
            "functions.extract.type",
            "functions.extract.variants.large.json_mode",
            "gateway",
            "metrics",
            "rate_limiting",
            "tools",
        ]
    );
    let (text, second) = again(&imported);
    assert_eq!(
        (&second.providers, &second.rules),
        (&imported.providers, &imported.rules),
        "{text}"
    );
}

#[test]
fn what_is_wrong_is_found_where_it_stands_and_no_key_is_repeated() {
    for (text, code, expected) in [
        (
            "[models.m]\nrouting = [\"x\"]\n",
            "invalid-value",
            "no provider `x`",
        ),
        (
            "[models.m]\nproviders = {}\n",
            "missing-key",
            "a model has a `routing`",
        ),
        (
            "[models.m]\nrouting = [\"x\"]\n[models.m.providers.x]\ntype = \"opnai\"\nmodel_name = \"m\"\n",
            "invalid-value",
            "did you mean `openai`?",
        ),
        (
            "[models.m]\nrouting = [\"x\"]\n[models.m.providers.x]\ntype = \"openai\"\nmodel_name = \"m\"\n\
             api_key_location = \"hunter2hunter2\"\n",
            "literal-secret",
            "api_key_location",
        ),
        (
            "[models.m]\nrouting = [\"x\"]\n[models.m.providers.x]\ntype = \"vllm\"\nmodel_name = \"m\"\n",
            "missing-key",
            "has a `api_base`",
        ),
        (
            "[functions.f]\ntype = \"chat\"\n[functions.f.variants.v]\ntype = \"chat_completion\"\nmodel = \"gpt\"\n",
            "invalid-value",
            "no such model",
        ),
    ] {
        let imported = read(text);
        let found = imported.findings.iter();
        let found: Vec<_> = found
            .map(|it| (it.code.as_str(), it.message.as_str()))
            .collect();
        assert!(
            found
                .iter()
                .any(|(it, message)| *it == code && message.contains(expected)),
            "{text}: {found:?}"
        );
        assert!(!format!("{imported:?}").contains("hunter2"), "{imported:?}");
    }
}

fn environments(given: &[(&str, &str, &str)]) -> ServedGateways {
    let environments = given.iter().map(|(slug, target, more)| {
        let text = format!(
            "{PROVIDERS}[routes.chat]\nendpoint = \"chat\"\nmodels = [\"gpt\"]\nstrategy = \"single\"\n\
             [routes.chat.targets.t]\n{target}\n{more}"
        );
        let mut served = native(&text);
        if *target != MAIN {
            for release in served.releases.values_mut() {
                *release = VersionNumber::new(2).unwrap();
            }
        }
        (slug.parse::<EnvironmentSlug>().unwrap(), served)
    });
    ServedGateways {
        fallback: Some("prod".parse().unwrap()),
        environments: environments.collect(),
    }
}

const MAIN: &str = "provider = \"main\"\nmodel = \"large\"";
const BACKUP: &str = "provider = \"backup\"\nmodel = \"small\"";

#[test]
fn environments_are_namespaces_and_the_fallback_is_the_default() {
    let all = environments(&[
        ("prod", MAIN, ""),
        ("qa", MAIN, ""),
        ("staging", BACKUP, ""),
    ]);
    let text = TensorZero.write_all(&all).unwrap().unwrap().text;
    for expected in [
        "[functions.gpt.variants.chat-1]\ntype = \"chat_completion\"\nmodel = \"chat-1\"\n",
        "[functions.gpt.variants.chat-2]\ntype = \"chat_completion\"\nmodel = \"chat-2\"\n",
        "[functions.gpt.experimentation]\ntype = \"static\"\ncandidate_variants = { chat-1 = 1.0 }\n",
        "[functions.gpt.experimentation.namespaces.staging]\ntype = \"static\"\ncandidate_variants = { chat-2 = 1.0 }\n",
        "[models.chat-1]\n",
        "[models.chat-2]\n",
    ] {
        assert!(text.contains(expected), "{text}");
    }
    assert!(
        !text.contains("namespaces.qa"),
        "it serves what the fallback does: {text}"
    );
}

#[test]
fn the_same_release_with_another_provider_is_another_model() {
    let mut all = environments(&[("prod", MAIN, ""), ("staging", MAIN, "")]);
    let staging = all.environments.get_mut("staging").unwrap();
    let main = staging
        .gateway
        .providers
        .get_mut(&"main".parse().unwrap())
        .unwrap();
    main.base_url = Some("https://staging.example.com/v1".parse().unwrap());
    let text = TensorZero.write_all(&all).unwrap().unwrap().text;
    assert!(
        text.contains("candidate_variants = { chat-1-staging = 1.0 }"),
        "{text}"
    );
    assert!(
        text.contains("[models.chat-1-staging.providers.t]"),
        "{text}"
    );
}

#[test]
fn an_environment_that_lacks_what_the_fallback_serves_is_refused() {
    let more = "[routes.more]\nendpoint = \"chat\"\nmodels = [\"more\"]\nstrategy = \"single\"\n\
        targets.t = { provider = \"main\", model = \"large\" }\n";
    let refused = TensorZero
        .write_all(&environments(&[
            ("prod", MAIN, more),
            ("staging", MAIN, ""),
        ]))
        .unwrap()
        .unwrap_err();
    assert_eq!(refused[0].about, "staging");
    assert!(
        refused[0].message.contains("function `more`"),
        "{refused:?}"
    );
    let lost = TensorZero
        .write_all(&environments(&[
            ("prod", MAIN, ""),
            ("staging", MAIN, more),
        ]))
        .unwrap()
        .unwrap()
        .lost;
    assert_eq!(lost[0].about, "staging");
}
