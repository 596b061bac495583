#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::world::{Run, World};

/// git, run where it finds envctl.
fn git(world: &World, folder: &Path, arguments: &[&str]) -> Run {
    let programs = Path::new(env!("CARGO_BIN_EXE_envctl")).parent().unwrap().display().to_string();
    let path = world.variables().into_iter().find(|(name, _)| *name == "PATH").unwrap().1;
    let mut command = world.sealed("git", folder);
    Run::of(command.args(arguments).env("PATH", format!("{programs}:{path}")))
}

fn states(world: &World) -> Vec<String> {
    let answer = world.json(0, &["hooks", "status"]);
    let hooks = answer["hooks"].as_array().unwrap().clone();
    hooks.iter().map(|hook| hook["state"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn hooks_come_and_go() {
    let world = World::promoted();
    assert_eq!(states(&world), ["absent", "absent", "absent"]);
    world.refused(0, &["hooks", "install", "--dry-run"]).says(&["dry run: pre-commit would be installed"]);
    assert_eq!(states(&world), ["absent", "absent", "absent"]);
    world.done(&["hooks", "install"]).says(&["installed pre-commit: ", "installed pre-push: "]);
    assert_eq!(states(&world), ["installed", "installed", "absent"]);
    world.done(&["hooks", "install"]).says(&["pre-commit is installed already"]);
    let answer = world.json(0, &["hooks", "uninstall", "pre-push"]);
    assert_eq!((&answer["hooks"][0]["changed"], &answer["hooks"][0]["state"]), (&json!(true), &json!("absent")));
    world.done(&["hooks", "uninstall"]);
    assert_eq!(states(&world), ["absent", "absent", "absent"]);
    world.done(&["hooks", "uninstall"]).says(&["no hook of envctl's is installed"]);
}

#[test]
fn what_is_staged_is_judged_before_it_is_committed() {
    let world = World::promoted();
    world.done(&["hooks", "install", "pre-commit"]);
    world.replace("pointers/prod.toml", "version = 1", "version = 7");
    let refused = git(&world, &world.repo(), &["commit", "-qam", "to nothing"]);
    assert_ne!(refused.exit, 0);
    assert!(refused.stderr.contains("error[pointer]") || refused.stdout.contains("error[pointer]"), "{refused:?}");
    world.git(&["checkout", "-q", "."]);
    world.write("notes.txt", "not envctl's\n");
    world.git(&["add", "-A"]);
    let taken = git(&world, &world.repo(), &["commit", "-qm", "notes"]);
    assert_eq!(taken.exit, 0, "{taken:?}");
    let missing = Run::of(world.sealed("git", &world.repo()).args(["commit", "-q", "--allow-empty", "-m", "x"]));
    assert_ne!(missing.exit, 0, "without envctl nothing is judged, so nothing passes");
    missing.says(&["envctl is not on the PATH", "--no-verify"]);
}

#[test]
fn what_is_pushed_is_judged_before_it_is_sent_and_before_it_is_taken() {
    let world = World::demanding(&["required_source=staging"]);
    world.git_in(&world.path(""), &["clone", "-q", "--bare", "repo", "server.git"]);
    let server = world.path("server.git");
    assert_eq!(world.run_in(&server, &["hooks", "install"]).exit, 0);
    world.git(&["remote", "add", "origin", &server.display().to_string()]);
    world.write("prompts/router/3.md", "Route past everybody\n");
    world.replace("pointers/prod.toml", "[prompts.router]\nversion = 1", "[prompts.router]\nversion = 3");
    world.commit_all("sneak");
    let push = |arguments: &[&str]| git(&world, &world.repo(), &[&["push", "-q", "origin"], arguments].concat());
    let refused = push(&["main"]);
    assert_ne!(refused.exit, 0);
    refused.says(&["error[required-source]", "pre-receive hook declined"]);
    world.done(&["hooks", "install"]);
    let refused = push(&["main"]);
    assert_ne!(refused.exit, 0);
    assert!(!refused.stderr.contains("declined"), "it is not even sent: {refused:?}");
    push(&["--no-verify", "main"]).says(&["pre-receive hook declined"]);
    world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    world.publish("prompts/router", "Route best\n", "staging");
    let taken = push(&["main"]);
    assert_eq!(taken.exit, 0, "{taken:?}");
    assert_eq!(world.git_in(&server, &["rev-parse", "main"]), world.head());
}

#[test]
fn a_hook_of_somebody_else_is_never_touched() {
    let world = World::promoted();
    let hook = world.repo().join(".git/hooks/pre-push");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, "#!/bin/sh\nexit 0\n").unwrap();
    for arguments in [&["hooks", "install"][..], &["hooks", "uninstall", "pre-push"]] {
        let answer = world.json(4, arguments);
        assert_eq!(answer["error"]["code"], "foreign-hook");
        assert!(answer["error"]["hint"].as_str().unwrap().contains("envctl check --pre-push \"$@\" || exit 1"));
    }
    assert_eq!(fs::read_to_string(&hook).unwrap(), "#!/bin/sh\nexit 0\n");
    assert_eq!(states(&world), ["absent", "foreign", "absent"], "all or none");
    fs::remove_file(&hook).unwrap();
    std::os::unix::fs::symlink("/dev/null", &hook).unwrap();
    assert_eq!(world.run(&["hooks", "install", "pre-push"]).exit, 4, "nothing is written through a link");
}

#[test]
fn a_hook_that_may_not_run_or_is_of_another_time_is_renewed() {
    let world = World::promoted();
    world.done(&["hooks", "install"]);
    let [commit, push] = ["pre-commit", "pre-push"].map(|hook| world.repo().join(".git/hooks").join(hook));
    fs::set_permissions(&commit, fs::Permissions::from_mode(0o644)).unwrap();
    let older = fs::read_to_string(&push).unwrap().replace("version 1", "version 0");
    fs::write(&push, older).unwrap();
    assert_eq!(states(&world), ["disabled", "outdated", "absent"]);
    world.done(&["hooks", "install"]);
    assert_eq!(states(&world), ["installed", "installed", "absent"]);
}

#[test]
fn hooks_go_where_git_looks_for_them() {
    let world = World::promoted();
    world.git(&["config", "core.hooksPath", "tools/hooks"]);
    world.done(&["hooks", "install", "pre-commit"]);
    assert!(world.repo().join("tools/hooks/pre-commit").is_file());
    world.git(&["config", "--unset", "core.hooksPath"]);
    world.git(&["worktree", "add", "-q", "../linked", "-b", "linked"]);
    let run = world.run_in(&world.path("linked"), &["hooks", "install", "pre-push"]);
    assert_eq!(run.exit, 0, "{run:?}");
    assert!(world.repo().join(".git/hooks/pre-push").is_file(), "all checkouts share them");
}

#[test]
fn a_hook_knows_which_project_it_is_for() {
    let world = World::empty();
    world.git(&["init", "-q", "-b", "main"]);
    world.commit_all("begin");
    assert_eq!(world.run(&["init", "it's a gateway", "--name", "X"]).exit, 0);
    let folder = world.repo().join("it's a gateway");
    assert_eq!(world.run_in(&folder, &["hooks", "install", "pre-commit"]).exit, 0);
    let answer: Value = world.run_in(&folder, &["hooks", "status", "--json"]).json(0);
    assert_eq!((&answer["project"], &answer["hooks"][0]["state"]), (&json!("it's a gateway"), &json!("installed")));
    fs::create_dir_all(folder.join("pointers")).unwrap();
    fs::write(folder.join("pointers/prod.toml"), "[prompts.x]\nversion = 1\n").unwrap();
    world.git(&["add", "-A"]);
    let refused = git(&world, &world.repo(), &["commit", "-qm", "to nothing"]);
    assert_ne!(refused.exit, 0);
    assert!(refused.stderr.contains("error[pointer]"), "{refused:?}");
}
