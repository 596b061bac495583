use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::world::{Run, World};

/// A promoted project with nothing wrong: its hooks are installed, and what lands is flushed to the disk.
pub fn sound() -> World {
    let world = World::promoted();
    world.git(&["config", "envctl.durable", "true"]);
    world.done(&["hooks", "install"]);
    world
}

pub fn diagnose(world: &World, folder: &Path, exit: i32, arguments: &[&str]) -> Vec<Value> {
    let run = world.run_in(folder, &[&["doctor", "--json"], arguments].concat());
    run.json(exit)["problems"].as_array().unwrap().clone()
}

/// The one problem that a doctor who must end with `exit` finds.
pub fn only(world: &World, exit: i32) -> Value {
    let mut problems = diagnose(world, &world.repo(), exit, &[]);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems.remove(0)
}

/// Asserts the code, the severity and a part of what mends a problem.
pub fn is(problem: &Value, code: &str, severity: &str, mend: &str) {
    assert_eq!(
        (&problem["code"], &problem["severity"]),
        (&code.into(), &severity.into()),
        "{problem:#}"
    );
    assert!(
        problem["hint"].as_str().unwrap_or_default().contains(mend),
        "{problem:#}"
    );
    assert!(!problem["message"].as_str().unwrap().is_empty());
}

/// Runs what mends a problem, in a shell with envctl on the PATH.
fn mend(world: &World, problem: &Value) {
    let program = Path::new(env!("CARGO_BIN_EXE_envctl"))
        .parent()
        .unwrap()
        .display()
        .to_string();
    let path = world
        .variables()
        .into_iter()
        .find(|(name, _)| *name == "PATH")
        .unwrap()
        .1;
    let mut shell = world.sealed("sh", &world.repo());
    shell
        .env("PATH", format!("{program}:{path}"))
        .args(["-c", problem["hint"].as_str().unwrap()]);
    let run = Run::of(&mut shell);
    assert_eq!(run.exit, 0, "{problem:#}: {run:?}");
}

pub fn is_sound(world: &World) {
    let run = world.refused(0, &["doctor"]);
    assert_eq!((&*run.stdout, &*run.stderr), ("", "no problems found\n"));
}

#[test]
fn a_sound_project_has_no_problems() {
    let world = sound();
    is_sound(&world);
    assert_eq!(diagnose(&world, &world.repo(), 0, &[]), Vec::<Value>::new());
    assert_eq!(
        world.run(&["doctor", "--fix"]).stderr,
        "no problems found\n"
    );
}

#[test]
fn each_problem_is_a_line_with_the_command_that_mends_it_below() {
    let world = sound();
    world.git(&["config", "envctl.durable", "false"]);
    world.write("prompts/new/1.md", "new");
    let run = world.refused(0, &["doctor"]);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(lines[0].starts_with("note[not-durable]: "), "{run:?}");
    assert_eq!(lines[1], "    git config envctl.durable true");
    assert!(
        lines[2].starts_with("warning[untracked-file]: prompts/new/1.md"),
        "{run:?}"
    );
    assert_eq!(run.stderr, "2 problems\n");
}

/// Each is made with plain git, told of alone, and gone after the command that is told.
#[test]
fn what_mends_a_problem_mends_it() {
    type Make = fn(&World);
    let cases: [(&str, &str, Make); 15] = [
        ("not-durable", "note", |world| {
            drop(world.git(&["config", "envctl.durable", "false"]));
        }),
        ("not-live", "note", |world| {
            drop(world.git(&["switch", "-qc", "topic"]));
        }),
        ("not-live", "note", |world| {
            drop(world.git(&["switch", "-q", "--detach"]));
        }),
        ("hook-absent", "note", |world| {
            drop(world.done(&["hooks", "uninstall", "pre-push"]));
        }),
        ("replaced-objects", "error", |world| {
            drop(world.git(&["replace", "HEAD", "HEAD~1"]));
        }),
        ("grafts", "error", |world| {
            world.write(".git/info/grafts", format!("{}\n", world.head()));
        }),
        ("index-locked", "error", |world| {
            world.write(".git/index.lock", "");
        }),
        ("settings-locked", "error", |world| {
            world.write(".git/config.lock", "");
        }),
        ("branch-locked", "error", |world| {
            world.write(".git/refs/heads/a/b.lock", "");
        }),
        ("unfinished-operation", "warning", |world| {
            drop(world.git(&["bisect", "start"]));
        }),
        ("modified-file", "warning", |world| {
            world.replace("envctl.toml", "Support", "Edited");
        }),
        ("missing-file", "warning", |world| {
            fs::remove_file(world.path("repo/prompts/router/1.md")).unwrap();
        }),
        ("unknown-file", "warning", |world| {
            world.write("prompts/router/1.md.orig", "x");
        }),
        ("unknown-file", "warning", |world| {
            world.write("prompts/it's a file/x y/z/0.md", "x");
        }),
        ("signing", "error", |world| {
            world.git(&["config", "commit.gpgSign", "true"]);
            world.git(&["config", "gpg.program", "no-such-program"]);
        }),
    ];
    for (code, severity, make) in cases {
        let world = sound();
        make(&world);
        let mut problem = only(&world, if severity == "error" { 11 } else { 0 });
        is(&problem, code, severity, "");
        assert_eq!(
            (&problem["fixable"], &problem["fixed"]),
            (&false.into(), &false.into()),
            "{code}"
        );
        if matches!(code, "modified-file" | "missing-file") {
            let other = problem["hint"]
                .as_str()
                .unwrap()
                .split_once("to drop the change: ")
                .unwrap()
                .1
                .to_owned();
            problem["hint"] = other.into();
        }
        mend(&world, &problem);
        is_sound(&world);
    }
}

