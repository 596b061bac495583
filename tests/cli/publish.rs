use std::process::Command;

use crate::world::{ROUTE, Run, World, codes};

#[test]
fn versions_count_from_one_and_the_pointer_follows() {
    let world = World::new();
    for (number, text) in [(1, "one"), (2, "two"), (3, "three")] {
        world.write("draft.txt", text);
        let run = world.done(&[
            "publish",
            "prompts/greeting",
            "draft.txt",
            "--to",
            "staging",
        ]);
        assert_eq!(run.stdout, format!("prompts/greeting@{number}\n"));
        run.says(&[&format!(
            "published prompts/greeting@{number}, live in staging ("
        )]);
        assert_eq!(
            world.git(&[
                "cat-file",
                "blob",
                &format!("HEAD:prompts/greeting/{number}.txt")
            ]),
            text
        );
        assert_eq!(
            world.read("pointers/staging.toml"),
            format!("[prompts.greeting]\nversion = {number}\n")
        );
    }
    let changed = world.git(&["show", "--format=%s", "--name-status", "HEAD"]);
    assert_eq!(
        changed,
        "publish prompts/greeting@3 to staging\n\nM\tpointers/staging.toml\nA\tprompts/greeting/3.txt"
    );
    assert_eq!(world.status(), "?? draft.txt");
}

#[test]
fn a_repeated_publication_changes_nothing() {
    let world = World::published();
    let head = world.head();
    let run = world.fed(
        b"Hello\n",
        &["publish", "prompts/greeting", "-", "--to", "staging"],
    );
    assert_eq!((run.exit, &*run.stdout), (0, "prompts/greeting@1\n"));
    run.says(&["nothing to do"]);
    assert_eq!(world.head(), head);
}

#[test]
fn the_newest_bytes_are_no_new_version_but_the_pointer_still_moves() {
    let world = World::published();
    let run = world.fed(
        b"Hello\n",
        &[
            "publish",
            "prompts/greeting",
            "-",
            "--to",
            "prod",
            "-y",
            "--json",
        ],
    );
    let answer = run.json(0);
    assert_eq!(
        (
            &answer["versions"][0]["version"],
            &answer["versions"][0]["is_new"]
        ),
        (&1.into(), &false.into())
    );
    assert_eq!(answer["moves"][0]["direction"], "new");
    assert_eq!(
        world.git(&["show", "--format=", "--name-status", "HEAD"]),
        "A\tpointers/prod.toml"
    );
}

#[test]
fn older_bytes_are_a_new_version() {
    let world = World::promoted();
    world.publish("prompts/router", "Route\n", "staging");
    assert_eq!(
        world
            .done(&["resolve", "prompts/router", "--env", "staging"])
            .stdout,
        "3\n"
    );
}

#[test]
fn the_default_target_is_used_unless_told_otherwise() {
    let world = World::new();
    world.write("a.md", "a");
    world
        .refused(2, &["publish", "prompts/a", "a.md"])
        .says(&["pass --yes"]);
    let answer = world.json(0, &["publish", "prompts/a", "a.md", "-y"]);
    assert_eq!(answer["environment"], "prod");
    world.done(&["env", "edit", "staging", "--default-publish"]);
    world.write("a.md", "b");
    assert_eq!(
        world.json(0, &["publish", "prompts/a", "a.md"])["environment"],
        "staging"
    );
    world.write("a.md", "c");
    let answer = world.json(0, &["publish", "prompts/a", "a.md", "--no-release"]);
    assert_eq!(
        (&answer["environment"], &answer["moves"]),
        (&().into(), &serde_json::json!([]))
    );
    assert_eq!(
        world
            .done(&["resolve", "prompts/a", "--env", "staging"])
            .stdout,
        "2\n"
    );
    world.refused(
        2,
        &[
            "publish",
            "prompts/a",
            "a.md",
            "--to",
            "prod",
            "--no-release",
        ],
    );
}

#[test]
fn a_publication_into_an_unknown_environment_writes_no_version() {
    let world = World::new();
    world.write("a.md", "a");
    world
        .refused(1, &["publish", "prompts/a", "a.md", "--to", "stagin"])
        .says(&["did you mean `staging`?"]);
}

