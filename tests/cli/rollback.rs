use serde_json::{Value, json};

use crate::world::{Run, World, codes};

/// A world in which prod has served router 1, 2 and 3, one promotion after the other.
fn thrice() -> World {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    world.publish("prompts/router", "Route best\n", "staging");
    world.done(&["promote", "staging", "prod", "-y"]);
    world
}

/// What prod serves of router; none: nothing.
fn router(world: &World) -> Option<String> {
    let run = world.run(&["resolve", "prompts/router", "--env", "prod"]);
    (run.exit == 0).then(|| run.stdout.trim_end().to_owned())
}

/// Runs a command that the program proposed.
fn follow(world: &World, command: &Value) -> Run {
    let arguments: Vec<&str> = command.as_str().unwrap().split(' ').skip(1).collect();
    world.done(&[&*arguments, &["-y"]].concat())
}

/// The name of the commit in an answer, as messages show it.
fn short(answer: &Value) -> &str {
    &answer["commit"].as_str().unwrap()[..10]
}

fn by_hand(world: &World, old: &str, new: &str, message: &str) {
    world.replace("pointers/prod.toml", old, new);
    world.commit_all(message);
}

#[test]
fn the_last_change_is_undone_in_a_new_commit() {
    let world = thrice();
    let start = world.head();
    let run = world.done(&["rollback", "prod", "-y", "-m", "Too many refunds"]);
    assert_eq!(run.stdout, "prompts/router\t3\t2\tback\n");
    let short = &world.head()[..10];
    run.says(&[
        &format!("rolled back prod: 1 pointer ({short})"),
        &format!("undo: envctl undo {short}"),
    ]);
    assert_eq!(world.subjects(&start), ["rollback prod: 1 pointer"]);
    let message = world.git(&["log", "-1", "--format=%B"]);
    assert!(message.contains(
        "\n\nprompts/router 3 → 2\n\nToo many refunds\n\nEnvctl-Action: rollback\nEnvctl-To: prod\n"
    ));
    assert_eq!(
        world.git(&["show", "--format=", "--name-only", "HEAD"]),
        "pointers/prod.toml"
    );
    assert_eq!(world.status(), "");
    world.done(&["check"]);
}

#[test]
fn all_that_one_commit_moved_goes_back_together() {
    let world = World::promoted();
    world.publish("prompts/greeting", "Hi\n", "staging");
    world.done(&["promote", "staging", "prod", "-y"]);
    let answer = world.json(0, &["rollback", "prod", "-y"]);
    let back = |resource: &str| json!({ "environment": "prod", "resource": resource, "before": 2, "after": 1, "direction": "back", "outcome": "pass", "eligible": null, "verdicts": [] });
    assert_eq!(
        answer["moves"],
        json!([back("prompts/greeting"), back("prompts/router")])
    );
    assert_eq!(
        (&answer["schema"], &answer["environment"]),
        (&json!("envctl.rollback/v1"), &json!("prod"))
    );
    follow(&world, &answer["undo"]);
    assert_eq!(
        world.read("pointers/prod.toml"),
        world.read("pointers/staging.toml")
    );
}

#[test]
fn a_named_pointer_goes_back_over_what_others_did() {
    let world = thrice();
    world.publish("prompts/greeting", "Hi\n", "prod");
    world.done(&["rollback", "prod", "prompts/router", "-y"]);
    let pointers = "[prompts.greeting]\nversion = 2\n\n[prompts.router]\nversion = 2\n";
    assert_eq!(world.read("pointers/prod.toml"), pointers);
}

#[test]
fn several_named_pointers_each_lose_their_last_change() {
    let world = thrice();
    world.publish("prompts/greeting", "Hi\n", "prod");
    let run = world.done(&[
        "rollback",
        "prod",
        "prompts/router",
        "prompts/greeting",
        "-y",
    ]);
    assert_eq!(
        run.stdout,
        "prompts/greeting\t2\t1\tback\nprompts/router\t3\t2\tback\n"
    );
}

#[test]
fn undoing_a_first_release_removes_the_pointer_where_that_is_named() {
    let world = World::published();
    world.done(&["promote", "staging", "prod", "-y"]);
    let command = "envctl rollback prod prompts/greeting prompts/router";
    world
        .refused(2, &["rollback", "prod", "-y"])
        .says(&["would remove prompts/greeting, prompts/router", command]);
    let named: Vec<&str> = command.split(' ').skip(1).chain(["-y"]).collect();
    let run = world.done(&named);
    assert_eq!(
        run.stdout,
        "prompts/greeting\t1\t-\tremoved\nprompts/router\t1\t-\tremoved\n"
    );
    assert_eq!(router(&world), None);
    world.done(&["check"]);
}

