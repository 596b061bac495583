use std::collections::BTreeMap;

use super::LiteLlm;
use super::properties::{read, served};
use crate::gateway::configuration::Gateway;
use crate::gateway::format::{GatewayFormat, Inexpressible, Rendering, ServedGateway};
use crate::gateway::imported::Imported;
use crate::gateway::native::read_gateway;
use crate::gateway::remark::Remarked;
use crate::model::{ModelName, Strategy, TargetEnd};

/// What is written for the project whose own form is `text`.
fn write(text: &str) -> Result<Rendering, Vec<String>> {
    let imported = read_gateway("gateway.toml", text);
    assert_eq!(imported.findings, [], "{text}");
    let gateway = Gateway {
        providers: imported.providers,
        rules: imported.rules,
        prompts: BTreeMap::new(),
    };
    let served = ServedGateway {
        gateway,
        ..ServedGateway::default()
    };
    LiteLlm
        .write(&served)
        .map_err(|refused| refused.iter().map(Inexpressible::to_string).collect())
}

pub(super) fn remarks(imported: &Imported, what: Remarked) -> Vec<String> {
    let of = imported.remarks.iter().filter(|it| it.remarked == what);
    of.map(|remark| format!("{}: {}", remark.key, remark.message))
        .collect()
}

const PROVIDERS: &str = r#"
[providers.openai]
models = ["*"]
credential = "env::OPENAI_API_KEY"
[providers.own]
base_url = "http://127.0.0.1:9000/v1"
models = ["*"]
[providers.claude]
kind = "anthropic"
base_url = "https://api.anthropic.com/v1"
models = ["*"]
credential = "env::ANTHROPIC_API_KEY"
auth_type = "api_key_header"
auth_header_name = "x-api-key"
timeout_ms = 1500
"#;

fn rule(name: &str, keys: &str) -> String {
    format!("[routes.{name}]\nendpoint = \"chat\"\nmodels = [\"{name}\"]\n{keys}\n")
}

#[test]
fn entries_say_what_rules_and_providers_do() {
    let text = format!(
        "{PROVIDERS}{}{}",
        rule(
            "chat",
            "strategy = \"fallback\"\norder = [\"main\", \"backup\"]\nretry = { max_retries = 1 }\n\
            targets.main = { provider = \"openai\", model = \"gpt-4.1\", params = { temperature = 0.5 }, limits = { rpm = 60 } }\n\
            targets.backup = { rule = \"other\" }"
        ),
        rule(
            "other",
            "strategy = \"single\"\ntargets.claude = { provider = \"claude\", model = \"claude-x\" }"
        ),
    );
    let expected = "\
model_list:
- model_name: chat
  litellm_params:
    model: openai/gpt-4.1
    api_key: os.environ/OPENAI_API_KEY
    order: 1
    num_retries: 1
    rpm: 60
    temperature: 0.5
  model_info: {id: chat.main}
- model_name: chat
  litellm_params:
    model: anthropic/claude-x
    api_base: https://api.anthropic.com
    api_key: os.environ/ANTHROPIC_API_KEY
    order: 2
    timeout: 1.5
    num_retries: 1
  model_info: {id: chat.backup.claude, envctl_via: [other]}
- model_name: other
  litellm_params:
    model: anthropic/claude-x
    api_base: https://api.anthropic.com
    api_key: os.environ/ANTHROPIC_API_KEY
    timeout: 1.5
  model_info: {id: other.claude}
";
    assert_eq!(write(&text).unwrap().text, expected);
}

