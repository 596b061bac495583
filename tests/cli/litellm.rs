//! The configuration of LiteLLM: imported, rendered, and imported again.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::world::{World, codes};

fn config() -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let file = folder.join("fixtures/gateways/litellm/config.yaml");
    file.to_str().unwrap().to_owned()
}

/// A file with one entry, whose parameters are `params`.
fn entry(params: &str) -> String {
    format!("model_list:\n- model_name: a\n  litellm_params:\n    model: openai/a\n{params}")
}

fn keys(answer: &Value, list: &str) -> Vec<String> {
    let remarks = answer[list].as_array().unwrap();
    let key = |remark: &Value| remark["key"].as_str().unwrap().to_owned();
    remarks.iter().map(key).collect()
}

#[test]
fn a_configuration_becomes_a_project_and_what_stays_is_listed_by_path() {
    let world = World::empty();
    let answer = world.json(0, &["import", &config()]);
    let left_out = [
        "general_settings.database_url",
        "general_settings.master_key",
        "litellm_settings.callbacks",
        "litellm_settings.drop_params",
        "model_list.10",
        "model_list.11",
        "model_list.5.litellm_params.vertex_credentials",
        "router_settings.fallbacks.1.gemini.1",
        "router_settings.fallbacks.2.GPT 5 (thinking).0",
        "router_settings.num_retries",
        "router_settings.routing_strategy",
        "x-defaults.num_retries",
        "x-defaults.timeout",
    ];
    assert_eq!(keys(&answer, "left_out"), left_out);
    assert_eq!(codes(&world.json(0, &["check"])), Vec::<String>::new());
    let release = world.read("routing/support-chat/1.toml");
    for line in [
        "models = [\"support-chat\", \"chat\"]",
        "order = [\"azure-openai-endpoint\", \"bedrock\", \"gemini\", \"local-qwen\"]",
        "retry = { max_retries = 1 }",
        "metadata = { base_model = \"azure/gpt-4o\", input_cost_per_token = 2.5e-6 }",
        "rule = \"gemini\"",
    ] {
        assert!(release.contains(line), "{line}: {release}");
    }
    let provider = world.read("providers/azure-openai-endpoint/1.toml");
    assert_eq!(
        provider,
        "kind = \"azure\"\nbase_url = \"env::AZURE_OPENAI_ENDPOINT\"\nmodels = [\"gpt-4o\"]\n\
        credential = \"env::AZURE_OPENAI_API_KEY\"\nauth_type = \"bearer\"\noptions = { api_version = \"2024-10-21\" }\n"
    );
    let own = world.read("providers/openai-models-internal-8000/1.toml");
    assert!(!own.contains("credential"), "{own}");
    let strict = world.refused(4, &["import", &config(), "--to", "staging", "--strict"]);
    strict.says(&["model_list.10"]);
}

#[test]
fn import_render_import_is_a_fixed_point() {
    let first = World::empty();
    first.done(&["import", &config()]);
    let out = first.path("out");
    first.done(&[
        "render",
        "prod",
        "--format",
        "litellm",
        "-o",
        out.to_str().unwrap(),
    ]);
    let second = World::empty();
    let rendered = out.join("litellm.yaml");
    let answer = second.json(0, &["import", rendered.to_str().unwrap(), "--strict"]);
    assert_eq!(
        (&answer["left_out"], &answer["adapted"]),
        (&json!([]), &json!([]))
    );
    for folder in ["HEAD:routing", "HEAD:providers", "HEAD:prompts"] {
        assert_eq!(
            second.git(&["rev-parse", folder]),
            first.git(&["rev-parse", folder]),
            "{folder}"
        );
    }
    let render = |world: &World| {
        world
            .done(&["render", "prod", "--format", "litellm"])
            .stdout
    };
    assert_eq!(render(&second), render(&first));
    // What is read back makes no new versions.
    let again = second.json(
        0,
        &["import", rendered.to_str().unwrap(), "--to", "prod", "-y"],
    );
    assert_eq!(again["versions"], json!([]));
}