#[test]
fn a_number_is_gone_back_to_only_if_it_was_live_there() {
    let world = World::promoted();
    world.publish("prompts/router", "Route best\n", "staging");
    let to = |number: &'static str| ["rollback", "prod", "prompts/router", "--to", number, "-y"];
    let run = world.refused(4, &to("3"));
    run.says(&[
        "prompts/router@3 was never live in `prod`",
        "envctl point prod prompts/router@3",
    ]);
    assert_eq!(world.json(4, &to("3"))["error"]["code"], "never-live");
    world.done(&["point", "prod", "prompts/router@3", "-y"]);
    world.done(&to("1"));
}

#[test]
fn a_rollback_follows_the_project_into_the_folder_that_it_came_from() {
    let world = thrice();
    world.git(&["rm", "-rq", "--cached", "."]);
    world.git(&["reset", "-q"]);
    std::fs::create_dir(world.path("repo/gate")).unwrap();
    for part in [
        "envctl.toml",
        "environments",
        "pointers",
        "prompts",
        ".gitattributes",
    ] {
        world.git(&["mv", part, &format!("gate/{part}")]);
    }
    world.git(&["commit", "-qm", "move the project"]);
    let gate = world.path("repo/gate");
    let run = world.run_in(&gate, &["rollback", "prod", "-y"]);
    assert_eq!(
        (run.exit, run.stdout.as_str()),
        (0, "prompts/router\t3\t2\tback\n"),
        "{run:?}"
    );
}

#[test]
fn a_rollback_of_a_rollback_would_be_a_guess() {
    let world = thrice();
    world.done(&["rollback", "prod", "-y"]);
    let run = world.refused(2, &["rollback", "prod", "-y"]);
    run.says(&[
        "would be a guess",
        "hint: envctl rollback prod --at ",
        "Z by Ana: prompts/router 2 → 3",
        "prompts/router 2 → 1",
    ]);
    let answer = world.json(2, &["rollback", "prod", "-y"]);
    assert_eq!(answer["error"]["code"], "would-guess");
    let states = answer["states"].as_array().unwrap();
    let after: Vec<_> = states
        .iter()
        .map(|state| state["moves"].as_array().unwrap().len())
        .collect();
    assert_eq!(
        after,
        [1, 1, 2],
        "router 3, router 1, and nothing at all: what is live is not offered"
    );
    assert_eq!(states[0]["author"]["email"], "ana@example.org");
    assert_eq!(states[0]["commit"], world.git(&["rev-parse", "HEAD~1"]));
    follow(&world, &states[0]["command"]);
    assert_eq!(router(&world).as_deref(), Some("3"));
}

#[test]
fn of_a_named_pointer_its_numbers_are_offered() {
    let world = thrice();
    world.done(&["rollback", "prod", "-y"]);
    world.publish("prompts/greeting", "Hi\n", "prod");
    let answer = world.json(2, &["rollback", "prod", "prompts/router", "-y"]);
    let commands: Vec<_> = answer["states"]
        .as_array()
        .unwrap()
        .iter()
        .map(|state| &state["command"])
        .collect();
    let expected = [
        "envctl rollback prod prompts/router --to 3",
        "envctl rollback prod prompts/router --to 1",
        "envctl retire prod prompts/router",
    ];
    assert_eq!(commands, expected);
    world.done(&["rollback", "prod", "-y"]);
}

#[test]
fn at_most_five_states_are_offered_and_each_command_works() {
    let world = World::promoted();
    for text in ["3", "4", "5", "6", "7"] {
        world.publish("prompts/router", text, "prod");
    }
    world.done(&["rollback", "prod", "-y"]);
    let states = world.json(2, &["rollback", "prod", "-y"])["states"].clone();
    assert_eq!(states.as_array().unwrap().len(), 5);
    for (state, number) in states
        .as_array()
        .unwrap()
        .iter()
        .zip(["7", "5", "4", "3", "1"])
    {
        assert_eq!(state["moves"][0]["after"].to_string(), number);
        follow(&world, &state["command"]);
        assert_eq!(router(&world).as_deref(), Some(number));
    }
}

