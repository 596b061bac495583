use crate::world::{Run, World};

/// Merges `branch`; whether it went without a conflict.
fn merges(world: &World, branch: &str) -> bool {
    Run::of(
        world
            .sealed("git", &world.repo())
            .args(["merge", "-q", "--no-edit", branch]),
    )
    .exit
        == 0
}

#[test]
fn two_branches_that_hand_a_role_to_different_environments_conflict() {
    for flag in ["--gateway-fallback", "--default-publish"] {
        let world = World::new();
        world.done(&["env", "create", "eu"]);
        world.done(&["env", "create", "us"]);
        world.git(&["branch", "topic"]);
        world.done(&["env", "edit", "eu", flag, "-y"]);
        world.done(&["env", "edit", "us", flag, "-y", "--branch", "topic"]);
        assert!(!merges(&world, "topic"), "{flag}");
    }
}

#[test]
fn two_branches_that_move_neighbouring_pointers_merge() {
    let world = World::promoted();
    world.publish("prompts/greeting", "Hi\n", "staging");
    world.git(&["branch", "topic"]);
    world.done(&["promote", "staging", "prod", "prompts/greeting", "-y"]);
    world.done(&[
        "promote",
        "staging",
        "prod",
        "prompts/router",
        "-y",
        "--branch",
        "topic",
    ]);
    assert!(merges(&world, "topic"));
    let moved = "[prompts.greeting]\nversion = 2\n\n[prompts.router]\nversion = 2\n";
    assert_eq!(world.read("pointers/prod.toml"), moved);
    world.done(&["check"]);
}

#[test]
fn two_branches_that_create_environments_merge() {
    let world = World::new();
    world.git(&["branch", "topic"]);
    world.done(&["env", "create", "eu"]);
    world.done(&["env", "create", "us", "--branch", "topic"]);
    assert!(merges(&world, "topic"));
    world.done(&["check"]);
}

#[test]
fn two_branches_that_publish_the_same_number_conflict() {
    let world = World::published();
    world.git(&["branch", "topic"]);
    world.publish("prompts/router", "mine\n", "staging");
    let run = world.fed(
        b"theirs\n",
        &[
            "publish",
            "prompts/router",
            "-",
            "--no-release",
            "--branch",
            "topic",
        ],
    );
    assert_eq!(run.exit, 0, "{run:?}");
    assert!(!merges(&world, "topic"));
}

#[test]
fn a_branch_gives_its_number_up_to_the_live_branch_in_a_merge() {
    let world = World::published();
    world.git(&["checkout", "-q", "-b", "topic"]);
    world.write("prompts/router/2.md", "mine\n");
    world.commit_all("by hand");
    world.git(&["checkout", "-q", "main"]);
    world.publish("prompts/router", "theirs\n", "staging");
    world.git(&["checkout", "-q", "topic"]);
    assert!(!merges(&world, "main"));

    world.write("prompts/router/2.md", "mine, after all\n");
    world.git(&["add", "prompts"]);
    let refused = world.refused(11, &["check", "--staged"]).stdout;
    assert!(
        refused.contains("error[version-immutable]: prompts/router@2"),
        "{refused}"
    );

    world.git(&["checkout", "-q", "main", "--", "prompts/router/2.md"]);
    world.done(&["check", "--staged"]);
    world.done(&["check", "--worktree"]);
    world.git(&["commit", "-q", "-m", "merged"]);
    world.write("prompts/router/3.md", "mine\n");
    world.git(&["add", "prompts"]);
    world.git(&["commit", "-q", "-m", "published again"]);
    world.done(&["check", "--pin-policy", "main..topic", "--landing", "merge"]);
}

#[test]
fn a_fallback_that_another_branch_deleted_is_found_on_the_merge() {
    let world = World::new();
    world.done(&["env", "create", "eu"]);
    world.git(&["branch", "topic"]);
    world.done(&["env", "edit", "eu", "--gateway-fallback", "-y"]);
    world.done(&["env", "delete", "eu", "-y", "--branch", "topic"]);
    assert!(merges(&world, "topic"));
    assert!(
        world
            .refused(11, &["check"])
            .stdout
            .contains("error[gateway-fallback]")
    );
}

#[test]
fn an_unresolved_merge_refuses_a_write_in_its_way() {
    let world = World::promoted();
    world.git(&["branch", "topic"]);
    world.publish("prompts/router", "three\n", "staging");
    world.done(&["promote", "staging", "prod", "-y"]);
    let text = world.read("pointers/prod.toml").replace(
        "[prompts.router]\nversion = 3",
        "[prompts.router]\nversion = 2",
    );
    world.git(&["checkout", "-q", "topic"]);
    world.write("pointers/prod.toml", text);
    world.commit_all("by hand");
    world.git(&["checkout", "-q", "main"]);
    assert!(!merges(&world, "topic"));
    world.publish("prompts/greeting", "Hi\n", "staging");
    world.refused(6, &["promote", "staging", "prod", "-y"]);
}