#[test]
fn an_entry_without_a_key_says_so_and_one_with_a_header_of_its_own_sends_it() {
    let text = format!(
        "{PROVIDERS}[providers.header]\nbase_url = \"https://x.example\"\nmodels = [\"*\"]\ncredential = \"env::K\"\n\
        auth_type = \"api_key_header\"\nauth_header_name = \"x-my-key\"\n{}",
        rule(
            "chat",
            "strategy = \"weighted\"\ntargets.a = { provider = \"own\", model = \"m\", weight = 7 }\n\
            targets.b = { provider = \"header\", model = \"m\", weight = 0 }"
        )
    );
    let written = write(&text).unwrap().text;
    for line in [
        "    api_key: none\n    weight: 7\n",
        "    api_key: none\n    weight: 0\n    extra_headers: {x-my-key: os.environ/K}\n",
    ] {
        assert!(written.contains(line), "{written}");
    }
    let imported = read(&written);
    assert_eq!(imported.remarks, []);
    let own = &imported.providers[&"openai-127-0-0-1-9000".parse().unwrap()];
    assert_eq!(own.credential, None);
    let header = &imported.providers[&"openai-x-example".parse().unwrap()];
    assert_eq!(header.credential.as_ref().unwrap().variable(), "K");
    assert_eq!(
        header.auth.as_ref().unwrap(),
        &crate::model::Auth::ApiKeyHeader {
            header: "x-my-key".parse().unwrap()
        }
    );
}

#[test]
fn what_litellm_cannot_do_is_refused_by_name() {
    let single = "strategy = \"single\"\ntargets.main = { provider = \"openai\", model = \"m\" }";
    let weighted = "strategy = \"weighted\"\ntargets.a = { provider = \"own\", model = \"m\", weight = 1 }\ntargets.b = { provider = \"own\", model = \"n\", weight = 1 }";
    for (text, expected) in [
        (
            format!(
                "{}[routes.b]\nendpoint = \"embeddings\"\nmodels = [\"a\"]\n{single}\n",
                rule("a", single)
            ),
            "routing/b: `models`: `a` is answered by routing/a as well, and LiteLLM does not tell endpoints apart",
        ),
        (
            rule("a", weighted)
                + &rule(
                    "b",
                    "strategy = \"single\"\ntargets.main = { rule = \"a\" }",
                ),
            "routing/b: `targets.main.rule`: it leads to routing/a, which chooses by weight",
        ),
        (
            format!(
                "[providers.q]\nbase_url = \"https://x.example\"\nmodels = [\"*\"]\ncredential = \"env::K\"\nauth_type = \"query_param\"\n{}",
                rule(
                    "a",
                    "strategy = \"single\"\ntargets.main = { provider = \"q\", model = \"m\" }"
                )
            ),
            "providers/q: `auth_type`: LiteLLM sends no key in the query",
        ),
        (
            rule(
                "a",
                "strategy = \"single\"\ntargets.main = { provider = \"openai\", model = \"m\", params = { order = 1 } }",
            ),
            "routing/a: `targets.main.params.order`: LiteLLM reads `order` as something that the target says otherwise",
        ),
        (
            format!("[routes.a]\nendpoint = \"chat\"\nmodels = [\"a*b\"]\n{single}\n"),
            "routing/a: `models`: LiteLLM takes the `*` inside `a*b` for a pattern",
        ),
        (
            format!(
                "[providers.q]\nmodels = [\"*\"]\noptions = {{ project = \"p\" }}\n{}",
                rule(
                    "a",
                    "strategy = \"single\"\ntargets.main = { provider = \"q\", model = \"m\" }"
                )
            ),
            "providers/q: `options.project`: LiteLLM has no project for the kind `openai`",
        ),
    ] {
        assert_eq!(
            write(&format!("{PROVIDERS}{text}")).unwrap_err(),
            [expected],
            "{text}"
        );
    }
}