#[test]
fn what_a_rollback_is_stands_in_the_trees_not_in_messages() {
    let world = thrice();
    by_hand(
        &world,
        "version = 3",
        "version = 2",
        "promote staging → prod\n\nEnvctl-Action: promote",
    );
    world.refused(2, &["rollback", "prod", "-y"]);
    by_hand(
        &world,
        "version = 2",
        "version = 1",
        "rollback prod: 1 pointer\n\nEnvctl-Action: rollback",
    );
    world.done(&["rollback", "prod", "-y"]);
    assert_eq!(router(&world).as_deref(), Some("2"));
}

#[test]
fn a_change_that_also_moved_on_is_no_rollback() {
    let world = thrice();
    world.replace("pointers/prod.toml", "version = 3", "version = 2");
    world.publish("prompts/greeting", "Hi\n", "staging");
    by_hand(
        &world,
        "[prompts.greeting]\nversion = 1",
        "[prompts.greeting]\nversion = 2",
        "one back, one forward",
    );
    let run = world.done(&["rollback", "prod", "-y", "-n"]);
    assert_eq!(
        run.stdout,
        "prompts/greeting\t2\t1\tback\nprompts/router\t2\t3\tforward\n"
    );
    world.refused(2, &["rollback", "prod", "prompts/router", "-y"]);
    world.refused(0, &["rollback", "prod", "prompts/greeting", "-n"]);
}

#[test]
fn a_version_that_left_and_came_back_is_told_from_a_rollback() {
    let world = thrice();
    world.done(&["rollback", "prod", "prompts/router", "--to", "1", "-y"]);
    world.done(&["rollback", "prod", "-y"]);
    assert_eq!(
        router(&world).as_deref(),
        Some("3"),
        "1 was not live right before 3, so nothing is guessed"
    );
}

#[test]
fn commits_that_move_nothing_are_passed_over() {
    let world = thrice();
    world.write("notes.txt", "x");
    world.commit_all("elsewhere");
    world.write(
        "pointers/prod.toml",
        "# settled\n".to_owned() + &world.read("pointers/prod.toml"),
    );
    world.commit_all("a comment");
    world.git(&["commit", "-q", "--allow-empty", "-m", "nothing"]);
    world.publish("prompts/router", "Another\n", "staging");
    world.done(&["rollback", "prod", "-y"]);
    assert_eq!(router(&world).as_deref(), Some("2"));
    assert!(world.read("pointers/prod.toml").starts_with("# settled\n"));
}

#[test]
fn what_a_merge_brought_goes_back_as_one_change() {
    let world = World::promoted();
    world.publish("prompts/greeting", "Hi\n", "staging");
    world.git(&["checkout", "-q", "-b", "topic"]);
    world.done(&["promote", "staging", "prod", "prompts/greeting", "-y"]);
    world.done(&["promote", "staging", "prod", "prompts/router", "-y"]);
    world.git(&["checkout", "-q", "main"]);
    world.git(&["merge", "-q", "--no-ff", "--no-edit", "topic"]);
    let run = world.done(&["rollback", "prod", "-y"]);
    assert_eq!(
        run.stdout,
        "prompts/greeting\t2\t1\tback\nprompts/router\t2\t1\tback\n"
    );
}

#[test]
fn a_clock_that_steps_back_changes_nothing() {
    let world = World::promoted();
    world.done_at(
        "2026-01-05T12:00:00Z",
        &["promote", "staging", "prod", "-y"],
    );
    world.publish("prompts/router", "Route best\n", "staging");
    world.done_at(
        "2025-12-01T12:00:00Z",
        &["promote", "staging", "prod", "-y"],
    );
    world.done(&["rollback", "prod", "-y"]);
    assert_eq!(router(&world).as_deref(), Some("2"));
}

#[test]
fn a_number_is_reached_in_either_direction() {
    let world = thrice();
    for (number, direction) in [("1", "back"), ("3", "forward")] {
        let run = world.done(&["rollback", "prod", "prompts/router", "--to", number, "-y"]);
        assert!(run.stdout.ends_with(&format!("\t{direction}\n")), "{run:?}");
        assert_eq!(router(&world).as_deref(), Some(number));
    }
    let again = [
        "rollback",
        "prod",
        "prompts/router",
        "prompts/router",
        "--to",
        "3",
        "-y",
    ];
    world
        .refused(0, &again)
        .says(&["prod already serves that: nothing to do"]);
    let answer = world.json(0, &again);
    assert_eq!(
        (&answer["changed"], &answer["moves"], &answer["undo"]),
        (&json!(false), &json!([]), &json!(null))
    );
}

