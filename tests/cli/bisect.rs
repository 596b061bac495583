//! A real script over real states, which finds the move that breaks it.

use serde_json::{Value, json};

use crate::world::World;

/// Fails where a text that is served holds the word.
const NO_REFUNDS: [&str; 3] = [
    "sh",
    "-c",
    "! grep -rq refunds \"$ENVCTL_RENDERED/prompts\"",
];

/// A pointers file in which each of the prompts is at its number.
fn pointers(numbers: &[(usize, usize)]) -> String {
    let pointer =
        |(prompt, number): &(usize, usize)| format!("[prompts.p{prompt:02}]\nversion = {number}\n");
    numbers.iter().map(pointer).collect::<Vec<_>>().join("\n")
}

/// A world in which one promotion moved thirteen prompts into prod; the second version of each says what `says` has for it.
fn thirteen(says: impl Fn(usize) -> &'static str) -> World {
    let world = World::new();
    for number in [1, 2] {
        for prompt in 1..=13 {
            let text = if number == 1 { "old" } else { says(prompt) };
            world.write(
                &format!("prompts/p{prompt:02}/{number}.md"),
                format!("{text}\n"),
            );
        }
        let all: Vec<_> = (1..=13).map(|prompt| (prompt, number)).collect();
        world.write("pointers/staging.toml", pointers(&all));
        world.commit_all(&format!("publish {number}"));
        world.done(&["promote", "staging", "prod", "-y", "-m", "Weekly release"]);
    }
    world
}

fn bisect(world: &World, exit: i32, arguments: &[&str], command: &[&str]) -> Value {
    let before = world.everything();
    let words = [&["bisect", "prod", "--json"], arguments, &["--"], command].concat();
    let answer = world.run(&words).json(exit);
    assert_eq!(world.everything(), before);
    answer
}

/// The resources of the moves that were found.
fn found(answer: &Value) -> Vec<&str> {
    let moves = answer["moves"].as_array().unwrap().iter();
    moves
        .map(|moved| moved["resource"].as_str().unwrap())
        .collect()
}

#[test]
fn one_of_thirteen_pointers_breaks_a_script() {
    let world = thirteen(|prompt| if prompt == 7 { "refunds" } else { "new" });
    let answer = bisect(&world, 0, &["--good", "HEAD~2"], &NO_REFUNDS);
    assert_eq!(found(&answer), ["prompts/p07"]);
    assert_eq!(
        answer["rollback"],
        "envctl rollback prod prompts/p07 --to 1"
    );
    let suspect = &answer["suspects"][0];
    assert_eq!(
        (
            &suspect["commit"],
            &suspect["author"]["name"],
            &suspect["reason"]
        ),
        (
            &json!(world.head()),
            &json!("Ana"),
            &json!("Weekly release")
        )
    );
    let runs = answer["trials"].as_array().unwrap().len();
    assert!(runs <= 12, "{runs}: {answer:#}");
    // The same again is the same, line by line.
    let words = [
        &["bisect", "prod", "--good", "HEAD~2", "--"][..],
        &NO_REFUNDS,
    ]
    .concat();
    let one = world.done(&words);
    assert_eq!(one.stdout, "prompts/p07\t1\t2\tforward\n");
    one.says(&[
        "run 1: ",
        ": good\nrun 2: ",
        ": bad\nrun 3: 7 of 13 moves: prompts/p01, prompts/p02",
        &format!(
            "first bad: {} 2026-01-01T12:00:00Z by Ana, 13 pointers: Weekly release",
            &world.head()[..10]
        ),
        "rollback: envctl rollback prod prompts/p07 --to 1",
    ]);
    assert_eq!(one.stderr.matches("run ").count(), runs);
    assert_eq!(world.done(&words).stderr, one.stderr);
    // What is proposed works, and then the script passes.
    world.done(&["rollback", "prod", "prompts/p07", "--to", "1", "-y"]);
    let answer = bisect(&world, 1, &["--good", "HEAD~3"], &NO_REFUNDS);
    assert_eq!(answer["error"]["code"], "bad-state-passes");
}

