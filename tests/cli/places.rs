use std::fs;

use serde_json::json;

use crate::world::{Run, World};

#[test]
fn unrelated_dirty_and_staged_files_stay_as_they_are() {
    let world = World::promoted();
    world.write("src/app.py", "one\n");
    world.write("README.md", "one\n");
    world.commit_all("app");
    world.write("src/app.py", "two\n");
    world.write("README.md", "two\n");
    world.write("new.txt", "new\n");
    world.git(&["add", "README.md"]);
    world.replace("environments/prod.toml", "Production", "Dirty");
    let before = world.status();
    world.done(&["promote", "staging", "prod", "-y"]);
    assert_eq!(world.status(), before);
    assert_eq!(
        world.git(&["show", "--format=", "--name-only", "HEAD"]),
        "pointers/prod.toml"
    );
}

#[test]
fn a_dirty_file_in_the_way_refuses_the_whole_change() {
    for stage in [false, true] {
        let world = World::promoted();
        world.replace("pointers/prod.toml", "version = 1", "version = 1 # mine");
        if stage {
            world.git(&["add", "-A"]);
        }
        let run = world.refused(6, &["promote", "staging", "prod", "-y"]);
        run.says(&["pointers/prod.toml"]);
        assert_eq!(
            world.json(6, &["promote", "staging", "prod", "-y"])["error"]["code"],
            "dirty"
        );
        assert!(world.read("pointers/prod.toml").contains("# mine"));
    }
}

#[test]
fn a_linked_worktree_is_a_place_like_any_other() {
    let world = World::promoted();
    world.git(&["worktree", "add", "-q", "../linked", "-b", "topic"]);
    let linked = world.path("linked");
    let run = world.run_in(&linked, &["promote", "staging", "prod", "-y", "--json"]);
    let answer = run.json(0);
    assert_eq!(
        (&answer["branch"], &answer["live"]),
        (&json!("topic"), &json!(false))
    );
    run.says(&["on topic; live is main"]);
    assert_eq!(world.git_in(&linked, &["status", "--porcelain"]), "");
    assert_eq!(world.status(), "");
    assert!(
        fs::read_to_string(linked.join("pointers/prod.toml"))
            .unwrap()
            .contains("version = 2")
    );
}

#[test]
fn a_bare_repository_reads_and_writes() {
    let world = World::promoted();
    world.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let bare = world.path("bare.git");
    assert_eq!(world.run_in(&bare, &["status"]).stdout.lines().count(), 4);
    let run = world.run_in(&bare, &["promote", "staging", "prod", "-y"]);
    assert_eq!(run.exit, 0, "{run:?}");
    assert_eq!(world.run_in(&bare, &["check"]).exit, 0);
    world.git_in(&bare, &["fsck", "--strict"]);
    let run = world.run_in(&bare, &["check", "--worktree", "--json"]);
    assert_eq!((run.exit, &*run.code()), (1, "no-work-tree"));
}

#[test]
fn any_subfolder_will_do() {
    let world = World::promoted();
    fs::create_dir_all(world.path("repo/deep/er")).unwrap();
    for folder in ["deep/er", "prompts/router"] {
        let run = world.run_in(&world.repo().join(folder), &["status"]);
        assert_eq!(
            (run.exit, run.stdout.lines().count()),
            (0, 4),
            "{folder}: {run:?}"
        );
    }
}

#[test]
fn another_branch_is_written_without_a_checkout() {
    let world = World::promoted();
    world.git(&["branch", "topic"]);
    let head = world.head();
    let run = world.run(&["promote", "staging", "prod", "-y", "--branch", "topic"]);
    assert_eq!(run.exit, 0, "{run:?}");
    run.says(&["on topic; live is main"]);
    assert_eq!((world.head(), world.status()), (head, String::new()));
    assert!(
        world
            .git(&["show", "topic:pointers/prod.toml"])
            .contains("version = 2")
    );
    assert_eq!(
        world.json(0, &["status", "--branch", "topic"])["live"],
        false
    );
    world.refused(1, &["status", "--branch", "topci"]);
    assert_eq!(
        world.json(1, &["status", "--branch", "topci"])["error"]["code"],
        "no-such-branch"
    );
}

#[test]
fn the_branch_that_is_live_needs_no_checkout_either() {
    let world = World::promoted();
    world.git(&["checkout", "-q", "-b", "topic"]);
    let answer = world.json(0, &["promote", "staging", "prod", "-y", "--branch", "main"]);
    assert_eq!(
        (&answer["branch"], &answer["live"]),
        (&json!("main"), &json!(true))
    );
    assert_eq!(world.status(), "");
}

