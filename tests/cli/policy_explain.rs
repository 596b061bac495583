use serde_json::{Value, json};

use crate::world::{NOON, PROVIDER, ROUTE, Run, World, codes};

const NEXT_DAY: &str = "2026-01-02T12:00:00Z";

fn explained(world: &World, more: &[&str]) -> Value {
    world.json(
        0,
        &[&["policy", "explain", "staging", "prod"], more].concat(),
    )
}

fn explained_at(world: &World, time: &str, more: &[&str]) -> Value {
    world
        .done_at(
            time,
            &[&["policy", "explain", "staging", "prod", "--json"], more].concat(),
        )
        .json(0)
}

/// Rule and outcome of each verdict, move by move.
fn verdicts(answer: &Value) -> Vec<String> {
    let moves = answer["moves"].as_array().unwrap().iter();
    let verdicts = moves.flat_map(|moved| moved["verdicts"].as_array().unwrap());
    verdicts
        .map(|verdict| {
            format!(
                "{} {}",
                verdict["code"].as_str().unwrap(),
                verdict["outcome"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn without_a_policy_everything_moves_now() {
    let world = World::promoted();
    let run = world.refused(0, &["policy", "explain", "staging", "prod"]);
    assert_eq!(run.stdout, "prompts/router\t1\t2\t-\tpass\t-\t-\t-\n");
    run.says(&[
        "a promotion moves 1 pointer now",
        "  envctl promote staging prod  # moves all of it now",
    ]);
    let answer = explained(&world, &[]);
    assert_eq!(
        (&answer["outcome"], &answer["wait"], &answer["eligible"]),
        (&"pass".into(), &Value::Null, &Value::Null)
    );
    assert_eq!(answer["commands"], json!(["envctl promote staging prod"]));
}

#[test]
fn a_version_that_has_dwelled_passes_and_a_commit_proves_it() {
    let world = World::promoted();
    let published = world.head();
    world.done(&[
        "policy",
        "set",
        "prod",
        "required_source=staging",
        "min_dwell=24h",
        "no_rollback=true",
    ]);
    let answer = explained_at(&world, NEXT_DAY, &[]);
    assert_eq!(
        verdicts(&answer),
        ["required-source pass", "min-dwell pass", "no-rollback pass"]
    );
    assert_eq!(
        (&answer["outcome"], &answer["at"]),
        (&"pass".into(), &NEXT_DAY.into())
    );
    let evidence = |index: usize| &answer["moves"][0]["verdicts"][index]["evidence"];
    assert_eq!(
        (evidence(0), evidence(1)),
        (&Value::from(&*published), &Value::from(&*published))
    );
    world.done_at(NEXT_DAY, &["promote", "staging", "prod", "-y"]);
}

#[test]
fn a_wait_says_when_it_ends() {
    let world = World::demanding(&["min_dwell=24h"]);
    let at = "2026-01-02T08:48:00Z";
    let answer = explained_at(&world, at, &[]);
    assert_eq!(verdicts(&answer), ["min-dwell wait"]);
    assert_eq!(
        (&answer["outcome"], &answer["wait"], &answer["at"]),
        (&"wait".into(), &"dwell".into(), &at.into())
    );
    for eligible in [
        &answer["eligible"],
        &answer["moves"][0]["eligible"],
        &answer["moves"][0]["verdicts"][0]["eligible"],
    ] {
        assert_eq!(eligible, NEXT_DAY);
    }
    assert_eq!(answer["commands"], json!([]));
    let run = world.done_at(at, &["policy", "explain", "staging", "prod"]);
    run.says(&["a promotion of 1 pointer waits: eligible in 3 h 12 min, at 2026-01-02T12:00:00Z"]);
    let columns: Vec<&str> = run.stdout.trim_end().split('\t').collect();
    assert_eq!(
        columns[..6],
        ["prompts/router", "1", "2", "min-dwell", "wait", NEXT_DAY]
    );
    assert_eq!(columns[6].len(), 40);
    assert!(
        columns[7].contains("live in `staging` since 2026-01-01T12:00:00Z"),
        "{columns:?}"
    );
    let mut command = world.program(&world.repo());
    let refused = Run::of(
        command
            .args(["promote", "staging", "prod", "-y"])
            .env("GIT_COMMITTER_DATE", at),
    );
    assert_ne!(refused.exit, 0, "{refused:?}");
}

#[test]
fn only_what_is_eligible_is_proposed() {
    let world = World::promoted();
    world.done(&["policy", "set", "prod", "min_dwell=24h"]);
    world.write("other.md", "x");
    world.done_at(
        "2026-01-02T06:00:00Z",
        &[
            "publish",
            "prompts/other",
            "other.md",
            "--to",
            "staging",
            "-y",
        ],
    );
    let answer = explained_at(&world, NEXT_DAY, &[]);
    assert_eq!(verdicts(&answer), ["min-dwell wait", "min-dwell pass"]);
    assert_eq!(
        (&answer["outcome"], &answer["eligible"]),
        (&"wait".into(), &"2026-01-03T06:00:00Z".into())
    );
    assert_eq!(
        answer["commands"],
        json!(["envctl promote staging prod prompts/router"])
    );
    let only = explained_at(&world, NEXT_DAY, &["prompts/router"]);
    assert_eq!(
        (&only["outcome"], only["moves"].as_array().unwrap().len()),
        (&"pass".into(), 1)
    );
}

#[test]
fn a_refusal_names_where_to_promote_first() {
    let world = World::promoted();
    world.done(&["env", "create", "qa"]);
    world.publish("prompts/router", "Route best\n", "qa");
    world
        .done(&["policy", "set", "prod", "required_source=staging"])
        .says(&["next: envctl policy explain staging prod"]);
    let answer = world.json(0, &["policy", "explain", "qa", "prod"]);
    assert_eq!(
        (verdicts(&answer), &answer["outcome"]),
        (vec!["required-source refuse".to_owned()], &"refuse".into())
    );
    assert_eq!(
        answer["commands"],
        json!(["envctl promote qa staging prompts/router"])
    );
    let why = answer["moves"][0]["verdicts"][0]["message"]
        .as_str()
        .unwrap();
    assert!(
        why.contains("prompts/router@3 is not live in `staging`"),
        "{why}"
    );
    world
        .run(&["policy", "explain", "qa", "prod"])
        .says(&["a promotion of 1 pointer is refused"]);
}

/// What the hint says works, even where an override says the same as `[policy]`.
#[test]
fn the_hint_of_a_refusal_lifts_the_rule() {
    for (setting, code) in [
        ("required_source=qa", "required-source"),
        ("min_dwell=24h", "min-dwell"),
    ] {
        let world = World::promoted();
        world.done(&["env", "create", "qa"]);
        world.done(&[
            "policy",
            "set",
            "prod",
            setting,
            &format!("prompts.{setting}"),
        ]);
        let refused = world.run(&["promote", "staging", "prod", "-n", "--json"]);
        let refused = refused.json(refused.exit);
        assert_eq!(codes(&refused), [code]);
        let help = refused["findings"][0]["hint"].as_str().unwrap();
        let lift = help.split_once("envctl policy set ").unwrap().1;
        world.done(&[&["policy", "set"], &lift.split(' ').collect::<Vec<_>>()[..]].concat());
        world.done(&["promote", "staging", "prod", "-y"]);
    }
}

/// What a promotion waits for, and until when, is one fact, whoever is asked.
#[test]
fn the_promotion_and_its_explanation_name_one_wait() {
    for settings in [
        &["requires_approval=true"] as &[&str],
        &["min_dwell=24h"],
        &["requires_approval=true", "min_dwell=24h"],
        &["prompts.min_dwell=1h", "routing.min_dwell=2h"],
        &["requires_approval=true", "separation_of_duties=true"],
    ] {
        let world = World::demanding(settings);
        let explained = world.json(0, &["policy", "explain", "staging", "prod", "--at", NOON]);
        let promoted = world.json(5, &["promote", "staging", "prod", "-y", "-n"]);
        assert_eq!(
            (&promoted["error"]["wait"], &promoted["error"]["eligible"]),
            (&explained["wait"], &explained["eligible"]),
            "{settings:?}"
        );
    }
}

#[test]
fn what_needs_approval_is_recorded_and_waits() {
    let world = World::demanding(&["requires_approval=true"]);
    let answer = explained(&world, &[]);
    assert_eq!(verdicts(&answer), ["approval wait"]);
    assert_eq!(
        (&answer["outcome"], &answer["wait"]),
        (&"request".into(), &"approval".into())
    );
    assert_eq!(answer["commands"], json!(["envctl promote staging prod"]));
    world
        .run(&["policy", "explain", "staging", "prod"])
        .says(&["is recorded and waits for approval"]);
    world.write(
        "pending/prod.toml",
        "from = \"staging\"\n\n[prompts.router]\nversion = 2\nseen = 1\n",
    );
    world.commit_all("request");
    let answer = explained(&world, &[]);
    assert_eq!(
        (verdicts(&answer), &answer["outcome"]),
        (vec!["approval wait".to_owned()], &"requested".into())
    );
    assert_eq!(answer["commands"][0], "envctl approve prod");
    world.publish("prompts/router", "Route best\n", "staging");
    let answer = explained(&world, &[]);
    let refused = "pending-release refuse".to_owned();
    assert_eq!(
        (verdicts(&answer), &answer["outcome"]),
        (vec![refused], &"refuse".into())
    );
    assert_eq!(answer["commands"][2], "envctl withdraw prod");
}

#[test]
fn one_kind_may_need_no_approval() {
    let world = World::published();
    world.publish("providers/openai", PROVIDER, "staging");
    world.publish("routing/primary", ROUTE, "staging");
    world.done(&["policy", "set", "prod", "prompts.requires_approval=true"]);
    let answer = explained(&world, &[]);
    assert_eq!(answer["outcome"], "request");
    let commands = json!([
        "envctl promote staging prod",
        "envctl promote staging prod routing/primary providers/openai"
    ]);
    assert_eq!(answer["commands"], commands);
}

#[test]
fn a_rollback_waits_for_the_window() {
    let world = World::demanding(&["no_rollback=true"]);
    world.done(&["promote", "staging", "prod", "-y"]);
    world.done(&["env", "create", "old"]);
    world.done(&["policy", "set", "prod", "rollback_window=2h"]);
    world.write("pointers/old.toml", "[prompts.router]\nversion = 1\n");
    world.commit_all("by hand");
    let answer = world.json(0, &["policy", "explain", "old", "prod"]);
    assert_eq!(
        (&answer["outcome"], &answer["wait"]),
        (&"wait".into(), &"window".into())
    );
    assert_eq!(
        (&answer["eligible"], verdicts(&answer)),
        (
            &"2026-01-01T14:00:00Z".into(),
            vec!["no-rollback wait".into()]
        )
    );
    let later = world
        .done_at(
            "2026-01-01T14:00:00Z",
            &["policy", "explain", "old", "prod", "--json"],
        )
        .json(0);
    assert_eq!(later["outcome"], "pass");
}

#[test]
fn another_moment_is_explained_as_of_then() {
    let world = World::demanding(&["min_dwell=24h"]);
    let outcome = |at: &str| {
        let answer = explained_at(&world, "2026-01-03T12:00:00Z", &["--at", at]);
        (
            answer["outcome"].as_str().unwrap().to_owned(),
            answer["at"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(
        outcome("HEAD"),
        ("wait".to_owned(), "2026-01-01T12:00:00Z".to_owned())
    );
    assert_eq!(
        outcome("HEAD~1"),
        ("pass".to_owned(), "2026-01-01T12:00:00Z".to_owned())
    );
    assert_eq!(
        outcome("2026-01-02T11:00:00Z"),
        ("wait".to_owned(), "2026-01-02T11:00:00Z".to_owned())
    );
    assert_eq!(outcome(NEXT_DAY), ("pass".to_owned(), NEXT_DAY.to_owned()));
    assert_eq!(outcome("2126-01-01T00:00:00Z").0, "pass");
    let run = world.done(&["policy", "explain", "staging", "prod", "--at", "HEAD"]);
    run.says(&["as of 2026-01-01T12:00:00Z", "eligible in 1 day"]);
}

#[test]
fn nothing_to_explain_and_nothing_that_makes_sense() {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    let run = world.refused(0, &["policy", "explain", "staging", "prod"]);
    assert_eq!(run.stdout, "");
    run.says(&["prod serves what staging serves: nothing to do"]);
    assert_eq!(explained(&world, &[])["outcome"], "nothing");
    world
        .refused(1, &["policy", "explain", "stagin", "prod"])
        .says(&["did you mean `staging`?"]);
    world
        .refused(
            1,
            &["policy", "explain", "staging", "prod", "prompts/ruoter"],
        )
        .says(&["prompts/router"]);
    world.refused(2, &["policy", "explain", "prod", "prod"]);
}

#[test]
fn explaining_needs_no_identity() {
    let world = World::demanding(&["min_dwell=24h"]);
    let mut command = world.program(&world.repo());
    for name in [
        "GIT_AUTHOR_NAME",
        "GIT_AUTHOR_EMAIL",
        "GIT_COMMITTER_NAME",
        "GIT_COMMITTER_EMAIL",
    ] {
        command.env_remove(name);
    }
    assert_eq!(
        Run::of(command.args(["policy", "explain", "staging", "prod"])).exit,
        0
    );
}

#[test]
fn a_shallow_clone_explains_what_needs_no_history() {
    let world = World::demanding(&["required_source=staging", "allow_rolled_back=true"]);
    let clone = |world: &World, name: &str| {
        let origin = format!("file://{}", world.repo().display());
        world.git(&[
            "clone",
            "-q",
            "--depth=1",
            &origin,
            world.path(name).to_str().unwrap(),
        ]);
        world.run_in(
            &world.path(name),
            &["policy", "explain", "staging", "prod", "--json"],
        )
    };
    let answer = clone(&world, "first").json(0);
    assert_eq!(
        (
            &answer["outcome"],
            &answer["moves"][0]["verdicts"][0]["evidence"]
        ),
        (&"pass".into(), &Value::Null)
    );
    world.done(&["policy", "set", "prod", "min_dwell=24h"]);
    let answer = clone(&world, "second").json(7);
    assert!(
        answer["error"]["message"]
            .as_str()
            .unwrap()
            .contains("git fetch --unshallow"),
        "{answer:#}"
    );
}