#[test]
fn two_of_thirteen_break_it_only_together() {
    let world = thirteen(|prompt| match prompt {
        3 => "refunds",
        11 => "returns",
        _ => "new",
    });
    let both = "! { grep -rq refunds \"$ENVCTL_RENDERED/prompts\" && grep -rq returns \"$ENVCTL_RENDERED/prompts\"; }";
    let answer = bisect(&world, 0, &["--good", "HEAD~2"], &["sh", "-c", both]);
    assert_eq!(found(&answer), ["prompts/p03", "prompts/p11"]);
    let parent = &world.git(&["rev-parse", "HEAD~2"])[..10];
    assert_eq!(
        answer["rollback"],
        format!("envctl rollback prod prompts/p03 prompts/p11 --at {parent}")
    );
    let rollback = answer["rollback"].as_str().unwrap().to_owned();
    let words: Vec<&str> = rollback.split(' ').skip(1).chain(["-y"]).collect();
    assert_eq!(
        world.done(&words).stdout,
        "prompts/p03\t2\t1\tback\nprompts/p11\t2\t1\tback\n"
    );
}

/// A world with eight states of one prompt in prod; from the fifth on it speaks of refunds.
fn eight() -> World {
    let world = World::new();
    for number in 1..=8 {
        let text = if number >= 5 { "refunds" } else { "fine" };
        world.publish("prompts/router", &format!("{text} {number}\n"), "prod");
    }
    world
}

#[test]
fn the_first_bad_state_is_found_among_many() {
    let world = eight();
    let answer = bisect(&world, 0, &["--good", "HEAD~7"], &NO_REFUNDS);
    assert_eq!(
        answer["suspects"][0]["commit"],
        world.git(&["rev-parse", "HEAD~3"])
    );
    assert_eq!(answer["moves"][0]["after"], 5);
    // Both ends, and three halves; the environment has moved on, so that there is nothing to roll back to.
    assert_eq!(answer["trials"].as_array().unwrap().len(), 5, "{answer:#}");
    assert_eq!(answer["rollback"], Value::Null);
    let answer = bisect(
        &world,
        0,
        &["--good", "HEAD~6", "--bad", "HEAD~2"],
        &NO_REFUNDS,
    );
    assert_eq!(answer["moves"][0]["after"], 5);
}

#[test]
fn what_is_skipped_is_passed_over_and_may_leave_several() {
    let world = eight();
    let skips = |numbers: &str| {
        format!(
            "cd \"$ENVCTL_RENDERED/prompts\"; grep -rEq '[{numbers}]' . && exit 125; ! grep -rq refunds ."
        )
    };
    let answer = bisect(
        &world,
        0,
        &["--good", "HEAD~7"],
        &["sh", "-c", &skips("36")],
    );
    assert_eq!(answer["moves"][0]["after"], 5);
    let answer = bisect(
        &world,
        4,
        &["--good", "HEAD~7"],
        &["sh", "-c", &skips("456")],
    );
    assert_eq!(answer["error"]["code"], "not-narrowed");
    let suspects = answer["suspects"].as_array().unwrap().iter();
    let after: Vec<&Value> = suspects
        .map(|suspect| &suspect["moves"][0]["after"])
        .collect();
    assert_eq!(after, [&json!(4), &json!(5), &json!(6), &json!(7)]);
    assert_eq!(
        (&answer["moves"], &answer["rollback"]),
        (&json!([]), &Value::Null)
    );
    for (numbers, end) in [("1", "HEAD~7"), ("8", "HEAD")] {
        let answer = bisect(
            &world,
            1,
            &["--good", "HEAD~7"],
            &["sh", "-c", &skips(numbers)],
        );
        let error = &answer["error"];
        assert_eq!(error["code"], "cannot-test");
        let commit = world.git(&["rev-parse", end]);
        assert!(
            error["message"].as_str().unwrap().contains(&commit[..10]),
            "{error}"
        );
    }
}

