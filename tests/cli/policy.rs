use serde_json::{Value, json};

use crate::world::{Run, World, codes};

const NEXT_DAY: &str = "2026-01-02T12:00:00Z";

/// A promoted world at noon of the first of January, in which prod demands what `settings` say.
fn demanding(settings: &[&str]) -> World {
    let world = World::promoted();
    world.done(&[&["policy", "set", "prod"], settings].concat());
    world
}

fn explained(world: &World, more: &[&str]) -> Value {
    world.json(0, &[&["policy", "explain", "staging", "prod"], more].concat())
}

fn explained_at(world: &World, time: &str, more: &[&str]) -> Value {
    world.done_at(time, &[&["policy", "explain", "staging", "prod", "--json"], more].concat()).json(0)
}

/// Rule and outcome of each verdict, move by move.
fn verdicts(answer: &Value) -> Vec<String> {
    let moves = answer["moves"].as_array().unwrap().iter();
    let verdicts = moves.flat_map(|moved| moved["verdicts"].as_array().unwrap());
    verdicts
        .map(|verdict| format!("{} {}", verdict["rule"].as_str().unwrap(), verdict["outcome"].as_str().unwrap()))
        .collect()
}

#[test]
fn keys_are_set_in_one_commit_that_says_what_changed() {
    let world = World::new();
    world.done(&["policy", "set", "prod", "min_dwell=24h"]);
    let before = world.read("environments/prod.toml");
    let start = world.head();
    let arguments = ["policy", "set", "prod", "min_dwell=48h", "prompts.requires_approval=true", "-m", "Legal reads"];
    let run = world.done(&arguments);
    assert_eq!(run.stdout, "min_dwell\t24h\t2 days\nprompts.requires_approval\t-\ttrue\n");
    let short = &world.head()[..10];
    run.says(&[&format!("({short})"), &format!("undo: git revert {short}"), "next: envctl policy show prod"]);
    assert_eq!(world.subjects(&start), ["policy set prod: min_dwell, prompts.requires_approval"]);
    let message = world.git(&["log", "-1", "--format=%B"]);
    assert!(
        message.contains("\n\nmin_dwell: 24h → 2 days\nprompts.requires_approval: unset → true\n\nLegal reads\n\n")
    );
    let policy = "\n[policy]\nmin_dwell = \"2 days\"\n\n[policy.prompts]\nrequires_approval = true\n";
    assert!(world.read("environments/prod.toml").ends_with(policy));
    assert_eq!(world.status(), "");
    world.git(&["revert", "--no-edit", "HEAD"]);
    assert_eq!(world.read("environments/prod.toml"), before);
    world.done(&["check"]);
}

#[test]
fn taking_the_last_key_out_leaves_no_trace() {
    let world = World::new();
    let before = world.read("environments/prod.toml");
    world.done(&["policy", "set", "prod", "no_rollback=true", "routing.min_dwell=1h"]);
    world.done(&["policy", "set", "prod", "no_rollback=", "routing.min_dwell="]);
    assert_eq!(world.read("environments/prod.toml"), before);
}

#[test]
fn what_is_already_so_is_no_commit() {
    let world = World::new();
    world.done(&["policy", "set", "prod", "min_dwell=24h"]);
    for settings in [&["min_dwell=1 day"] as &[&str], &["no_rollback="], &["min_dwell=24h", "prompts.min_dwell="]] {
        let arguments = [&["policy", "set", "prod"], settings].concat();
        assert_eq!(world.refused(0, &arguments).says(&["nothing to do"]).stdout, "");
        let answer = world.json(0, &arguments);
        assert_eq!((&answer["changed"], &answer["settings"]), (&false.into(), &json!([])));
    }
    let answer = world.json(0, &["policy", "set", "prod", "min_dwell=24h", "providers.min_dwell=false"]);
    let expected = json!([{ "kind": "providers", "key": "min_dwell", "before": null, "after": false }]);
    assert_eq!(answer["settings"], expected);
}

#[test]
fn a_dry_run_shows_the_keys_and_changes_nothing() {
    let world = World::new();
    let run = world.refused(0, &["policy", "set", "prod", "min_dwell=24h", "-n"]);
    assert_eq!(run.stdout, "min_dwell\t-\t24h\n");
    run.says(&["dry run: policy set prod: min_dwell", "nothing was changed"]);
    let answer = world.json(0, &["policy", "set", "prod", "min_dwell=24h", "--dry-run"]);
    assert_eq!((&answer["dry_run"], &answer["commit"]), (&true.into(), &Value::Null));
}