#[test]
fn what_litellm_does_otherwise_is_said_by_name() {
    let text = format!(
        "{PROVIDERS}[providers.new]\nkind = \"brand-new\"\nmodels = [\"*\"]\n{}",
        rule(
            "a",
            "strategy = \"single\"\nretry = { max_retries = 1, backoff_base_ms = 5, on = [\"timeout\"] }\n\
            targets.main = { provider = \"new\", model = \"m\", metadata = { id = \"x\" } }"
        )
    );
    let lost: Vec<String> = write(&text)
        .unwrap()
        .lost
        .iter()
        .map(Inexpressible::to_string)
        .collect();
    assert_eq!(
        lost,
        [
            "providers/new: `kind`: LiteLLM 1.108 does not know `brand-new`",
            "routing/a: `retry.backoff_base_ms`: LiteLLM has one wait for all rules, `retry_after` in router_settings",
            "routing/a: `retry.on`: after which failures LiteLLM repeats is said by `model_group_retry_policy` in router_settings",
            "routing/a: `targets.main.metadata.id`: LiteLLM reads `model_info.id` as something else",
        ]
    );
}

#[test]
fn prompts_are_written_as_they_are_and_what_becomes_of_them_is_said() {
    let text = "model_list: []\nprompts:\n\
        - prompt_id: router\n  version: 2\n  litellm_params: {prompt_integration: dotprompt, prompt_id: router, dotprompt_content: \"Sort {{ it }}\\n  well.\\nUser: {{ x }}\\n\"}\n\
        - prompt_id: router\n  version: 1\n  litellm_params: {prompt_integration: dotprompt, dotprompt_content: old}\n\
        - prompt_id: far\n  litellm_params: {prompt_integration: langfuse}\n";
    let imported = read(text);
    assert_eq!(
        remarks(&imported, Remarked::LeftOut),
        [
            "prompts.1: LiteLLM serves prompts.0 as `router`",
            "prompts.2: its text is kept elsewhere, by its `prompt_integration`",
        ]
    );
    let rendering = LiteLlm.write(&served(&imported)).unwrap();
    assert_eq!(
        rendering.text,
        "model_list: []\nprompts:\n- prompt_id: router\n  version: 2\n  environment: production\n  litellm_params:\n    \
        prompt_integration: dotprompt\n    prompt_id: router\n    dotprompt_content: |\n      Sort {{ it }}\n        well.\n      User: {{ x }}\n"
    );
    let lost: Vec<String> = rendering
        .lost
        .iter()
        .map(Inexpressible::to_string)
        .collect();
    assert_eq!(
        lost,
        [
            "prompts/router: a line that begins with System:, User: or Assistant: begins a message there",
            "prompts/router: white space at the beginning and end of its lines is lost",
        ]
    );
}

#[test]
fn fallbacks_become_targets_where_they_can_and_stay_where_not() {
    let entry = |name: &str| {
        format!(
            "- model_name: {name}\n  litellm_params: {{model: openai/{name}, api_key: os.environ/K}}\n"
        )
    };
    let text = format!(
        "model_list:\n{}{}{}{}{}router_settings:\n  fallbacks:\n  - a: [b, c, d, pool]\n  - b: [a]\n  - pool: [a]\n  model_group_alias: {{z: a, b: c}}\n",
        entry("a"),
        entry("b"),
        entry("c"),
        entry("pool"),
        entry("pool")
    );
    let imported = read(&text);
    let rule = &imported.rules[&"a".parse().unwrap()];
    let order: Vec<String> = rule.order.iter().map(ToString::to_string).collect();
    assert_eq!(
        (rule.strategy, order),
        (
            Strategy::Fallback,
            vec!["main".to_owned(), "b".into(), "c".into()]
        )
    );
    let models: Vec<&str> = rule.models.iter().map(ModelName::as_str).collect();
    assert_eq!(models, ["a", "z"]);
    let leads = |target: &str| rule.targets[&target.parse().unwrap()].destination.clone();
    assert_eq!(
        leads("b"),
        TargetEnd::Rule {
            rule: "b".parse().unwrap()
        }
    );
    assert_eq!(
        remarks(&imported, Remarked::LeftOut),
        [
            "router_settings.fallbacks.0.a.2: no entry that a project holds is called `d`; it stays in the file",
            "router_settings.fallbacks.0.a.3: the entries of routing/pool share its requests, and no fallback leads to such a rule; it stays in the file",
            "router_settings.fallbacks.1.b.0: routing/a leads back to routing/b, which would be a circle; it stays in the file",
            "router_settings.fallbacks.2.pool.0: the entries of routing/pool share its requests, and such a rule has no fallback; it stays in the file",
            "router_settings.model_group_alias.b: an entry of model_list has that name",
        ]
    );
    let rendered = LiteLlm.write(&served(&imported)).unwrap().text;
    assert_eq!(read(&rendered).rules, imported.rules, "{rendered}");
}

