use serde_json::json;

use crate::world::{Run, World, codes};

const PROMOTE: [&str; 4] = ["promote", "staging", "prod", "-y"];
const OTHER: &str = "prompts/router@2 adds {{ customer.name }} and drops {{ name }}; the policy of `prod` requires the \
                     variables of prompts/router@1, which is live there";

/// A world in which prod demands the variables that callers give, and staging is one version with others ahead.
fn renamed(more: &[&str]) -> World {
    let world = World::new();
    world.publish(
        "prompts/router",
        "Route {{ message }} of {{ name }}\n",
        "staging",
    );
    world.done(&PROMOTE);
    world.publish(
        "prompts/router",
        "Route {{ message }} of {{ customer.name }}\n",
        "staging",
    );
    world.done(&[&["policy", "set", "prod", "same_variables=true"], more].concat());
    world
}

#[test]
fn other_variables_are_refused_until_the_rule_is_lifted() {
    let world = renamed(&[]);
    for more in [&[][..], &["-n"]] {
        let run = world.refused(4, &[&PROMOTE, more].concat());
        run.says(&[
            "error[same-variables]",
            OTHER,
            "pointers/prod.toml",
            "as a prompt with another name",
        ]);
    }
    let refused = world.json(4, &PROMOTE);
    assert_eq!(codes(&refused), ["same-variables"]);
    let help = refused["findings"][0]["hint"].as_str().unwrap();
    let lift: Vec<&str> = help.split_once("envctl ").unwrap().1.split(' ').collect();
    assert_eq!(
        lift,
        ["policy", "set", "prod", "prompts.same_variables=false"]
    );
    world.done(&lift);
    world
        .done(&PROMOTE)
        .says(&["warning: prompts/router 1 → 2 adds {{ customer.name }} and drops {{ name }}"]);
}

#[test]
fn the_same_variables_in_other_words_move() {
    let world = renamed(&[]);
    world.publish(
        "prompts/router",
        "For {{name|upper}}: {{- message -}} {{message}}\n",
        "staging",
    );
    world.done(&PROMOTE);
    world.write("prod.md", "{{ message }}, {{ name }}\n");
    world.done(&["publish", "prompts/router", "prod.md", "--to", "prod", "-y"]);
    world.publish("prompts/other", "{{ whatever }}\n", "staging");
    world.done(&["promote", "staging", "prod", "prompts/other", "-y"]);
}

#[test]
fn it_is_explained_with_the_variables_that_change() {
    let world = renamed(&[]);
    let answer = world.json(0, &["policy", "explain", "staging", "prod"]);
    let verdict = json!({ "code": "same-variables", "outcome": "refuse", "message": OTHER, "eligible": null, "evidence": null });
    assert_eq!(
        (&answer["moves"][0]["verdicts"], &answer["outcome"]),
        (&json!([verdict]), &json!("refuse"))
    );
    world.publish("prompts/router", "{{ name }} {{ message }}\n", "staging");
    let run = world.done(&["policy", "explain", "staging", "prod"]);
    assert!(
        run.stdout
            .ends_with("prompts/router@3 has the variables of prompts/router@1\n"),
        "{run:?}"
    );
    let shown = "same_variables\ttrue\ttrue\t-\t-\n";
    assert_eq!(world.done(&["policy", "show", "prod"]).stdout, shown);
    world
        .done(&["policy", "set", "prod", "routing.same_variables=true"])
        .says(&["only prompts have variables"]);
    world.done(&["explain", "same-variables"]);
}

#[test]
fn what_was_published_by_this_very_command_is_judged_as_well() {
    let world = renamed(&[]);
    world.write("new.md", "Route {{ message }} of {{ somebody }}\n");
    let publish = ["publish", "prompts/router", "new.md", "--to", "prod", "-y"];
    world.refused(4, &publish).says(&[
        "prompts/router@3 adds {{ somebody }} and drops {{ name }}",
        "--no-release",
    ]);
    world.refused(4, &[&publish[..], &["-n"]].concat());
    world.write("tree/prompts/router.md", "{{ tree }}\n");
    world
        .refused(4, &["publish", "--from", "tree", "--to", "prod", "-y"])
        .says(&["adds {{ tree }}"]);
    let gateway = "[prompts.router]\ntext = \"{{ imported }}\"\n";
    world.write("gateway.toml", gateway);
    world
        .refused(4, &["import", "gateway.toml", "--to", "prod", "-y"])
        .says(&["error[same-variables]"]);
}

#[test]
fn a_return_passes_and_a_number_that_was_never_live_does_not() {
    let world = renamed(&[]);
    world.done(&["policy", "set", "prod", "same_variables="]);
    world.done(&PROMOTE);
    world.done(&["policy", "set", "prod", "same_variables=true"]);
    world.done(&["rollback", "prod", "-y"]);
    world.done(&["rollback", "prod", "prompts/router", "--to", "2", "-y"]);
    world.publish("prompts/router", "{{ other }}\n", "staging");
    world.refused(4, &PROMOTE);
}

#[test]
fn a_release_that_waits_is_judged_when_it_is_asked_for_and_when_it_is_approved() {
    let world = renamed(&["requires_approval=true"]);
    world
        .refused(4, &PROMOTE)
        .says(&["error[same-variables]", "pending/prod.toml"]);
    world.done(&["policy", "set", "prod", "same_variables=false"]);
    assert_eq!(world.run(&PROMOTE).exit, 5);
    world.done(&["policy", "set", "prod", "same_variables=true"]);
    world
        .refused(4, &["approve", "prod", "-y"])
        .says(&["error[same-variables]", OTHER]);
    let waiting = world.json(0, &["pending"]);
    assert!(waiting.to_string().contains("same-variables"), "{waiting}");
    world.done(&["withdraw", "prod"]);
}

#[test]
fn what_is_staged_or_in_the_work_tree_is_judged_by_its_own_bytes() {
    let world = renamed(&[]);
    world.write("prompts/router/3.md", "{{ by_hand }}\n");
    world.replace("pointers/prod.toml", "version = 1", "version = 3");
    assert_eq!(
        codes(&world.json(11, &["check", "--worktree"])),
        ["same-variables"]
    );
    world.write("prompts/router/3.md", "{{ name }}, {{ message }}\n");
    world.done(&["check", "--worktree"]);
    world.write("prompts/router/3.md", "{{ by_hand }}\n");
    world.git(&["add", "-A"]);
    world.write("prompts/router/3.md", "{{ name }}, {{ message }}\n");
    assert_eq!(
        codes(&world.json(11, &["check", "--staged"])),
        ["same-variables"]
    );
}

#[test]
fn what_is_no_text_is_refused() {
    let world = renamed(&[]);
    world.write("prompts/router/2.md", b"\xff{{ message }} {{ name }}");
    world.git(&["commit", "-qam", "by hand", "--amend"]);
    world
        .refused(4, &PROMOTE)
        .says(&["the variables of prompts/router@2 cannot be determined"]);
    world.write(
        "prompts/router/2.md",
        "{{ message }} {{ name }}\n".repeat(100_000),
    );
    world.git(&["commit", "-qam", "too large", "--amend"]);
    let run: Run = world.run(&["policy", "explain", "staging", "prod"]);
    assert!(run.stdout.contains("too large"), "{run:?}");
    assert_ne!(world.run(&PROMOTE).exit, 0);
}
