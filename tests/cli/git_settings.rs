//! git and envctl are asked the same under each source of git's settings: who commits, whether it is signed, which hooks run,
//! and whether the remote is reached.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::Command;

use crate::world::{Run, World};

/// Where settings stand.
#[derive(Clone, Copy, Debug)]
enum Source {
    Local,
    Home,
    Include,
    Worktree,
    GlobalVariable,
    SystemVariable,
    Counted,
    Parameters,
    IfRemote,
    IfFolder,
    IfFolderThroughLink,
    IfBranch,
}

const SOURCES: [Source; 12] = [
    Source::Local,
    Source::Home,
    Source::Include,
    Source::Worktree,
    Source::GlobalVariable,
    Source::SystemVariable,
    Source::Counted,
    Source::Parameters,
    Source::IfRemote,
    Source::IfFolder,
    Source::IfFolderThroughLink,
    Source::IfBranch,
];

/// A project with a remote that only a setting leads to, and everything that git can be told about a commit.
struct Scene {
    world: World,
    folder: PathBuf,
    variables: Vec<(String, String)>,
    removed: Vec<&'static str>,
}

impl Scene {
    fn under(source: Source) -> Self {
        let world = World::promoted();
        world.git(&["clone", "-q", "--bare", ".", "../remote.git"]);
        world.git(&["remote", "add", "origin", "https://forge.invalid/o.git"]);
        let key = world.path("key");
        let made = world
            .sealed("ssh-keygen", &world.repo())
            .args(["-q", "-t", "ed25519", "-N", "", "-f"])
            .arg(&key)
            .status();
        assert!(made.unwrap().success());
        fs::create_dir(world.path("hooks")).unwrap();
        for hook in ["commit-msg", "post-commit", "pre-push"] {
            let script = format!(
                "#!/bin/sh\necho {hook} >> '{}'\n",
                world.path("ran").display()
            );
            let path = world.path("hooks").join(hook);
            fs::write(&path, script).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let mut scene = Self {
            folder: world.repo(),
            world,
            variables: Vec::new(),
            removed: vec![
                "GIT_AUTHOR_NAME",
                "GIT_AUTHOR_EMAIL",
                "GIT_AUTHOR_DATE",
                "GIT_COMMITTER_NAME",
                "GIT_COMMITTER_EMAIL",
                "GIT_COMMITTER_DATE",
            ],
        };
        scene.set(source);
        scene
    }

    fn settings(&self) -> Vec<(String, String)> {
        let path = |name: &str| self.world.path(name).display().to_string();
        [
            ("user.name".to_owned(), "Bo \"B\" Bot".to_owned()),
            ("user.email".to_owned(), "bo@bots.example".to_owned()),
            ("author.email".to_owned(), "author@bots.example".to_owned()),
            ("commit.gpgsign".to_owned(), "yes".to_owned()),
            ("gpg.format".to_owned(), "ssh".to_owned()),
            ("user.signingkey".to_owned(), path("key.pub")),
            ("core.hookspath".to_owned(), path("hooks")),
            (
                format!("url.{}.insteadof", path("remote.git")),
                "https://forge.invalid/o.git".to_owned(),
            ),
        ]
        .into()
    }

    /// Writes the settings into a file of that name.
    fn file(&self, name: &str) -> String {
        let file = self.world.path(name).display().to_string();
        for (key, value) in self.settings() {
            self.world.git(&["config", "--file", &file, &key, &value]);
        }
        file
    }

    fn set(&mut self, source: Source) {
        let home = self.world.path("home/.gitconfig");
        let home = home.to_str().unwrap().to_owned();
        let include = |condition: &str| {
            let file = self.file("included");
            let key = format!("{condition}.path");
            self.world.git(&["config", "--file", &home, &key, &file]);
        };
        match source {
            Source::Local => drop(self.file("repo/.git/config")),
            Source::Home => drop(self.file("home/.gitconfig")),
            Source::Include => include("include"),
            Source::Worktree => {
                self.world
                    .git(&["config", "extensions.worktreeConfig", "true"]);
                self.file("repo/.git/config.worktree");
            }
            Source::GlobalVariable => {
                let file = self.file("global");
                // What stands at the usual place must not count.
                self.world
                    .git(&["config", "--file", &home, "user.name", "Nobody"]);
                self.variables.push(("GIT_CONFIG_GLOBAL".to_owned(), file));
            }
            Source::SystemVariable => {
                let file = self.file("system");
                self.variables.push(("GIT_CONFIG_SYSTEM".to_owned(), file));
                self.removed.push("GIT_CONFIG_NOSYSTEM");
            }
            Source::Counted => {
                let settings = self.settings();
                let count = settings.len().to_string();
                self.variables.push(("GIT_CONFIG_COUNT".to_owned(), count));
                for (at, (key, value)) in settings.into_iter().enumerate() {
                    self.variables.push((format!("GIT_CONFIG_KEY_{at}"), key));
                    self.variables
                        .push((format!("GIT_CONFIG_VALUE_{at}"), value));
                }
            }
            Source::Parameters => {
                // As `git -c` hands them on.
                let one = |(key, value): (String, String)| format!("'{key}'='{value}'");
                let all: Vec<String> = self.settings().into_iter().map(one).collect();
                self.variables
                    .push(("GIT_CONFIG_PARAMETERS".to_owned(), all.join(" ")));
            }
            Source::IfRemote => {
                include("includeIf.hasconfig:remote.*.url:https://forge.invalid/**");
            }
            Source::IfFolder => {
                let condition = format!("includeIf.gitdir:{}/", self.world.repo().display());
                include(&condition);
            }
            Source::IfFolderThroughLink => {
                let link = self.world.path("link");
                let condition = format!("includeIf.gitdir:{}/", link.display());
                include(&condition);
                symlink(self.world.repo(), &link).unwrap();
                // The variable by which a shell says which way it went.
                let way = link.to_str().unwrap().to_owned();
                self.variables.push(("PWD".to_owned(), way));
                self.folder = link;
            }
            Source::IfBranch => include("includeIf.onbranch:main"),
        }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.world.sealed(program, &self.folder);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        for name in &self.removed {
            command.env_remove(name);
        }
        command
    }

    fn git(&self, arguments: &[&str]) {
        let run = Run::of(self.command("git").args(arguments));
        assert_eq!(run.exit, 0, "git {arguments:?}: {run:?}");
    }

    /// Who made the newest commit, whether it is signed, which hooks have run since the last time, and whether the remote has
    /// it.
    fn facts(&self) -> (String, bool, String, bool) {
        let people = self
            .world
            .git(&["log", "-1", "--format=%an <%ae> %cn <%ce>"]);
        let signed = self
            .world
            .git(&["cat-file", "-p", "HEAD"])
            .contains("gpgsig");
        let ran = self.world.path("ran");
        let hooks = fs::read_to_string(&ran).unwrap_or_default();
        let _ = fs::remove_file(&ran);
        let there = self
            .world
            .git_in(&self.world.path("remote.git"), &["rev-parse", "main"]);
        (people, signed, hooks, there == self.world.head())
    }
}

#[test]
fn git_and_envctl_give_one_answer_under_each_source_of_settings() {
    for source in SOURCES {
        let scene = Scene::under(source);
        scene.git(&["commit", "-q", "--allow-empty", "-m", "by git"]);
        scene.git(&["push", "-q", "origin", "main"]);
        let by_git = scene.facts();
        let expected = "Bo \"B\" Bot <author@bots.example> Bo \"B\" Bot <bo@bots.example>";
        assert_eq!(
            by_git,
            (
                expected.to_owned(),
                true,
                "commit-msg\npost-commit\npre-push\n".to_owned(),
                true
            ),
            "{source:?}: git itself"
        );
        let promote = ["promote", "staging", "prod", "-y", "--push"];
        let run = Run::of(scene.command(env!("CARGO_BIN_EXE_envctl")).args(promote));
        assert_eq!(run.exit, 0, "{source:?}: {run:?}");
        let (people, signed, mut hooks, pushed) = scene.facts();
        // The remote decides before the branch here follows, so the last two come the other way round.
        if hooks == "commit-msg\npre-push\npost-commit\n" {
            hooks = by_git.2.clone();
        }
        assert_eq!((people, signed, hooks, pushed), by_git, "{source:?}");
    }
}

#[test]
fn what_git_cannot_read_is_refused() {
    for (key, value) in [
        ("commit.gpgsign", "perhaps"),
        ("core.sharedRepository", "0060"),
        ("envctl.durable", "maybe"),
    ] {
        let world = World::promoted();
        world.git(&["config", key, value]);
        // git itself gives up over one of them.
        let before = world.read(".git/refs/heads/main");
        let run = world.run(&["promote", "staging", "prod", "-y"]);
        assert_eq!(run.exit, 1, "{run:?}");
        run.says(&[&key.to_lowercase()]);
        assert_eq!(world.read(".git/refs/heads/main"), before, "{key}");
    }
}

#[test]
fn dates_of_variables_are_those_that_git_writes() {
    for date in [
        "@1700000000 +0130",
        "1700000000 -0800",
        "2023-11-14T23:13:20+01:00",
        "2023-11-14 23:13:20",
        "Tue, 14 Nov 2023 23:13:20 +0100",
        "11/14/2023 23:13:20 +0500",
    ] {
        let world = World::promoted();
        let of = |mut command: Command| {
            command.env("GIT_AUTHOR_DATE", date).env("TZ", "Asia/Tokyo");
            let run = Run::of(&mut command);
            assert_eq!(run.exit, 0, "{date}: {run:?}");
            world.git(&["log", "-1", "--date=raw", "--format=%ad"])
        };
        let mut git = world.sealed("git", &world.repo());
        git.args(["commit", "-q", "--allow-empty", "-m", "by git"]);
        let by_git = of(git);
        let mut envctl = world.program(&world.repo());
        envctl.args(["promote", "staging", "prod", "-y"]);
        assert_eq!(of(envctl), by_git, "{date}");
    }
    let world = World::promoted();
    let mut envctl = world.program(&world.repo());
    envctl.args(["promote", "staging", "prod", "-y"]);
    let run = Run::of(envctl.env("GIT_AUTHOR_DATE", "yesterday"));
    assert_eq!(run.exit, 2, "{run:?}");
    run.says(&["invalid GIT_AUTHOR_DATE"]);
}

#[test]
fn an_address_comes_from_email_only_where_git_takes_it_from_there() {
    for (settings, exit) in [
        (vec![("user.name", "Ana")], 0),
        (
            vec![("user.name", "Ana"), ("user.useConfigOnly", "true")],
            1,
        ),
        (vec![("user.name", "Ana"), ("committer.email", "c@x")], 1),
    ] {
        let world = World::promoted();
        for (key, value) in &settings {
            world.git(&["config", key, value]);
        }
        let mut envctl = world.program(&world.repo());
        for name in [
            "GIT_AUTHOR_NAME",
            "GIT_AUTHOR_EMAIL",
            "GIT_COMMITTER_NAME",
            "GIT_COMMITTER_EMAIL",
        ] {
            envctl.env_remove(name);
        }
        envctl.args(["promote", "staging", "prod", "-y"]);
        let run = Run::of(envctl.env("EMAIL", "ana@mail.example"));
        assert_eq!(run.exit, exit, "{settings:?}: {run:?}");
    }
}

/// A split index, a sparse one, and one with what `feature.manyFiles` brings along.
#[test]
fn every_form_of_the_index_works_for_writing_reading_and_our_own_hook() {
    let forms: [&[&[&str]]; 3] = [
        &[
            &["config", "core.splitIndex", "true"],
            &["update-index", "--split-index"],
        ],
        &[&[
            "sparse-checkout",
            "set",
            "--cone",
            "--sparse-index",
            "pointers",
        ]],
        &[
            &["config", "feature.manyFiles", "true"],
            &["update-index", "--force-write-index"],
        ],
    ];
    for form in forms {
        let world = World::promoted();
        world.write("other/file", "x\n");
        world.commit_all("a folder beside the project");
        world.done(&["hooks", "install", "pre-commit"]);
        for command in form {
            world.git(command);
        }
        world.done(&["promote", "staging", "prod", "-y"]);
        assert_eq!(world.status(), "", "{form:?}");
        world.done(&["check", "--staged"]);
        world.json(0, &["doctor"]);
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_envctl"));
        let variables = world.variables();
        let (_, path) = variables.iter().find(|(name, _)| *name == "PATH").unwrap();
        let path = format!("{}:{path}", program.parent().unwrap().display());
        let mut commit = world.sealed("git", &world.repo());
        commit.args(["commit", "-q", "--allow-empty", "-m", "through our hook"]);
        let run = Run::of(commit.env("PATH", path));
        assert_eq!(run.exit, 0, "{form:?}: {run:?}");
        world.git(&["fsck", "--strict"]);
    }
}
