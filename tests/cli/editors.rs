//! The editors and formatters that people have: what they make of a project's files, and what they leave alone.

use std::path::Path;

use serde_json::json;

use crate::tools;
use crate::world::{Run, World};

/// A version as nobody's formatter would write it.
const UNTIDY: &str =
    "base_url = 'https://api.example.com/v1'\nmodels = [\n      \"m\" ]\ncredential=\"env::KEY\"";

fn tool(world: &World, program: &Path, folder: &Path, arguments: &[&str]) -> Run {
    Run::of(world.sealed(program, folder).args(arguments))
}

/// A project with settings for editors, and versions that a formatter would change.
fn project() -> World {
    let world = World::published();
    world.write("a.toml", UNTIDY);
    world.done(&["publish", "providers/a", "a.toml", "--no-release"]);
    world.publish("prompts/untidy", "* a\n* b\n\n\n\nno end", "staging");
    std::fs::remove_file(world.repo().join("a.toml")).unwrap();
    world.done(&["env", "create", "qa", "--color", "#aabbcc"]);
    world.done(&[
        "policy",
        "set",
        "qa",
        "min_dwell=24h",
        "prompts.no_rollback=true",
    ]);
    world.done(&[
        "access",
        "grant",
        "ana@example.org",
        "owner",
        "--name",
        "ana",
    ]);
    world.done(&["init", "--editor"]);
    world.commit_all("editor settings");
    world
}

#[test]
fn schemas_of_files_are_understood_by_taplo_and_tombi() {
    let Some([taplo, tombi]) = tools::programs(["taplo", "tombi"]) else {
        return;
    };
    let world = project();
    let taplo = || tool(&world, &taplo, &world.repo(), &["check"]);
    let tombi = || tool(&world, &tombi, &world.repo(), &["lint", "--offline", "."]);
    for run in [taplo(), tombi()] {
        assert_eq!(run.exit, 0, "{run:?}");
    }
    for (file, old, new) in [
        ("envctl.toml", "schema = 1", "schema = \"one\""),
        ("envctl.toml", "default_publish", "default_publsh"),
        (
            "environments/qa.toml",
            "min_dwell = \"24h\"",
            "min_dwell = 24",
        ),
        ("environments/qa.toml", "no_rollback", "no_rolback"),
        ("pointers/staging.toml", "version = 1", "version = 0"),
        ("pointers/staging.toml", "version = 1", "release = 1"),
        ("access.toml", "\"owner\"", "1"),
    ] {
        world.replace(file, old, new);
        for run in [taplo(), tombi()] {
            assert_ne!(run.exit, 0, "{file} with {new}: {run:?}");
        }
        world.git(&["checkout", "-q", "--", "."]);
    }
    // A provider's file is excluded from formatting with taplo, and so from its schema, too.
    world.write("providers/a/2.toml", "base_url = 1\nmodels = []\n");
    assert_ne!(tombi().exit, 0);
}

