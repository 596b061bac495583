//! A version that is named is the one that moves, or nothing does.

use crate::world::{World, codes};

const PINNED: [&str; 4] = ["promote", "staging", "prod", "prompts/router@2"];

#[test]
fn a_pinned_version_moves_and_check_agrees() {
    let world = World::demanding(&["required_source=staging"]);
    let before = world.head();
    let run = world.done(&[&PINNED[..], &["-y"]].concat());
    assert_eq!(run.stdout, "prompts/router\t1\t2\tforward\n");
    assert_eq!(
        world.git(&["show", "HEAD:pointers/prod.toml"]),
        "[prompts.greeting]\nversion = 1\n\n[prompts.router]\nversion = 2"
    );
    world.done(&["check", &format!("{before}..HEAD")]);
    // Once more there is nothing to do.
    world.refused(0, &[&PINNED[..], &["-y"]].concat());
}

#[test]
fn nothing_moves_if_the_source_serves_another_version() {
    let world = World::promoted();
    world.publish("prompts/router", "Route best\n", "staging");
    world.publish("prompts/greeting", "Hi\n", "staging");
    let both = [&PINNED[..], &["prompts/greeting", "-y"]].concat();
    let run = world.refused(6, &both);
    run.says(&[
        "`staging` serves prompts/router@3, not prompts/router@2",
        "envctl diff prompts/router@2 prompts/router@3",
        "envctl promote staging prod prompts/router@3",
        "envctl point prod prompts/router@2",
    ]);
    assert_eq!(
        world.run(&[&PINNED[..], &["-n", "--json"]].concat()).code(),
        "serves-another"
    );
    // The version that it serves moves, by the command that the hint names.
    world.done(&["promote", "staging", "prod", "prompts/router@3", "-y"]);
}

#[test]
fn a_pin_is_judged_by_the_policy_like_any_promotion() {
    let world = World::demanding(&["requires_approval=true"]);
    let run = world.run(&[&PINNED[..], &["-y"]].concat());
    assert_eq!(run.exit, 5, "{run:?}");
    assert!(
        world
            .read("pending/prod.toml")
            .contains("[prompts.router]\nversion = 2")
    );
    let dwell = World::demanding(&["min_dwell=24h"]);
    let answer = dwell.json(5, &[&PINNED[..], &["-y"]].concat());
    assert_eq!(answer["error"]["wait"], "dwell");
}

#[test]
fn what_says_that_it_is_a_pinned_promotion_is_judged_by_what_it_moves() {
    let world = World::demanding(&["required_source=staging"]);
    world.publish("prompts/router", "Route best\n", "staging");
    let before = world.head();
    world.replace(
        "pointers/prod.toml",
        "[prompts.router]\nversion = 1",
        "[prompts.router]\nversion = 2",
    );
    world.commit_all(
        "promote staging → prod: 1 pointer\n\nEnvctl-Action: promote\nEnvctl-From: staging\nEnvctl-To: prod",
    );
    let answer = world.json(11, &["check", &format!("{before}..HEAD")]);
    assert_eq!(codes(&answer), ["required-source"]);
}

#[test]
fn pins_contradict_each_other_or_a_source_that_serves_nothing() {
    let world = World::promoted();
    let promote = ["promote", "staging", "prod", "-y"];
    world
        .refused(
            2,
            &[&promote[..], &["prompts/router@1", "prompts/router@2"]].concat(),
        )
        .says(&["not both prompts/router@1 and prompts/router@2"]);
    world.done(&["retire", "staging", "prompts/router", "-y"]);
    for pruning in [&[][..], &["--prune"]] {
        let run = world.refused(1, &[&promote[..], &["prompts/router@1"], pruning].concat());
        run.says(&["no version of prompts/router is live in `staging`"]);
    }
}

#[test]
fn a_plan_keeps_its_pins() {
    let world = World::promoted();
    let file = world.path("plan.json");
    let file = file.to_str().unwrap();
    world.done(&[&PINNED[..], &["--plan-out", file]].concat());
    let plan = std::fs::read_to_string(file).unwrap();
    assert!(plan.contains("\"prompts/router@2\""), "{plan}");
    world.publish("prompts/router", "Route best\n", "staging");
    let run = world.refused(6, &["promote", "--plan", file, "-y"]);
    run.says(&["`staging` serves prompts/router@3"]);
    world.done(&["point", "staging", "prompts/router@2", "-y"]);
    world.done(&["promote", "--plan", file, "-y"]);
}

#[test]
fn a_rollback_takes_a_version_as_it_takes_a_number() {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    let run = world.done(&["rollback", "prod", "prompts/router@1", "-y"]);
    assert_eq!(run.stdout, "prompts/router\t2\t1\tback\n");
    assert_eq!(world.subjects("HEAD~1"), ["rollback prod: 1 pointer"]);
    for (named, why) in [
        (&["prompts/router@1", "--to", "1"][..], "so does --to"),
        (&["prompts/router@1", "--at", "HEAD~1"], "--at a moment"),
        (
            &["prompts/router@1", "prompts/greeting"],
            "exactly one resource",
        ),
        (
            &["prompts/router@1", "prompts/router@2"],
            "exactly one resource",
        ),
    ] {
        let run = world.refused(2, &[&["rollback", "prod", "-y"], named].concat());
        run.says(&[why]);
    }
    world.refused(1, &["rollback", "prod", "prompts/router@9", "-n"]);
}

#[test]
fn a_command_that_takes_only_a_resource_says_so() {
    let world = World::promoted();
    for arguments in [
        &["retire", "prod", "prompts/router@1", "-y"][..],
        &["resolve", "prompts/router@1"],
        &["publish", "prompts/router@3", "a.md"],
        &["blame", "prod", "prompts/router@1"],
        &["log", "prompts/router@1"],
        &["policy", "explain", "staging", "prod", "prompts/router@2"],
    ] {
        world.refused(2, arguments).says(&[
            "prompts/router@",
            "names a version, but only a resource is expected: prompts/router",
        ]);
    }
}
