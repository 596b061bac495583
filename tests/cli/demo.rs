use std::path::{Path, PathBuf};

use envctl::ops::{Pin, Range, Selection, Session, check_range};
use envctl::store::{Discovery, Store};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::world::{Run, World};

/// A world with the example project in the folder `desk`.
fn desk() -> (World, PathBuf, Value) {
    let world = World::empty();
    let answer = world.json(0, &["demo", "desk"]);
    let desk = world.path("repo/desk");
    (world, desk, answer)
}

fn json_in(world: &World, folder: &Path, arguments: &[&str]) -> Value {
    world
        .run_in(folder, &[arguments, &["--json"]].concat())
        .json(0)
}

#[test]
fn the_demo_is_a_sound_project_with_a_history() {
    let (world, desk, answer) = desk();
    assert_eq!(answer["schema"], "envctl.demo/v1");
    assert_eq!(
        world.git_in(&desk, &["rev-list", "--count", "HEAD"]),
        answer["commits"].to_string()
    );
    assert_eq!(
        world.git_in(&desk, &["rev-parse", "HEAD"]),
        answer["commit"].as_str().unwrap()
    );
    assert_eq!(world.run_in(&desk, &["check"]).exit, 0);
    assert_eq!(world.git_in(&desk, &["status", "--porcelain"]), "");
    world.git_in(&desk, &["fsck", "--strict"]);
}

#[test]
fn every_commit_of_the_story_was_allowed() {
    let (world, desk, _) = desk();
    let newest = world.git_in(&desk, &["log", "-1", "--format=%cI"]);
    let now: Timestamp = newest.parse().unwrap();
    let store = Store::open(Discovery::From(&desk)).unwrap();
    let mut session = Session::open(store, &Selection::from(desk.clone(), now)).unwrap();
    let commits = world.git_in(&desk, &["rev-list", "--count", "HEAD"]);
    let range = Range {
        base: None,
        head: session.tip().unwrap(),
    };
    let report = check_range(&mut session, range, Pin::Line).unwrap();
    assert_eq!(report.commits.to_string(), commits);
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
}

#[test]
fn the_story_holds_every_turn_that_a_release_can_take() {
    let (world, desk, _) = desk();
    let entries = json_in(&world, &desk, &["log", "--limit", "1000"])["entries"].clone();
    let actions: Vec<&str> = entries
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["action"].as_str())
        .collect();
    for action in [
        "publish",
        "promote",
        "policy-set",
        "request",
        "approve",
        "reject",
        "rollback",
    ] {
        assert!(actions.contains(&action), "no {action} in {actions:?}");
    }
}

#[test]
fn the_demo_approves_what_waits_in_prod() {
    let (world, desk, answer) = desk();
    let moved = |moved: &Value| moved["resource"].as_str().unwrap().to_owned();
    let moves: Vec<String> = answer["moves"]
        .as_array()
        .unwrap()
        .iter()
        .map(moved)
        .collect();
    assert_eq!(
        moves,
        ["prompts/refund-policy-answer", "prompts/support-router"]
    );
    let blame = json_in(&world, &desk, &["blame", "prod", "prompts/support-router"]);
    let approval = &blame["pointers"][0]["approval"];
    assert_eq!(
        approval["author"]["email"], "demo@envctl.example",
        "{blame:#}"
    );
    assert_eq!(
        approval["request"]["author"]["email"], "ben@northwind.example",
        "{blame:#}"
    );
}

#[test]
fn what_was_published_today_is_not_eligible_for_prod_before_tomorrow() {
    let (world, desk, _) = desk();
    let explained = json_in(&world, &desk, &["policy", "explain", "staging", "prod"]);
    let waits = |moved: &Value| (moved["resource"].clone(), moved["outcome"].clone());
    let moves: Vec<_> = explained["moves"]
        .as_array()
        .unwrap()
        .iter()
        .map(waits)
        .collect();
    let expected = ["prompts/escalation-triage", "routing/primary-chat"]
        .map(|name| (json!(name), json!("wait")));
    assert_eq!(moves, expected, "{explained:#}");
    assert_eq!(explained["wait"], "dwell");
    assert_eq!(
        world
            .run_in(&desk, &["promote", "staging", "prod", "-y"])
            .exit,
        5
    );
}

#[test]
fn a_release_is_left_for_the_visitor_to_approve() {
    let (world, desk, answer) = desk();
    let releases = json_in(&world, &desk, &["pending"])["pending"].clone();
    assert_eq!(answer["pending"], releases);
    assert_eq!(releases.as_array().unwrap().len(), 1, "{releases:#}");
    assert_eq!(releases[0]["environment"], "prod-eu");
    assert_eq!(releases[0]["can_be_approved"], true, "{releases:#}");
    assert_eq!(world.run_in(&desk, &["approve", "prod-eu", "-y"]).exit, 0);
    assert_eq!(world.run_in(&desk, &["check"]).exit, 0);
    assert_eq!(json_in(&world, &desk, &["pending"])["pending"], json!([]));
}

#[test]
fn what_the_demo_suggests_works_without_an_identity() {
    let world = World::empty();
    let run = world.done(&["demo"]);
    assert!(run.stdout.contains("$ envctl approve prod"), "{run:?}");
    run.says(&["Try next:", "cd envctl-demo"]);
    let desk = world.path("repo/envctl-demo");
    let suggested: Vec<_> = run
        .stderr
        .lines()
        .filter_map(|line| line.trim().split("  ").next())
        .filter(|line| line.starts_with("envctl "))
        .collect();
    assert!(suggested.len() >= 4, "{run:?}");
    for line in suggested {
        let mut command = world.program(&desk);
        for part in ["AUTHOR", "COMMITTER"] {
            command
                .env_remove(format!("GIT_{part}_NAME"))
                .env_remove(format!("GIT_{part}_EMAIL"));
        }
        let run = Run::of(command.args(line.split(' ').skip(1)));
        // An approval asks first, and here is nobody to ask.
        let expected = if line.contains("approve") { 2 } else { 0 };
        assert_eq!(run.exit, expected, "{line}: {run:?}");
    }
}

#[test]
fn the_demo_overwrites_nothing() {
    let world = World::empty();
    world.write("desk/mine.txt", "mine");
    world.write("file", "mine");
    for folder in ["desk", "file"] {
        assert_eq!(
            world.json(1, &["demo", folder])["error"]["code"],
            "not-empty"
        );
    }
    assert!(!world.path("repo/desk/.git").exists());
}