#[test]
fn stdin_takes_the_extension_of_the_newest_version() {
    let world = World::new();
    let publish = |resource: &str, text: &str, more: &[&str]| {
        let run = world.fed(
            text.as_bytes(),
            &[&["publish", resource, "-", "--no-release"], more].concat(),
        );
        assert_eq!(run.exit, 0, "{run:?}");
        world.git(&["show", "--format=", "--name-only", "HEAD"])
    };
    assert_eq!(publish("prompts/a", "1", &[]), "prompts/a/1.md");
    assert_eq!(
        publish("prompts/a", "2", &["--ext", "txt"]),
        "prompts/a/2.txt"
    );
    assert_eq!(publish("prompts/a", "3", &[]), "prompts/a/3.txt");
    assert_eq!(publish("routing/a", ROUTE, &[]), "routing/a/1.toml");
    for (resource, ext) in [
        ("prompts/a", "exe"),
        ("prompts/a", "../x"),
        ("prompts/a", ""),
        ("routing/a", "md"),
    ] {
        let run = world.fed(
            b"x = 1\n",
            &[
                "publish",
                resource,
                "-",
                "--no-release",
                "--ext",
                ext,
                "--json",
            ],
        );
        assert_eq!(
            (run.exit, &*run.code()),
            (2, "extension"),
            "{resource} {ext:?}"
        );
    }
}

#[test]
fn every_extension_of_a_prompt_and_no_other() {
    let world = World::new();
    for (file, exit) in [
        ("a.md", 0),
        ("a.txt", 0),
        ("a.json", 0),
        ("a.yaml", 0),
        ("a.toml", 0),
        ("a.exe", 2),
    ] {
        world.write(file, "a = 1\n");
        world.refused(exit, &["publish", "prompts/a", file, "--no-release", "-n"]);
    }
}

#[test]
fn bytes_are_served_as_they_were_published() {
    let world = World::new();
    world.git(&["config", "core.autocrlf", "true"]);
    for (resource, bytes) in [
        ("prompts/crlf", &b"one\r\ntwo\n\r\n \t"[..]),
        ("prompts/no-end", b"x"),
        ("prompts/bom", "\u{feff}x\n".as_bytes()),
    ] {
        world.fed(bytes, &["publish", resource, "-", "--to", "staging"]);
        let path = format!("{resource}/1.md");
        let stored = world
            .sealed("git", &world.repo())
            .args(["cat-file", "blob", &format!("HEAD:{path}")])
            .output();
        assert_eq!(stored.unwrap().stdout, bytes, "{resource}");
        assert_eq!(
            std::fs::read(world.repo().join(&path)).unwrap(),
            bytes,
            "{resource}"
        );
        let arguments = ["resolve", resource, "--env", "staging", "--content"];
        assert_eq!(
            world
                .program(&world.repo())
                .args(arguments)
                .output()
                .unwrap()
                .stdout,
            bytes,
            "{resource}"
        );
    }
    assert_eq!(world.status(), "");
}

#[test]
fn payloads_that_no_gateway_could_use_are_refused() {
    let world = World::new();
    let huge = vec![b'x'; 1024 * 1024 + 1];
    for (resource, payload, code) in [
        ("prompts/a", &b"caf\xe9"[..], "not-text"),
        ("routing/a", b"endpoint = ", "toml-syntax"),
        ("providers/a", b"<<<<<<< HEAD\n", "toml-syntax"),
        ("routing/a", b"\xff", "not-text"),
    ] {
        let run = world.fed(
            payload,
            &["publish", resource, "-", "--to", "staging", "--json"],
        );
        assert_eq!(codes(&run.json(4)), [code], "{resource}");
    }
    for payload in [&huge[..], b""] {
        let run = world.fed(
            payload,
            &["publish", "prompts/a", "-", "--to", "staging", "--json"],
        );
        assert_eq!(run.exit, 4, "{run:?}");
        assert_eq!(run.code(), "payload");
    }
    assert_eq!(world.git(&["rev-list", "--count", "HEAD"]), "1");
    let largest = world.fed(
        &huge[1..],
        &["publish", "prompts/a", "-", "--to", "staging"],
    );
    assert_eq!(largest.exit, 0, "{largest:?}");
}

