use serde_json::json;

use crate::world::World;

#[test]
fn the_number_the_path_or_the_content() {
    let world = World::promoted();
    for (arguments, expected) in [
        (&["--env", "prod"] as &[&str], "1\n"),
        (&["--env", "staging"], "2\n"),
        (&["--env", "staging", "--path"], "prompts/router/2.md\n"),
        (&["--env", "staging", "--content"], "Route better\n"),
        (&["--env", "staging", "--at", "HEAD~1"], "1\n"),
    ] {
        let run = world.done(&[&["resolve", "prompts/router"], arguments].concat());
        assert_eq!(
            (&*run.stdout, &*run.stderr),
            (expected, ""),
            "{arguments:?}"
        );
    }
    world.refused(2, &["resolve", "prompts/router", "--content", "--path"]);
}

#[test]
fn the_fallback_answers_for_nobody_and_for_strangers_and_says_so() {
    let world = World::promoted();
    let run = world.done(&["resolve", "prompts/router"]);
    assert_eq!(run.stdout, "1\n");
    run.says(&["served by the gateway fallback, prod"]);
    let run = world.done(&["resolve", "prompts/router", "--env", "elsewhere"]);
    assert_eq!(run.stdout, "1\n");
    run.says(&["warning: no environment `elsewhere`: served by the gateway fallback, prod"]);
    world
        .done(&["resolve", "prompts/router", "--env", "elsewhere", "-q"])
        .says(&["warning"]);
    let answer = world.json(0, &["resolve", "prompts/router", "--env", "elsewhere"]);
    assert_eq!(
        (
            &answer["fallback"],
            &answer["environment"],
            &answer["asked"]
        ),
        (&json!(true), &json!("prod"), &json!("elsewhere"))
    );
    world.done(&["env", "edit", "staging", "--gateway-fallback", "-y"]);
    assert_eq!(world.done(&["resolve", "prompts/router"]).stdout, "2\n");
}

#[test]
fn the_fallback_answers_for_what_cannot_be_an_environment() {
    let world = World::promoted();
    for asked in ["PROD", "", "a/b", "pr\u{1b}[31mod"] {
        let run = world.done(&["resolve", "prompts/router", "--env", asked]);
        assert_eq!(run.stdout, "1\n", "{asked:?}");
        assert!(!run.stderr.contains('\u{1b}'), "{:?}", run.stderr);
        world.refused(
            1,
            &["resolve", "prompts/router", "--strict", "--env", asked],
        );
    }
}

#[test]
fn a_file_or_a_tree_is_no_moment() {
    let world = World::promoted();
    for at in ["HEAD:envctl.toml", "HEAD^{tree}"] {
        let answer = world.json(1, &["resolve", "prompts/router", "--at", at]);
        assert_eq!(answer["error"]["code"], "no-such-revision", "{at}");
    }
}

#[test]
fn strict_refuses_strangers() {
    let world = World::promoted();
    let run = world.refused(
        1,
        &["resolve", "prompts/router", "--env", "prdo", "--strict"],
    );
    assert_eq!(run.stdout, "");
    run.says(&["did you mean `prod`?"]);
    assert_eq!(
        world
            .done(&["resolve", "prompts/router", "--env", "prod", "--strict"])
            .stdout,
        "1\n"
    );
}

#[test]
fn a_known_environment_without_the_pointer_serves_nothing() {
    let world = World::promoted();
    world.done(&["env", "create", "qa"]);
    let run = world.refused(1, &["resolve", "prompts/router", "--env", "qa"]);
    assert_eq!(run.stdout, "");
    run.says(&["no fall-through"]);
    assert_eq!(
        world.json(1, &["resolve", "prompts/router", "--env", "qa"])["error"]["code"],
        "not-served"
    );
}

#[test]
fn what_was_never_published_is_an_error() {
    let world = World::promoted();
    let run = world.refused(1, &["resolve", "prompts/ruoter"]);
    run.says(&["did you mean prompts/router?"]);
    assert_eq!(run.stdout, "");
}

#[test]
fn a_pointer_to_nothing_is_an_error_not_an_answer() {
    let world = World::promoted();
    world.replace(
        "pointers/prod.toml",
        "[prompts.router]\nversion = 1",
        "[prompts.router]\nversion = 9",
    );
    world.commit_all("by hand");
    let run = world.refused(1, &["resolve", "prompts/router", "--env", "prod"]);
    assert_eq!(run.stdout, "");
    assert_eq!(
        world.json(1, &["resolve", "prompts/router", "--env", "prod"])["error"]["code"],
        "dangling-pointer"
    );
}
