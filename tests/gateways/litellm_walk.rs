//! The walk that `envctl help gateway` describes for LiteLLM, from a `config.yaml` to a promotion that is served: its commands
//! are run as they stand there.

use std::path::Path;

use serde_json::json;

use crate::gateway::{Gateway, python_with};
use crate::litellm::MAIN_KEY;
use crate::upstream::{Mode, Upstream};
use crate::world::{Run, World};

/// What the team has before.
const CONFIG: &str = "\
model_list:
- model_name: support-chat
  litellm_params: {model: openai/large, api_base: MAIN, api_key: os.environ/MAIN_KEY, order: 1}
- model_name: support-chat
  litellm_params: {model: openai/small, api_base: BACKUP, api_key: none, order: 2}
prompts:
- prompt_id: support-router
  environment: production
  litellm_params: {prompt_integration: dotprompt, prompt_id: support-router, dotprompt_content: Be brief.}
general_settings: {master_key: os.environ/LITELLM_MASTER_KEY}
";

/// The part of the help about LiteLLM, and its commands in order.
struct Page {
    text: String,
    commands: Vec<String>,
}

impl Page {
    fn read(world: &World) -> Self {
        let page = world.done(&["help", "gateway"]).stdout;
        let (_, text) = page.split_once("\n## LiteLLM\n").unwrap();
        let text = text.split("\n## ").next().unwrap().to_owned();
        let commands = text.lines().filter_map(|line| {
            let line = line.strip_prefix("    ")?;
            let is_command = line.starts_with("envctl ") || line.starts_with("litellm ");
            is_command.then(|| line.split("  #").next().unwrap().trim().to_owned())
        });
        let commands = commands.collect();
        Self { text, commands }
    }

    /// Returns the configuration that the team keeps.
    fn config(&self) -> String {
        let (_, rest) = self.text.split_once("# config.yaml\n").unwrap();
        let lines = rest.lines().map_while(|line| line.strip_prefix("    "));
        lines.map(|line| format!("{line}\n")).collect()
    }
}

/// Runs a line of the page in the project's folder, and expects that it succeeds.
fn run(world: &World, line: &str, python: &Path) -> Run {
    let folders = [
        Path::new(env!("CARGO_BIN_EXE_envctl")).parent().unwrap(),
        python.parent().unwrap(),
        Path::new("/usr/bin"),
        Path::new("/bin"),
    ];
    let path = std::env::join_paths(folders).unwrap();
    let mut command = world.sealed("sh", &world.repo());
    command
        .args(["-c", line])
        .env("PATH", path)
        .env(MAIN_KEY.0, MAIN_KEY.1)
        .env("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        .env("LITELLM_MASTER_KEY", "sk-only-for-the-check");
    let run = Run::of(&mut command);
    assert_eq!(run.exit, 0, "{line}: {run:?}");
    run
}

/// Starts the proxy as the page does, on a free port of loopback.
fn serve(world: &World, python: &Path) -> Gateway {
    let file = world.path("repo/config.yaml");
    let home = world.path("home");
    let variables = [MAIN_KEY, ("HOME", home.to_str().unwrap())];
    let started = Gateway::litellm(python, file.to_str().unwrap(), &variables);
    started.unwrap_or_else(|wrote| panic!("the proxy does not start: {wrote}"))
}

/// Asks with the prompt, and returns which target answered, and what the model read first.
fn answered(gateway: &Gateway, upstream: &Upstream) -> (String, String) {
    upstream.set(Mode::Serves);
    let answer = gateway.chat("support-chat", json!({"prompt_id": "support-router"}));
    assert_eq!(answer.words(), upstream.words(), "{answer:?}");
    let id = answer.header("x-litellm-model-id").unwrap().to_owned();
    let body = &upstream.requests()[0].body;
    let text = body["messages"][0]["content"].as_str().unwrap().to_owned();
    (id, text)
}

#[test]
fn what_was_promoted_is_what_the_proxy_serves_after_the_documented_commands() {
    let Some(python) = python_with("litellm") else {
        return;
    };
    let world = World::empty();
    let page = Page::read(&world);
    let (main, backup) = (Upstream::start("main"), Upstream::start("backup"));
    let before = CONFIG.replace("MAIN,", &format!("'{}',", main.url()));
    let before = before.replace("BACKUP,", &format!("'{}',", backup.url()));
    world.write("config.yaml", before);
    let render = |line: &&String| line.starts_with("envctl render");
    let imported = page.commands.iter().position(|line| render(&line)).unwrap() + 1;
    let (take_over, change) = page.commands.split_at(imported);
    for line in take_over {
        run(&world, line, &python);
    }
    world.write("config.yaml", page.config());
    let gateway = serve(&world, &python);
    let (id, text) = answered(&gateway, &main);
    assert_eq!(
        (id.split('.').next(), &*text),
        (Some("support-chat"), "Be brief.")
    );
    drop(gateway);

    world.write("prompt.md", "Be kind.");
    let rule = world.read("routing/support-chat/1.toml");
    let order = rule
        .lines()
        .find(|line| line.starts_with("order = "))
        .unwrap();
    let targets: Vec<&str> = order.split('"').skip(1).step_by(2).collect();
    let turned = format!("order = [\"{}\", \"{}\"]", targets[1], targets[0]);
    world.write("rule.toml", rule.replace(order, &turned));
    let served = "litellm --config config.yaml";
    for line in change.iter().filter(|line| *line != served) {
        run(&world, line, &python);
    }
    assert!(change.iter().any(|line| line == served), "{change:?}");
    let gateway = serve(&world, &python);
    let id = format!("support-chat.{}", targets[1]);
    assert_eq!(answered(&gateway, &backup), (id, "Be kind.".to_owned()));
}
