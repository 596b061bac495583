use std::path::PathBuf;

use crate::world::{World, codes};

const FIXTURES: [&str; 3] = ["desk", "platform", "speech"];

fn fixture(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/gateways")
        .join(name);
    folder.join("gateway.toml").to_str().unwrap().to_owned()
}

fn render(world: &World, slug: &str) -> String {
    world.done(&["render", slug]).stdout
}

#[test]
fn one_command_makes_a_project_of_a_configuration() {
    for name in FIXTURES {
        let world = World::empty();
        let answer = world.json(0, &["import", &fixture(name)]);
        assert_eq!(
            (
                &answer["project_created"],
                &answer["repository_created"],
                &answer["changed"]
            ),
            (&true.into(), &true.into(), &true.into()),
            "{name}"
        );
        let mut environments: Vec<&str> = answer["moves"]
            .as_array()
            .unwrap()
            .iter()
            .map(|moved| moved["environment"].as_str().unwrap())
            .collect();
        environments.dedup();
        assert_eq!(environments, ["prod", "staging"], "{name}");
        assert_eq!(render(&world, "prod"), render(&world, "staging"), "{name}");
        assert_eq!(
            codes(&world.json(0, &["check"])),
            Vec::<String>::new(),
            "{name}"
        );
        assert_eq!(
            (
                &*world.git(&["rev-list", "--count", "HEAD"]),
                &*world.status()
            ),
            ("1", ""),
            "{name}"
        );
        world.git(&["fsck", "--strict"]);
    }
}

#[test]
fn import_render_import_is_a_fixed_point() {
    for name in FIXTURES {
        let first = World::empty();
        first.done(&["import", &fixture(name)]);
        let out = first.path("out");
        first.done(&["render", "prod", "-o", out.to_str().unwrap()]);
        let rendered = out.join("gateway.toml");
        let second = World::empty();
        let answer = second.json(0, &["import", rendered.to_str().unwrap(), "--strict"]);
        assert_eq!(
            (&answer["left_out"], &answer["adapted"]),
            (&serde_json::json!([]), &serde_json::json!([])),
            "{name}"
        );
        assert_eq!(render(&second, "prod"), render(&first, "prod"), "{name}");
        assert_eq!(
            second.git(&["rev-parse", "HEAD:routing"]),
            first.git(&["rev-parse", "HEAD:routing"]),
            "{name}"
        );
        assert_eq!(
            second.git(&["rev-parse", "HEAD:providers"]),
            first.git(&["rev-parse", "HEAD:providers"]),
            "{name}"
        );
    }
}

#[test]
fn what_was_rendered_makes_no_new_versions() {
    let world = World::empty();
    world.done(&["import", &fixture("desk")]);
    world.publish("prompts/router", "Route {{ message }}\n", "staging");
    let tidied = world
        .read("routing/classify/1.toml")
        .replace("endpoint =", "# ours\nendpoint  =");
    world.publish("routing/classify", &tidied, "staging");
    for slug in ["prod", "staging"] {
        world.write("../rendered.toml", render(&world, slug));
        for to in ["prod", "staging"] {
            let answer = world.json(0, &["import", "../rendered.toml", "--to", to, "-y", "-n"]);
            assert_eq!(answer["versions"], serde_json::json!([]), "{slug} to {to}");
            assert_eq!(
                answer["moves"].as_array().unwrap().is_empty(),
                slug == to || to == "prod" && slug == "prod"
            );
        }
        world
            .refused(0, &["import", "../rendered.toml", "--to", slug])
            .says(&["nothing to do"]);
    }
}

#[test]
fn a_configuration_is_adopted_changed_promoted_and_rendered() {
    let world = World::empty();
    world.done(&["import", &fixture("desk")]);
    world.write(
        "../next.toml",
        render(&world, "staging").replace("weight = 30", "weight = 50"),
    );
    let run = world.done(&["import", "../next.toml", "--to", "staging"]);
    assert_eq!(run.stdout, "routing/classify@2\n");
    assert_eq!(
        world.done(&["diff", "staging", "prod"]).stdout,
        "routing/classify\t1\t2\tforward\n"
    );
    world.done(&["promote", "staging", "prod", "-y"]);
    assert!(render(&world, "prod").contains("weight = 50"));
}

#[test]
fn in_a_project_the_environments_are_named() {
    let world = World::published();
    let run = world.refused(2, &["import", &fixture("desk")]);
    run.says(&["--to ENV, one or more of staging, prod"]);
    world
        .refused(2, &["import", &fixture("desk"), "--to", "prod"])
        .says(&["pass --yes"]);
    world
        .refused(1, &["import", &fixture("desk"), "--to", "stagin"])
        .says(&["did you mean `staging`?"]);
    world.done(&[
        "import",
        &fixture("speech"),
        "--to",
        "staging",
        "prod",
        "-y",
    ]);
    let empty = World::empty();
    assert_eq!(
        empty
            .run(&["import", &fixture("desk"), "--to", "prod"])
            .exit,
        2
    );
    let fresh = World::new();
    fresh
        .done(&["import", &fixture("desk")])
        .says(&["imported, 18 pointers moved"]);
}

#[test]
fn the_undo_line_brings_every_environment_back() {
    for to in [&["staging"][..], &["staging", "prod"]] {
        let world = World::published();
        let before = [render(&world, "staging"), render(&world, "prod")];
        let speech = fixture("speech");
        let answer = world.json(0, &[&["import", &speech, "-y", "--to"], to].concat());
        let undo = answer["undo"].as_str().unwrap().to_owned();
        for command in undo.split(" && ") {
            let command: Vec<&str> = command.split(' ').skip(1).chain(["-y"]).collect();
            world.done(&command);
        }
        assert_eq!(
            [render(&world, "staging"), render(&world, "prod")],
            before,
            "{undo}"
        );
        world
            .done(&[&["import", &speech, "-y", "--to"], to].concat())
            .says(&["undo: envctl undo "]);
    }
}

