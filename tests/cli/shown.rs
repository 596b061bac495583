//! What a repository holds and must not reach a log: credentials, and line breaks before what a runner takes for a command.

use crate::world::{Run, World};

const KEY: &str = "sk-proj-abcDEF0123456789ghij";
const COMMAND: &str = "::add-mask::main";

fn assert_harmless(run: &Run, what: &[&str]) {
    for text in [&run.stdout, &run.stderr] {
        assert!(!text.contains(KEY), "{what:?}: {text}");
        let starts = |line: &str| line.trim_start().starts_with("::");
        assert!(!text.lines().any(starts), "{what:?}: {text}");
    }
}

#[test]
fn no_command_shows_a_key_or_begins_a_line_with_what_a_commit_says() {
    let world = World::promoted();
    let base = world.head();
    let pointer = |version: u32| format!("[prompts.router]\nversion = {version}");
    world.replace("pointers/prod.toml", &pointer(1), &pointer(2));
    world.git(&["add", "-A"]);
    let subject = format!("{KEY} by hand");
    let body = format!("why\n{COMMAND}");
    world.git(&["commit", "-q", "-m", &subject, "-m", &body]);
    world.publish("prompts/other", "Other\n", "staging");
    world.done(&["env", "edit", "prod", "--name", "P", "-m", &body]);
    let range = format!("{base}..HEAD");
    let commands: &[&[&str]] = &[
        &["log"],
        &["log", "prod"],
        &["log", "--format", "csv"],
        &["log", "--json"],
        &["blame", "prod"],
        &["blame", "prod", "--json"],
        &["check", &range],
        &["check", &range, "--json"],
        &["check", &range, "--format", "markdown"],
        &["check", &range, "--format", "junit"],
        &["check", &range, "--format", "sarif"],
        &["check", &range, "--format", "gitlab"],
        &["diff", &format!("{base}..HEAD"), "--format", "markdown"],
        &["status"],
        &["doctor"],
    ];
    for command in commands {
        assert_harmless(&world.run(command), command);
    }
}

#[test]
fn doctor_names_files_and_commands_on_one_line_each() {
    let world = World::promoted();
    world.write(&format!("prompts/y\n{COMMAND}"), "x\n");
    let run = world.run(&["doctor"]);
    assert!(run.stdout.contains("printf"), "{run:?}");
    assert_harmless(&run, &["doctor"]);
    world.commit_all("a file with a line break in its name");
    for command in [
        &["doctor"] as &[&str],
        &["check"],
        &["check", "--json"],
        &["status"],
    ] {
        assert_harmless(&world.run(command), command);
    }
}

#[test]
fn content_with_a_literal_key_is_not_printed() {
    let world = World::promoted();
    world.write("provider.toml", crate::world::PROVIDER);
    world.done(&[
        "publish",
        "providers/openai",
        "provider.toml",
        "--to",
        "staging",
    ]);
    std::fs::remove_file(world.repo().join("provider.toml")).unwrap();
    let path = "providers/openai/1.toml";
    let text = world.read(path);
    let line = text
        .lines()
        .find(|line| line.starts_with("credential"))
        .unwrap();
    let text = text.replace(line, &format!("credential = \"{KEY}\""));
    world.write(path, text);
    world.commit_all("a key by hand");
    let asked = [
        "resolve",
        "providers/openai",
        "--env",
        "staging",
        "--content",
    ];
    let run = world.refused(4, &asked);
    assert_harmless(&run, &asked);
    let json = [&asked as &[&str], &["--json"]].concat();
    assert_harmless(&world.run(&json), &json);
}
