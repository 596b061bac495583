//! LiteLLM's proxy. It takes long to start, so it is started once with a rule for each cell of the table of agreement, and the
//! tests take turns.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::gateway::{Gateway, python_with};
use crate::http::Response;
use crate::project::{Hop, hops, hops_at, provider};
use crate::upstream::{Mode, Upstream, closed};
use crate::world::World;

/// What the team's own file says: how often a request is repeated and how long a target rests are the team's.
pub const OWN: &str = "\
include: [served/litellm.yaml]
general_settings: {master_key: os.environ/LITELLM_MASTER_KEY}
router_settings: {num_retries: 0, disable_cooldowns: true}
";
pub const MAIN_KEY: (&str, &str) = ("MAIN_KEY", "key-of-main");
const BACKUP_KEY: (&str, &str) = ("BACKUP_KEY", "key-of-backup");
/// LiteLLM takes this one for whatever has none of its own.
const OTHER_KEY: (&str, &str) = ("OPENAI_API_KEY", "key-of-nobody");
/// The header that says which entry answered.
const ANSWERED: &str = "x-litellm-model-id";

/// A project, the providers that it names, and the proxy that serves it.
struct Scene {
    world: World,
    main: Upstream,
    backup: Upstream,
    gateway: Gateway,
}

static SCENE: LazyLock<Option<Mutex<Scene>>> = LazyLock::new(|| Scene::start().map(Mutex::new));

/// Returns the scene for one test; `None` where LiteLLM is missing.
fn scene() -> Option<MutexGuard<'static, Scene>> {
    python_with("litellm")?;
    let scene = SCENE.as_ref()?.lock();
    let scene = scene.unwrap_or_else(PoisonError::into_inner);
    scene.set(Mode::Serves, Mode::Serves);
    Some(scene)
}

const SINGLE: &str =
    "strategy = \"single\"\n[targets.only]\nprovider = \"main\"\nmodel = \"large\"\n";
const FALLBACK: &str = "strategy = \"fallback\"\norder = [\"first\", \"second\"]\n\
    [targets.first]\nprovider = \"main\"\nmodel = \"large\"\ntimeout_ms = 500\n\
    [targets.second]\nprovider = \"backup\"\nmodel = \"small\"\n";

fn split(strategy: &str, weight: u32) -> String {
    format!(
        "strategy = \"{strategy}\"\n\
         [targets.a]\nprovider = \"main\"\nmodel = \"large\"\nweight = {weight}\n\
         [targets.b]\nprovider = \"backup\"\nmodel = \"small\"\nweight = 3\n"
    )
}

