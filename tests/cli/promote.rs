use serde_json::Value;

use crate::world::{PROVIDER, ROUTE, World, codes};

#[test]
fn every_pointer_that_differs_moves_in_one_commit() {
    let world = World::published();
    let start = world.head();
    let run = world.done(&["promote", "staging", "prod", "-y", "-m", "Weekly release"]);
    assert_eq!(
        run.stdout,
        "prompts/greeting\t-\t1\tnew\nprompts/router\t-\t1\tnew\n"
    );
    let short = &world.head()[..10];
    let undo = format!("undo: envctl undo {short}");
    run.says(&[&format!("staging → prod: 2 pointers ({short})"), &undo]);
    assert_eq!(
        world.subjects(&start),
        ["promote staging → prod: 2 pointers"]
    );
    assert_eq!(
        world.git(&["show", "--format=", "--name-status", "HEAD"]),
        "A\tpointers/prod.toml"
    );
    assert_eq!(
        world.read("pointers/prod.toml"),
        "[prompts.greeting]\nversion = 1\n\n[prompts.router]\nversion = 1\n"
    );
    assert_eq!(world.status(), "");
}

#[test]
fn the_message_reads_like_a_persons_and_ends_in_trailers() {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y", "-m", "Shorter answers"]);
    let message = world.git(&["log", "-1", "--format=%B"]);
    let (text, trailers) = message.rsplit_once("\n\n").unwrap();
    assert_eq!(
        text,
        "promote staging → prod: 1 pointer\n\nprompts/router 1 → 2\n\nShorter answers"
    );
    let read = world.git(&["log", "-1", "--format=%(trailers:only,unfold)"]);
    assert_eq!(read.trim(), trailers.trim());
    let keys: Vec<_> = trailers
        .lines()
        .map(|line| line.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        keys,
        [
            "Envctl-Action",
            "Envctl-From",
            "Envctl-To",
            "Envctl-Operation"
        ]
    );
}

#[test]
fn its_undo_and_a_revert_both_take_it_back() {
    let world = World::promoted();
    let before = world.read("pointers/prod.toml");
    world.json(0, &["promote", "staging", "prod", "-y"]);
    world.git(&["revert", "--no-edit", "HEAD"]);
    assert_eq!(world.read("pointers/prod.toml"), before);
    world.done(&["check"]);
    world.done(&["promote", "staging", "prod", "prompts/router", "-y"]);
    world.done(&["undo", "-y"]);
    assert_eq!(world.read("pointers/prod.toml"), before);
}

#[test]
fn a_dry_run_shows_the_plan_and_changes_nothing() {
    let world = World::promoted();
    let run = world.refused(0, &["promote", "staging", "prod", "-n"]);
    assert_eq!(run.stdout, "prompts/router\t1\t2\tforward\n");
    run.says(&["nothing was changed"]);
    let answer = world.json(0, &["promote", "staging", "prod", "--dry-run"]);
    let expected = serde_json::json!([
        { "environment": "prod", "resource": "prompts/router", "before": 1, "after": 2, "direction": "forward",
          "outcome": "pass", "eligible": null, "verdicts": [] }
    ]);
    assert_eq!(
        (&answer["moves"], &answer["dry_run"], &answer["changed"]),
        (&expected, &true.into(), &true.into())
    );
    assert_eq!(
        (&answer["commit"], &answer["undo"]),
        (&().into(), &().into())
    );
}

#[test]
fn only_what_is_named_moves() {
    let world = World::published();
    world.done(&["promote", "staging", "prod", "prompts/router", "-y"]);
    assert_eq!(
        world.done(&["status"]).stdout.matches("\tprod\t").count(),
        1
    );
    for (resource, exit, code, hint) in [
        (
            "prompts/ruoter",
            1,
            "no-such-resource",
            "did you mean prompts/router?",
        ),
        ("routing/none", 1, "no-such-resource", ""),
    ] {
        let run = world.refused(exit, &["promote", "staging", "prod", resource, "-y"]);
        run.says(&[hint]);
        assert_eq!(
            world.json(exit, &["promote", "staging", "prod", resource, "-y"])["error"]["code"],
            code
        );
    }
}

#[test]
fn a_named_resource_that_from_does_not_serve_is_an_error() {
    let world = World::published();
    world.done(&["env", "create", "qa"]);
    world.refused(1, &["promote", "qa", "prod", "prompts/router", "-y"]);
    assert_eq!(
        world.json(1, &["promote", "qa", "prod", "prompts/router", "-y"])["error"]["code"],
        "not-live"
    );
}

#[test]
fn what_only_the_target_serves_stays_unless_pruned() {
    let world = World::published();
    world.publish("prompts/extra", "x", "prod");
    world.done(&["promote", "staging", "prod", "-y"]);
    assert!(world.read("pointers/prod.toml").contains("[prompts.extra]"));
    let run = world.done(&["promote", "staging", "prod", "--prune", "-y"]);
    assert_eq!(run.stdout, "prompts/extra\t1\t-\tremoved\n");
    assert!(!world.read("pointers/prod.toml").contains("extra"));
    world.done(&["check"]);
}

