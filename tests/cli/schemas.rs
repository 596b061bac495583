use serde_json::json;

use crate::answers::{close, differences, printed};
use crate::world::World;

fn is_valid(answer: &serde_json::Value) -> bool {
    differences(answer).is_empty()
}

#[test]
fn a_field_too_many_and_one_too_few_are_noticed() {
    let world = World::promoted();
    let answer = world.json(0, &["status"]);
    assert!(is_valid(&answer));
    let mut more = answer.clone();
    more["extra"] = json!(1);
    assert!(!is_valid(&more));
    let mut deeper = answer.clone();
    deeper["pointers"][0]["extra"] = json!(1);
    assert!(!is_valid(&deeper));
    let mut less = answer.clone();
    less.as_object_mut().unwrap().remove("commit");
    assert!(!is_valid(&less));
    let mut otherwise = answer;
    otherwise["live"] = json!("yes");
    assert!(!is_valid(&otherwise));
}

#[test]
fn schemas_as_they_are_printed_allow_what_later_versions_add() {
    let mut schema = printed("status");
    assert!(!schema.to_string().contains("unevaluatedProperties"));
    close(&mut schema);
    assert!(schema.to_string().contains("unevaluatedProperties"));
}

#[test]
fn schemas_are_listed_and_printed() {
    let world = World::empty();
    let listed = world.done(&["schema"]).stdout;
    let answer = world.json(0, &["schema"]);
    let names: Vec<&str> = answer["names"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"promote") && names.contains(&"envctl.toml"),
        "{names:?}"
    );
    for name in names {
        assert!(
            listed
                .lines()
                .any(|line| line.starts_with(&format!("{name}\t"))),
            "{name}: {listed}"
        );
        let printed = printed(name);
        assert!(jsonschema::meta::is_valid(&printed), "{name}");
        assert_eq!(world.json(0, &["schema", name])["json_schema"], printed);
    }
    let run = world.run(&["schema", "promot"]);
    assert_eq!(run.exit, 2);
    run.says(&["promote"]);
}

#[test]
fn usage_errors_are_answers_of_the_command_that_was_meant() {
    let world = World::new();
    for (arguments, name) in [
        (&["promote"] as &[&str], "promote"),
        (&["env", "create"], "env-create"),
        (&["status", "-q", "-v"], "status"),
        (&["frobnicate"], "usage"),
        (&["env"], "usage"),
    ] {
        let answer = world.json(2, arguments);
        assert_eq!(
            answer["schema"],
            format!("envctl.{name}/v1"),
            "{arguments:?}"
        );
    }
}