#[test]
fn what_is_no_setting_is_a_usage_error_that_says_what_fits() {
    let world = World::new();
    for (settings, said) in [
        (&["min_dwel=24h"] as &[&str], "did you mean min_dwell?"),
        (&["prompt.min_dwell=24h"], "did you mean prompts?"),
        (&["min_dwell"], "key=value"),
        (&["min_dwell=24"], "90m, 24h or 2 days"),
        (&["min_dwell=-1h"], "negative"),
        (&["min_dwell=1.5h"], "fraction"),
        (&["min_dwell=99999999999h"], "min_dwell takes"),
        (&["no_rollback=maybe"], "true or false"),
        (&["required_source=Prod"], "the slug of an environment"),
        (&["min_dwell=1h", "min_dwell=2h"], "min_dwell is set twice"),
        (&["min_dwell=1h", "prompts.no_rollback=true", "prompts.no_rollback="], "prompts.no_rollback is set twice"),
        (&[], "<KEY=VALUE>"),
    ] {
        world.refused(2, &[&["policy", "set", "prod"], settings].concat()).says(&["error: ", said]);
    }
    world.refused(1, &["policy", "set", "prdo", "min_dwell=1h"]).says(&["did you mean `prod`?"]);
}

#[test]
fn a_source_that_cannot_be_is_refused_by_the_judge() {
    let world = World::new();
    for source in ["nowhere", "prod"] {
        for key in ["required_source", "routing.required_source"] {
            let setting = format!("{key}={source}");
            world.refused(4, &["policy", "set", "prod", &setting]).says(&["error[policy-source]", source]);
            assert_eq!(codes(&world.json(4, &["policy", "set", "prod", &setting, "-n"])), ["policy-source"]);
        }
    }
}

#[test]
fn a_policy_written_in_one_line_is_no_surprise() {
    let world = World::new();
    let text = "name = \"Production\"\npolicy = { min_dwell = \"1h\" }\n";
    world.write("environments/prod.toml", text);
    world.commit_all("by hand");
    world.refused(1, &["policy", "set", "prod", "no_rollback=true"]).says(&["[policy]"]);
    world.done(&["policy", "set", "prod", "min_dwell=2h"]);
    assert_eq!(world.read("environments/prod.toml"), text.replace("1h", "2h"));
}

#[test]
fn a_policy_may_change_while_a_release_waits() {
    let world = demanding(&["requires_approval=true"]);
    world.write("pending/prod.toml", "from = \"staging\"\n\n[prompts.router]\nversion = 2\nseen = 1\n");
    world.commit_all("request");
    world.done(&["policy", "set", "prod", "requires_approval="]).says(&["a release waits for approval in prod"]);
}

#[test]
fn a_policy_is_shown_as_it_is_in_force() {
    let world = World::new();
    let run = world.done(&["policy", "show", "prod"]);
    assert_eq!(run.stdout, "");
    run.says(&["nothing is demanded of a move into prod"]);
    let before = world.head();
    world.done(&[
        "policy",
        "set",
        "prod",
        "required_source=staging",
        "min_dwell=24h",
        "no_rollback=true",
        "separation_of_duties=true",
        "prompts.min_dwell=1h",
        "routing.min_dwell=0s",
        "providers.required_source=false",
        "providers.no_rollback=false",
    ]);
    let shown = "\
required_source\tstaging\tstaging\tstaging\t-
min_dwell\t24h\t1h\t-\t24h
no_rollback\ttrue\ttrue\ttrue\t-
rollback_window\t-\t24h\t24h\t-
requires_approval\t-\ttrue\ttrue\ttrue
separation_of_duties\ttrue\ttrue\ttrue\ttrue
";
    assert_eq!(world.done(&["policy", "show", "prod"]).stdout, shown);
    let answer = world.json(0, &["policy", "show", "prod"]);
    assert_eq!(answer["policy"]["min_dwell"], "24h");
    assert_eq!(answer["overrides"]["routing"], json!({ "min_dwell": "0s" }));
    assert_eq!(answer["in_force"]["providers"]["required_source"], Value::Null);
    let prompts = json!({
        "required_source": "staging", "min_dwell": "1h", "no_rollback": true, "rollback_window": "24h",
        "requires_approval": true, "separation_of_duties": true, "approve_rollbacks": null
    });
    assert_eq!(answer["in_force"]["prompts"], prompts);
    assert_eq!(world.done(&["policy", "show", "prod", "--at", &before]).stdout, "");
    world.refused(1, &["policy", "show", "prdo"]).says(&["did you mean `prod`?"]);
}

