use std::path::{Path, PathBuf};

use envctl::check::any_error;
use envctl::diag::Code;
use envctl::ops::{Pin, Range, ReleaseChange, Selection, Session, check_range, review};
use envctl::store::{Discovery, Store};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::world::{Run, World, codes};

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
    // What was rolled back by mistake is warned of when it is asked for, and when it is approved.
    let found: Vec<_> = report.findings.iter().flat_map(|of| &of.findings).collect();
    let codes: Vec<_> = found.iter().map(|finding| finding.code).collect();
    // And the key that leaked had to be replaced during a freeze.
    let expected = [Code::ROLLED_BACK, Code::ROLLED_BACK, Code::OVERRIDDEN];
    assert_eq!(codes, expected, "{found:#?}");
    assert!(!any_error(found), "{:#?}", report.findings);
}

#[test]
fn no_range_of_the_story_tampers_with_a_release_and_an_approval_in_it_is_one() {
    let (world, desk, _) = desk();
    let newest = world.git_in(&desk, &["log", "-1", "--format=%cI"]);
    let now: Timestamp = newest.parse().unwrap();
    let store = Store::open(Discovery::From(&desk)).unwrap();
    let session = Session::open(store, &Selection::from(desk.clone(), now)).unwrap();
    let head = session.tip().unwrap();
    let git = |arguments: &[&str]| world.git_in(&desk, arguments);
    let mut approved = 0;
    for line in git(&["log", "--format=%H"]).lines().skip(1) {
        let review = review(&session, (line.parse().unwrap(), head), &[], now);
        for environment in review.unwrap().environments {
            let slug = environment.slug.as_str();
            let file = format!("pending/{slug}.toml");
            let waited = !git(&["ls-tree", line, &file]).is_empty();
            let waits = !git(&["ls-tree", "HEAD", &file]).is_empty();
            let pattern = format!("^approve [^ ]* . {slug}: ");
            let range = format!("{line}..");
            let approvals = git(&["log", "--format=%h", "--grep", &pattern, &range]);
            let change = environment.release.map(|release| release.change);
            assert_ne!(change, Some(ReleaseChange::Tampered), "{line} {slug}");
            if waited && !waits && !approvals.is_empty() {
                assert_eq!(change, Some(ReleaseChange::Approved), "{line} {slug}");
                approved += 1;
            }
        }
    }
    assert!(approved > 2, "{approved}");
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
    let today = ["prompts/escalation-triage", "routing/primary-chat"];
    let explain = ["policy", "explain", "staging", "prod"];
    let explained = json_in(&world, &desk, &[&explain[..], &today].concat());
    let waits = |moved: &Value| (moved["resource"].clone(), moved["outcome"].clone());
    let moves: Vec<_> = explained["moves"]
        .as_array()
        .unwrap()
        .iter()
        .map(waits)
        .collect();
    // The suite stopped the prompt, whatever its age.
    let expected = [
        (json!(today[0]), json!("refuse")),
        (json!(today[1]), json!("wait")),
    ];
    assert_eq!(moves, expected, "{explained:#}");
    let verdicts = explained["moves"][0]["verdicts"].as_array().unwrap();
    let stopped = verdicts
        .iter()
        .find(|verdict| verdict["outcome"] == "refuse")
        .unwrap();
    assert_eq!(stopped["code"], "required-checks");
    assert!(
        stopped["message"]
            .as_str()
            .unwrap()
            .contains("`evals` failed: 9 of 80 cases (Evaluation suite")
    );
    let promote = ["promote", "staging", "prod", "-y"];
    let but = ["--except", "prompts/tone-rewrite", "--except", today[0]];
    let others = [&promote[..], &but].concat();
    assert_eq!(world.run_in(&desk, &others).exit, 5);
}

#[test]
fn what_was_rolled_back_stays_so_until_somebody_asks_for_it_and_another_person_approves() {
    let world = World::empty();
    let run = world.done(&["demo", "desk"]);
    let told = "prompts/tone-rewrite@2 was rolled back in `prod` 1 h ago by Chloe Lindqvist: \
                It cheered at a customer whose parcel was stolen";
    assert!(run.stderr.contains(told), "{run:?}");
    assert!(run.stdout.contains(told), "{run:?}");
    run.says(&["request this one by name with --request"]);
    let desk = world.path("repo/desk");
    // A nightly job brings none of it back.
    let nightly = ["promote", "staging", "prod", "-y"];
    let answer = world
        .run_in(&desk, &[&nightly[..], &["--json"]].concat())
        .json(4);
    assert!(codes(&answer).contains(&"rolled-back"), "{answer:#}");
    // Somebody asks for it by name, and another person approves.
    let ask = [
        "promote",
        "staging",
        "prod",
        "prompts/tone-rewrite",
        "--request",
        "-y",
    ];
    assert_eq!(world.run_in(&desk, &ask).exit, 5);
    let pending = json_in(&world, &desk, &["pending", "prod"]);
    assert_eq!(
        pending["pending"][0]["rolled_back"][0]["version"], 2,
        "{pending:#}"
    );
    let mut approve = world.program(&desk);
    let approve = approve.args(["approve", "prod", "-y"]);
    let run = Run::of(approve.env("GIT_AUTHOR_EMAIL", "chloe@northwind.example"));
    assert_eq!(run.exit, 0, "{run:?}");
    run.says(&[told]);
    assert_eq!(world.run_in(&desk, &["check"]).exit, 0);
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
        // A move asks first, and here is nobody to ask.
        let asks = line.contains(" approve ") || line.contains(" promote ");
        let expected = if asks { 2 } else { 0 };
        assert_eq!(run.exit, expected, "{line}: {run:?}");
    }
}

#[test]
fn litellm_calls_anthropic_in_its_own_way() {
    let (world, desk, _) = desk();
    let render = ["render", "prod", "--format", "litellm"];
    let run = world.run_in(&desk, &render);
    assert_eq!(run.exit, 0, "{run:?}");
    let models = run.stdout.lines().map(str::trim);
    let models: Vec<&str> = models.filter(|line| line.contains("/claude-")).collect();
    assert_eq!(
        models,
        [
            "model: anthropic/claude-haiku-4-5",
            "model: anthropic/claude-sonnet-4-5"
        ]
    );
    // What is left to refuse is a kind of request that TensorZero does not have.
    let run = world.run_in(&desk, &["render", "prod", "--format", "tensorzero"]);
    assert_eq!(run.exit, 4, "{run:?}");
    run.says(&[
        "routing/voice-transcription: `endpoint`: there is nothing for audio_transcription",
    ]);
    assert!(!run.stderr.contains("anthropic"), "{run:?}");
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
