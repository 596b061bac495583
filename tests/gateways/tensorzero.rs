//! TensorZero, from its wheel, without a database.

use std::time::Duration;

use serde_json::{Value, json};

use crate::gateway::{Gateway, python_with};
use crate::http::Response;
use crate::project::{hops, provider};
use crate::upstream::{Mode, Upstream, closed};
use crate::world::World;

/// What the team's own file says, beside what envctl renders.
const OWN: &str = "[gateway]\nobservability.enabled = false\n";
const MAIN_KEY: (&str, &str) = ("MAIN_KEY", "key-of-main");
const BACKUP_KEY: (&str, &str) = ("BACKUP_KEY", "key-of-backup");

/// A project with two providers that are live in staging, and the gateway that serves it.
struct Scene {
    world: World,
    main: Upstream,
    backup: Upstream,
}

impl Scene {
    fn new() -> Self {
        let scene = Self {
            world: World::new(),
            main: Upstream::start("main"),
            backup: Upstream::start("backup"),
        };
        for (name, upstream, (key, _)) in [
            ("main", &scene.main, MAIN_KEY),
            ("backup", &scene.backup, BACKUP_KEY),
        ] {
            let credential = format!("credential = \"env::{key}\"\n");
            let models = ["large", "small"];
            provider(
                &scene.world,
                name,
                &upstream.url(),
                &models,
                &credential,
                "staging",
            );
        }
        scene
    }

    /// Publishes a routing rule to staging that answers for a model of its own name.
    fn rule(&self, name: &str, text: &str) {
        let text = format!("endpoint = \"chat\"\nmodels = [\"{name}\"]\n{text}");
        self.world
            .publish(&format!("routing/{name}"), &text, "staging");
    }

    /// A rule that tries the main provider for half a second, then the other one.
    fn fallback(&self, name: &str, more: &str) {
        self.rule(
            name,
            &format!(
                "strategy = \"fallback\"\norder = [\"first\", \"second\"]\n{more}\
                 [targets.first]\nprovider = \"main\"\nmodel = \"large\"\ntimeout_ms = 500\n\
                 [targets.second]\nprovider = \"backup\"\nmodel = \"small\"\n"
            ),
        );
    }

    /// Renders with `arguments` and starts the gateway with the result beside the team's own file.
    fn serve(&self, arguments: &[&str]) -> Option<Gateway> {
        let gateway = self.start(arguments, &[MAIN_KEY, BACKUP_KEY])?;
        Some(gateway.unwrap_or_else(|wrote| {
            panic!("the gateway refuses what was rendered: {wrote}");
        }))
    }