#[test]
fn without_a_policy_everything_moves_now() {
    let world = World::promoted();
    let run = world.refused(0, &["policy", "explain", "staging", "prod"]);
    assert_eq!(run.stdout, "prompts/router\t1\t2\t-\tpass\t-\t-\t-\n");
    run.says(&["a promotion moves 1 pointer now", "  envctl promote staging prod  # moves all of it now"]);
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
    world.done(&["policy", "set", "prod", "required_source=staging", "min_dwell=24h", "no_rollback=true"]);
    let answer = explained_at(&world, NEXT_DAY, &[]);
    assert_eq!(verdicts(&answer), ["required-source pass", "min-dwell pass", "no-rollback pass"]);
    assert_eq!((&answer["outcome"], &answer["at"]), (&"pass".into(), &NEXT_DAY.into()));
    let evidence = |index: usize| &answer["moves"][0]["verdicts"][index]["evidence"];
    assert_eq!((evidence(0), evidence(1)), (&Value::from(&*published), &Value::from(&*published)));
    world.done_at(NEXT_DAY, &["promote", "staging", "prod", "-y"]);
}

#[test]
fn a_wait_says_when_it_ends() {
    let world = demanding(&["min_dwell=24h"]);
    let at = "2026-01-02T08:48:00Z";
    let answer = explained_at(&world, at, &[]);
    assert_eq!(verdicts(&answer), ["min-dwell wait"]);
    assert_eq!((&answer["outcome"], &answer["wait"], &answer["at"]), (&"wait".into(), &"dwell".into(), &at.into()));
    for eligible in
        [&answer["eligible"], &answer["moves"][0]["eligible"], &answer["moves"][0]["verdicts"][0]["eligible"]]
    {
        assert_eq!(eligible, NEXT_DAY);
    }
    assert_eq!(answer["commands"], json!([]));
    let run = world.done_at(at, &["policy", "explain", "staging", "prod"]);
    run.says(&["a promotion of 1 pointer waits: eligible in 3 h 12 min, at 2026-01-02T12:00:00Z"]);
    let columns: Vec<&str> = run.stdout.trim_end().split('\t').collect();
    assert_eq!(columns[..6], ["prompts/router", "1", "2", "min-dwell", "wait", NEXT_DAY]);
    assert_eq!(columns[6].len(), 40);
    assert!(columns[7].contains("live in `staging` since 2026-01-01T12:00:00Z"), "{columns:?}");
    let mut command = world.program(&world.repo());
    let refused = Run::of(command.args(["promote", "staging", "prod", "-y"]).env("GIT_COMMITTER_DATE", at));
    assert_ne!(refused.exit, 0, "{refused:?}");
}

#[test]
fn only_what_is_eligible_is_proposed() {
    let world = World::promoted();
    world.done(&["policy", "set", "prod", "min_dwell=24h"]);
    world.write("other.md", "x");
    world.done_at("2026-01-02T06:00:00Z", &["publish", "prompts/other", "other.md", "--to", "staging", "-y"]);
    let answer = explained_at(&world, NEXT_DAY, &[]);
    assert_eq!(verdicts(&answer), ["min-dwell wait", "min-dwell pass"]);
    assert_eq!((&answer["outcome"], &answer["eligible"]), (&"wait".into(), &"2026-01-03T06:00:00Z".into()));
    assert_eq!(answer["commands"], json!(["envctl promote staging prod prompts/router"]));
    let only = explained_at(&world, NEXT_DAY, &["prompts/router"]);
    assert_eq!((&only["outcome"], only["moves"].as_array().unwrap().len()), (&"pass".into(), 1));
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
    assert_eq!((verdicts(&answer), &answer["outcome"]), (vec!["required-source refuse".to_owned()], &"refuse".into()));
    assert_eq!(answer["commands"], json!(["envctl promote qa staging prompts/router"]));
    let why = answer["moves"][0]["verdicts"][0]["why"].as_str().unwrap();
    assert!(why.contains("prompts/router@3 is not live in `staging`"), "{why}");
    world.run(&["policy", "explain", "qa", "prod"]).says(&["a promotion of 1 pointer is refused"]);
}

#[test]
fn what_needs_approval_is_recorded_and_waits() {
    let world = demanding(&["requires_approval=true"]);
    let answer = explained(&world, &[]);
    assert_eq!(verdicts(&answer), ["approval wait"]);
    assert_eq!((&answer["outcome"], &answer["wait"]), (&"request".into(), &"approval".into()));
    assert_eq!(answer["commands"], json!(["envctl promote staging prod"]));
    world.run(&["policy", "explain", "staging", "prod"]).says(&["is recorded and waits for approval"]);
    world.write("pending/prod.toml", "from = \"staging\"\n\n[prompts.router]\nversion = 2\nseen = 1\n");
    world.commit_all("request");
    let answer = explained(&world, &[]);
    assert_eq!((verdicts(&answer), &answer["outcome"]), (vec!["approval wait".to_owned()], &"requested".into()));
    assert_eq!(answer["commands"][0], "envctl approve prod");
    world.publish("prompts/router", "Route best\n", "staging");
    let answer = explained(&world, &[]);
    let refused = "pending-release refuse".to_owned();
    assert_eq!((verdicts(&answer), &answer["outcome"]), (vec![refused], &"refuse".into()));
    assert_eq!(answer["commands"][2], "envctl withdraw prod");
}