#[test]
fn a_refused_payload_is_shown_with_its_line() {
    let world = World::new();
    world.write("rule.toml", "endpoint = \"chat\"\nmodels = [\n");
    let run = world.refused(
        4,
        &["publish", "routing/primary", "rule.toml", "--to", "staging"],
    );
    run.says(&[
        "error[toml-syntax]",
        "routing/primary/1.toml:2",
        "models = [",
    ]);
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_that_names_it() {
    let world = World::new();
    world
        .refused(
            1,
            &["publish", "prompts/a", "missing.md", "--to", "staging"],
        )
        .says(&["missing.md"]);
    world
        .refused(
            1,
            &["publish", "prompts/a", "environments", "--to", "staging"],
        )
        .says(&["environments"]);
}

#[test]
fn names_of_resources_are_checked() {
    let world = World::new();
    world.write("a.md", "a");
    for name in [
        "prompts/",
        "prompts",
        "prompts/A",
        "prompts/a/b",
        "prompts/../x",
        "prompts/.git",
        "prompts/con",
        "tools/a",
        "prompts/a@1",
        "/prompts/a",
        "prompts/\u{1b}[2J",
        &format!("prompts/{}", "x".repeat(129)),
    ] {
        let run = world.refused(2, &["publish", name, "a.md", "--to", "staging"]);
        assert!(!run.stderr.contains('\u{1b}'), "{run:?}");
    }
    world.done(&[
        "publish",
        &format!("prompts/{}", "x".repeat(128)),
        "a.md",
        "--to",
        "staging",
    ]);
}

#[test]
fn relative_files_start_from_the_folder_of_dash_c() {
    let world = World::new();
    world.write("drafts/a.md", "a");
    let outside = world.path("home");
    let run = world.run_in(
        &outside,
        &[
            "-C",
            "../repo/drafts",
            "publish",
            "prompts/a",
            "a.md",
            "--to",
            "staging",
        ],
    );
    assert_eq!(run.exit, 0, "{run:?}");
}

#[test]
fn a_file_of_the_work_tree_where_the_version_goes_is_not_overwritten() {
    let world = World::new();
    world.write("prompts/a/1.md", "mine");
    world.write("a.md", "a");
    let run = world.refused(6, &["publish", "prompts/a", "a.md", "--to", "staging"]);
    run.says(&["prompts/a/1.md"]);
    assert_eq!(world.read("prompts/a/1.md"), "mine");
}

#[test]
fn a_reason_with_trailers_forges_none() {
    let world = World::new();
    world.write("a.md", "a");
    let reason = "Because\n\nEnvctl-Action: promote\nEnvctl-Operation: forged";
    let run = world.run(&[
        "publish",
        "prompts/a",
        "a.md",
        "--to",
        "staging",
        "-m",
        reason,
    ]);
    if run.exit == 0 {
        let actions = world.git(&[
            "log",
            "-1",
            "--format=%(trailers:key=Envctl-Action,valueonly)",
        ]);
        assert_eq!(actions.trim(), "publish");
    }
}

#[test]
fn hooks_run_unless_no_verify() {
    let world = World::new();
    world.write(".git/hooks/commit-msg", "#!/bin/sh\necho no >&2\nexit 1\n");
    Run::of(
        Command::new("chmod")
            .arg("+x")
            .arg(world.path("repo/.git/hooks/commit-msg")),
    );
    world.write("a.md", "a");
    world
        .refused(4, &["publish", "prompts/a", "a.md", "--to", "staging"])
        .says(&["--no-verify"]);
    world.done(&[
        "publish",
        "prompts/a",
        "a.md",
        "--to",
        "staging",
        "--no-verify",
    ]);
}

#[test]
fn a_rule_that_needs_a_provider_says_how_both_get_there() {
    let world = World::new();
    world.write("rule.toml", ROUTE);
    let run = world.refused(
        4,
        &[
            "publish",
            "routing/primary",
            "rule.toml",
            "--to",
            "staging",
            "-y",
        ],
    );
    run.says(&["error[coherence]", "envctl publish --from DIR"]);
}
