//! What others do to the branch after a write was judged and before it lands: the `commit-msg` hook runs just then.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::aftermath;
use crate::operation::NEXT;
use crate::world::{World, said};

/// A world in which `script` runs once, while the next commit is made.
fn in_which(script: &str) -> World {
    let world = World::with_prompts(1);
    let hook = world.repo().join(".git/hooks/commit-msg");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(
        &hook,
        format!(
            "#!/bin/sh\nset -e\nrm \"$(git rev-parse --git-dir)/hooks/commit-msg\"\n{script}\n"
        ),
    )
    .unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    world
}

/// The commits that envctl's promotions of `one` made, wherever they are.
fn promotions(world: &World) -> String {
    world.git(&["log", "--all", "--format=%H", "--grep", "promote one"])
}

#[test]
fn a_branch_that_is_renamed_meanwhile_is_not_made_again() {
    let world = in_which("git branch -m main other");
    let old = world.tip();
    let output = world.promote("one", 0);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("main"), "{}", said(&output));
    assert_eq!(
        (world.branch(), world.git(&["rev-parse", "other"])),
        (None, old)
    );
    assert_eq!(
        (promotions(&world), world.status(), world.leftover()),
        (String::new(), String::new(), None)
    );
}

#[test]
fn a_branch_that_is_deleted_meanwhile_is_not_made_again() {
    let world = in_which("git update-ref -d refs/heads/main");
    let output = world.promote("one", 0);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert_eq!((world.branch(), world.leftover()), (None, None));
}

#[test]
fn a_checkout_that_is_switched_meanwhile_is_left_alone() {
    let world = in_which("git switch -q -c other");
    let old = world.tip();
    let output = world.promote("one", 0);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(
        (
            world.git(&["rev-parse", "main^"]),
            world.git(&["rev-parse", "other"])
        ),
        (old.clone(), old)
    );
    assert_eq!((world.status(), world.leftover()), (String::new(), None));
    assert_eq!(promotions(&world), world.tip());
}

#[test]
fn a_policy_that_changes_meanwhile_judges_what_has_not_landed() {
    let world = in_which(
        "printf '\\n[policy]\\nrequired_source = \"zero\"\\n' >>environments/live.toml
         git -c core.hooksPath=/dev/null commit -q -m policy -- environments/live.toml",
    );
    let old = world.tip();
    let output = world.promote("one", 0);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(said(&output).contains("zero"), "{}", said(&output));
    assert_eq!(
        (world.git(&["rev-parse", "main^"]), promotions(&world)),
        (old, String::new())
    );
    assert_eq!(aftermath::write(&world, &NEXT), Ok(()));
}

#[test]
fn a_clock_that_is_an_hour_back_dates_nothing_before_its_parent() {
    let world = World::with_prompts(1);
    let date = |revision: &str| {
        world
            .git(&["show", "-s", "--format=%ct", revision])
            .parse::<i64>()
            .unwrap()
    };
    let back = date("main") - 3600;
    let mut command = world.command(crate::world::ENVCTL);
    command
        .env("GIT_COMMITTER_DATE", format!("@{back} +0000"))
        .args(["promote", "one", "live", "-y"]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(date("main"), date("main^"));
}