#[test]
fn promoting_from_an_environment_behind_moves_back() {
    let world = World::promoted();
    world.done(&["env", "create", "qa"]);
    world.done(&["promote", "staging", "qa", "-y"]);
    let run = world.done(&["promote", "prod", "qa", "-y"]);
    assert_eq!(run.stdout, "prompts/router\t2\t1\tback\n");
}

#[test]
fn nothing_to_do_is_no_commit() {
    let world = World::published();
    world.done(&["promote", "staging", "prod", "-y"]);
    for arguments in [
        &["promote", "staging", "prod"] as &[&str],
        &["promote", "staging", "prod", "-y"],
    ] {
        world
            .refused(0, arguments)
            .says(&["prod serves what staging serves: nothing to do"]);
        let answer = world.json(0, arguments);
        assert_eq!(
            (&answer["changed"], &answer["moves"]),
            (&false.into(), &serde_json::json!([]))
        );
    }
}

#[test]
fn names_that_make_no_sense_are_refused() {
    let world = World::published();
    for (arguments, exit, said) in [
        (
            &["promote", "stagin", "prod", "-y"] as &[&str],
            1,
            "did you mean `staging`?",
        ),
        (
            &["promote", "staging", "prdo", "-y"],
            1,
            "did you mean `prod`?",
        ),
        (&["promote", "staging", "staging", "-y"], 2, "staging"),
        (&["promote", "staging", "PROD", "-y"], 2, "PROD"),
        (&["promote"], 2, "Usage"),
        (&["promote", "prompts/router", "prod"], 2, "prompts/router"),
    ] {
        world.refused(exit, arguments).says(&[said]);
    }
}

#[test]
fn without_a_terminal_the_missing_flag_is_named() {
    let world = World::published();
    world.done(&["env", "create", "qa"]);
    for arguments in [
        &["promote", "staging", "prod"] as &[&str],
        &["promote", "staging", "qa"],
        &["promote", "staging", "prod", "--no-input"],
    ] {
        world
            .refused(2, arguments)
            .says(&["confirmation required", "--yes"]);
        assert_eq!(
            world.json(2, arguments)["error"]["code"],
            "confirmation-needed"
        );
    }
    world.refused(2, &["promote", "staging", "-y"]).says(&[
        "the environment to promote to",
        "prod",
        "qa",
    ]);
    world.done(&["promote", "staging", "qa", "-y"]);
}

#[test]
fn a_version_moves_only_from_the_source_that_the_policy_requires() {
    let world = World::published();
    world.done(&["env", "create", "qa"]);
    let policy = "\n[policy]\nrequired_source = \"staging\"\n";
    world.write(
        "environments/prod.toml",
        world.read("environments/prod.toml") + policy,
    );
    world.commit_all("policy");
    world.publish("prompts/other", "x", "qa");
    let run = world.refused(4, &["promote", "qa", "prod", "-y"]);
    run.says(&[
        "error[required-source]",
        "prompts/other@1",
        "pointers/prod.toml:",
        "help: promote it there first",
    ]);
    for more in ["-y", "-n"] {
        let answer = world.json(4, &["promote", "qa", "prod", more]);
        assert_eq!(
            (answer["error"]["code"].as_str(), codes(&answer)),
            (Some("refused"), vec!["required-source"])
        );
        let found = &answer["findings"][0];
        assert_eq!(found["key"], "prompts.other.version");
    }
    let straight = world.fed(
        b"new",
        &[
            "publish",
            "prompts/other",
            "-",
            "--to",
            "prod",
            "-y",
            "--json",
        ],
    );
    assert_eq!(codes(&straight.json(4)), ["required-source"]);
    assert!(
        !world
            .git(&["ls-tree", "-r", "--name-only", "HEAD"])
            .contains("prompts/other/2")
    );
    world
        .done(&["promote", "qa", "staging", "-y"])
        .says(&["next: envctl promote staging prod"]);
    world.done(&["promote", "staging", "prod", "-y"]);
}

#[test]
fn one_kind_may_have_a_policy_of_its_own() {
    let world = World::published();
    world.done(&["env", "create", "qa"]);
    let policy = "\n[policy.routing]\nrequired_source = \"staging\"\n";
    world.write(
        "environments/prod.toml",
        world.read("environments/prod.toml") + policy,
    );
    world.commit_all("policy");
    world.publish("prompts/free", "x", "qa");
    world.publish("providers/openai", PROVIDER, "qa");
    world.publish("routing/bound", ROUTE, "qa");
    let refused = world.json(4, &["promote", "qa", "prod", "-y"]);
    assert_eq!(codes(&refused), ["required-source"]);
    world.done(&["promote", "qa", "prod", "prompts/free", "-y"]);
}

#[test]
fn a_version_that_somebody_committed_broken_does_not_go_live() {
    let world = World::promoted();
    world.done(&["env", "create", "qa"]);
    world.write("routing/broken/1.toml", "x = \n");
    world.write("pointers/qa.toml", "[routing.broken]\nrelease = 1\n");
    world.commit_all("by hand");
    let before = world.everything();
    let answer = world.json(4, &["promote", "qa", "staging", "-y"]);
    assert_eq!(codes(&answer), ["toml-syntax"]);
    assert_eq!(answer["findings"][0]["line"], 1);
    assert_eq!(world.everything(), before);
    assert_eq!(codes(&world.json(11, &["check"])), ["toml-syntax"]);
}