#[test]
fn what_has_to_move_together_is_tested_together() {
    let world = World::new();
    let provider =
        |models: &str| format!("base_url = \"https://api.example.com/v1\"\nmodels = [{models}]\n");
    let rule = |model: &str| {
        format!(
            "endpoint = \"chat\"\nmodels = [\"support\"]\nstrategy = \"single\"\n\n\
             [targets.main]\nprovider = \"openai\"\nmodel = \"{model}\"\n"
        )
    };
    for (number, models, model) in [(1, "\"old\"", "old"), (2, "\"new\"", "new")] {
        world.write("provider.toml", provider(models));
        world.write("rule.toml", rule(model));
        world.write(&format!("providers/openai/{number}.toml"), provider(models));
        world.write(&format!("routing/chat/{number}.toml"), rule(model));
        world.write(&format!("prompts/tone/{number}.md"), format!("{number}\n"));
        let pointers = format!(
            "[prompts.tone]\nversion = {number}\n\n[routing.chat]\nrelease = {number}\n\n[providers.openai]\nactivation = {number}\n"
        );
        world.write("pointers/staging.toml", pointers);
        world.commit_all("publish");
        world.done(&["promote", "staging", "prod", "-y"]);
    }
    let answer = bisect(
        &world,
        0,
        &["--good", "HEAD~2"],
        &[
            "sh",
            "-c",
            "! grep -q '\"new\"' \"$ENVCTL_RENDERED/gateway.toml\"",
        ],
    );
    assert_eq!(found(&answer), ["routing/chat", "providers/openai"]);
    let said: Vec<&str> = answer["trials"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["said"].as_str().unwrap())
        .collect();
    assert!(!said.contains(&"skipped"), "{answer:#}");
}

#[test]
fn what_makes_no_sense_is_said() {
    let world = eight();
    let pass = ["true"];
    for (arguments, command, exit, code) in [
        (
            &["--good", "HEAD~2"][..],
            &NO_REFUNDS[..],
            1,
            "good-state-fails",
        ),
        (&["--good", "HEAD~7"], &pass, 1, "bad-state-passes"),
        (
            &["--good", "HEAD~7"],
            &["./no-such-command"],
            1,
            "cannot-run",
        ),
        (
            &["--good", "HEAD~7"],
            &["sh", "-c", "exit 130"],
            1,
            "command-ended",
        ),
        (
            &["--good", "HEAD~7"],
            &["sh", "-c", "kill -9 $$"],
            1,
            "command-ended",
        ),
        (&["--good", "HEAD"], &pass, 2, "no-range"),
        (
            &["--good", "HEAD~2", "--bad", "HEAD~4"],
            &pass,
            2,
            "no-range",
        ),
        (&["--good", "none"], &pass, 1, "no-such-revision"),
    ] {
        let answer = bisect(&world, exit, arguments, command);
        assert_eq!(answer["error"]["code"], code, "{answer:#}");
    }
    world.done(&["env", "create", "qa"]);
    for (arguments, exit, code) in [
        (
            &["bisect", "prdo", "--good", "HEAD~1", "--", "true"][..],
            1,
            "no-such-environment",
        ),
        (
            &["bisect", "prod", "--good", "HEAD~1", "--", "true"],
            1,
            "nothing-moved",
        ),
        (&["bisect", "prod", "--good", "HEAD~1"], 2, "usage"),
        (&["bisect", "prod", "--", "true"], 2, "usage"),
    ] {
        let run = world.run(&[&["--json"], arguments].concat());
        assert_eq!((run.exit, &*run.code()), (exit, code), "{arguments:?}");
    }
}

#[test]
fn what_the_command_prints_is_not_the_answer() {
    let world = eight();
    let words = [
        "bisect", "prod", "--good", "HEAD~7", "--json", "--", "sh", "-c",
    ];
    let noisy = "echo out; echo err >&2; ! grep -rq refunds \"$ENVCTL_RENDERED/prompts\"";
    let run = world.run(&[&words[..], &[noisy]].concat());
    assert_eq!(run.json(0)["moves"][0]["after"], 5);
    run.says(&["out\n", "err\n"]);
}