#[test]
fn a_shallow_clone_lacks_the_past() {
    let world = sound();
    let url = format!("file://{}", world.repo().display());
    world.git(&["clone", "-q", "--depth", "1", &url, "../shallow"]);
    let problems = diagnose(&world, &world.path("shallow"), 0, &[]);
    let shallow = problems
        .iter()
        .find(|problem| problem["code"] == "shallow")
        .unwrap();
    is(shallow, "shallow", "warning", "git fetch --unshallow");
    world.git_in(&world.path("shallow"), &["fetch", "-q", "--unshallow"]);
    let problems = diagnose(&world, &world.path("shallow"), 0, &[]);
    assert!(
        problems.iter().all(|problem| problem["code"] != "shallow"),
        "{problems:#?}"
    );
}

#[test]
fn kinds_of_repository_that_cannot_be_read_are_told_of() {
    for (argument, mend) in [
        ("--ref-format=reftable", "git refs migrate"),
        ("--object-format=sha256", ""),
    ] {
        let world = World::empty();
        world.git(&["init", "-q", argument]);
        is(&only(&world, 11), "unsupported-repository", "error", mend);
    }
    let world = sound();
    world.git(&["config", "remote.origin.promisor", "true"]);
    is(
        &only(&world, 11),
        "unsupported-repository",
        "error",
        "git clone",
    );
}

#[test]
fn a_repository_of_another_user_is_told_of_where_that_can_be_tried() {
    let world = sound();
    let chown = Run::of(
        world
            .sealed("chown", &world.repo())
            .args(["-R", "12345", "."]),
    );
    if chown.exit == 0 {
        let problem = only(&world, 11);
        is(
            &problem,
            "foreign-owner",
            "error",
            "git config --global --add safe.directory ",
        );
        mend(&world, &problem);
        is_sound(&world);
    }
}

#[test]
fn where_there_is_no_project_that_is_the_problem() {
    let world = World::empty();
    is(
        &only(&world, 11),
        "not-a-repository",
        "error",
        "envctl init",
    );
    world.git(&["init", "-q", "-b", "main"]);
    world.git(&["config", "envctl.durable", "true"]);
    is(&only(&world, 11), "no-project", "error", "envctl init");
    world.commit_all("empty");
    is(&only(&world, 11), "no-project", "error", "envctl init");
    world.done(&["init", "its folder"]);
    let run = Run::of(world.program(&world.repo()).arg("doctor"));
    assert!(
        run.stdout
            .contains("    envctl doctor '--project=its folder'")
            || run.stdout.contains("--project='its folder'")
    );
}

#[test]
fn a_repository_without_a_project_is_examined_all_the_same() {
    let world = World::empty();
    world.git(&["init", "-q", "-b", "main"]);
    world.write(".git/index.lock", "");
    let codes: Vec<Value> = diagnose(&world, &world.repo(), 11, &[])
        .iter()
        .map(|problem| problem["code"].clone())
        .collect();
    assert_eq!(
        codes,
        ["no-project", "not-durable", "index-locked"].map(Value::from)
    );
}

