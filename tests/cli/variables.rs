use serde_json::json;

use crate::world::World;

/// A world in which the prompt of staging has other variables than that of prod.
fn renamed() -> World {
    let world = World::new();
    world.publish(
        "prompts/router",
        "Route {{ message }} of {{ name }}\n",
        "staging",
    );
    world.publish("prompts/tone", "Rewrite {{ text }}\n", "staging");
    world.done(&["promote", "staging", "prod", "-y"]);
    world.publish(
        "prompts/router",
        "Route {{message}} of {{ customer.name | upper }}\n",
        "staging",
    );
    world.publish("prompts/tone", "Rewrite kindly: {{ text }}\n", "staging");
    world
}

#[test]
fn a_version_with_other_variables_is_warned_of() {
    let world = renamed();
    let warning = "warning: prompts/router 1 → 2 adds {{ customer.name }} and drops {{ name }}: callers have to change with it";
    let expected = json!([{
        "resource": "prompts/router", "before": 1, "after": 2, "variables_added": ["customer.name"], "variables_dropped": ["name"],
    }]);
    for arguments in [
        &["diff", "staging", "prod"] as &[&str],
        &["promote", "staging", "prod", "-n"],
    ] {
        let run = world.refused(0, arguments);
        run.says(&[warning]);
        assert_eq!(run.stderr.matches("warning").count(), 1, "{run:?}");
        assert_eq!(world.json(0, arguments)["variable_changes"], expected);
    }
    world
        .done(&["promote", "staging", "prod", "-y", "-q"])
        .says(&[warning]);
    assert_eq!(
        world.json(0, &["diff", "staging", "prod"])["variable_changes"],
        json!([])
    );
}

#[test]
fn an_environment_is_shown_with_the_variables_of_its_prompts() {
    let world = renamed();
    let run = world.done(&["env", "show", "staging"]);
    assert_eq!(
        run.stdout,
        "prompts/router\t2\t2\tcustomer.name message\nprompts/tone\t2\t2\ttext\n"
    );
    let answer = world.json(0, &["env", "show", "prod"]);
    let variables: Vec<_> = answer["pointers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pointer| (&pointer["resource"], &pointer["variables"]))
        .collect();
    assert_eq!(
        variables,
        [
            (&json!("prompts/router"), &json!(["message", "name"])),
            (&json!("prompts/tone"), &json!(["text"])),
        ]
    );
}

#[test]
fn a_prompt_that_is_new_or_goes_has_no_callers_to_warn() {
    let world = renamed();
    world.done(&["env", "create", "qa"]);
    let run = world.done(&["promote", "staging", "qa", "-y"]);
    assert!(!run.stderr.contains("warning"), "{run:?}");
    let run = world.done(&["promote", "qa", "staging", "--prune", "-y"]);
    assert!(!run.stderr.contains("warning"), "{run:?}");
}

#[test]
fn publishing_warns_as_a_promotion_does() {
    let world = renamed();
    world.write("new.md", "Route {{ message }} of {{ who }}\n");
    let publish = ["publish", "prompts/router", "new.md", "--to", "prod", "-y"];
    let warning = "warning: prompts/router 1 → 3 adds {{ who }} and drops {{ name }}: callers have to change with it";
    let expected = json!([{
        "resource": "prompts/router", "before": 1, "after": 3, "variables_added": ["who"], "variables_dropped": ["name"],
    }]);
    let rehearsed = [&publish[..], &["-n"]].concat();
    world.refused(0, &rehearsed).says(&[warning]);
    assert_eq!(world.json(0, &rehearsed)["variable_changes"], expected);
    world.write(
        "tree/prompts/router.md",
        "Route {{ message }} of {{ who }}\n",
    );
    let from = ["publish", "--from", "tree", "--to", "prod", "-y"];
    world
        .refused(0, &[&from[..], &["-n"]].concat())
        .says(&[warning]);
    let answer = world.json(0, &from);
    assert_eq!(
        (
            &answer["variable_changes"],
            &answer["versions"][0]["version"]
        ),
        (&expected, &json!(3))
    );
    assert_eq!(world.json(0, &publish)["variable_changes"], json!([]));
    world.write("other.md", "{{ other }}\n");
    let quiet = world.done(&["publish", "prompts/router", "other.md", "--no-release"]);
    assert!(!quiet.stderr.contains("callers"), "{quiet:?}");
}

#[test]
fn whoever_approves_or_goes_back_is_warned_too() {
    let world = renamed();
    world.done(&["policy", "set", "prod", "requires_approval=true"]);
    world.run(&["promote", "staging", "prod", "prompts/router", "-y"]);
    let forward = "warning: prompts/router 1 → 2 adds {{ customer.name }} and drops {{ name }}";
    world
        .refused(0, &["approve", "prod", "-n"])
        .says(&[forward]);
    assert_eq!(
        world.json(0, &["approve", "prod", "-y"])["variable_changes"][0]["variables_added"],
        json!(["customer.name"])
    );
    let back = "warning: prompts/router 2 → 1 adds {{ name }} and drops {{ customer.name }}";
    world.refused(0, &["rollback", "prod", "-n"]).says(&[back]);
    assert_eq!(
        world.json(0, &["rollback", "prod", "-y"])["variable_changes"][0]["variables_added"],
        json!(["name"])
    );
}
