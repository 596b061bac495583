//! `--override`: an exception that somebody makes, says why, and that everybody sees.

use crate::world::{World, codes};

fn frozen() -> World {
    let world = World::promoted();
    world.done(&["freeze", "prod", "--name", "holidays", "-m", "Holidays"]);
    world
}

const OVERRIDE: &[&str] = &[
    "promote",
    "staging",
    "prod",
    "-y",
    "--override",
    "freezes",
    "-m",
    "Security fix",
];

#[test]
fn a_rule_is_overridden_for_the_moves_that_are_named() {
    let world = frozen();
    let base = world.head();
    let run = world.done(OVERRIDE);
    run.says(&["overrides freezes: Security fix"]);
    let message = world.git(&["log", "-1", "--format=%B"]);
    assert!(
        message.contains("\nEnvctl-Override: prod freezes prompts/router@2\n"),
        "{message}"
    );
    let checked = world.json(0, &["check", &format!("{base}..HEAD")]);
    assert_eq!(
        checked["findings"].as_array().unwrap().len(),
        1,
        "{checked}"
    );
    assert_eq!(checked["findings"][0]["code"], "overridden");
    assert_eq!(checked["findings"][0]["severity"], "warning");
    let log = world.json(0, &["log", "--action", "override"]);
    assert_eq!(log["entries"].as_array().unwrap().len(), 1);
    assert_eq!(log["entries"][0]["overridden"][0]["rules"][0], "freezes");
    world.done(&["log", "--action", "override"]);
}

#[test]
fn it_takes_a_reason_and_a_rule_that_exists() {
    let world = frozen();
    let before = world.everything();
    let answer = world.json(2, &OVERRIDE[..6]);
    assert_eq!(answer["error"]["code"], "reason-needed");
    for rule in ["separation_of_duties", "require_reason", "nonsense"] {
        let arguments = [
            "promote",
            "staging",
            "prod",
            "-y",
            "--override",
            rule,
            "-m",
            "x",
        ];
        world.refused(2, &arguments);
    }
    // A rule that it does not name is not overridden.
    let arguments = [
        "promote",
        "staging",
        "prod",
        "-y",
        "--override",
        "windows",
        "-m",
        "x",
    ];
    world.refused(4, &arguments).says(&["is frozen"]);
    assert_eq!(world.everything(), before);
}

#[test]
fn one_that_is_not_needed_is_reported() {
    let world = World::promoted();
    let base = world.head();
    let arguments = [
        "promote",
        "staging",
        "prod",
        "-y",
        "--override",
        "windows",
        "-m",
        "x",
    ];
    world
        .done(&arguments)
        .says(&["the override of windows in `prod` was not needed"]);
    let checked = world.json(0, &["check", &format!("{base}..HEAD")]);
    assert_eq!(codes(&checked), ["override"]);
}

#[test]
fn an_approval_is_overridden_where_duties_are_not_separated() {
    let world = World::demanding(&["requires_approval=true"]);
    let arguments = [
        "promote",
        "staging",
        "prod",
        "-y",
        "--override",
        "approval",
        "-m",
        "Incident",
    ];
    world.done(&arguments);
    assert!(!world.repo().join("pending/prod.toml").exists());
    assert_eq!(
        world.git(&["show", "--format=", "--name-only", "HEAD"]),
        "pointers/prod.toml"
    );
    let world = World::demanding(&["separation_of_duties=true"]);
    world.json(5, &arguments);
    assert!(world.repo().join("pending/prod.toml").exists());
}

#[test]
fn what_was_rolled_back_comes_back_by_an_override() {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    world.done(&["rollback", "prod", "-y", "-m", "Broken"]);
    world.done(&["policy", "set", "prod", "required_source=staging"]);
    let environment = [
        ("GIT_AUTHOR_NAME", "Ben"),
        ("GIT_AUTHOR_EMAIL", "ben@example.org"),
        ("GIT_COMMITTER_NAME", "Ben"),
        ("GIT_COMMITTER_EMAIL", "ben@example.org"),
    ];
    let promote = |rules: &[&str]| {
        let mut command = world.program(&world.repo());
        let command = command.envs(environment).args([
            "promote",
            "staging",
            "prod",
            "prompts/router",
            "-y",
            "-m",
            "It was the network",
        ]);
        crate::world::Run::of(command.args(rules))
    };
    assert_eq!(promote(&[]).exit, 4);
    let run = promote(&["--override", "rolled-back"]);
    assert_eq!(run.exit, 0, "{run:?}");
    run.says(&["overrides rolled-back: It was the network"]);
    world.done(&["check"]);
}

