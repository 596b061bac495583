//! What `undo` says of commits that git made: nothing that was not undone is reported as undone.

use std::os::unix::fs::{PermissionsExt, symlink};

use crate::world::World;

/// Commits what `change` does to the work tree, and returns the commit's name.
fn by_hand(world: &World, change: impl FnOnce()) -> String {
    change();
    world.commit_all("by hand");
    world.head()
}

#[test]
fn a_file_that_was_not_read_is_removed() {
    let world = World::promoted();
    let large = vec![b'x'; 1_500_000];
    let before = world.git(&["rev-parse", "HEAD^{tree}"]);
    by_hand(&world, || {
        world.write("environments/README.md", large);
        world.replace(
            "pointers/prod.toml",
            "[prompts.router]\nversion = 1",
            "[prompts.router]\nversion = 2",
        );
    });
    world.done(&["undo", "-y"]);
    assert_eq!(world.git(&["rev-parse", "HEAD^{tree}"]), before);
    assert_eq!(world.status(), "");
    by_hand(&world, || {
        symlink("prod.toml", world.repo().join("environments/dev.toml")).unwrap();
    });
    // A link in the work tree is left to whoever made it.
    world
        .refused(6, &["undo", "-y"])
        .says(&["environments/dev.toml is a symbolic link"]);
}

#[test]
fn a_mode_is_set_back() {
    let world = World::promoted();
    let before = world.git(&["rev-parse", "HEAD^{tree}"]);
    let file = world.repo().join("environments/staging.toml");
    by_hand(&world, || {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    });
    assert_eq!(world.run(&["check"]).exit, 11);
    world.done(&["undo", "-y"]);
    assert_eq!(world.git(&["rev-parse", "HEAD^{tree}"]), before);
    world.done(&["check"]);
    // What was a link before does not come back as a file with the text of the link.
    std::fs::remove_file(&file).unwrap();
    by_hand(&world, || symlink("prod.toml", &file).unwrap());
    by_hand(&world, || std::fs::remove_file(&file).unwrap());
    world
        .refused(4, &["undo", "-y"])
        .says(&["environments/staging.toml was not a plain file before it"]);
}

#[test]
fn a_scheduled_change_does_not_come_back() {
    let world = World::promoted();
    let folder = world.repo().join("scheduled/prod");
    by_hand(&world, || world.write("scheduled/prod/a.toml", "x = 1\n"));
    by_hand(&world, || std::fs::remove_dir_all(&folder).unwrap());
    world.refused(4, &["undo", "-y"]).says(&[
        "it removed scheduled/prod/a.toml, and a scheduled change never comes back by itself",
    ]);
}

#[test]
fn a_commit_that_removed_versions_is_not_passed_over() {
    let world = World::promoted();
    world.publish("prompts/tone", "Kindly\n", "staging");
    world.publish("prompts/tone", "Kinder\n", "staging");
    by_hand(&world, || {
        std::fs::remove_file(world.repo().join("prompts/tone/1.md")).unwrap();
    });
    world
        .refused(1, &["undo", "-y"])
        .says(&["only changed versions, which stay"]);
}

#[test]
fn an_approval_is_named_also_where_another_request_was_decided_on_since() {
    let world = World::demanding(&["requires_approval=true"]);
    assert_eq!(world.run(&["promote", "staging", "prod", "-y"]).exit, 5);
    let request = world.head();
    world.done(&["approve", "prod", "-y"]);
    let approval = world.head()[..10].to_owned();
    world.publish("prompts/greeting", "Hi\n", "staging");
    assert_eq!(world.run(&["promote", "staging", "prod", "-y"]).exit, 5);
    world.done(&["approve", "prod", "-y"]);
    let hint = format!("undo what came later first: envctl undo {approval}");
    world.refused(4, &["undo", &request, "-y"]).says(&[&hint]);
}

#[test]
fn a_later_commit_and_its_undo_are_not_to_be_undone_in_turn() {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    let first = world.head();
    world.publish("prompts/router", "Route best\n", "prod");
    let second = world.head()[..10].to_owned();
    world.publish("prompts/router", "Route at once\n", "prod");
    world.done(&["undo", "-y"]);
    let hint = format!("hint: undo what came later first: envctl undo {second}\n");
    world.refused(4, &["undo", &first, "-y"]).says(&[&hint]);
}