#[test]
fn what_is_wrong_is_shown_where_it_stands_and_no_key_is() {
    let secret = "hunter2hunter2";
    for (text, code, line) in [
        (
            entry("\t   api_key: os.environ/K\n"),
            "yaml-syntax",
            Some(5),
        ),
        (entry("    api_key: *\n"), "yaml-syntax", Some(5)),
        (entry("    rpm: 1\n    rpm: 2\n"), "yaml-syntax", Some(6)),
        (entry("    x: 1\n---\na: 1\n"), "yaml-syntax", Some(6)),
        (
            entry(&format!("    api_key: {secret}\n")),
            "literal-secret",
            Some(5),
        ),
        (
            entry(&format!("    extra_headers: {{Authorization: {secret}}}\n")),
            "literal-secret",
            Some(5),
        ),
        (
            format!("general_settings: {{master_key: {secret}}}\nmodel_list: []\n"),
            "literal-secret",
            Some(1),
        ),
        (
            entry(&format!("    x: [\n    api_key: {secret}\n")),
            "yaml-syntax",
            None,
        ),
        ("model_list: 3\n".to_owned(), "wrong-type", Some(1)),
        (
            "services:\n  web: {image: x}\n".to_owned(),
            "missing-key",
            None,
        ),
    ] {
        let world = World::empty();
        world.write("config.yaml", &text);
        let answer = world.json(4, &["import", "config.yaml"]);
        let found = &answer["findings"][0];
        assert_eq!(found["code"], code, "{text}");
        if let Some(line) = line {
            assert_eq!(found["line"], line, "{text}: {found}");
        }
        let run = world.run(&["import", "config.yaml"]);
        assert_eq!(run.exit, 4, "{run:?}");
        run.says(&[code, "config.yaml"]);
        assert!(!run.stderr.contains(secret), "{run:?}");
        assert!(!answer.to_string().contains(secret), "{answer}");
        assert!(!world.path(".git").exists(), "{text}");
    }
}

#[test]
fn forms_that_people_write_are_read() {
    for (text, expected) in [
        (entry("").replace('\n', "\r\n"), "env::OPENAI_API_KEY"),
        (format!("\u{feff}---\n{}", entry("    api_key: ${KEY}\n")), "env::KEY"),
        (
            "{\"model_list\": [{\"model_name\": \"a\", \"litellm_params\": {\"model\": \"openai/a\", \"api_key\": \"os.environ/KEY\"}}]}".to_owned(),
            "env::KEY",
        ),
    ] {
        let world = World::empty();
        world.write("config", &text);
        world.done(&["import", "config"]);
        let provider = world.read("providers/openai/1.toml");
        assert!(provider.contains(expected), "{text}: {provider}");
    }
}

#[test]
fn what_litellm_cannot_do_is_refused_by_name_and_what_it_loses_is_said() {
    let world = World::empty();
    let gateway = "[providers.p]\nbase_url = \"https://x.example/v1\"\nmodels = [\"m\"]\ncredential = \"env::K\"\nauth_type = \"AUTH\"\n\
        [routes.r]\nendpoint = \"chat\"\nmodels = [\"r\"]\nstrategy = \"single\"\nretry = { max_retries = 1, backoff_base_ms = 5 }\ntargets.main = { provider = \"p\", model = \"m\" }\n";
    world.write("gateway.toml", gateway.replace("AUTH", "query_param"));
    world.done(&["import", "gateway.toml"]);
    let run = world.refused(4, &["render", "prod", "--format", "litellm"]);
    run.says(&["providers/p", "auth_type", "no key in the query"]);
    world.write("gateway.toml", gateway.replace("AUTH", "bearer"));
    world.done(&["import", "gateway.toml", "--to", "prod", "-y"]);
    let run = world.done(&["render", "prod", "--format", "litellm"]);
    assert!(run.stdout.contains("api_key: os.environ/K"), "{run:?}");
    assert!(
        run.stderr.contains("routing/r: `retry.backoff_base_ms`"),
        "{run:?}"
    );
    world.refused(4, &["render", "prod", "--format", "litellm", "--strict"]);
}