#[test]
fn a_commit_that_somebody_else_made_again_overrides_nothing() {
    let world = frozen();
    let base = world.head();
    world.done(OVERRIDE);
    let range = format!("{base}..HEAD");
    // By `commit --amend`, as a rebase and a cherry-pick do it, too: the author stays, the committer is another.
    let amended = |extra: &[&str]| {
        let mut command = world.sealed("git", &world.repo());
        command
            .env("GIT_COMMITTER_NAME", "Eve")
            .env("GIT_COMMITTER_EMAIL", "eve@example.org");
        command
            .args(["commit", "-q", "--amend", "--no-edit", "--no-verify"])
            .args(extra);
        assert!(command.status().unwrap().success());
    };
    amended(&[]);
    let checked = world.json(11, &["check", &range]);
    assert_eq!(codes(&checked), ["freezes"]);
    world.refused(11, &["check", &range]);
    // In another paragraph than the last one it does not count either.
    world.git(&[
        "commit",
        "-q",
        "--amend",
        "-m",
        "promote",
        "-m",
        "Envctl-Override: prod freezes prompts/router@2",
        "-m",
        "Signed-off-by: A <a@example.org>",
    ]);
    let checked = world.json(11, &["check", &range]);
    assert_eq!(codes(&checked), ["freezes", "override"]);
    // For another version.
    world.git(&[
        "commit",
        "-q",
        "--amend",
        "-m",
        "promote",
        "-m",
        "Envctl-Override: prod freezes prompts/router@1",
    ]);
    let checked = world.json(11, &["check", &range]);
    assert_eq!(codes(&checked), ["freezes", "override"]);
    // By its own author, who may.
    world.git(&[
        "commit",
        "-q",
        "--amend",
        "-m",
        "promote",
        "-m",
        "Envctl-Override: prod freezes prompts/router@2",
    ]);
    assert_eq!(codes(&world.json(0, &["check", &range])), ["overridden"]);
}

const ACCESS: &str = "\
[members.ana]
emails = [\"ana@example.org\"]
roles = [\"owner\"]

[members.dora]
emails = [\"dora@example.org\"]
roles = [\"admin\"]
";

#[test]
fn one_that_a_merge_brings_takes_the_right_of_who_merges() {
    let world = frozen();
    world.write("access.toml", ACCESS);
    world.commit_all("access");
    world.git(&["checkout", "-q", "-b", "fix"]);
    world.done(OVERRIDE);
    world.git(&["checkout", "-q", "main"]);
    let base = world.head();
    let range = format!("{base}..HEAD");
    let merge = |name: &str, email: &str| {
        let mut command = world.sealed("git", &world.repo());
        command
            .env("GIT_AUTHOR_NAME", name)
            .env("GIT_AUTHOR_EMAIL", email)
            .env("GIT_COMMITTER_NAME", name)
            .env("GIT_COMMITTER_EMAIL", email);
        command.args(["merge", "-q", "--no-ff", "--no-edit", "fix"]);
        assert!(command.status().unwrap().success());
    };
    // An admin may do much, and not that.
    merge("Dora", "dora@example.org");
    assert_eq!(codes(&world.json(11, &["check", &range])), ["freezes"]);
    world.git(&["reset", "-q", "--hard", &base]);
    merge("Ana", "ana@example.org");
    assert_eq!(codes(&world.json(0, &["check", &range])), ["overridden"]);
    let log = world.json(0, &["log", "--action", "override"]);
    assert_eq!(log["entries"].as_array().unwrap().len(), 1);
    // A pull request says so, and that a squash would lose it.
    world.git(&["branch", "-f", "live", &base]);
    let pinned = world.json(0, &["check", "--pin-policy", "live..fix"]);
    assert_eq!(codes(&pinned), ["landing", "overridden"]);
    let squashed = world.json(
        11,
        &["check", "--pin-policy", "--landing", "squash", "live..fix"],
    );
    assert!(codes(&squashed).contains(&"freezes"), "{squashed}");
    world.done(&["check", "--pin-policy", "--landing", "merge", "live..fix"]);
}