#[test]
fn a_moment_brings_everything_back() {
    let world = World::promoted();
    let then = world.head();
    let pointers = world.read("pointers/prod.toml");
    world.done(&["promote", "staging", "prod", "-y"]);
    world.publish("prompts/extra", "x", "prod");
    world.done(&["retire", "prod", "prompts/greeting", "-y"]);
    let narrow = world.done(&["rollback", "prod", "prompts/router", "--at", &then, "-n"]);
    assert_eq!(narrow.stdout, "prompts/router\t2\t1\tback\n");
    // What came since is taken away only by name.
    world
        .refused(2, &["rollback", "prod", "--at", &then[..10], "-y"])
        .says(&["would remove prompts/extra"]);
    let all = ["prompts/extra", "prompts/greeting", "prompts/router"];
    let moment = ["--at", &then[..10], "-y"];
    let run = world.done(&[&["rollback", "prod"], &all[..], &moment].concat());
    let expected =
        "prompts/extra\t1\t-\tremoved\nprompts/greeting\t-\t1\tnew\nprompts/router\t2\t1\tback\n";
    assert_eq!(run.stdout, expected);
    assert_eq!(world.read("pointers/prod.toml"), pointers);
    world
        .refused(0, &["rollback", "prod", "--at", &then, "-y"])
        .says(&["nothing to do"]);
}

#[test]
fn a_time_is_a_moment_too() {
    let world = World::promoted();
    world.done_at(
        "2026-01-05T12:00:00Z",
        &["promote", "staging", "prod", "-y"],
    );
    world.done(&["rollback", "prod", "--at", "2026-01-04T00:00:00Z", "-y"]);
    assert_eq!(router(&world).as_deref(), Some("1"));
    let early = world.json(
        1,
        &["rollback", "prod", "--at", "2020-01-01T00:00:00Z", "-y"],
    );
    assert_eq!(early["error"]["code"], "no-project-then");
}

#[test]
fn an_environment_has_no_state_from_before_it_was_there() {
    let world = World::published();
    let before = world.head();
    world.done(&["env", "create", "qa"]);
    world.done(&["promote", "staging", "qa", "-y"]);
    world
        .refused(1, &["rollback", "qa", "--at", &before, "-y"])
        .says(&["the environment `qa` did not exist then"]);
    let answer = world.json(1, &["rollback", "qa", "--at", &before, "-y"]);
    assert_eq!(answer["error"]["code"], "no-environment-then");
}

#[test]
fn what_cannot_be_read_is_no_state_to_go_back_to() {
    let world = World::promoted();
    let sound = world.read("pointers/prod.toml");
    world.write("pointers/prod.toml", "<<<<<<< ours\n");
    world.commit_all("broken");
    let broken = world.head();
    world.write("pointers/prod.toml", sound);
    world.commit_all("mended");
    let answer = world.json(1, &["rollback", "prod", "--at", &broken, "-y"]);
    assert_eq!(answer["error"]["code"], "unreadable-then");
}

#[test]
fn an_environment_made_anew_has_nothing_to_undo() {
    let world = World::published();
    world.done(&["env", "create", "qa"]);
    world.done(&["promote", "staging", "qa", "-y"]);
    world.done(&["env", "delete", "qa", "-y"]);
    world.done(&["env", "create", "qa"]);
    for arguments in [
        &["rollback", "qa", "-y"] as &[&str],
        &["rollback", "qa", "prompts/router", "-y"],
    ] {
        world.refused(1, arguments).says(&["nothing to undo"]);
        assert_eq!(world.json(1, arguments)["error"]["code"], "nothing-to-undo");
    }
    world.done(&["promote", "staging", "qa", "-y"]);
    let named = ["rollback", "qa", "prompts/greeting", "prompts/router", "-y"];
    let run = world.done(&named);
    assert_eq!(
        run.stdout,
        "prompts/greeting\t1\t-\tremoved\nprompts/router\t1\t-\tremoved\n"
    );
}