#[test]
fn formatters_leave_a_project_as_it_is() {
    let names = ["taplo", "tombi", "prettier", "end-of-file-fixer"];
    let Some([taplo, tombi, prettier, fixer]) = tools::programs(names) else {
        return;
    };
    let format = |world: &World, folder: &Path, versions: bool| {
        for (program, arguments) in [
            (&taplo, &["fmt"] as &[&str]),
            (&tombi, &["format", "--offline", "."]),
            (&prettier, &["--write", "."]),
        ] {
            let formatted = tool(world, program, folder, arguments);
            assert_eq!(formatted.exit, 0, "{formatted:?}");
        }
        let files = world.git_in(folder, &["ls-files"]);
        let is_version = |file: &str| {
            ["prompts/", "routing/", "providers/"]
                .iter()
                .any(|folder| file.starts_with(folder))
        };
        // It has no settings but the `exclude` of the hook: `envctl help files` has that.
        let files: Vec<&str> = files
            .lines()
            .filter(|file| versions || !is_version(file))
            .collect();
        tool(world, &fixer, folder, &files);
        let changed = world.git_in(folder, &["status", "--porcelain"]);
        assert_eq!(changed, "", "{}", world.git_in(folder, &["diff"]));
    };
    let world = project();
    format(&world, &world.repo(), false);
    // What the program itself writes needs no settings at all.
    let plain = World::new();
    format(&plain, &plain.repo(), true);
    let desk = plain.path("desk");
    plain.done(&["demo", desk.to_str().unwrap()]);
    format(&plain, &desk, true);
    // What it writes later, too.
    for command in [
        &["env", "create", "qa", "--color", "#aabbcc"] as &[&str],
        &["env", "reorder", "prod", "qa", "staging"],
        &[
            "policy",
            "set",
            "qa",
            "min_dwell=24h",
            "prompts.no_rollback=true",
        ],
        &[
            "policy",
            "set",
            "prod",
            "requires_approval=true",
            "min_dwell=0s",
        ],
        &[
            "access",
            "grant",
            "ana@example.org",
            "owner",
            "--name",
            "ana",
        ],
        &[
            "access",
            "grant",
            "bo@example.org",
            "viewer",
            "--name",
            "bo",
        ],
        &["env", "create", "eu", "--description", "For Europe"],
        &["env", "delete", "qa", "-y"],
    ] {
        plain.done(command);
    }
    plain.publish("prompts/greeting", "Hello\n", "staging");
    let asked = plain.run(&["promote", "staging", "prod", "-y"]);
    assert_eq!(asked.exit, 5, "{asked:?}");
    format(&plain, &plain.repo(), true);
}

#[test]
fn settings_for_editors_are_written_once_and_never_over_others() {
    let world = World::new();
    world.write("tombi.toml", "# ours\n");
    let answer = world.json(0, &["init", "--editor", "-n"]);
    assert_eq!(answer["dry_run"], true);
    assert_eq!(world.status(), "?? tombi.toml");
    let run = world.done(&["init", "--editor"]);
    run.says(&["tombi.toml already exists", "[[schemas]]", "written"]);
    assert_eq!(world.read("tombi.toml"), "# ours\n");
    for path in [".taplo.toml", ".prettierignore", ".editorconfig"] {
        let text = world.read(path);
        for folder in ["prompts", "routing", "providers"] {
            assert!(text.contains(folder), "{path}: {text}");
        }
    }
    let schema = world.read(".envctl/schemas/envctl.json");
    let printed = world.done(&["schema", "envctl.toml"]).stdout;
    assert_eq!(schema, printed);
    assert_eq!(
        world.json(0, &["init", "--editor"])["editor_files"],
        json!([])
    );
    world.done(&["check"]);
    world.done(&["check", "--worktree"]);
}

#[test]
fn a_new_project_comes_with_them() {
    let world = World::empty();
    let answer = world.json(0, &["init", "--editor"]);
    assert_eq!(
        answer["editor_files"].as_array().unwrap().len(),
        14,
        "{answer:#}"
    );
    assert!(world.repo().join(".taplo.toml").is_file());
}

#[test]
fn the_project_that_gets_them_is_the_one_that_is_named() {
    let world = World::new();
    world.done(&["init", "services/gateway", "--name", "Gateway"]);
    let elsewhere = world.path("");
    for (folder, named) in [
        (world.repo(), "services/gateway"),
        (elsewhere, "repo/services/gateway"),
    ] {
        let run = world.run_in(&folder, &["init", named, "--editor", "--json"]);
        let answer = run.json(0);
        assert_eq!(
            (&answer["project"], &answer["name"]),
            (&json!("services/gateway"), &json!("Gateway"))
        );
    }
    assert!(world.repo().join("services/gateway/tombi.toml").is_file());
    assert!(!world.repo().join("tombi.toml").exists());
}