#[test]
fn a_chain_of_fallbacks_is_written_out_within_bounds() {
    let names: Vec<String> = (0..60).map(|number| format!("m{number}")).collect();
    let mut text = String::from("model_list:\n");
    for name in &names {
        text.push_str(&format!(
            "- model_name: {name}\n  litellm_params: {{model: openai/x, api_key: none}}\n"
        ));
    }
    text.push_str("litellm_settings:\n  fallbacks:\n");
    for pair in names.windows(3) {
        text.push_str(&format!("  - {}: [{}, {}]\n", pair[0], pair[1], pair[2]));
    }
    let imported = read(&text);
    let gateway = served(&imported).gateway;
    let longest = gateway
        .rules
        .values()
        .map(|rule| gateway.leaves(rule).len())
        .max()
        .unwrap();
    assert!((2..=64).contains(&longest), "{longest}");
    assert!(
        remarks(&imported, Remarked::LeftOut)
            .iter()
            .any(|it| it.contains("more than 64 targets"))
    );
}

#[test]
fn what_is_no_entry_that_a_project_holds_is_left_out_with_its_reason() {
    for (entry, reason) in [
        ("x", "model_list.0: it has no `model_name`"),
        (
            "{model_name: a}",
            "model_list.0: it has no `litellm_params`",
        ),
        (
            "{model_name: a, litellm_params: {}}",
            "model_list.0: it has no `model`",
        ),
        (
            "{model_name: a, litellm_params: {model: '*'}}",
            "model_list.0: its `model` is `*`, so each request names its provider, and a target has one",
        ),
        (
            "{model_name: 'a*b', litellm_params: {model: gpt-4}}",
            "model_list.0: its `model_name` has a `*` elsewhere than at the end",
        ),
        (
            "{model_name: a, litellm_params: {model: gpt-4, api_base: 'http://${HOST}/v1'}}",
            "model_list.0: invalid `api_base`: ",
        ),
        (
            "{model_name: a, litellm_params: {model: gpt-4}, model_info: {mode: rerank}}",
            "model_list.0: its `model_info.mode` is not one of chat, embedding, audio_speech, audio_transcription, image_generation",
        ),
        (
            "{model_name: a, litellm_params: {model: gpt-4, litellm_credential_name: c}}",
            "model_list.0: its `litellm_credential_name` is not in `credential_list`",
        ),
    ] {
        let imported = read(&format!("model_list:\n- {entry}\n"));
        let left_out = remarks(&imported, Remarked::LeftOut);
        assert!(
            left_out.len() == 1 && left_out[0].starts_with(reason),
            "{entry}: {left_out:?}"
        );
        assert!(
            imported.rules.is_empty() && imported.findings.is_empty(),
            "{entry}: {:?}",
            imported.findings
        );
    }
}

#[test]
fn a_literal_key_refuses_the_file_and_is_shown_nowhere() {
    let text =
        "model_list:\n- model_name: a\n  litellm_params: {model: openai/a, api_key: hunter2}\n";
    let imported = read(text);
    let findings = format!("{:?}", imported.findings);
    assert_eq!(imported.findings.len(), 1);
    assert!(
        findings.contains("model_list.0.litellm_params.api_key") && !findings.contains("hunter2"),
        "{findings}"
    );
}

