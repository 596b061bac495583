use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::world::{Run, World};

const NAMES: [&str; 3] = ["pre-commit", "pre-push", "pre-receive"];

/// What git says and how it ends, with envctl on the PATH.
fn git(world: &World, folder: &Path, arguments: &[&str]) -> Run {
    let program = Path::new(env!("CARGO_BIN_EXE_envctl"))
        .parent()
        .unwrap()
        .display()
        .to_string();
    let mut command = world.sealed("git", folder);
    let path = world
        .variables()
        .into_iter()
        .find(|(name, _)| *name == "PATH")
        .unwrap()
        .1;
    Run::of(
        command
            .args(arguments)
            .env("PATH", format!("{program}:{path}")),
    )
}

fn hook(world: &World, name: &str) -> PathBuf {
    world.repo().join(".git/hooks").join(name)
}

fn write_hook(path: &Path, text: &str, mode: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// How the three hooks stand, as `hooks status` tells a program.
fn states(world: &World) -> Vec<String> {
    states_in(world, &world.repo())
}

fn states_in(world: &World, folder: &Path) -> Vec<String> {
    let answer = world.run_in(folder, &["hooks", "status", "--json"]).json(0);
    let hooks = answer["hooks"].as_array().unwrap();
    assert_eq!(
        hooks
            .iter()
            .map(|hook| hook["hook"].as_str().unwrap())
            .collect::<Vec<_>>(),
        NAMES
    );
    hooks
        .iter()
        .map(|hook| hook["state"].as_str().unwrap().to_owned())
        .collect()
}

/// A commit that breaks a rule is refused in `folder`, one that keeps them all passes.
fn judges_commits(world: &World, folder: &Path, pointers: &str) {
    let path = folder.join(pointers);
    let sound = fs::read_to_string(&path).unwrap();
    fs::write(&path, sound.replace("version = 1", "version = 9")).unwrap();
    let run = git(world, folder, &["commit", "-qam", "broken"]);
    assert_ne!(run.exit, 0, "{run:?}");
    assert!(
        format!("{}{}", run.stdout, run.stderr).contains("error[pointer]"),
        "{run:?}"
    );
    fs::write(&path, sound + "# fine\n").unwrap();
    let run = git(world, folder, &["commit", "-qam", "sound"]);
    assert_eq!(run.exit, 0, "{run:?}");
    assert_eq!(world.git_in(folder, &["log", "-1", "--format=%s"]), "sound");
}

#[test]
fn an_installed_hook_judges_what_is_committed() {
    let world = World::promoted();
    let run = world.done(&["hooks", "install"]);
    assert_eq!(
        run.stdout
            .lines()
            .map(|line| line.split('\t').nth(1).unwrap())
            .collect::<Vec<_>>(),
        ["installed"; 2]
    );
    run.says(&["undo: envctl hooks uninstall pre-commit pre-push"]);
    assert_eq!(states(&world), ["installed", "installed", "absent"]);
    assert_eq!(
        (
            mode(&hook(&world, "pre-commit")),
            mode(&hook(&world, "pre-push"))
        ),
        (0o755, 0o755)
    );
    judges_commits(&world, &world.repo(), "pointers/prod.toml");
}

#[test]
fn each_hook_is_a_thin_script_around_one_command() {
    let world = World::promoted();
    world.done(&["hooks", "install", "pre-commit", "pre-push", "pre-receive"]);
    for (name, command) in [
        ("pre-commit", "exec envctl check --staged"),
        ("pre-push", "exec envctl check --pre-push \"$@\""),
        ("pre-receive", "exec envctl check --pre-receive"),
    ] {
        let text = fs::read_to_string(hook(&world, name)).unwrap();
        assert!(
            text.starts_with("#!/bin/sh\n# envctl hook 1 \".\"\n"),
            "{text}"
        );
        assert_eq!(text.lines().last(), Some(command));
        let run = Run::of(
            world
                .sealed("sh", &world.repo())
                .args(["-n", hook(&world, name).to_str().unwrap()]),
        );
        assert_eq!((run.exit, &*run.stderr), (0, ""));
    }
}

#[test]
fn without_envctl_on_the_path_a_hook_refuses_and_says_how_to_go_on() {
    let world = World::promoted();
    world.done(&["hooks", "install", "pre-commit", "pre-push", "pre-receive"]);
    for (name, way_on) in [
        ("pre-commit", "git commit --no-verify"),
        ("pre-push", "git push --no-verify"),
        ("pre-receive", "install it"),
    ] {
        let run = Run::of(
            world
                .sealed("/bin/sh", &world.repo())
                .arg(hook(&world, name))
                .env("PATH", "/nowhere"),
        );
        assert_eq!(run.exit, 1, "{run:?}");
        run.says(&["no envctl on the PATH", "nothing was checked", way_on]);
    }
}

#[test]
fn installing_again_changes_nothing_and_says_so() {
    let world = World::promoted();
    world.done(&["hooks", "install"]);
    let before = fs::metadata(hook(&world, "pre-commit"))
        .unwrap()
        .modified()
        .unwrap();
    world
        .done(&["hooks", "install"])
        .says(&["already installed"]);
    assert_eq!(
        fs::metadata(hook(&world, "pre-commit"))
            .unwrap()
            .modified()
            .unwrap(),
        before
    );
    let answer = world.json(0, &["hooks", "install"]);
    assert_eq!(
        (&answer["changed"], &answer["hooks"][0]["change"]),
        (&json!(false), &json!("unchanged"))
    );
}

#[test]
fn a_dry_run_writes_and_removes_nothing() {
    let world = World::promoted();
    world
        .done(&["hooks", "install", "-n"])
        .says(&["dry run: nothing was changed"]);
    assert_eq!(states(&world), ["absent"; 3]);
    world.done(&["hooks", "install"]);
    let answer = world.json(0, &["hooks", "uninstall", "--dry-run"]);
    assert_eq!(
        (&answer["dry_run"], &answer["changed"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(states(&world), ["installed", "installed", "absent"]);
}

#[test]
fn uninstalling_removes_what_was_installed() {
    let world = World::promoted();
    world.done(&["hooks", "install"]);
    let run = world.done(&["hooks", "uninstall"]);
    assert_eq!(run.stdout.lines().count(), 2, "{run:?}");
    assert!(!hook(&world, "pre-commit").exists() && !hook(&world, "pre-push").exists());
    world.done(&["hooks", "uninstall"]).says(&["nothing to do"]);
}

#[test]
fn an_outdated_hook_is_seen_and_refreshed() {
    let world = World::promoted();
    world.done(&["hooks", "install"]);
    let fresh = fs::read_to_string(hook(&world, "pre-commit")).unwrap();
    write_hook(
        &hook(&world, "pre-commit"),
        &fresh.replace("hook 1", "hook 0"),
        0o755,
    );
    assert_eq!(states(&world)[0], "outdated");
    assert_eq!(
        world.json(0, &["hooks", "install"])["hooks"][0]["change"],
        "refreshed"
    );
    assert_eq!(
        fs::read_to_string(hook(&world, "pre-commit")).unwrap(),
        fresh
    );
    let left: Vec<_> = fs::read_dir(world.path("repo/.git/hooks"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        !left
            .iter()
            .any(|name| name.to_str().unwrap().contains("envctl")),
        "{left:?}"
    );
}

#[test]
fn a_hook_of_a_later_envctl_is_left_alone() {
    let world = World::promoted();
    let later = "#!/bin/sh\n# envctl hook 99 whatever comes\nexec envctl frobnicate\n";
    write_hook(&hook(&world, "pre-commit"), later, 0o755);
    assert_eq!(states(&world)[0], "installed");
    world.done(&["hooks", "install"]);
    assert_eq!(
        fs::read_to_string(hook(&world, "pre-commit")).unwrap(),
        later
    );
}

#[test]
fn a_hook_that_may_not_be_run_is_disabled_until_it_is_installed_again() {
    let world = World::promoted();
    world.done(&["hooks", "install"]);
    fs::set_permissions(
        hook(&world, "pre-commit"),
        fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    assert_eq!(states(&world)[0], "disabled");
    world
        .done(&["hooks", "status"])
        .says(&["git ignores it", "envctl hooks install pre-commit"]);
    assert_eq!(
        world.json(0, &["hooks", "install"])["hooks"][0]["change"],
        "enabled"
    );
    assert_eq!(mode(&hook(&world, "pre-commit")), 0o755);
}

/// Everything that may stand in the way, and that must stand there afterwards as it did before.
#[test]
fn a_foreign_hook_is_never_written_over_or_removed() {
    let foreign = |kind: &str| {
        let world = World::promoted();
        let path = hook(&world, "pre-commit");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match kind {
            "file" => write_hook(&path, "#!/bin/sh\nexit 0\n", 0o755),
            "link" => {
                world.done(&["hooks", "install", "pre-push"]);
                symlink("pre-push", &path).unwrap();
            }
            "dangling" => symlink("/nowhere/pre-commit", &path).unwrap(),
            _ => fs::create_dir(&path).unwrap(),
        }
        world
    };
    for kind in ["file", "link", "dangling", "folder"] {
        let world = foreign(kind);
        let path = hook(&world, "pre-commit");
        let before = fs::symlink_metadata(&path).unwrap().modified().unwrap();
        let run = world.refused(4, &["hooks", "install"]);
        run.says(&[
            "pre-commit",
            "envctl check --staged || exit 1",
            "envctl hooks install pre-push",
        ]);
        assert_eq!(
            world.run(&["hooks", "install", "--json"]).code(),
            "foreign-hook",
            "{kind}"
        );
        assert_eq!(
            world
                .run(&["hooks", "uninstall", "pre-commit", "--json"])
                .code(),
            "foreign-hook",
            "{kind}"
        );
        world.done(&["hooks", "uninstall"]).says(&["left alone"]);
        assert_eq!(states(&world)[0], "foreign", "{kind}");
        assert_eq!(
            fs::symlink_metadata(&path).unwrap().modified().unwrap(),
            before,
            "{kind}"
        );
    }
    let world = foreign("file");
    world.refused(4, &["hooks", "install"]);
    assert_eq!(
        states(&world)[1],
        "absent",
        "one in the way, none installed"
    );
}

#[test]
fn the_folder_of_hooks_is_the_one_that_git_looks_in() {
    for (setting, place) in [
        (".githooks", "repo/.githooks"),
        ("../shared", "shared"),
        ("~/my hooks", "home/my hooks"),
        ("ABSOLUTE", "abs"),
    ] {
        let world = World::promoted();
        let setting = setting.replace("ABSOLUTE", world.path("abs").to_str().unwrap());
        world.git(&["config", "core.hooksPath", &setting]);
        fs::create_dir_all(world.path("repo/deep/er")).unwrap();
        let run = world.run_in(
            &world.path("repo/deep/er"),
            &["hooks", "install", "pre-commit"],
        );
        assert_eq!(run.exit, 0, "{run:?}");
        assert!(!run.stderr.contains("warning"), "{run:?}");
        assert!(
            world.path(place).join("pre-commit").is_file(),
            "{setting}: {run:?}"
        );
        judges_commits(&world, &world.repo(), "pointers/prod.toml");
    }
}

#[test]
fn a_folder_of_hooks_that_is_every_repositorys_is_warned_of() {
    let world = World::promoted();
    world.git(&["config", "--global", "core.hooksPath", "~/hooks"]);
    world
        .done(&["hooks", "install"])
        .says(&["warning: core.hooksPath is set for all repositories of this user"]);
    assert!(world.path("home/hooks/pre-commit").is_file());
}

#[test]
fn where_git_runs_no_hooks_none_is_installed() {
    let world = World::promoted();
    world.git(&["config", "core.hooksPath", ""]);
    let run = world.refused(7, &["hooks", "install"]);
    run.says(&["core.hooksPath"]);
    world.git(&["config", "core.hooksPath", "/dev/null"]);
    assert_eq!(states(&world), ["absent"; 3]);
    world.refused(1, &["hooks", "install"]);
}

#[test]
fn what_a_push_sets_off_runs_in_gits_own_folder() {
    let world = World::promoted();
    world.git(&["config", "core.hooksPath", "hooks-here"]);
    world.done(&["hooks", "install", "pre-push", "pre-receive"]);
    assert!(world.path("repo/hooks-here/pre-push").is_file());
    assert!(world.path("repo/.git/hooks-here/pre-receive").is_file());
}

#[test]
fn linked_worktrees_share_the_hooks() {
    let world = World::promoted();
    world.git(&["worktree", "add", "-q", "../linked", "-b", "topic"]);
    let linked = world.path("linked");
    assert_eq!(world.run_in(&linked, &["hooks", "install"]).exit, 0);
    assert!(hook(&world, "pre-commit").is_file());
    assert_eq!(states(&world), states_in(&world, &linked));
    judges_commits(&world, &linked, "pointers/prod.toml");
}

#[test]
fn a_bare_repository_gets_what_receives_pushes() {
    let world = World::promoted();
    world.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let bare = world.path("bare.git");
    let run = world.run_in(&bare, &["hooks", "install"]);
    assert_eq!(run.exit, 0, "{run:?}");
    assert_eq!(states_in(&world, &bare), ["absent", "absent", "installed"]);
    assert_eq!(mode(&bare.join("hooks/pre-receive")), 0o755);
    let run = world.run_in(&bare, &["hooks", "install", "pre-commit", "--json"]);
    assert_eq!((run.exit, &*run.code()), (2, "usage"));
    assert_eq!(world.run_in(&bare, &["hooks", "uninstall"]).exit, 0);
    assert_eq!(states_in(&world, &bare), ["absent"; 3]);
}

fn in_subfolder(folder: &str) -> World {
    let world = World::empty();
    world.git(&["init", "-q", "-b", "main"]);
    world.done(&["init", "--name", "x", "--", folder]);
    let provider = [
        "publish",
        "prompts/a",
        "-",
        "--to",
        "staging",
        "-y",
        &format!("--project={folder}"),
    ];
    assert_eq!(world.fed(b"hello", &provider).exit, 0);
    world
}

#[test]
fn the_hook_of_a_project_in_a_subfolder_judges_that_project() {
    for folder in [
        "services/gateway",
        "it's; touch owned",
        "$(touch owned)",
        "-x",
        "a\ntouch owned",
    ] {
        let world = in_subfolder(folder);
        let project = format!("--project={folder}");
        world.done(&["hooks", "install", &project]);
        judges_commits(
            &world,
            &world.repo(),
            &format!("{folder}/pointers/staging.toml"),
        );
        assert!(!world.path("repo/owned").exists(), "{folder:?}");
        assert_eq!(
            world.json(0, &["hooks", "status", &project])["hooks"][0]["state"],
            "installed",
            "{folder:?}"
        );
        world.done(&["hooks", "uninstall", &project]);
        assert_eq!(states(&world), ["absent"; 3]);
    }
}

#[test]
fn a_hook_for_another_project_is_foreign() {
    let world = in_subfolder("a");
    world.done(&["init", "b"]);
    world.done(&["hooks", "install", "--project", "a"]);
    let run = world.refused(4, &["hooks", "install", "--project", "b"]);
    run.says(&[
        "for the project in a",
        "--project=a || exit 1",
        "--project=b || exit 1",
    ]);
    world
        .refused(4, &["hooks", "uninstall", "pre-commit", "--project", "b"])
        .says(&["--project=a"]);
    let state = |project| {
        world.json(0, &["hooks", "status", "--project", project])["hooks"][0]["state"].clone()
    };
    assert_eq!(
        (state("a"), state("b")),
        (json!("installed"), json!("foreign"))
    );
}

#[test]
fn hooks_are_listed_and_removed_where_there_is_no_project() {
    let world = World::empty();
    world.git(&["init", "-q", "-b", "main"]);
    assert_eq!(states(&world), ["absent"; 3]);
    world
        .refused(1, &["hooks", "install"])
        .says(&["envctl init"]);
    write_hook(
        &hook(&world, "pre-commit"),
        "#!/bin/sh\n# envctl hook 0 \"gone\"\nexit 0\n",
        0o755,
    );
    assert_eq!(states(&world)[0], "outdated");
    world.done(&["hooks", "uninstall"]);
    assert!(!hook(&world, "pre-commit").exists());
}

#[test]
fn a_name_that_is_no_hook_is_a_usage_error() {
    let world = World::promoted();
    world
        .refused(2, &["hooks", "install", "pre-comit"])
        .says(&["pre-commit"]);
    let answer = world.json(2, &["hooks", "install", "post-commit"]);
    assert!(matches!(&answer["error"]["code"], Value::String(code) if code == "usage"));
}
