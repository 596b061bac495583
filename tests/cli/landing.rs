use serde_json::json;

use crate::world::{World, codes};

/// A project whose prod takes only what is in staging, and the branch `pull`, which moves prod past that and back.
fn pulled() -> World {
    let world = World::demanding(&["required_source=staging"]);
    world.git(&["checkout", "-q", "-b", "pull"]);
    world.write("prompts/router/3.md", "Route past everybody\n");
    let [live, unseen] = ["1", "3"].map(|number| format!("[prompts.router]\nversion = {number}"));
    world.replace("pointers/prod.toml", &live, &unseen);
    world.commit_all("there");
    world.replace("pointers/prod.toml", &unseen, &live);
    world.commit_all("and back");
    world
}

#[test]
fn the_way_of_landing_decides_and_the_hint_names_a_safe_one() {
    let world = pulled();
    let check = |way: &[&str], exit: i32| {
        let arguments = [&["check", "--pin-policy"], way, &["main..pull"]].concat();
        world.json(exit, &arguments)
    };
    let answer = check(&[], 11);
    assert_eq!(codes(&answer), ["required-source"]);
    assert_eq!(answer["range"]["landing"], json!(null));
    let hint = answer["findings"][0]["hint"].as_str().unwrap();
    assert!(
        hint.starts_with(
            "this applies if it lands by a rebase or a fast-forward; land it by a merge commit: \
             envctl check --pin-policy --landing merge\n"
        ),
        "{hint}"
    );
    for (way, exit) in [
        ("merge", 0),
        ("squash", 0),
        ("rebase", 11),
        ("fast-forward", 11),
    ] {
        let answer = check(&["--landing", way], exit);
        assert_eq!(
            (&answer["range"]["landing"], &answer["range"]["pinned"]),
            (&json!(way), &json!(true))
        );
    }
    let run = world.run(&["check", "--pin-policy", "--landing", "rebase", "main..pull"]);
    assert!(
        !run.stdout.contains("--landing"),
        "the way is known: {run:?}"
    );
}

#[test]
fn a_way_of_landing_is_asked_of_a_pull_request_only() {
    let world = World::promoted();
    for arguments in [
        &["check", "--landing", "merge"][..],
        &["check", "--landing", "merge", "HEAD..HEAD"],
        &[
            "check",
            "--pin-policy",
            "--landing",
            "octopus",
            "HEAD..HEAD",
        ],
    ] {
        assert_eq!(world.run(arguments).exit, 2, "{arguments:?}");
    }
}

/// `git pull` on a branch makes a line of its own, which a fast-forward would make the live one.
#[test]
fn a_branch_that_took_in_what_is_live_lands_by_no_fast_forward() {
    let world = World::promoted();
    world.git(&["checkout", "-q", "-b", "pull"]);
    world.publish("prompts/tone", "Be kind\n", "staging");
    world.git(&["checkout", "-q", "main"]);
    world.write("prompts/news/1.md", "Hello\n");
    world.commit_all("news");
    world.git(&["checkout", "-q", "pull"]);
    world.git(&["merge", "-q", "-m", "update", "main"]);
    let run = world.run(&["check", "--pin-policy", "main..pull"]);
    assert_eq!(run.exit, 0, "{run:?}");
    assert!(
        run.stdout.contains("warning[landing]: the merge "),
        "{run:?}"
    );
    let answer = world.json(
        7,
        &[
            "check",
            "--pin-policy",
            "--landing",
            "fast-forward",
            "main..pull",
        ],
    );
    assert_eq!(answer["error"]["code"], "off-the-line");
    assert_eq!(
        world.json(7, &["check", "main..pull"])["error"]["code"],
        "off-the-line"
    );
    let merged = ["check", "--pin-policy", "--landing", "merge", "main..pull"];
    assert_eq!(codes(&world.json(0, &merged)), [""; 0]);
}