#[test]
fn names_that_make_no_sense_are_refused() {
    let world = thrice();
    for (arguments, exit, code, said) in [
        (
            &["rollback", "prdo", "-y"] as &[&str],
            1,
            "no-such-environment",
            "did you mean `prod`?",
        ),
        (
            &["rollback", "prod", "prompts/ruoter", "-y"],
            1,
            "no-such-resource",
            "did you mean prompts/router?",
        ),
        (
            &["rollback", "prod", "prompts/router", "--to", "9", "-y"],
            1,
            "no-such-version",
            "the nearest are prompts/router@1, prompts/router@2 and prompts/router@3",
        ),
        (
            &["rollback", "prod", "--to", "2", "-y"],
            2,
            "usage",
            "exactly one resource",
        ),
        (
            &[
                "rollback",
                "prod",
                "prompts/router",
                "prompts/greeting",
                "--to",
                "1",
            ],
            2,
            "usage",
            "2 are named",
        ),
        (
            &["rollback", "prod", "prompts/router", "--to", "0"],
            2,
            "usage",
            "0",
        ),
        (
            &["rollback", "prod", "--at", "HEAD", "--to", "1"],
            2,
            "usage",
            "cannot be used with",
        ),
        (
            &["rollback", "prod", "--at", "nowhere", "-y"],
            1,
            "no-such-revision",
            "nowhere",
        ),
        (&["rollback", "prod"], 2, "confirmation-needed", "--yes"),
    ] {
        world.refused(exit, arguments).says(&[said]);
        assert_eq!(
            world.json(exit, arguments)["error"]["code"],
            code,
            "{arguments:?}"
        );
    }
}

#[test]
fn a_return_is_exempt_from_the_source_but_not_from_no_rollback() {
    let world = thrice();
    world.publish("prompts/router", "4", "staging");
    let policy = |lines: &str| {
        let text = world.read("environments/prod.toml");
        let plain = text.split("\n[policy]").next().unwrap().to_owned();
        world.write(
            "environments/prod.toml",
            format!("{plain}\n[policy]\n{lines}\n"),
        );
        world.commit_all("policy");
    };
    policy("required_source = \"staging\"\nrequires_approval = true");
    world.refused(0, &["rollback", "prod", "-n"]);
    policy("no_rollback = true");
    assert_eq!(
        codes(&world.json(5, &["rollback", "prod", "-y"])),
        ["no-rollback"]
    );
}

#[test]
fn without_its_history_nothing_is_undone() {
    let world = thrice();
    let clone = world.path("clone");
    let from = format!("file://{}", world.repo().display());
    world.git(&[
        "clone",
        "-q",
        "--depth",
        "1",
        &from,
        clone.to_str().unwrap(),
    ]);
    let run = world.run_in(&clone, &["rollback", "prod", "-y", "--json"]);
    assert_eq!((run.exit, &*run.code()), (7, "shallow"));
    let run = world.run_in(
        &clone,
        &["rollback", "prod", "prompts/router", "--to", "2", "-y"],
    );
    // Whether it was live there, and was not rolled back, history has to tell.
    assert_eq!(run.exit, 7, "{run:?}");
}

#[test]
fn the_undo_of_every_move_takes_back_exactly_that_move() {
    let world = thrice();
    // What the list undoes twice would be kept out otherwise.
    world.done(&["policy", "set", "prod", "allow_rolled_back=true"]);
    world.done(&["rollback", "prod", "-y"]);
    world.write("new.md", "Route best\n");
    for arguments in [
        &["publish", "prompts/router", "new.md", "--to", "prod"] as &[&str],
        &["publish", "prompts/fresh", "new.md", "--to", "prod"],
        &["promote", "staging", "prod"],
        &["promote", "staging", "prod", "prompts/router"],
        &["rollback", "prod", "prompts/router", "--to", "1"],
        &["rollback", "prod", "--at", "HEAD~3"],
        &["retire", "prod", "prompts/router"],
        &["retire", "prod", "prompts/router", "prompts/greeting"],
    ] {
        let before = world.read("pointers/prod.toml");
        let answer = world.json(0, &[arguments, &["-y"]].concat());
        follow(&world, &answer["undo"]);
        assert_eq!(world.read("pointers/prod.toml"), before, "{arguments:?}");
    }
}

#[test]
fn the_undo_goes_to_the_branch_that_was_named() {
    let world = World::promoted();
    world.git(&["branch", "topic"]);
    let answer = world.json(
        0,
        &["promote", "staging", "prod", "-y", "--branch", "topic"],
    );
    assert_eq!(
        answer["undo"],
        format!("envctl undo {} --branch topic", short(&answer))
    );
}