#[test]
fn what_is_not_of_litellm_says_so() {
    for text in [
        "services: {web: {image: x}}\n",
        "- a\n",
        "{\"providers\": {}}",
    ] {
        let imported = read(text);
        assert!(
            imported.findings[0]
                .message
                .contains("not a configuration of LiteLLM"),
            "{text}"
        );
    }
    let wrong = read("model_list: {a: 1}\n");
    assert_eq!(
        wrong.findings[0].message,
        "`model_list` takes a list, not a table"
    );
}

#[test]
fn entries_of_one_order_are_tried_one_after_the_other_and_that_is_said() {
    let entry = |model: &str, order: &str| {
        format!(
            "- model_name: a\n  litellm_params: {{model: openai/{model}, api_key: none{order}}}\n"
        )
    };
    let text = format!(
        "model_list:\n{}{}{}{}",
        entry("z", ", order: 9"),
        entry("x", ", order: 1"),
        entry("y", ", order: 1"),
        entry("w", "")
    );
    let imported = read(&text);
    let rule = &imported.rules[&"a".parse().unwrap()];
    let models: Vec<String> = rule
        .in_order()
        .map(|(_, target)| match &target.destination {
            TargetEnd::Model { model, .. } => model.to_string(),
            TargetEnd::Rule { rule } => rule.to_string(),
        })
        .collect();
    assert_eq!(
        (rule.strategy, models),
        (
            Strategy::Fallback,
            ["x", "y", "z", "w"].map(str::to_owned).into()
        )
    );
    let left_out = remarks(&imported, Remarked::LeftOut);
    assert!(
        left_out.len() == 1
            && left_out[0]
                .starts_with("model_list.2.litellm_params.order: entries of one order share"),
        "{left_out:?}"
    );
    let adapted = remarks(&imported, Remarked::Adapted);
    assert!(
        adapted.len() == 1
            && adapted[0].starts_with("model_list.3: LiteLLM asks an entry without an order"),
        "{adapted:?}"
    );
}

#[test]
fn a_credential_that_is_not_a_variable_is_left_out_by_its_path() {
    for key in [
        "/etc/keys/openai",
        "'dynamic::k'",
        "'env::lower'",
        "true",
        "[none]",
    ] {
        let imported = read(&format!(
            "model_list:\n- model_name: a\n  litellm_params: {{model: openai/a, api_key: {key}}}\n"
        ));
        assert_eq!(imported.findings, [], "{key}");
        assert_eq!(
            remarks(&imported, Remarked::LeftOut),
            ["model_list.0.litellm_params.api_key: not a variable: name one with os.environ/NAME"],
            "{key}"
        );
        assert!(
            imported
                .providers
                .values()
                .all(|provider| provider.credential.is_none()),
            "{key}"
        );
    }
}

#[test]
fn a_parameter_is_a_variable_only_where_it_can_be_nothing_else_and_that_is_said() {
    let imported = read(
        "model_list:\n- model_name: a\n  litellm_params:\n    model: openai/a\n    api_key: $KEY\n    \
        api_base: ' os.environ/BASE'\n    stop: [$END, ' os.environ/X', os.environ/STOP, '${HALT}']\n    user: 'env::USER_NAME'\n",
    );
    let rule = &imported.rules[&"a".parse().unwrap()];
    let params = &rule.targets[&"main".parse().unwrap()].params;
    assert_eq!(
        serde_json::to_value(params).unwrap(),
        serde_json::json!({
            "stop": ["$END", " os.environ/X", "env::STOP", "env::HALT"],
            "user": "env::USER_NAME",
        })
    );
    assert_eq!(
        remarks(&imported, Remarked::Adapted),
        [
            "model_list.0.litellm_params.api_base: it is the variable BASE",
            "model_list.0.litellm_params.api_key: it is the variable KEY",
            "model_list.0.litellm_params.stop.3: it is the variable HALT",
            "model_list.0.litellm_params.user: it is the variable USER_NAME",
        ]
    );
}
