//! Projects that stand in another folder afterwards, by those who may put them there and those who may not.

use serde_json::Value;

use crate::world::{Run, World, codes};

/// A project in `gw`, which ana owns.
fn world() -> World {
    let world = World::empty();
    world.git(&["init", "-q", "-b", "main"]);
    let gateway = world.repo().join("gw");
    std::fs::create_dir_all(&gateway).unwrap();
    for arguments in [
        &["init"][..],
        &["access", "grant", "ana@example.org", "owner"],
        &["publish", "prompts/router", "-", "--to", "staging"],
    ] {
        let arguments = [&["-C", "gw"], arguments].concat();
        let run = world.fed(b"Route\n", &arguments);
        assert_eq!(run.exit, 0, "{run:?}");
    }
    world
}

/// Moves the project from `gw` to `to` on the branch `pull`, changed by `change`, as `author`.
fn moved(world: &World, to: &str, author: &str, change: impl FnOnce(&World)) {
    world.git(&["checkout", "-q", "-B", "pull", "main"]);
    let root = world.repo();
    let to = root.join(to);
    std::fs::create_dir_all(&to).unwrap();
    for entry in std::fs::read_dir(root.join("gw")).unwrap() {
        let entry = entry.unwrap();
        std::fs::rename(entry.path(), to.join(entry.file_name())).unwrap();
    }
    std::fs::write(root.join("gw/NOTES"), "moved\n").unwrap();
    change(world);
    world.git(&["add", "-A"]);
    let author = format!("--author={author} <{author}@example.org>");
    world.git(&["commit", "-q", "-m", "move", &author]);
}

fn pinned(world: &World, folder: &str, exit: i32) -> Value {
    let arguments = ["check", "--pin-policy", "main..pull", "--json"];
    world
        .run_in(&world.repo().join(folder), &arguments)
        .json(exit)
}

#[test]
fn a_project_from_nowhere_is_judged_by_the_rules_of_the_one_that_is_gone() {
    let world = world();
    for (to, folder) in [
        ("", "gw"),
        ("elsewhere/deep/in/there", "elsewhere/deep/in/there"),
    ] {
        moved(&world, to, "eve", |world| {
            let root = world.repo();
            std::fs::remove_file(root.join(to).join("access.toml")).unwrap();
            std::fs::write(root.join(to).join("prompts/router/1.md"), "EVIL\n").unwrap();
        });
        let answer = pinned(&world, folder, 11);
        for code in ["members", "permission", "version-immutable"] {
            assert!(codes(&answer).contains(&code), "{code}: {answer:#}");
        }
    }
}

#[test]
fn only_who_manages_the_project_moves_it() {
    let world = world();
    moved(&world, "services/gateway", "eve", |_| {});
    let answer = pinned(&world, "services/gateway", 11);
    assert_eq!(codes(&answer), ["permission"], "once: {answer:#}");
    moved(&world, "services/gateway", "ana", |_| {});
    let answer = pinned(&world, "services/gateway", 0);
    assert_eq!(answer["range"]["judged"], 1, "{answer:#}");
    world.git(&["checkout", "-q", "main"]);
    world.git(&["commit", "-q", "--allow-empty", "-m", "beside it"]);
    world.git(&["merge", "-q", "--no-ff", "-m", "merge", "pull"]);
    let run = world.run_in(
        &world.repo().join("services/gateway"),
        &["check", "main~1..main", "--json"],
    );
    assert_eq!(run.json(0)["range"]["commits"], 2);
}

/// The nearest project is another one then, and what was there goes unjudged if only that is asked about.
#[test]
fn a_project_that_is_put_in_front_of_another_does_not_hide_it() {
    let world = world();
    world.git(&["checkout", "-q", "-b", "pull"]);
    let inner = world.repo().join("gw/prompts/inner");
    std::fs::create_dir_all(&inner).unwrap();
    let settings = world.read("gw/envctl.toml");
    std::fs::create_dir_all(world.repo().join("gw/sub")).unwrap();
    world.write("gw/sub/envctl.toml", settings);
    world.write("gw/prompts/router/1.md", "EVIL\n");
    world.git(&["add", "-A"]);
    world.git(&[
        "commit",
        "-q",
        "-m",
        "sub",
        "--author=eve <eve@example.org>",
    ]);
    let answer = pinned(&world, "gw/sub", 11);
    assert!(codes(&answer).contains(&"version-immutable"), "{answer:#}");
}

#[test]
fn where_several_projects_are_gone_nobody_guesses_which_one_moved() {
    let world = world();
    let run: Run = world.run(&["init", "other", "--name", "Other"]);
    assert_eq!(run.exit, 0, "{run:?}");
    moved(&world, "new", "ana", |world| {
        std::fs::remove_dir_all(world.repo().join("other")).unwrap();
    });
    let answer = pinned(&world, "new", 7);
    assert_eq!(answer["error"]["code"], "several-projects-gone");
}