#[test]
fn a_detached_head_is_read_and_not_written() {
    let world = World::promoted();
    world.git(&["checkout", "-q", "--detach"]);
    let run = world.run(&["status", "--json"]);
    let answer = run.json(0);
    assert_eq!(
        (&answer["branch"], &answer["live"]),
        (&json!(null), &json!(false))
    );
    run.says(&["on a detached HEAD; live is main"]);
    world
        .refused(2, &["promote", "staging", "prod", "-y"])
        .says(&["--branch"]);
    world.done(&["promote", "staging", "prod", "-y", "--branch", "main"]);
}

#[test]
fn inside_a_hook_gits_own_variables_name_the_repository() {
    let world = World::promoted();
    world.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let other = World::new();
    let status = || {
        let mut command = world.program(&other.repo());
        command
            .env("GIT_DIR", world.path("bare.git"))
            .args(["status", "--json"]);
        command
    };
    assert_eq!(Run::of(&mut status()).json(0)["commit"], world.head());
    assert_eq!(
        Run::of(status().args(["-C", "."])).json(0)["commit"],
        other.head(),
        "a folder that was named wins"
    );
}

#[test]
fn a_hook_of_git_commit_can_check_what_is_staged() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::promoted();
    let hook = world.path("repo/.git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(
        &hook,
        format!(
            "#!/bin/sh\nexec {} check --staged\n",
            env!("CARGO_BIN_EXE_envctl")
        ),
    )
    .unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    world.replace("pointers/prod.toml", "version = 1", "version = 9");
    let commit = || {
        Run::of(
            world
                .sealed("git", &world.repo())
                .args(["commit", "-qam", "x"]),
        )
    };
    let run = commit();
    assert_ne!(run.exit, 0, "{run:?}");
    assert!(
        run.stdout.contains("error[pointer]") || run.stderr.contains("error[pointer]"),
        "{run:?}"
    );
    world.replace("pointers/prod.toml", "version = 9", "version = 1 # fine");
    let run = commit();
    assert_eq!(run.exit, 0, "{run:?}");
}

#[test]
fn the_last_commit_of_a_branch_may_be_amended_until_its_version_is_live() {
    let world = World::promoted();
    world.git(&["switch", "-q", "-c", "reword"]);
    world.write("new.md", "First.\n");
    world.done(&["publish", "prompts/new", "new.md", "--no-release"]);
    let staged = |path: &str| {
        world.write(path, "Changed.\n");
        world.git(&["add", path]);
        world.run(&["check", "--staged"])
    };
    assert_eq!(staged("prompts/new/1.md").exit, 0);
    // What is live on main is published, whoever stands where.
    let run = staged("prompts/router/1.md");
    assert_eq!(run.exit, 11, "{run:?}");
    assert!(run.stdout.contains("version-immutable"), "{run:?}");
    world.git(&["reset", "-q", "--hard"]);
    world.git(&["switch", "-q", "main"]);
    world.git(&["merge", "-q", "--ff-only", "reword"]);
    assert_eq!(staged("prompts/new/1.md").exit, 11);
}

#[test]
fn the_project_may_be_named_in_three_ways() {
    let world = World::empty();
    world.git(&["init", "-q", "-b", "main"]);
    world.done(&["init", "a"]);
    world.done(&["init", "b"]);
    let of = |run: Run| run.json(0)["project"].as_str().unwrap().to_owned();
    world.git(&["config", "envctl.project", "a"]);
    assert_eq!(of(world.run(&["status", "--json"])), "a");
    let variable = || {
        let mut command = world.program(&world.repo());
        command
            .env("ENVCTL_PROJECT", "b")
            .args(["status", "--json"]);
        command
    };
    assert_eq!(of(Run::of(&mut variable())), "b");
    assert_eq!(of(Run::of(variable().args(["--project", "a"]))), "a");
    for project in ["..", "/etc", "nowhere", "../../etc", "--upload-pack=x"] {
        let run = world.run(&["status", &format!("--project={project}"), "--json"]);
        assert_eq!(run.exit, 1, "{project}: {run:?}");
    }
}

#[test]
fn outside_of_a_repository_the_hint_is_init() {
    let world = World::empty();
    let run = world.run(&["status"]);
    assert_eq!(run.exit, 1);
    run.says(&["envctl init"]);
    assert_eq!(world.run(&["status", "--json"]).code(), "not-a-repository");
    world.git(&["init", "-q"]);
    assert_eq!(world.run(&["status", "--json"]).code(), "no-project");
    world.commit_all("empty");
    assert_eq!(world.run(&["status", "--json"]).code(), "no-project");
}

#[test]
fn what_cannot_be_written_is_told_with_its_cause() {
    let world = World::promoted();
    world.publish("prompts/router", "another\n", "staging");
    let head = world.head();
    // A folder where the journal goes.
    world.write(".git/envctl/journal.new/in-the-way", "");
    world
        .refused(1, &["promote", "staging", "prod", "-y"])
        .says(&["cannot write the journal", "(os error "]);
    assert_eq!(world.head(), head);
}