#[test]
fn a_repository_that_is_broken_is_never_called_sound() {
    let world = sound();
    let tree = world.git(&["rev-parse", "HEAD:pointers"]);
    fs::remove_file(
        world
            .path("repo/.git/objects")
            .join(&tree[..2])
            .join(&tree[2..]),
    )
    .unwrap();
    let problems = diagnose(&world, &world.repo(), 11, &[]);
    is(&problems[0], "unexamined", "error", "git fsck");
    for (file, text) in [
        ("HEAD", "junk"),
        ("refs/heads/main", "junk"),
        ("config", "[core\n"),
        ("index", "DIRCjunk"),
    ] {
        let world = sound();
        world.write(&format!(".git/{file}"), text);
        assert!(
            !diagnose(&world, &world.repo(), 11, &[]).is_empty(),
            "{file}"
        );
    }
}

#[test]
fn without_an_identity_nothing_can_be_committed() {
    let world = sound();
    let doctor = |folder: &Path| {
        let mut command = world.program(folder);
        for name in [
            "GIT_AUTHOR_NAME",
            "GIT_AUTHOR_EMAIL",
            "GIT_COMMITTER_NAME",
            "GIT_COMMITTER_EMAIL",
        ] {
            command.env_remove(name);
        }
        Run::of(command.args(["doctor", "--json"]))
    };
    let problem = doctor(&world.repo()).json(11)["problems"][0].clone();
    is(&problem, "no-identity", "error", "user.name");
    is(&problem, "no-identity", "error", "user.email");
    world.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let bare = doctor(&world.path("bare.git")).json(0);
    let problems = bare["problems"].as_array().unwrap();
    assert!(
        problems
            .iter()
            .any(|problem| problem["code"] == "no-identity" && problem["severity"] == "note")
    );
}

#[test]
fn a_signing_key_that_nobody_named_is_missing() {
    let world = sound();
    world.git(&["config", "commit.gpgSign", "true"]);
    world.git(&["config", "gpg.format", "ssh"]);
    is(&only(&world, 11), "signing", "error", "git config");
    world.git(&["config", "gpg.format", "wax"]);
    is(&only(&world, 11), "signing", "error", "git config");
}

#[test]
fn a_live_branch_that_is_not_here_is_an_error() {
    let world = sound();
    world.git(&["branch", "-m", "main", "trunk"]);
    is(
        &only(&world, 11),
        "live-branch-missing",
        "error",
        "git fetch origin main:main",
    );
    world.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    let problem = only(&world, 11);
    is(
        &problem,
        "live-branch-missing",
        "error",
        "git branch main origin/main",
    );
    mend(&world, &problem);
    is(&only(&world, 0), "not-live", "note", "git switch main");
}

#[test]
fn a_foreign_hook_is_left_to_its_owner_and_is_no_problem_once_it_asks_envctl() {
    let world = sound();
    world.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 0\n");
    let problem = only(&world, 0);
    is(
        &problem,
        "hook-foreign",
        "note",
        "envctl check --staged || exit 1",
    );
    assert_eq!(
        diagnose(&world, &world.repo(), 0, &["--fix"]),
        std::slice::from_ref(&problem)
    );
    let line = problem["hint"].as_str().unwrap();
    world.write(".git/hooks/pre-commit", format!("#!/bin/sh\n# {line}\n"));
    is(&only(&world, 0), "hook-foreign", "note", "");
    world.write(".git/hooks/pre-commit", format!("#!/bin/sh\n{line}\n"));
    is_sound(&world);
    let path = world.path("repo/.git/hooks/pre-commit");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    is(&only(&world, 0), "hook-disabled", "warning", "chmod +x");
}

#[test]
fn files_that_git_does_not_have_are_told_of() {
    let world = sound();
    world.write(".gitignore", "*.md\n*.swp\n");
    world.git(&["add", ".gitignore"]);
    world.git(&["commit", "-qm", "ignore", "--no-verify"]);
    world.write("prompts/router/3.md", "three");
    world.write("prompts/router/.1.md.swp", "an editor's");
    let problem = only(&world, 0);
    is(
        &problem,
        "ignored-file",
        "warning",
        "git add --force -- prompts/router/3.md",
    );
    mend(&world, &problem);
    is(
        &only(&world, 0),
        "staged-file",
        "warning",
        "git commit -- prompts/router/3.md",
    );
}

