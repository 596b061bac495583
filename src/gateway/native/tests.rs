use super::*;
use crate::diag::Code;
use crate::gateway::{Gateway, Imported, ImportedPrompt, PromptSource, Remarked, ServedPrompt};
use crate::model::{ModelName, Strategy, TargetName};

const DESK: &str = r#"
[providers.openai]
base_url = "https://api.openai.com/v1"
models = ["gpt-4o", "gpt-4o-mini"]
credential = "env::OPENAI_API_KEY"
timeout_ms = 30000
auth_type = "bearer"

[providers.anthropic]
base_url = "https://api.anthropic.com/v1"
models = ["claude-sonnet-4-5"]
credential = "env::ANTHROPIC_API_KEY"
auth_type = "api_key_header"
auth_header_name = "x-api-key"

[targets."chat.main"]
provider = "openai"
model = "gpt-4o"
timeout_ms = 20000

[targets."chat.backup"]
provider = "anthropic"
model = "claude-sonnet-4-5"

[routes.chat]
endpoint = "chat"
models = ["support"]
strategy = "fallback"
targets = ["chat.main", "chat.backup"]
retry = { max_retries = 2, backoff_base_ms = 250 }

[prompts.router]
version = 7
path = "prompts/router/7.md"
"#;

pub(super) fn read(text: &str) -> Imported {
    read_gateway("gateway.toml", text)
}

pub(super) fn remarks(imported: &Imported) -> Vec<String> {
    imported
        .remarks
        .iter()
        .map(|remark| format!("{} {:?}", remark.key, remark.remarked))
        .collect()
}

pub(super) fn codes(imported: &Imported) -> Vec<(Code, String)> {
    let place = |finding: &crate::diag::Finding| finding.place.dotted_key().unwrap_or_default();
    imported
        .findings
        .iter()
        .map(|finding| (finding.code, place(finding)))
        .collect()
}

pub(super) fn written(imported: &Imported) -> String {
    let served = |prompt: &ImportedPrompt| match &prompt.source {
        PromptSource::File(path) => ServedPrompt {
            version: prompt.version.unwrap(),
            path: path.clone(),
        },
        PromptSource::Text(_) => unreachable!("a rendered prompt is a file"),
    };
    let prompts = imported
        .prompts
        .iter()
        .map(|(name, prompt)| (name.clone(), served(prompt)))
        .collect();
    let Imported {
        providers, rules, ..
    } = imported.clone();
    Gateway {
        providers,
        rules,
        prompts,
    }
    .to_toml()
}

#[test]
fn what_was_written_is_read_without_a_remark_and_written_the_same() {
    let imported = read(DESK);
    assert_eq!((remarks(&imported), codes(&imported)), (vec![], vec![]));
    let order = &imported.rules[&"chat".parse().unwrap()].order;
    assert_eq!(
        order.iter().map(TargetName::as_str).collect::<Vec<_>>(),
        ["main", "backup"]
    );
    let text = written(&imported);
    assert!(
        text.contains("[targets.\"chat.main\"]\nprovider = \"openai\"\n"),
        "{text}"
    );
    assert!(
        text.contains("targets = [\"chat.main\", \"chat.backup\"]\n"),
        "{text}"
    );
    assert_eq!(written(&read(&text)), text);
}

#[test]
fn what_has_no_place_is_left_out_by_name() {
    let text = DESK.replace(
        "[routes.chat]",
        "[server]\nport = 80\n\n[routes.chat]\ncache = true\ntimout_ms = 3",
    ) + "\n[targets.idle]\nprovider = \"openai\"\nmodel = \"gpt-4o\"\n[functions.draft]\ntype = \"chat\"\n";
    let imported = read(&text);
    assert_eq!(codes(&imported), vec![]);
    assert_eq!(
        remarks(&imported),
        [
            "functions.draft.type LeftOut",
            "routes.chat.cache LeftOut",
            "routes.chat.timout_ms LeftOut",
            "server LeftOut",
            "targets.idle LeftOut"
        ]
    );
}

#[test]
fn what_a_model_says_of_a_route_is_left_out_by_name_where_a_target_names_it() {
    let text = DESK.replace(
        "provider = \"openai\"\nmodel = \"gpt-4o\"",
        "model = \"fast\"",
    ) + "\n[models.fast]\nprovider = \"openai\"\nmodel = \"gpt-4o\"\nendpoint = \"chat\"\nretry = { max_retries = 3 }\n";
    let imported = read(&text);
    assert_eq!(codes(&imported), vec![]);
    assert_eq!(
        remarks(&imported),
        [
            "models.fast Adapted",
            "models.fast.endpoint LeftOut",
            "models.fast.retry LeftOut"
        ]
    );
}

#[test]
fn a_number_beyond_64_bits_is_found_where_it_stands_and_not_repeated() {
    let number = "99999999999999999999999";
    let imported = read(&DESK.replace("timeout_ms = 30000", &format!("timeout_ms = {number}")));
    assert_eq!(
        codes(&imported),
        [(
            Code::INVALID_VALUE,
            "providers.openai.timeout_ms".to_owned()
        )]
    );
    let imported = read(&DESK.replace("\"env::OPENAI_API_KEY\"", number));
    assert_eq!(
        codes(&imported),
        [(
            Code::LITERAL_SECRET,
            "providers.openai.credential".to_owned()
        )]
    );
    assert!(!format!("{:?}", imported.findings).contains(number));
    let imported = read(&DESK.replace(
        "models = [\"gpt-4o\"",
        &format!("models = [{number}, \"gpt-4o\""),
    ));
    assert_eq!(
        codes(&imported),
        [(Code::INVALID_VALUE, "providers.openai.models".to_owned())]
    );
}

