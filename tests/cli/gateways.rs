//! Configurations in the formats of gateways that teams run: rendered, and imported.

use std::fs;

use serde_json::json;

use crate::render::served;
use crate::world::{Run, World};

const MODEL: &str = "\n[models.gpt-5]\nrouting = [\"main\"]\n";
const TENSORZERO: [&str; 3] = ["render", "--format", "tensorzero"];

/// Renders in the format of TensorZero.
fn render(world: &World, arguments: &[&str]) -> Run {
    world.done(&[&TENSORZERO, arguments].concat())
}

#[test]
fn a_gateway_gets_its_own_format() {
    let world = served();
    let run = render(&world, &["staging"]);
    assert!(run.stdout.contains(MODEL), "{}", run.stdout);
    run.says(&["warning: prompts/router: it belongs to no function"]);
    let folder = world.path("out");
    render(&world, &["staging", "-o", folder.to_str().unwrap()]);
    let text = fs::read_to_string(folder.join("tensorzero.toml")).unwrap();
    assert_eq!(text, run.stdout);
    let manifest = fs::read_to_string(folder.join("manifest.json")).unwrap();
    assert!(
        manifest.contains("\"configuration\": \"tensorzero.toml\""),
        "{manifest}"
    );
    assert!(folder.join("prompts/router/2.md").is_file());
    let answer = world.json(0, &[&TENSORZERO[..], &["staging"]].concat());
    assert_eq!(answer["losses"][0]["about"], "prompts/router");
}

#[test]
fn a_loss_is_refused_by_strict_and_what_cannot_be_said_always() {
    let world = served();
    let strict = [&TENSORZERO[..], &["staging", "--strict"]].concat();
    world.refused(4, &strict).says(&["hint: prompts/router:"]);
    assert_eq!(world.json(4, &strict)["error"]["code"], "lossy");
    let route = world
        .read("routing/primary/1.toml")
        .replace("\"gpt-5\"]", "\"gpt-*\"]");
    world.publish("routing/primary", &route, "staging");
    let arguments = [&TENSORZERO[..], &["staging"]].concat();
    world
        .refused(4, &arguments)
        .says(&["routing/primary: `models.0`"]);
    let answer = world.json(4, &arguments);
    assert_eq!(answer["error"]["code"], "inexpressible");
    assert_eq!(answer["inexpressible"][0]["about"], "routing/primary");
}

#[test]
fn variables_that_a_gateway_needs_are_looked_for() {
    let world = served();
    let arguments = ["render", "staging", "--check-env"];
    let run = |value: Option<&str>| {
        let mut command = world.program(&world.repo());
        command.args(arguments);
        if let Some(value) = value {
            command.env("OPENAI_API_KEY", value);
        }
        Run::of(&mut command)
    };
    for value in [None, Some("")] {
        let run = run(value);
        assert_eq!((run.exit, run.stdout.as_str()), (4, ""));
        run.says(&["1 of the 1 variable needed not set: OPENAI_API_KEY"]);
    }
    let answer = world.json(4, &arguments);
    assert_eq!(
        answer["environment_variables"],
        json!([{ "name": "OPENAI_API_KEY", "set": false }])
    );
    let run = run(Some("hunter2hunter2"));
    assert_eq!(run.exit, 0, "{run:?}");
    run.says(&["1 variable needed, all set: OPENAI_API_KEY"]);
    assert!(!format!("{run:?}").contains("hunter2"), "{run:?}");
}

#[test]
fn all_environments_get_a_folder_each() {
    let world = served();
    world.refused(2, &["render", "--all"]).says(&["-o DIR"]);
    let folder = world.path("all");
    let arguments = ["render", "--all", "-o", folder.to_str().unwrap()];
    world.done(&arguments);
    for slug in ["prod", "staging"] {
        let text = fs::read_to_string(folder.join(slug).join("gateway.toml")).unwrap();
        assert_eq!(text, world.done(&["render", slug]).stdout);
    }
    let answer = world.json(0, &arguments);
    assert_eq!(answer["environments"][0]["output"]["changed"], false);
    fs::rename(folder.join("staging"), folder.join("gone")).unwrap();
    world
        .done(&arguments)
        .says(&["gone is left of an environment that is gone"]);
    world.refused(2, &["render", "prod", "--all"]);
    world.refused(2, &["render"]);
}

#[test]
fn all_environments_are_namespaces_of_one_configuration() {
    let world = served();
    let all = [&TENSORZERO[..], &["--all"]].concat();
    let run = world.done(&all);
    assert!(run.stdout.contains("[models.primary-1]"), "{}", run.stdout);
    run.says(&["staging: the function `gpt-5`, which the fallback prod does not serve"]);
    world.done(&["promote", "staging", "prod", "-y"]);
    let route = world
        .read("routing/primary/1.toml")
        .replace("\"gpt-5\"\n", "\"gpt-5-mini\"\n");
    world.publish("routing/primary", &route, "staging");
    let folder = world.path("out");
    let folder = folder.to_str().unwrap();
    world.done(&[&all[..], &["-o", folder]].concat());
    let text = fs::read_to_string(world.path("out/tensorzero.toml")).unwrap();
    assert!(
        text.contains("[functions.gpt-5.experimentation.namespaces.staging]\ntype = \"static\"\ncandidate_variants = { primary-2 = 1.0 }"),
        "{text}"
    );
}

#[test]
fn templates_that_are_absent_are_left_out() {
    let world = World::empty();
    let function = |name: &str| {
        format!(
            "[functions.{name}]\ntype = \"chat\"\n[functions.{name}.variants.v]\ntype = \"chat_completion\"\n\
             model = \"openai::gpt-4o\"\nsystem_template = \"t/{name}.md\"\n"
        )
    };
    let text = function("f") + &function("g");
    fs::create_dir_all(world.path("conf/t")).unwrap();
    fs::write(world.path("conf/tensorzero.toml"), text).unwrap();
    fs::write(world.path("conf/t/f.md"), "Hi\n").unwrap();
    let file = world.path("conf/tensorzero.toml");
    let import = ["import", file.to_str().unwrap()];
    let strict = world.run(&[&import[..], &["--strict"]].concat());
    assert_eq!(strict.exit, 4, "{strict:?}");
    strict.says(&["functions.g.variants.v.system_template: its file is not below"]);
    let answer = world.json(0, &[&import[..], &["--from", "tensorzero"]].concat());
    let keys = answer["left_out"].as_array().unwrap().iter();
    let keys: Vec<_> = keys.map(|it| it["key"].as_str().unwrap()).collect();
    assert!(
        keys.contains(&"functions.g.variants.v.system_template"),
        "{keys:?}"
    );
    assert!(
        world
            .read("routing/f/1.toml")
            .contains("prompts = [\"f\"]\n")
    );
    world
        .refused(2, &[&import[..], &["--from", "portkey"]].concat())
        .says(&["tensorzero"]);
}