    /// Does the same with `variables`; an error is what the gateway wrote where it refuses to start.
    fn start(
        &self,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Option<Result<Gateway, String>> {
        let python = python_with("tensorzero")?;
        // The folder that is delivered to holds nothing else, so the team's own file is in another one.
        let folder = self.world.path("gateway/served");
        std::fs::create_dir_all(self.world.path("gateway/own")).unwrap();
        std::fs::write(self.world.path("gateway/own/own.toml"), OWN).unwrap();
        let render = [
            "render",
            "--format",
            "tensorzero",
            "-o",
            folder.to_str().unwrap(),
        ];
        self.world.done(&[&render, arguments].concat());
        let files = self.world.path("gateway/*/*.toml");
        Some(Gateway::tensorzero(
            &python,
            files.to_str().unwrap(),
            variables,
        ))
    }

    /// Sets how both providers answer; what they were asked before is forgotten.
    fn set(&self, main: Mode, backup: Mode) {
        self.main.set(main);
        self.backup.set(backup);
    }

    /// Returns how often each provider was asked.
    fn asked(&self) -> [usize; 2] {
        [&self.main, &self.backup].map(|upstream| upstream.requests().len())
    }
}

fn ask(gateway: &Gateway, model: &str) -> Response {
    gateway.chat(&format!("tensorzero::model_name::{model}"), json!({}))
}

/// Asks a function: only those have weights, retries, prompts and namespaces.
fn call(gateway: &Gateway, function: &str, more: Value) -> Response {
    gateway.chat(&format!("tensorzero::function_name::{function}"), more)
}

#[test]
fn the_first_target_answers_with_its_model_and_key() {
    let scene = Scene::new();
    scene.rule(
        "solo",
        "strategy = \"single\"\n[targets.only]\nprovider = \"backup\"\nmodel = \"small\"\n",
    );
    scene.fallback("steady", "");
    let Some(gateway) = scene.serve(&["staging"]) else {
        return;
    };
    for (model, upstream, (_, key)) in [
        ("solo", &scene.backup, BACKUP_KEY),
        ("steady", &scene.main, MAIN_KEY),
    ] {
        scene.set(Mode::Serves, Mode::Serves);
        let first = &hops(&scene.world, model, "staging")[0];
        let answer = ask(&gateway, model);
        assert_eq!(answer.words(), upstream.words(), "{model}: {answer:?}");
        let requests = upstream.requests();
        assert_eq!(first.base_url, upstream.url(), "{model}");
        assert_eq!(requests[0].body["model"], *first.model, "{model}");
        assert_eq!(
            requests[0].header("authorization"),
            Some(&*format!("Bearer {key}"))
        );
        assert_eq!(scene.asked().iter().sum::<usize>(), 1, "{model}");
    }
}

#[test]
fn a_fallback_moves_on_at_each_kind_of_failure() {
    let scene = Scene::new();
    scene.fallback("steady", "");
    provider(&scene.world, "gone", &closed(), &["large"], "", "staging");
    scene.rule(
        "unlucky",
        "strategy = \"fallback\"\norder = [\"first\", \"second\"]\n\
         [targets.first]\nprovider = \"gone\"\nmodel = \"large\"\n\
         [targets.second]\nprovider = \"backup\"\nmodel = \"small\"\n",
    );
    let Some(gateway) = scene.serve(&["staging"]) else {
        return;
    };
    let second = &hops(&scene.world, "steady", "staging")[1];
    assert_eq!(second.base_url, scene.backup.url());
    let failures = [500, 503, 429, 401, 403, 400, 404].map(Mode::Fails);
    let late = Mode::Waits(Duration::from_secs(2));
    for failure in failures.into_iter().chain([late]) {
        scene.set(failure, Mode::Serves);
        let answer = ask(&gateway, "steady");
        assert_eq!(
            answer.words(),
            scene.backup.words(),
            "{failure:?}: {answer:?}"
        );
        assert_eq!(scene.asked(), [1, 1], "{failure:?}");
    }
    // Where both fail, each was asked once and the caller gets an error.
    scene.set(Mode::Fails(500), Mode::Fails(500));
    assert!(ask(&gateway, "steady").status >= 400);
    assert_eq!(scene.asked(), [1, 1]);
    // The port is closed.
    scene.set(Mode::Serves, Mode::Serves);
    assert_eq!(ask(&gateway, "unlucky").words(), scene.backup.words());
    assert_eq!(scene.asked(), [0, 1]);
}

#[test]
fn a_rule_as_a_target_is_tried_in_its_place() {
    let scene = Scene::new();
    scene.rule(
        "inner",
        "strategy = \"single\"\n[targets.only]\nprovider = \"backup\"\nmodel = \"small\"\n",
    );
    scene.rule(
        "outer",
        "strategy = \"fallback\"\norder = [\"first\", \"second\"]\n\
         [targets.first]\nprovider = \"main\"\nmodel = \"large\"\n\
         [targets.second]\nrule = \"inner\"\n",
    );
    let Some(gateway) = scene.serve(&["staging"]) else {
        return;
    };
    let models: Vec<String> = hops(&scene.world, "outer", "staging")
        .into_iter()
        .map(|hop| hop.model)
        .collect();
    assert_eq!(models, ["large", "small"]);
    scene.set(Mode::Fails(500), Mode::Serves);
    assert_eq!(ask(&gateway, "outer").words(), scene.backup.words());
    assert_eq!(scene.asked(), [1, 1]);
}

#[test]
fn weights_are_shares_of_the_requests_and_a_drained_target_has_none() {
    const ASKED: u32 = 300;
    let scene = Scene::new();
    for strategy in ["weighted", "experiment"] {
        let split = format!(
            "strategy = \"{strategy}\"\n\
             [targets.a]\nprovider = \"main\"\nmodel = \"large\"\nweight = 7\n\
             [targets.b]\nprovider = \"backup\"\nmodel = \"small\"\nweight = 3\n"
        );
        scene.rule(strategy, &split);
        scene.rule(&format!("drained-{strategy}"), &split.replace("= 7", "= 0"));
    }
    let Some(gateway) = scene.serve(&["staging"]) else {
        return;
    };
    for rule in [
        "weighted",
        "experiment",
        "drained-weighted",
        "drained-experiment",
    ] {
        scene.set(Mode::Serves, Mode::Serves);
        for _ in 0..ASKED {
            let answer = call(&gateway, rule, json!({}));
            assert_eq!(answer.status, 200, "{rule}: {answer:?}");
        }
        let hops = hops(&scene.world, rule, "staging");
        for (upstream, asked) in [&scene.main, &scene.backup].into_iter().zip(scene.asked()) {
            let hop = hops.iter().find(|hop| hop.base_url == upstream.url());
            let share = hop.and_then(|hop| hop.percent).unwrap_or(0.0) / 100.0;
            let expected = share * f64::from(ASKED);
            // Five standard deviations: luck fails this once in a million runs.
            let slack = 5.0 * (expected * (1.0 - share)).sqrt();
            let asked = f64::from(u32::try_from(asked).unwrap());
            assert!(
                (asked - expected).abs() <= slack,
                "{rule}: {asked} of {ASKED}, and {hops:?}"
            );
        }
    }
}

#[test]
fn a_request_is_tried_again_as_often_as_the_rule_says() {
    let scene = Scene::new();
    let target = "strategy = \"single\"\n[targets.only]\nprovider = \"main\"\nmodel = \"large\"\n";
    scene.rule("once", target);
    scene.rule("twice", &format!("retry = {{ max_retries = 1 }}\n{target}"));
    let Some(gateway) = scene.serve(&["staging"]) else {
        return;
    };
    scene.set(Mode::FailsFirst(500, 1), Mode::Serves);
    assert_ne!(ask(&gateway, "once").status, 200);
    assert_eq!(scene.asked(), [1, 0]);
    scene.set(Mode::FailsFirst(500, 1), Mode::Serves);
    assert_eq!(call(&gateway, "twice", json!({})).status, 200);
    assert_eq!(scene.asked(), [2, 0]);
    // No more often than that.
    scene.set(Mode::Fails(500), Mode::Serves);
    assert_ne!(call(&gateway, "twice", json!({})).status, 200);
    assert_eq!(scene.asked(), [2, 0]);
}

#[test]
fn the_prompt_that_is_live_is_what_the_model_reads() {
    let scene = Scene::new();
    let text = "You help.\nSystem: \"quoted\" ünïcode\n\n  Indented.";
    scene.world.publish("prompts/support", text, "staging");
    scene.rule(
        "chat",
        "strategy = \"single\"\nprompts = [\"support\"]\n\
         [targets.only]\nprovider = \"main\"\nmodel = \"large\"\n",
    );
    let Some(gateway) = scene.serve(&["staging"]) else {
        return;
    };
    scene.set(Mode::Serves, Mode::Serves);
    let answer = call(&gateway, "support", json!({}));
    assert_eq!(answer.status, 200, "{answer:?}");
    let request = &scene.main.requests()[0];
    let messages = request.body["messages"].as_array().unwrap();
    assert_eq!(messages[0]["role"], "system");
    assert_eq!(read(&messages[0]["content"]), text);
    assert_eq!(request.body["model"], "large");
}

/// Returns the text of a message, which may come in parts.
fn read(content: &Value) -> &str {
    let text = content.as_str().or_else(|| content[0]["text"].as_str());
    text.unwrap_or_else(|| panic!("{content}"))
}

#[test]
fn a_namespace_is_an_environment_and_the_fallback_answers_without_one() {
    let scene = Scene::new();
    scene.world.publish("prompts/support", "One", "staging");
    let rule = |provider: &str, model: &str| {
        format!(
            "strategy = \"single\"\nprompts = [\"support\"]\n\
             [targets.only]\nprovider = \"{provider}\"\nmodel = \"{model}\"\n"
        )
    };
    scene.rule("chat", &rule("main", "large"));
    scene.world.done(&["promote", "staging", "prod", "-y"]);
    scene.world.publish("prompts/support", "Two", "staging");
    scene.rule("chat", &rule("backup", "small"));
    let Some(gateway) = scene.serve(&["--all"]) else {
        return;
    };
    for (namespace, environment, upstream, text) in [
        (None, "prod", &scene.main, "One"),
        (Some("staging"), "staging", &scene.backup, "Two"),
        (Some("unknown"), "prod", &scene.main, "One"),
    ] {
        let served = &hops(&scene.world, "chat", environment)[0];
        for _ in 0..5 {
            scene.set(Mode::Serves, Mode::Serves);
            let more = match namespace {
                Some(namespace) => json!({"tensorzero::namespace": namespace}),
                None => json!({}),
            };
            let answer = call(&gateway, "support", more);
            assert_eq!(
                answer.words(),
                upstream.words(),
                "{namespace:?}: {answer:?}"
            );
            let request = &upstream.requests()[0];
            assert_eq!(request.body["model"], *served.model);
            assert_eq!(read(&request.body["messages"][0]["content"]), text);
        }
    }
}

#[test]
fn embeddings_are_asked_of_the_first_that_answers() {
    let scene = Scene::new();
    let text = "endpoint = \"embeddings\"\nmodels = [\"vectors\"]\n\
                strategy = \"fallback\"\norder = [\"first\", \"second\"]\n\
                [targets.first]\nprovider = \"main\"\nmodel = \"large\"\n\
                [targets.second]\nprovider = \"backup\"\nmodel = \"small\"\n";
    scene.world.publish("routing/vectors", text, "staging");
    let Some(gateway) = scene.serve(&["staging"]) else {
        return;
    };
    let body = json!({"model": "tensorzero::embedding_model_name::vectors", "input": "hi"});
    for (main, asked) in [(Mode::Serves, [1, 0]), (Mode::Fails(500), [1, 1])] {
        scene.set(main, Mode::Serves);
        let answer = gateway.ask("/embeddings", &body);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(scene.asked(), asked);
    }
}

#[test]
fn a_variable_that_is_not_set_is_named_before_and_by_the_gateway() {
    let scene = Scene::new();
    scene.fallback("steady", "");
    let run = scene
        .world
        .run(&["render", "staging", "--format", "tensorzero", "--check-env"]);
    assert_ne!(run.exit, 0, "{run:?}");
    run.says(&["MAIN_KEY", "BACKUP_KEY"]);
    let Some(started) = scene.start(&["staging"], &[MAIN_KEY]) else {
        return;
    };
    let Err(wrote) = started else {
        panic!("the gateway starts without a key");
    };
    assert!(wrote.contains("BACKUP_KEY"), "{wrote}");
}
