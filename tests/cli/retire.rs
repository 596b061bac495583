use crate::world::World;

#[test]
fn the_pointers_go_and_the_versions_stay() {
    let world = World::promoted();
    let start = world.head();
    let run = world.done(&[
        "retire",
        "prod",
        "prompts/router",
        "prompts/greeting",
        "-y",
        "-m",
        "Over",
    ]);
    assert_eq!(
        run.stdout,
        "prompts/greeting\t1\t-\tremoved\nprompts/router\t1\t-\tremoved\n"
    );
    let short = &world.head()[..10];
    run.says(&[
        &format!("retired from prod: 2 pointers ({short})"),
        &format!("undo: envctl undo {short}"),
    ]);
    assert_eq!(world.subjects(&start), ["retire 2 pointers from prod"]);
    let message = world.git(&["log", "-1", "--format=%B"]);
    assert!(message.contains(
        "\nprompts/greeting 1 removed\nprompts/router 1 removed\n\nOver\n\nEnvctl-Action: retire\n"
    ));
    assert_eq!(
        world.git(&["show", "--format=", "--name-only", "HEAD"]),
        "pointers/prod.toml"
    );
    world.done(&["resolve", "prompts/router", "--env", "staging"]);
    assert_eq!(
        world.json(1, &["resolve", "prompts/router", "--env", "prod"])["error"]["code"],
        "not-served"
    );
    world.done(&["check"]);
}

#[test]
fn what_is_named_twice_goes_once() {
    let world = World::promoted();
    let answer = world.json(
        0,
        &["retire", "prod", "prompts/router", "prompts/router", "-y"],
    );
    assert_eq!(answer["moves"].as_array().unwrap().len(), 1);
    assert_eq!(answer["moves"][0]["direction"], "removed");
    assert_eq!(
        (&answer["environment"], &answer["changed"]),
        (&"prod".into(), &true.into())
    );
}

#[test]
fn undo_brings_exactly_that_back() {
    for resources in [
        &["prompts/router"] as &[&str],
        &["prompts/router", "prompts/greeting"],
    ] {
        let world = World::promoted();
        let before = world.read("pointers/prod.toml");
        let answer = world.json(0, &[&["retire", "prod", "-y"], resources].concat());
        let undo: Vec<&str> = answer["undo"]
            .as_str()
            .unwrap()
            .split(' ')
            .skip(1)
            .collect();
        world.done(&[&*undo, &["-y"]].concat());
        assert_eq!(world.read("pointers/prod.toml"), before);
    }
}

#[test]
fn names_that_make_no_sense_are_refused() {
    let world = World::promoted();
    for (arguments, exit, code) in [
        (
            &["retire", "prod", "prompts/ruoter", "-y"] as &[&str],
            1,
            "no-such-resource",
        ),
        (
            &["retire", "prdo", "prompts/router", "-y"],
            1,
            "no-such-environment",
        ),
        (&["retire", "prod", "-y"], 2, "usage"),
        (
            &["retire", "prod", "prompts/router"],
            2,
            "confirmation-needed",
        ),
    ] {
        world.refused(exit, arguments);
        assert_eq!(
            world.json(exit, arguments)["error"]["code"],
            code,
            "{arguments:?}"
        );
    }
    world.publish("prompts/new", "x", "staging");
    let half = ["retire", "prod", "prompts/router", "prompts/new", "-y"];
    world
        .refused(1, &half)
        .says(&["no version of prompts/new is live in `prod`"]);
    assert_eq!(world.json(1, &half)["error"]["code"], "not-live");
}

#[test]
fn it_is_no_way_around_an_approval() {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    let policy = "\n[policy]\nrequires_approval = true\n";
    world.write(
        "environments/prod.toml",
        world.read("environments/prod.toml") + policy,
    );
    world.commit_all("policy");
    let before = world.read("pointers/prod.toml");
    world.run(&["retire", "prod", "prompts/router", "-y"]);
    assert_eq!(world.read("pointers/prod.toml"), before);
    assert!(world.read("pending/prod.toml").contains("retire = true"));
}