#[test]
fn a_version_that_is_no_number_is_left_out_by_name() {
    for version in ["0", "\"seven\"", "4294967296"] {
        let imported = read(&DESK.replace("version = 7", &format!("version = {version}")));
        assert_eq!(
            remarks(&imported),
            ["prompts.router.version LeftOut"],
            "{version}"
        );
    }
}

#[test]
fn other_words_for_the_same_are_understood() {
    let imported = read(
        r#"
[defaults]
timeout_ms = 60000
retry = { max_retries = 1 }

[providers.Azure_OpenAI]
base_url = "https://acme.openai.azure.com/openai"
api_key_location = "env::AZURE_KEY"

[models.small]
provider = "Azure_OpenAI"
model = "gpt-4o-mini"

[targets."gpt-4.1"]
provider = "Azure_OpenAI"
model = "gpt-4.1"
weight = 0.75

[targets.cheap]
model = "small"
weight = 0.25

[routes.support_chat]
endpoint = "chat"
models = ["support"]
strategy = "weighted"
targets = ["gpt-4.1", "cheap"]

[models.direct]
provider = "Azure_OpenAI"

[functions.draft]
system_template = "draft/system.tmpl"
"#,
    );
    assert_eq!(codes(&imported), vec![]);
    let provider = &imported.providers[&"azure-openai".parse().unwrap()];
    assert_eq!(
        provider
            .models
            .iter()
            .map(ModelName::as_str)
            .collect::<Vec<_>>(),
        ["direct", "gpt-4.1", "gpt-4o-mini"]
    );
    assert_eq!(
        provider.timeout.map(crate::model::Timeout::value),
        Some(60000)
    );
    let rule = &imported.rules[&"support-chat".parse().unwrap()];
    let targets = rule
        .in_order()
        .map(|(name, target)| (name.as_str(), target.weight.unwrap().value()));
    assert_eq!(targets.collect::<Vec<_>>(), [("gpt-4-1", 3), ("cheap", 1)]);
    assert!(rule.retry.is_some());
    assert_eq!(
        imported.rules[&"direct".parse().unwrap()].strategy,
        Strategy::Single
    );
    assert_eq!(
        imported.prompts[&"draft-system".parse().unwrap()]
            .extension
            .as_str(),
        "txt"
    );
    assert!(
        imported
            .remarks
            .iter()
            .all(|remark| remark.remarked == Remarked::Adapted),
        "{:#?}",
        imported.remarks
    );
}

#[test]
fn what_is_wrong_is_found_where_it_stands_in_the_configuration() {
    for (old, new, code, key) in [
        (
            "\"fallback\"",
            "\"weighted\"",
            Code::ROUTING_RULE,
            "targets.chat.backup",
        ),
        (
            "\"chat.backup\"]",
            "\"chat.bakup\"]",
            Code::ROUTING_RULE,
            "routes.chat.targets.1",
        ),
        (
            "timeout_ms = 20000",
            "timeout_ms = -1",
            Code::INVALID_VALUE,
            "targets.chat.main.timeout_ms",
        ),
        (
            "base_url = \"https://api.openai.com/v1\"\n",
            "kind = \"azure\"\n",
            Code::MISSING_KEY,
            "providers.openai.kind",
        ),
        (
            "max_retries = 2",
            "max_retries = 200",
            Code::INVALID_VALUE,
            "routes.chat.retry.max_retries",
        ),
        (
            "\"env::OPENAI_API_KEY\"",
            "\"hunter2\"",
            Code::LITERAL_SECRET,
            "providers.openai.credential",
        ),
        (
            "prompts/router/7.md",
            "../../etc/passwd",
            Code::INVALID_VALUE,
            "prompts.router.path",
        ),
        (
            "prompts/router/7.md",
            "/etc/passwd",
            Code::INVALID_VALUE,
            "prompts.router.path",
        ),
        (
            "version = 7\npath",
            "x",
            Code::MISSING_KEY,
            "prompts.router",
        ),
        (
            "[prompts.router]",
            "[prompts.con]",
            Code::INVALID_VALUE,
            "prompts.con",
        ),
        (
            "[prompts.router]",
            "[prompts]\nx = 1\n[prompts.router]",
            Code::WRONG_TYPE,
            "prompts.x",
        ),
    ] {
        assert!(DESK.contains(old), "{old}");
        let found = codes(&read(&DESK.replacen(old, new, 1)));
        assert!(found.contains(&(code, key.to_owned())), "{new}: {found:?}");
    }
    let secret = read(&DESK.replace("\"env::OPENAI_API_KEY\"", "\"hunter2\""));
    assert!(!format!("{secret:?}").contains("hunter2"));
}

#[test]
fn two_names_that_become_one_are_an_error() {
    let twice = "[providers.a_b]\nbase_url = \"https://a\"\nmodels = [\"m\"]\n[providers.a-b]\nbase_url = \"https://b\"\n";
    assert!(codes(&read(twice)).contains(&(Code::INVALID_VALUE, "providers.a_b".to_owned())));
}

#[test]
fn what_is_no_toml_is_one_finding() {
    for text in ["[providers", "\u{feff}x = 1", "x = 99999999999999999999"] {
        assert_eq!(read(text).findings.len(), 1, "{text:?}");
    }
}
