use serde_json::json;

use crate::world::World;

#[test]
fn what_a_promotion_would_move() {
    let world = World::promoted();
    assert_eq!(
        world.refused(0, &["diff", "staging", "prod"]).stdout,
        "prompts/router\t1\t2\tforward\n"
    );
    assert_eq!(
        world.refused(0, &["diff", "prod", "staging"]).stdout,
        "prompts/router\t2\t1\tback\n"
    );
    assert_eq!(
        world
            .done(&["diff", "staging", "prod", "prompts/greeting"])
            .stdout,
        ""
    );
    let answer = world.json(0, &["diff", "staging", "prod"]);
    assert_eq!(
        (&answer["from"], &answer["to"]),
        (&json!("staging"), &json!("prod"))
    );
    assert_eq!(answer["moves"].as_array().unwrap().len(), 1);
}

#[test]
fn the_exit_code_tells_on_request() {
    let world = World::promoted();
    let run = world.refused(10, &["diff", "staging", "prod", "--exit-code"]);
    assert_eq!(run.stdout, "prompts/router\t1\t2\tforward\n");
    assert_eq!(
        world.json(10, &["diff", "staging", "prod", "--exit-code"])["ok"],
        true
    );
    world.done(&["promote", "staging", "prod", "-y"]);
    world
        .refused(0, &["diff", "staging", "prod", "--exit-code"])
        .says(&["prod serves what staging serves"]);
}

#[test]
fn what_only_the_target_serves_is_told_apart() {
    let world = World::promoted();
    world.publish("prompts/extra", "x", "prod");
    let answer = world.json(0, &["diff", "staging", "prod"]);
    assert_eq!(
        answer["only_in_target"],
        json!([{ "resource": "prompts/extra", "version": 1 }])
    );
    world
        .done(&["diff", "staging", "prod"])
        .says(&["1 resource only in prod", "--prune"]);
}

#[test]
fn the_difference_of_another_time() {
    let world = World::promoted();
    assert_eq!(
        world
            .done(&["diff", "staging", "prod", "--at", "HEAD~1"])
            .stdout,
        ""
    );
    assert_eq!(
        world
            .done(&["diff", "staging", "prod", "--at", "HEAD~2"])
            .stdout
            .lines()
            .count(),
        2
    );
}

#[test]
fn unknown_names_are_errors() {
    let world = World::promoted();
    for (arguments, said) in [
        (["diff", "stagin", "prod"], "did you mean `staging`?"),
        (["diff", "staging", "prdo"], "did you mean `prod`?"),
    ] {
        world.refused(1, &arguments).says(&[said]);
    }
    world
        .refused(1, &["diff", "staging", "prod", "prompts/ruoter"])
        .says(&["did you mean prompts/router?"]);
}