#[test]
fn many_files_of_one_kind_are_counted() {
    let world = sound();
    for number in 1..=30 {
        world.write(&format!("prompts/many/{number}.md"), "x");
    }
    let problems = diagnose(&world, &world.repo(), 0, &[]);
    assert_eq!(problems.len(), 21);
    is(&problems[20], "untracked-file", "warning", "git status");
    assert_eq!(problems[20]["message"], "10 more files like these");
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_not_missing() {
    let world = sound();
    fs::remove_dir_all(world.path("repo/prompts/router")).unwrap();
    assert_eq!(diagnose(&world, &world.repo(), 0, &[]).len(), 2);
    world.git(&[
        "update-index",
        "--skip-worktree",
        "prompts/router/1.md",
        "prompts/router/2.md",
    ]);
    is_sound(&world);
}

#[test]
fn a_merge_in_progress_and_its_conflicts_are_told_of() {
    let world = sound();
    world.git(&["switch", "-qc", "topic"]);
    for (branch, name) in [("topic", "Topic"), ("main", "Other")] {
        world.git(&["switch", "-q", branch]);
        world.replace("envctl.toml", "Support", name);
        world.git(&["commit", "-qam", name, "--no-verify"]);
    }
    let merge = Run::of(world.sealed("git", &world.repo()).args(["merge", "topic"]));
    assert_eq!(merge.exit, 1, "{merge:?}");
    let problems = diagnose(&world, &world.repo(), 11, &[]);
    is(
        &problems[0],
        "unfinished-operation",
        "warning",
        "git merge --abort",
    );
    is(
        &problems[1],
        "conflicted-file",
        "error",
        "git add -- envctl.toml",
    );
    world.git(&["merge", "--abort"]);
    is_sound(&world);
}

#[test]
fn what_the_committed_project_breaks_is_counted() {
    let world = sound();
    world.replace("pointers/prod.toml", "version = 1", "version = 9");
    world.write("prompts/router/odd file", "x");
    world.git(&["add", "-A"]);
    world.git(&["commit", "-qm", "by hand", "--no-verify"]);
    let problems = diagnose(&world, &world.repo(), 11, &[]);
    is(
        &problems[0],
        "unknown-file",
        "error",
        "git rm -- 'prompts/router/odd file'",
    );
    is(&problems[1], "findings", "error", "envctl check");
    assert_eq!(problems.len(), 2);
    let world = sound();
    world.replace("envctl.toml", "schema = 1", "schema = 2");
    world.git(&["commit", "-qam", "newer", "--no-verify"]);
    is(
        &only(&world, 11),
        "newer-schema",
        "error",
        "install a newer one",
    );
}

#[test]
fn attributes_that_keep_git_from_converting_are_missed() {
    let world = World::empty();
    world.git(&["init", "-q", "-b", "main"]);
    world.git(&["config", "envctl.durable", "true"]);
    world.done(&["init", "a b"]);
    world.done(&["hooks", "install", "--project", "a b"]);
    let line = "prompts/** -text -ident -filter -working-tree-encoding\n";
    world.replace("a b/.gitattributes", line, "");
    world.git(&["commit", "-qam", "by hand", "--no-verify"]);
    let problem = diagnose(&world, &world.repo(), 0, &["--project", "a b"]).remove(0);
    is(
        &problem,
        "attributes-missing",
        "warning",
        "'a b/.gitattributes'",
    );
    mend(&world, &problem);
    world.git(&["commit", "-qam", "mended", "--no-verify"]);
    assert_eq!(
        diagnose(&world, &world.repo(), 0, &["--project", "a b"]),
        Vec::<Value>::new()
    );
}

#[test]
fn a_bare_repository_is_examined_without_a_work_tree() {
    let world = sound();
    world.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let bare = world.path("bare.git");
    world.git_in(&bare, &["config", "envctl.durable", "true"]);
    let problems = diagnose(&world, &bare, 0, &[]);
    is(
        &problems[0],
        "hook-absent",
        "note",
        "envctl hooks install pre-receive",
    );
    world.run_in(&bare, &["hooks", "install"]);
    assert_eq!(diagnose(&world, &bare, 0, &[]), Vec::<Value>::new());
}

#[test]
fn where_signatures_are_demanded_git_has_to_sign() {
    let world = sound();
    world.done(&["access", "grant", "ana@example.org", "owner"]);
    let access = world.read("access.toml");
    world.write(
        "access.toml",
        format!("signatures = \"required\"\n{access}"),
    );
    world.git(&["commit", "-q", "--no-verify", "-a", "-m", "sign"]);
    is(
        &only(&world, 0),
        "not-signing",
        "warning",
        "commit.gpgSign true",
    );
    for (key, value) in [
        ("gpg.format", "ssh"),
        ("commit.gpgSign", "true"),
        ("user.signingKey", "key.pub"),
    ] {
        world.git(&["config", key, value]);
    }
    let problems = diagnose(&world, &world.repo(), 0, &[]);
    assert!(
        problems
            .iter()
            .all(|problem| problem["code"] != "not-signing"),
        "{problems:#?}"
    );
}
