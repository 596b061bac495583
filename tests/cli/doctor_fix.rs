use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::doctor::{diagnose, is, is_sound, only, sound};
use crate::world::World;

#[test]
fn hooks_that_do_not_run_are_told_of_and_fixed() {
    for change in ["outdated", "disabled"] {
        let world = sound();
        let path = world.path("repo/.git/hooks/pre-commit");
        match change {
            "outdated" => world.write(
                ".git/hooks/pre-commit",
                world.read(".git/hooks/pre-commit") + "# more\n",
            ),
            _ => fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap(),
        }
        let problem = only(&world, 0);
        is(
            &problem,
            &format!("hook-{change}"),
            "warning",
            "envctl hooks install pre-commit",
        );
        assert_eq!(problem["fixable"], true);
        world
            .done(&["doctor"])
            .says(&["hint: envctl doctor --fix fixes 1 of them"]);
        let run = world.done(&["doctor", "--fix"]);
        assert!(
            run.stdout.starts_with(&format!("fixed[hook-{change}]")),
            "{run:?}"
        );
        run.says(&[
            "rewrote the pre-commit hook",
            "1 problem fixed",
            "no problems found",
        ]);
        is_sound(&world);
    }
}

/// A journal as an envctl that has ended left it, which was about to take main from `old` to `new`.
fn leave_journal(world: &World, old: &str, new: &str) {
    let owner = r#"{"pid":1,"started":18446744073709551615,"boot":"of long ago"}"#;
    let line = format!(r#"{{"branch":"main","old":"{old}","new":"{new}","owner":{owner}}}"#);
    world.write(".git/envctl/journal", format!("{line}\n"));
}

#[test]
fn a_write_that_an_envctl_did_not_finish_is_brought_to_its_end() {
    let world = sound();
    let old = world.head();
    world.done(&["promote", "staging", "prod", "-y"]);
    let new = world.head();
    world.git(&[
        "restore",
        "--source",
        &old,
        "--staged",
        "--worktree",
        "pointers/prod.toml",
    ]);
    leave_journal(&world, &old, &new);
    let problems = diagnose(&world, &world.repo(), 11, &[]);
    is(
        &problems[0],
        "interrupted-write",
        "error",
        "envctl doctor --fix",
    );
    let run = world.done(&["doctor", "--fix"]);
    run.says(&["finished an interrupted write", "no problems found"]);
    assert_eq!((world.status(), world.head()), (String::new(), new));
    is_sound(&world);
}

#[test]
fn locks_that_are_provably_envctls_go_and_others_stay() {
    let world = sound();
    let (old, new) = (world.git(&["rev-parse", "HEAD~1"]), world.head());
    world.git(&["reset", "-q", "--hard", &old]);
    leave_journal(&world, &old, &new);
    world.write(".git/refs/heads/main.lock", format!("{new}\n"));
    world.write(".git/refs/heads/other.lock", "");
    let problems = diagnose(&world, &world.repo(), 11, &["--fix"]);
    let fixed = |path: &str| {
        let named = |problem: &&Value| problem["message"].as_str().unwrap().contains(path);
        problems.iter().find(named).unwrap()["fixed"].clone()
    };
    assert_eq!(
        (fixed("main.lock"), fixed("other.lock")),
        (true.into(), false.into())
    );
    assert!(!world.path("repo/.git/refs/heads/main.lock").exists());
    assert!(world.path("repo/.git/refs/heads/other.lock").exists());
    fs::remove_file(world.path("repo/.git/refs/heads/other.lock")).unwrap();
    fs::hard_link(
        world.path("repo/.git/envctl/token"),
        world.path("repo/.git/index.lock"),
    )
    .unwrap();
    let problem = only(&world, 11);
    is(&problem, "index-locked", "error", "envctl doctor --fix");
    world.done(&["doctor", "--fix"]);
    is_sound(&world);
}

#[test]
fn looking_changes_nothing_and_what_needs_a_decision_is_left_alone() {
    let world = sound();
    fs::remove_dir_all(world.path("repo/.git/envctl")).unwrap();
    world.write("prompts/router/3.md", "three");
    world.write("prompts/router/odd", "odd");
    world.replace("envctl.toml", "Support", "Edited");
    let found = diagnose(&world, &world.repo(), 0, &[]);
    assert_eq!(found.len(), 3);
    assert!(!world.path("repo/.git/envctl").exists());
    let before = world.everything();
    assert_eq!(diagnose(&world, &world.repo(), 0, &["--fix"]), found);
    assert_eq!(world.everything(), before);
}

#[test]
fn a_checkout_that_did_not_follow_is_brought_forward_and_nothing_is_taken_back() {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    let landed = world.head();
    world.write("note.md", "Mine.\n");
    world.git(&[
        "restore",
        "--staged",
        "--worktree",
        "--source",
        "HEAD~1",
        "--",
        "pointers",
    ]);
    let answer = world.json(0, &["doctor"]);
    let problem = answer["problems"]
        .as_array()
        .unwrap()
        .iter()
        .find(|problem| problem["code"] == "file-behind")
        .unwrap_or_else(|| panic!("{answer:#}"));
    let mend = problem["hint"].as_str().unwrap();
    assert!(
        mend.starts_with("git restore --staged --worktree -- pointers/prod.toml"),
        "{mend}"
    );
    world.done(&["doctor", "--fix"]);
    assert_eq!(world.status(), "?? note.md");
    assert_eq!(world.head(), landed);
}

#[test]
fn an_edit_of_somebodys_own_is_left_for_them_to_decide() {
    let world = World::promoted();
    world.replace("pointers/prod.toml", "version = 1", "version = 1 # mine");
    let before = world.read("pointers/prod.toml");
    let answer = world.json(0, &["doctor", "--fix"]);
    assert!(answer.to_string().contains("modified-file"), "{answer:#}");
    assert_eq!(world.read("pointers/prod.toml"), before);
}