#[test]
fn what_waits_for_a_yes_is_shown_beside_the_error() {
    let world = World::promoted();
    let answer = world.json(2, &["promote", "staging", "prod"]);
    assert_eq!(answer["error"]["code"], "confirmation-needed");
    assert_eq!(answer["moves"][0]["after"], 2);
}

#[test]
fn a_dry_run_sees_what_is_in_the_way() {
    let world = World::promoted();
    world.write("pointers/prod.toml", "# mine\n");
    let answer = world.json(6, &["promote", "staging", "prod", "-n"]);
    assert_eq!(answer["error"]["code"], "dirty");
    assert_eq!(world.read("pointers/prod.toml"), "# mine\n");
}

#[test]
fn a_plan_is_kept_in_a_file_and_made_as_it_was() {
    let world = World::promoted();
    let before = world.everything();
    let file = world.path("plan.json");
    let file = file.to_str().unwrap();
    let planned = world.json(0, &["promote", "staging", "prod", "--plan-out", file]);
    assert_eq!(
        (&planned["dry_run"], &planned["commit"]),
        (&Value::Bool(true), &Value::Null)
    );
    assert_eq!(world.everything(), before);
    assert_eq!(
        world.json(0, &["promote", "--plan", file, "-n"])["digest"],
        planned["digest"]
    );
    // What has nothing to do with the plan does not change it.
    world.publish("prompts/other", "x", "staging");
    world.done(&["env", "create", "qa"]);
    let changed = world.json(6, &["promote", "--plan", file, "-y"]);
    assert_eq!(changed["error"]["code"], "plan-changed");
    world.done(&[
        "promote",
        "staging",
        "prod",
        "prompts/router",
        "--plan-out",
        file,
    ]);
    world.publish("prompts/third", "x", "staging");
    let made = world.json(0, &["promote", "--plan", file, "-y", "-m", "Agreed"]);
    assert_eq!(made["moves"].as_array().unwrap().len(), 1);
    assert!(world.git(&["log", "-1", "--format=%B"]).contains("Agreed"));
    assert_eq!(
        world.json(6, &["promote", "--plan", file, "-y"])["error"]["code"],
        "plan-changed"
    );
}

#[test]
fn a_digest_holds_as_long_as_the_plan_does() {
    let world = World::promoted();
    let digest = world.json(0, &["promote", "staging", "prod", "-n"])["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    let expect = ["promote", "staging", "prod", "-y", "--expect", &digest];
    world.publish("prompts/router", "Third\n", "staging");
    assert_eq!(
        world.refused(6, &expect).stdout,
        "prompts/router\t1\t3\tforward\n"
    );
    world.publish("prompts/router", "Route better\n", "staging");
    world.done(&["promote", "staging", "prod", "-n"]);
    let digest = world.json(0, &["promote", "staging", "prod", "-n"])["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    // A policy that makes the same moves wait makes another plan of them.
    let file = world.read("environments/prod.toml");
    world.write(
        "environments/prod.toml",
        format!("{file}\n[policy]\nrequires_approval = true\n"),
    );
    world.commit_all("policy");
    assert_eq!(
        world.json(
            6,
            &["promote", "staging", "prod", "-y", "--expect", &digest]
        )["error"]["code"],
        "plan-changed"
    );
    assert_eq!(
        world
            .run(&["promote", "staging", "prod", "-y", "--expect", "abc"])
            .exit,
        2
    );
}

#[test]
fn what_is_no_plan_is_refused() {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "--plan-out", "plan.json"]);
    let plan = world.read("plan.json");
    for (text, part) in [
        (String::new(), "EOF"),
        (
            plan.replace("envctl.plan/v1", "envctl.plan/v2"),
            "envctl.plan/v2",
        ),
        (plan.replace("\"prune\"", "\"prunes\""), "unknown field"),
        (plan.replace("\"staging\"", "\"Stäging\""), "Stäging"),
        (" ".repeat(1_100_000), "more than"),
    ] {
        world.write("plan.json", text);
        let run = world.run(&["promote", "--plan", "plan.json", "-y"]);
        assert!(run.exit == 1 && run.stderr.contains(part), "{run:?}");
    }
    // An edited plan is another plan, and would not come to the same.
    world.write("plan.json", plan.replace("\"after\": 2", "\"after\": 1"));
    assert_eq!(world.run(&["promote", "--plan", "plan.json", "-y"]).exit, 6);
    assert_eq!(
        world.run(&["promote", "--plan", "nowhere.json", "-y"]).exit,
        1
    );
    assert_eq!(
        world
            .run(&["promote", "staging", "--plan", "plan.json", "-y"])
            .exit,
        2
    );
    assert_eq!(
        world
            .run(&[
                "promote",
                "staging",
                "prod",
                "--plan-out",
                "no/such/folder/x"
            ])
            .exit,
        1
    );
}
