use crate::world::{World, codes};

#[test]
fn an_environment_serves_exactly_the_versions_that_are_named() {
    let world = World::promoted();
    let start = world.head();
    let run = world.done(&[
        "point",
        "staging",
        "prompts/router@1",
        "prompts/greeting@1",
        "-y",
        "-m",
        "As reported",
    ]);
    assert_eq!(run.stdout, "prompts/router\t2\t1\tback\n");
    let short = &world.head()[..10];
    run.says(&[
        &format!("staging: 1 pointer ({short})"),
        &format!("undo: envctl undo {short}"),
    ]);
    assert_eq!(world.subjects(&start), ["point staging: 1 pointer"]);
    let log = world.json(0, &["log", "staging", "--limit", "1"]);
    assert_eq!(log["entries"][0]["actions"][0], "point", "{log:#}");
    world
        .done(&["point", "staging", "prompts/router@1", "-y"])
        .says(&["staging already serves that: nothing to do"]);
    world.done(&["check"]);
}

#[test]
fn what_is_not_there_is_said() {
    let world = World::promoted();
    for (arguments, exit, code) in [
        (
            &["point", "prdo", "prompts/router@1"][..],
            1,
            "no-such-environment",
        ),
        (
            &["point", "staging", "prompts/ruoter@1"],
            1,
            "no-such-resource",
        ),
        (
            &["point", "staging", "prompts/router@9"],
            1,
            "no-such-version",
        ),
        (
            &["point", "staging", "prompts/router@1", "prompts/router@2"],
            2,
            "usage",
        ),
        (&["point", "staging"], 2, "usage"),
        (&["point", "staging", "prompts/router"], 2, "usage"),
    ] {
        let answer = world.json(exit, &[arguments, &["-y"]].concat());
        assert_eq!(answer["error"]["code"], code, "{arguments:?}");
    }
    assert_eq!(
        world.json(2, &["point", "staging", "prompts/router@1"])["error"]["code"],
        "confirmation-needed"
    );
}

#[test]
fn the_policy_of_the_environment_judges_it() {
    let world = World::demanding(&["required_source=staging", "min_dwell=1h"]);
    let answer = world.json(5, &["point", "prod", "prompts/router@2", "-y"]);
    assert_eq!(codes(&answer), ["min-dwell"]);
}

#[test]
fn patterns_narrow_a_promotion() {
    let world = World::promoted();
    world.publish("prompts/greeting", "Hi\n", "staging");
    let moved = |options: &[&str]| {
        let answer = world.json(
            0,
            &[&["promote", "staging", "prod", "-n"], options].concat(),
        );
        let moves = answer["moves"].as_array().unwrap().clone();
        moves
            .iter()
            .map(|one| one["resource"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(moved(&[]), ["prompts/greeting", "prompts/router"]);
    assert_eq!(moved(&["--only", "prompts/r*"]), ["prompts/router"]);
    assert_eq!(moved(&["--except", "prompts/r*"]), ["prompts/greeting"]);
    assert_eq!(
        moved(&["--only", "prompts/*", "--except", "prompts/greeting"]),
        ["prompts/router"]
    );
    for option in ["--only", "--except"] {
        let answer = world.json(
            1,
            &["promote", "staging", "prod", "-y", option, "prompts/ruoter"],
        );
        assert_eq!(answer["error"]["code"], "no-such-resource");
        assert_eq!(
            world
                .run(&["promote", "staging", "prod", option, "prompts/["])
                .exit,
            2
        );
    }
    // A plan that was saved is made as it was narrowed.
    let plan = world.path("plan.json");
    let plan = plan.to_str().unwrap();
    world.done(&[
        "promote",
        "staging",
        "prod",
        "--only",
        "prompts/r*",
        "--plan-out",
        plan,
    ]);
    world.done(&["promote", "--plan", plan, "-y"]);
    assert!(
        world
            .read("pointers/prod.toml")
            .contains("[prompts.greeting]\nversion = 1")
    );
    assert!(
        world
            .read("pointers/prod.toml")
            .contains("[prompts.router]\nversion = 2")
    );
}