#[test]
fn one_kind_may_need_no_approval() {
    let world = World::published();
    world.write("rule.toml", "endpoint = \"chat\"\n");
    world.done(&["publish", "routing/primary", "rule.toml", "--to", "staging", "-y"]);
    world.done(&["policy", "set", "prod", "prompts.requires_approval=true"]);
    let answer = explained(&world, &[]);
    assert_eq!(answer["outcome"], "request");
    let commands = json!(["envctl promote staging prod", "envctl promote staging prod routing/primary"]);
    assert_eq!(answer["commands"], commands);
}

#[test]
fn a_rollback_waits_for_the_window() {
    let world = demanding(&["no_rollback=true"]);
    world.done(&["promote", "staging", "prod", "-y"]);
    world.done(&["env", "create", "old"]);
    world.done(&["policy", "set", "prod", "rollback_window=2h"]);
    world.write("pointers/old.toml", "[prompts.router]\nversion = 1\n");
    world.commit_all("by hand");
    let answer = world.json(0, &["policy", "explain", "old", "prod"]);
    assert_eq!((&answer["outcome"], &answer["wait"]), (&"wait".into(), &"window".into()));
    assert_eq!(
        (&answer["eligible"], verdicts(&answer)),
        (&"2026-01-01T14:00:00Z".into(), vec!["no-rollback wait".into()])
    );
    let later = world.done_at("2026-01-01T14:00:00Z", &["policy", "explain", "old", "prod", "--json"]).json(0);
    assert_eq!(later["outcome"], "pass");
}

#[test]
fn another_moment_is_explained_as_of_then() {
    let world = demanding(&["min_dwell=24h"]);
    let outcome = |at: &str| {
        let answer = explained_at(&world, "2026-01-03T12:00:00Z", &["--at", at]);
        (answer["outcome"].as_str().unwrap().to_owned(), answer["at"].as_str().unwrap().to_owned())
    };
    assert_eq!(outcome("HEAD"), ("wait".to_owned(), "2026-01-01T12:00:00Z".to_owned()));
    assert_eq!(outcome("HEAD~1"), ("pass".to_owned(), "2026-01-01T12:00:00Z".to_owned()));
    assert_eq!(outcome("2026-01-02T11:00:00Z"), ("wait".to_owned(), "2026-01-02T11:00:00Z".to_owned()));
    assert_eq!(outcome(NEXT_DAY), ("pass".to_owned(), NEXT_DAY.to_owned()));
    assert_eq!(outcome("2126-01-01T00:00:00Z").0, "pass");
    let run = world.done(&["policy", "explain", "staging", "prod", "--at", "HEAD"]);
    run.says(&["as of 2026-01-01T12:00:00Z:", "eligible in 1 day"]);
}

#[test]
fn nothing_to_explain_and_nothing_that_makes_sense() {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    let run = world.refused(0, &["policy", "explain", "staging", "prod"]);
    assert_eq!(run.stdout, "");
    run.says(&["prod serves what staging serves: nothing to do"]);
    assert_eq!(explained(&world, &[])["outcome"], "nothing");
    world.refused(1, &["policy", "explain", "stagin", "prod"]).says(&["did you mean `staging`?"]);
    world.refused(1, &["policy", "explain", "staging", "prod", "prompts/ruoter"]).says(&["prompts/router"]);
    world.refused(2, &["policy", "explain", "prod", "prod"]);
}

#[test]
fn explaining_needs_no_identity() {
    let world = demanding(&["min_dwell=24h"]);
    let mut command = world.program(&world.repo());
    for name in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"] {
        command.env_remove(name);
    }
    assert_eq!(Run::of(command.args(["policy", "explain", "staging", "prod"])).exit, 0);
}

#[test]
fn a_shallow_clone_explains_what_needs_no_history() {
    let world = demanding(&["required_source=staging"]);
    let clone = |world: &World, name: &str| {
        let origin = format!("file://{}", world.repo().display());
        world.git(&["clone", "-q", "--depth=1", &origin, world.path(name).to_str().unwrap()]);
        world.run_in(&world.path(name), &["policy", "explain", "staging", "prod", "--json"])
    };
    let answer = clone(&world, "first").json(0);
    assert_eq!((&answer["outcome"], &answer["moves"][0]["verdicts"][0]["evidence"]), (&"pass".into(), &Value::Null));
    world.done(&["policy", "set", "prod", "min_dwell=24h"]);
    let answer = clone(&world, "second").json(7);
    assert!(answer["error"]["message"].as_str().unwrap().contains("git fetch --unshallow"), "{answer:#}");
}