impl Scene {
    fn start() -> Option<Self> {
        let python = python_with("litellm")?;
        let world = World::new();
        let (main, backup) = (Upstream::start("main"), Upstream::start("backup"));
        let credential = |(key, _): (&str, &str)| format!("credential = \"env::{key}\"\n");
        let header = "auth_type = \"api_key_header\"\nauth_header_name = \"x-my-key\"\n";
        for (name, url, more) in [
            ("main", main.url(), credential(MAIN_KEY)),
            ("backup", backup.url(), credential(BACKUP_KEY)),
            ("open", main.url(), String::new()),
            ("gone", closed(), String::new()),
            ("header", main.url(), credential(MAIN_KEY) + header),
        ] {
            let models = ["large", "small"];
            provider(&world, name, &url, &models, &more, "staging");
        }
        let publish = |endpoint: &str, name: &str, models: &[&str], text: &str| {
            let text = format!("endpoint = \"{endpoint}\"\nmodels = {models:?}\n{text}");
            world.publish(&format!("routing/{name}"), &text, "staging");
        };
        let by = |provider: &str| SINGLE.replace("\"main\"", &format!("\"{provider}\""));
        let rules = [
            ("solo", by("backup")),
            ("open", by("open")),
            ("header", by("header")),
            ("steady", FALLBACK.to_owned()),
            ("unlucky", FALLBACK.replace("\"main\"", "\"gone\"")),
            (
                "outer",
                FALLBACK.replace(
                    "provider = \"backup\"\nmodel = \"small\"",
                    "rule = \"solo\"",
                ),
            ),
            ("weighted", split("weighted", 7)),
            ("experiment", split("experiment", 7)),
            ("drained", split("weighted", 0)),
            ("once", SINGLE.to_owned()),
            ("twice", format!("retry = {{ max_retries = 1 }}\n{SINGLE}")),
            (
                "again",
                format!("retry = {{ max_retries = 1 }}\n{FALLBACK}"),
            ),
            (
                "warm",
                format!("{SINGLE}params = {{ temperature = 0.25, stop = [\"END\"] }}\n"),
            ),
        ];
        for (name, text) in &rules {
            publish("chat", name, &[name], text);
        }
        publish("chat", "several", &["one-name", "another-name"], SINGLE);
        publish("chat", "wild", &["wild-*"], SINGLE);
        for (endpoint, name) in [
            ("embeddings", "vectors"),
            ("audio_speech", "voice"),
            ("audio_transcription", "ears"),
            ("image_generation", "pictures"),
        ] {
            publish(endpoint, name, &[name], &by("backup"));
        }
        world.publish("prompts/support", "You help {{ who }}.\n", "staging");
        std::fs::create_dir_all(world.path("gateway")).unwrap();
        std::fs::write(world.path("gateway/config.yaml"), OWN).unwrap();
        let folder = world.path("gateway/served");
        let folder = folder.to_str().unwrap();
        world.done(&["render", "staging", "--format", "litellm", "-o", folder]);
        let gateway = serve(&world, &python);
        Some(Self {
            world,
            main,
            backup,
            gateway,
        })
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

    fn ask(&self, model: &str) -> Response {
        self.gateway.chat(model, json!({}))
    }

    fn hops(&self, model: &str) -> Vec<Hop> {
        hops(&self.world, model, "staging")
    }

    /// Checks that `answer` came from the target `hop` of `rule`.
    fn came_from(&self, answer: &Response, rule: &str, hop: &Hop) {
        assert_eq!(answer.status, 200, "{rule}: {answer:?}");
        let id = format!("{rule}.{}", hop.target);
        assert_eq!(answer.header(ANSWERED), Some(&*id), "{answer:?}");
        let upstream = match hop.base_url == self.main.url() {
            true => &self.main,
            false => &self.backup,
        };
        assert_eq!(hop.base_url, upstream.url(), "{rule}");
        let asked = upstream.requests();
        let body = &asked.last().unwrap().body;
        assert!(
            body.is_null() || body["model"] == *hop.model,
            "{rule}: {body}"
        );
    }
}

/// Starts the proxy with the team's file, which includes what was rendered.
pub fn serve(world: &World, python: &std::path::Path) -> Gateway {
    let home = world.path("gateway");
    let file = world.path("gateway/config.yaml");
    let variables = [
        MAIN_KEY,
        BACKUP_KEY,
        OTHER_KEY,
        ("HOME", home.to_str().unwrap()),
    ];
    Gateway::litellm(python, file.to_str().unwrap(), &variables)
        .unwrap_or_else(|wrote| panic!("the proxy refuses what was rendered: {wrote}"))
}

#[test]
fn the_first_target_answers_with_its_model_and_key() {
    let Some(scene) = scene() else { return };
    for (rule, header, expected) in [
        ("solo", "authorization", "Bearer key-of-backup"),
        ("steady", "authorization", "Bearer key-of-main"),
        ("header", "x-my-key", "key-of-main"),
        // Not the key that LiteLLM finds in its environment.
        ("open", "authorization", "Bearer none"),
    ] {
        scene.set(Mode::Serves, Mode::Serves);
        let answer = scene.ask(rule);
        scene.came_from(&answer, rule, &scene.hops(rule)[0]);
        let requests = [scene.main.requests(), scene.backup.requests()].concat();
        assert_eq!(requests.len(), 1, "{rule}");
        assert_eq!(requests[0].header(header), Some(expected), "{rule}");
    }
}

#[test]
fn a_fallback_moves_on_at_each_kind_of_failure() {
    let Some(scene) = scene() else { return };
    let second = &scene.hops("steady")[1];
    let failures = [500, 503, 429, 401, 403, 400, 404].map(Mode::Fails);
    let late = Mode::Waits(Duration::from_secs(2));
    for failure in failures.into_iter().chain([late]) {
        scene.set(failure, Mode::Serves);
        let answer = scene.ask("steady");
        assert_eq!(answer.status, 200, "{failure:?}: {answer:?}");
        scene.came_from(&answer, "steady", second);
        assert_eq!(scene.asked(), [1, 1], "{failure:?}");
    }
    // Where both fail, each was asked once and the caller gets an error.
    scene.set(Mode::Fails(500), Mode::Fails(500));
    assert!(scene.ask("steady").status >= 400);
    assert_eq!(scene.asked(), [1, 1]);
    // The port is closed.
    scene.set(Mode::Serves, Mode::Serves);
    let answer = scene.ask("unlucky");
    scene.came_from(&answer, "unlucky", &scene.hops("unlucky")[1]);
    assert_eq!(scene.asked(), [0, 1]);
}

#[test]
fn a_rule_as_a_target_is_tried_in_its_place() {
    let Some(scene) = scene() else { return };
    let hops = scene.hops("outer");
    assert_eq!(hops[1].target, "second.only");
    scene.set(Mode::Fails(500), Mode::Serves);
    scene.came_from(&scene.ask("outer"), "outer", &hops[1]);
    assert_eq!(scene.asked(), [1, 1]);
}

#[test]
fn weights_are_shares_of_the_requests_and_a_drained_target_has_none() {
    const ASKED: u32 = 120;
    let Some(scene) = scene() else { return };
    for (rule, asked) in [("weighted", ASKED), ("experiment", ASKED), ("drained", 20)] {
        scene.set(Mode::Serves, Mode::Serves);
        for _ in 0..asked {
            let answer = scene.ask(rule);
            assert_eq!(answer.status, 200, "{rule}: {answer:?}");
        }
        let hops = scene.hops(rule);
        for (upstream, found) in [&scene.main, &scene.backup].into_iter().zip(scene.asked()) {
            let hop = hops.iter().find(|hop| hop.base_url == upstream.url());
            let share = hop.and_then(|hop| hop.percent).unwrap_or(0.0) / 100.0;
            let expected = share * f64::from(asked);
            // Five standard deviations: luck fails this once in a million runs.
            let slack = 5.0 * (expected * (1.0 - share)).sqrt();
            let found = f64::from(u32::try_from(found).unwrap());
            assert!(
                (found - expected).abs() <= slack,
                "{rule}: {found} of {asked}, and {hops:?}"
            );
        }
    }
    // What was chosen by weight is all that is asked.
    scene.set(Mode::Serves, Mode::Fails(500));
    assert!(scene.ask("drained").status >= 400);
    assert_eq!(scene.asked(), [0, 1]);
}

#[test]
fn a_request_is_tried_again_as_often_as_the_rule_says() {
    let Some(scene) = scene() else { return };
    for (rule, main, status, asked) in [
        ("once", Mode::FailsFirst(500, 1), 500, [1, 0]),
        ("twice", Mode::FailsFirst(500, 1), 200, [2, 0]),
        // No more often than that.
        ("twice", Mode::Fails(500), 500, [2, 0]),
    ] {
        scene.set(main, Mode::Serves);
        let answer = scene.ask(rule);
        assert_eq!(
            (answer.status, scene.asked()),
            (status, asked),
            "{rule}: {answer:?}"
        );
    }
    scene.set(Mode::Fails(500), Mode::Serves);
    scene.came_from(&scene.ask("again"), "again", &scene.hops("again")[1]);
}

#[test]
fn parameters_reach_the_provider() {
    let Some(scene) = scene() else { return };
    scene.came_from(&scene.ask("warm"), "warm", &scene.hops("warm")[0]);
    let body = &scene.main.requests()[0].body;
    assert_eq!(
        (&body["temperature"], &body["stop"]),
        (&json!(0.25), &json!(["END"]))
    );
}

#[test]
fn each_name_of_a_rule_is_answered_and_a_pattern_answers_for_what_it_matches() {
    let Some(scene) = scene() else { return };
    for (model, id) in [
        ("one-name", "several.only"),
        ("another-name", "several.only:2"),
        ("wild-thing", "wild.only"),
    ] {
        let answer = scene.ask(model);
        assert_eq!(answer.words(), scene.main.words(), "{model}: {answer:?}");
        assert_eq!(answer.header(ANSWERED), Some(id), "{model}");
        assert_eq!(scene.hops(model)[0].target, "only");
        assert_eq!(scene.main.requests().last().unwrap().body["model"], "large");
    }
    assert!(scene.ask("unheard-of").status >= 400);
}

#[test]
fn every_endpoint_is_answered_by_its_rule() {
    let Some(scene) = scene() else { return };
    let form = "--x\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nears\r\n\
        --x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\ncontent-type: audio/wav\r\n\r\nRIFF\r\n--x--\r\n";
    for (endpoint, rule, path, body) in [
        (
            "embeddings",
            "vectors",
            "/embeddings",
            json!({"model": "vectors", "input": "hi"}),
        ),
        (
            "audio_speech",
            "voice",
            "/audio/speech",
            json!({"model": "voice", "input": "hi", "voice": "alloy"}),
        ),
        (
            "audio_transcription",
            "ears",
            "/audio/transcriptions",
            Value::Null,
        ),
        (
            "image_generation",
            "pictures",
            "/images/generations",
            json!({"model": "pictures", "prompt": "a cat"}),
        ),
    ] {
        scene.set(Mode::Serves, Mode::Serves);
        let answer = match body {
            Value::Null => scene
                .gateway
                .send(path, ("multipart/form-data; boundary=x", form)),
            body => scene.gateway.ask(path, &body),
        };
        scene.came_from(
            &answer,
            rule,
            &hops_at(&scene.world, endpoint, rule, "staging")[0],
        );
        assert_eq!(scene.backup.requests()[0].path, format!("/v1{path}"));
    }
}

#[test]
fn the_prompt_that_is_live_is_what_the_model_reads() {
    let Some(scene) = scene() else { return };
    let more = json!({"prompt_id": "support", "prompt_variables": {"who": "Ada"}});
    let answer = scene.gateway.chat("once", more);
    scene.came_from(&answer, "once", &scene.hops("once")[0]);
    let body = &scene.main.requests()[0].body;
    assert_eq!(body["messages"][0]["content"], "You help Ada.", "{body}");
}
