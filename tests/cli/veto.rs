use crate::world::World;

/// prompts/router@2 is in staging, router@1 in prod.
fn vetoed() -> World {
    let world = World::promoted();
    world.write("router.md", "Route better\n");
    world.done(&["veto", "prompts/router@2", "-m", "It invents refunds"]);
    world
}

#[test]
fn nothing_moves_to_a_vetoed_version_in_any_way() {
    let world = vetoed();
    let start = world.head();
    for command in [
        &["promote", "staging", "prod", "prompts/router", "-y"] as &[&str],
        &["point", "prod", "prompts/router@2", "-y"],
        &["point", "prod", "prompts/router@2", "--request", "-y"],
        &[
            "publish",
            "prompts/copy",
            "router.md",
            "--to",
            "staging",
            "-y",
        ],
    ] {
        let answer = world.json(4, command);
        let codes = answer["findings"].as_array().unwrap().iter();
        assert!(
            codes.clone().any(|finding| finding["code"] == "veto"),
            "{answer}"
        );
        assert_eq!(world.head(), start, "{command:?}");
    }
    // A return is no way back to it.
    world.done(&["rollback", "staging", "prompts/router", "-y"]);
    let answer = world.json(
        4,
        &["rollback", "staging", "prompts/router", "--to", "2", "-y"],
    );
    assert_eq!(answer["error"]["code"], "refused");
    world.done(&["check"]);
}

#[test]
fn where_it_is_live_it_stays_and_is_warned_of() {
    let world = vetoed();
    let run = world.done(&["status"]);
    run.says(&["prompts/router@2 is live in `staging` although it is vetoed: It invents refunds"]);
    let findings = world.json(0, &["check"]);
    assert_eq!(findings["findings"][0]["code"], "veto");
    assert_eq!(findings["findings"][0]["severity"], "warning");
    let shown = world.json(0, &["show", "prompts/router@2"]);
    assert_eq!(shown["record"]["veto"]["reason"], "It invents refunds");
    // Other pointers move on.
    world.write("greeting.md", "Good morning.\n");
    world.done(&[
        "publish",
        "prompts/greeting",
        "greeting.md",
        "--to",
        "staging",
    ]);
}

#[test]
fn a_veto_is_lifted_and_that_is_undone() {
    let world = vetoed();
    assert_eq!(
        world.read("vetoes.toml"),
        "[prompts.router.2]\nreason = \"It invents refunds\"\n"
    );
    let answer = world.json(0, &["veto", "prompts/router@2", "--lift", "-m", "Wrong"]);
    assert_eq!(answer["vetoed"], serde_json::Value::Null);
    assert!(!world.repo().join("vetoes.toml").exists());
    world.done(&["undo", "-y"]);
    assert!(world.read("vetoes.toml").contains("It invents refunds"));
    world.done(&["undo", "-y"]);
    world.done(&["promote", "staging", "prod", "prompts/router", "-y"]);
}

#[test]
fn what_is_not_there_is_neither_vetoed_nor_lifted() {
    let world = vetoed();
    let start = world.head();
    for (command, exit, code) in [
        (
            &["veto", "prompts/router@9", "-m", "x"] as &[&str],
            1,
            "no-such-version",
        ),
        (&["veto", "prompts/router@1", "--lift"], 1, "not-vetoed"),
        (&["veto", "prompts/router@1"], 2, "missing-reason"),
        (
            &["veto", "prompts/router@1", "-m", " "],
            2,
            "missing-reason",
        ),
    ] {
        assert_eq!(
            world.json(exit, command)["error"]["code"],
            code,
            "{command:?}"
        );
    }
    let dry = world.json(0, &["veto", "prompts/router@1", "-m", "x", "-n"]);
    assert_eq!(dry["dry_run"], true);
    assert_eq!(world.head(), start);
    let again = world.done(&["veto", "prompts/router@2", "-m", "It invents refunds"]);
    again.says(&["prompts/router@2 is vetoed for this reason already"]);
}

/// An incident does not wait until something unrelated is repaired.
#[test]
fn a_veto_is_written_although_something_else_is_wrong() {
    let world = World::promoted();
    world.write("prompts/router/draft.md", "x\n");
    world.git(&["add", "."]);
    world.git(&["commit", "-qm", "a draft"]);
    world.json(4, &["env", "edit", "staging", "--description", "x"]);
    world.done(&["veto", "prompts/router@1", "-m", "It invents refunds"]);
    world.done(&["veto", "prompts/router@1", "--lift"]);
}

/// What a damaged file barred last, it still bars; and going back to another version does not wait for the repair.
#[test]
fn a_damaged_file_bars_what_it_barred_last() {
    let world = World::promoted();
    for text in ["Hello again.\n", "Hello, it is me.\n"] {
        world.write("router.md", text);
        world.done(&["publish", "prompts/router", "router.md", "--to", "staging"]);
    }
    world.done(&["veto", "prompts/router@3", "-m", "It invents refunds"]);
    world.write("vetoes.toml", "<<<<<<< main\n");
    world.git(&["commit", "-qam", "a conflict"]);
    let barred = world.json(4, &["rollback", "staging", "prompts/router", "-y"]);
    assert_eq!(barred["findings"][0]["code"], "veto", "{barred}");
    world.json(4, &["point", "staging", "prompts/router@1", "-y"]);
    world.git(&["revert", "--no-edit", "HEAD"]);
    world.done(&["veto", "prompts/router@3", "--lift"]);
    world.write("vetoes.toml", "<<<<<<< main\n");
    world.git(&["add", "."]);
    world.git(&["commit", "-qm", "a conflict"]);
    world.done(&["rollback", "staging", "prompts/router", "-y"]);
}