#[test]
fn what_does_not_map_is_listed_and_strict_refuses_it() {
    let world = World::empty();
    let run = world.run(&["import", &fixture("platform"), "--strict"]);
    assert_eq!(run.exit, 4, "{run:?}");
    run.says(&[
        "hint: server: ",
        "hint: providers.Azure_OpenAI.type: ",
        "hint: targets.old: no route uses it",
    ]);
    let answer = world.json(0, &["import", &fixture("platform")]);
    let keys = |field: &str| -> Vec<String> {
        answer[field]
            .as_array()
            .unwrap()
            .iter()
            .map(|remark| remark["key"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        keys("left_out"),
        [
            "functions.draft_reply.type",
            "functions.triage.variants.short.model",
            "functions.triage.variants.short.type",
            "observability",
            "providers.Azure_OpenAI.type",
            "routes.gpt-4.1.cache_ttl_s",
            "server",
            "targets.old"
        ]
    );
    assert!(
        keys("adapted").contains(&"defaults.retry".to_owned()),
        "{answer:#}"
    );
    let text = render(&world, "prod");
    for part in [
        "[providers.azure-openai]",
        "weight = 16",
        "weight = 3",
        "[routes.gpt-4o-mini]",
        "draft-reply-system/1.minijinja",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn what_is_wrong_is_shown_where_it_stands_and_nothing_is_made() {
    let world = World::empty();
    let text = std::fs::read_to_string(fixture("desk")).unwrap();
    let secret = "hunter2hunter2";
    for (old, new, said) in [
        (
            "strategy = \"weighted\"",
            "strategy = \"wieghted\"",
            "gateway.toml:47:12",
        ),
        ("env::OPENAI_API_KEY", secret, "literal-secret"),
        (
            "prompts/router.md",
            "../../../../etc/passwd",
            "not a path below the folder",
        ),
        ("[routes.tone]", "[routes.tone", "toml-syntax"),
    ] {
        world.write("gateway.toml", text.replace(old, new));
        let run = world.run(&["import", "gateway.toml"]);
        assert_eq!(run.exit, 4, "{run:?}");
        run.says(&[said, "gateway.toml cannot be imported"]);
        assert!(!run.stderr.contains(secret), "{run:?}");
    }
    std::fs::create_dir_all(world.repo().join("prompts")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", world.repo().join("prompts/router.md")).unwrap();
    world.write("gateway.toml", &text);
    let strict = world.run(&["import", "gateway.toml", "--strict"]);
    assert_eq!(strict.exit, 4, "{strict:?}");
    strict.says(&["hint: prompts.router.path: its file is not below"]);
    for (file, exit) in [("missing.toml", 1), ("prompts", 1)] {
        assert_eq!(world.run(&["import", file]).exit, exit, "{file}");
    }
    world.write("huge.toml", vec![b'#'; 1024 * 1024 + 1]);
    world.write("empty.toml", "");
    for file in ["huge.toml", "empty.toml"] {
        assert_eq!(world.run(&["import", file]).exit, 4, "{file}");
    }
    assert!(!world.path("repo/.git").exists(), "nothing was made");
}

#[test]
fn where_the_folders_are_taken_the_command_for_another_is_named() {
    let world = World::empty();
    world.git(&["init", "-q", "-b", "main"]);
    world.write("prompts/router.md", "Route");
    world.write("prompts/tone.txt", "Kind");
    world.write(
        "gateway.toml",
        std::fs::read_to_string(fixture("desk")).unwrap(),
    );
    world
        .refused(4, &["import", "gateway.toml"])
        .says(&["mkdir DIR && envctl -C DIR import ../gateway.toml"]);
    world.write("envs/.keep", "");
    world.done(&["-C", "envs", "import", "../gateway.toml"]);
    assert_eq!(
        world.git(&["show", "HEAD:envs/prompts/router/1.md"]),
        "Route"
    );
}

#[test]
fn a_dry_run_makes_nothing() {
    let world = World::empty();
    world
        .done(&["import", &fixture("platform"), "-n"])
        .says(&["a repository and a project would be made", "left out"]);
    assert!(!world.path("repo/.git").exists());
    let world = World::new();
    world
        .refused(0, &["import", &fixture("platform"), "-n"])
        .says(&["dry run: "]);
}

#[test]
fn what_is_refused_leaves_no_repository_behind_and_the_dry_run_says_so() {
    let world = World::empty();
    let rule = |name: &str| {
        format!(
            "[routes.{name}]\nendpoint = \"chat\"\nmodels = [\"m\"]\nstrategy = \"single\"\ntargets = [\"{name}.main\"]\n"
        )
    };
    let target =
        |name: &str| format!("[targets.\"{name}.main\"]\nprovider = \"p\"\nmodel = \"m\"\n");
    let provider = "[providers.p]\nbase_url = \"https://example.org\"\nmodels = [\"m\"]\n";
    world.write(
        "twice.toml",
        [
            provider,
            &rule("one"),
            &rule("two"),
            &target("one"),
            &target("two"),
        ]
        .concat(),
    );
    for more in ["-n", "-y"] {
        let answer = world.json(4, &["import", "twice.toml", more]);
        assert!(codes(&answer).contains(&"coherence"), "{answer:#}");
        assert!(!world.repo().join(".git").exists(), "{more}");
    }
}
