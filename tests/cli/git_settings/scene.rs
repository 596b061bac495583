//! A project with everything that git can be told about a commit and a push, told in one place.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::git_settings::forge::{Forge, HEADER, LOGIN};
use crate::remotes::write_hook;
use crate::world::{Run, World};

/// Where settings stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Local,
    Home,
    Xdg,
    Include,
    IncludeOfInclude,
    Worktree,
    GlobalVariable,
    SystemVariable,
    Counted,
    Parameters,
    /// `git -c …` runs the program.
    DashC,
    IfRemote,
    IfFolder,
    IfFolderInAnyCase,
    IfFolderThroughLink,
    IfBranch,
    /// A condition inside of a file that a variable names.
    IfBranchInVariable,
}

impl Source {
    pub const ALL: [Self; 17] = [
        Self::Local,
        Self::Home,
        Self::Xdg,
        Self::Include,
        Self::IncludeOfInclude,
        Self::Worktree,
        Self::GlobalVariable,
        Self::SystemVariable,
        Self::Counted,
        Self::Parameters,
        Self::DashC,
        Self::IfRemote,
        Self::IfFolder,
        Self::IfFolderInAnyCase,
        Self::IfFolderThroughLink,
        Self::IfBranch,
        Self::IfBranchInVariable,
    ];
}

/// A project with a remote that only the settings lead to.
pub struct Scene {
    pub world: World,
    forge: Forge,
    folder: PathBuf,
    variables: Vec<(String, String)>,
    removed: Vec<&'static str>,
    /// What stands before a command, as the words of another one.
    before: Vec<String>,
}

/// What a commit and its push come to.
#[derive(Debug, PartialEq, Eq)]
pub struct Facts {
    /// Name, address and date, as they stand in the commit.
    pub author: String,
    pub committer: String,
    /// The letter that git gives to the signature, and the print of the key.
    pub signature: String,
    /// The hooks that ran, in order.
    pub hooks: Vec<String>,
    /// Whether the remote has the commit.
    pub pushed: bool,
    /// What the forge was sent by who logged in.
    pub jobs: Vec<String>,
    /// Who may write to the folder of the commit's object, and to the branch.
    pub modes: [u32; 2],
}

impl Scene {
    pub fn under(source: Source) -> Self {
        let world = World::promoted();
        world.git(&["clone", "-q", "--bare", ".", "../remote.git"]);
        let remote = world.path("remote.git");
        world.git_in(&remote, &["config", "http.receivepack", "true"]);
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
            let ran = world.path("ran");
            let script = format!("#!/bin/sh\necho {hook} >> '{}'\n", ran.display());
            write_hook(&world.path("hooks").join(hook), &script);
        }
        fs::write(world.path("login"), LOGIN).unwrap();
        let helper = format!(
            "#!/bin/sh\n[ \"$1\" = get ] && cat '{}'\n",
            world.path("login").display()
        );
        write_hook(&world.path("helper"), &helper);
        let git = {
            let folder = world.path("");
            let variables = world.variables();
            move || {
                let mut git = Command::new("git");
                git.current_dir(&folder).env_clear();
                git.envs(variables.iter().map(|(name, value)| (*name, value)));
                git
            }
        };
        let mut scene = Self {
            folder: world.repo(),
            forge: Forge::serve(world.path(""), git),
            world,
            variables: Vec::new(),
            removed: vec![
                "GIT_AUTHOR_NAME",
                "GIT_AUTHOR_EMAIL",
                "GIT_COMMITTER_NAME",
                "GIT_COMMITTER_EMAIL",
            ],
            before: Vec::new(),
        };
        scene.set("GIT_AUTHOR_DATE", "Tue, 11 Nov 2025 23:13:20 -0800");
        scene.set("GIT_COMMITTER_DATE", "2026-01-02T12:00:00+0530");
        scene.tell(source);
        scene
    }

    fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
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
            ("core.sharedrepository".to_owned(), "group".to_owned()),
            ("credential.helper".to_owned(), path("helper")),
            ("http.extraheader".to_owned(), HEADER.to_owned()),
            (
                format!("url.{}.insteadof", self.forge.url("remote.git")),
                "https://forge.invalid/o.git".to_owned(),
            ),
        ]
        .into()
    }

    /// Writes the settings into a file of that name.
    fn file(&self, name: &str) -> String {
        let path = self.world.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let file = path.display().to_string();
        for (key, value) in self.settings() {
            self.world.git(&["config", "--file", &file, &key, &value]);
        }
        file
    }

    /// Has the file `from` include `file` where `condition` is met.
    fn include(&self, from: &str, condition: &str, file: &str) {
        let from = self.world.path(from).display().to_string();
        let key = format!("{condition}.path");
        self.world.git(&["config", "--file", &from, &key, file]);
    }

    fn tell(&mut self, source: Source) {
        const HOME: &str = "home/.gitconfig";
        let repo = self.world.repo().display().to_string();
        match source {
            Source::Local => drop(self.file("repo/.git/config")),
            Source::Home => drop(self.file(HOME)),
            Source::Xdg => drop(self.file("home/git/config")),
            Source::Include => self.include(HOME, "include", &self.file("included")),
            Source::IncludeOfInclude => {
                self.file("home/deep/inner");
                self.include("home/deep/outer", "include", "inner");
                self.include(HOME, "include", "~/deep/outer");
            }
            Source::Worktree => {
                self.world
                    .git(&["config", "extensions.worktreeConfig", "true"]);
                self.file("repo/.git/config.worktree");
            }
            Source::GlobalVariable => {
                let file = self.file("global");
                // What stands at the usual place must not count.
                let home = self.world.path(HOME).display().to_string();
                self.world
                    .git(&["config", "--file", &home, "user.name", "Nobody"]);
                self.set("GIT_CONFIG_GLOBAL", &file);
            }
            Source::SystemVariable => {
                let file = self.file("system");
                self.set("GIT_CONFIG_SYSTEM", &file);
                self.removed.push("GIT_CONFIG_NOSYSTEM");
            }
            Source::Counted => {
                let settings = self.settings();
                self.set("GIT_CONFIG_COUNT", &settings.len().to_string());
                for (at, (key, value)) in settings.iter().enumerate() {
                    self.set(&format!("GIT_CONFIG_KEY_{at}"), key);
                    self.set(&format!("GIT_CONFIG_VALUE_{at}"), value);
                }
            }
            Source::Parameters => {
                // As `git -c` hands them on.
                let one = |(key, value): (String, String)| format!("'{key}'='{value}'");
                let all: Vec<String> = self.settings().into_iter().map(one).collect();
                self.set("GIT_CONFIG_PARAMETERS", &all.join(" "));
            }
            Source::DashC => {
                let settings = self.settings().into_iter();
                let pairs = settings.map(|(key, value)| format!("{key}={value}"));
                self.before = pairs.flat_map(|pair| ["-c".to_owned(), pair]).collect();
            }
            Source::IfRemote => {
                let condition = "includeIf.hasconfig:remote.*.url:https://forge.invalid/**";
                self.include(HOME, condition, &self.file("included"));
            }
            Source::IfFolder => {
                let condition = format!("includeIf.gitdir:{repo}/");
                self.include(HOME, &condition, &self.file("included"));
            }
            Source::IfFolderInAnyCase => {
                let condition = format!("includeIf.gitdir/i:{}/", repo.to_uppercase());
                self.include(HOME, &condition, &self.file("included"));
            }
            Source::IfFolderThroughLink => {
                let link = self.world.path("link");
                let way = link.display().to_string();
                let condition = format!("includeIf.gitdir:{way}/");
                self.include(HOME, &condition, &self.file("included"));
                symlink(self.world.repo(), &link).unwrap();
                // The variable by which a shell says which way it went.
                self.set("PWD", &way);
                self.folder = link;
            }
            Source::IfBranch => {
                self.include(HOME, "includeIf.onbranch:main", &self.file("included"));
            }
            Source::IfBranchInVariable => {
                self.include("global", "includeIf.onbranch:ma*", &self.file("included"));
                let file = self.world.path("global").display().to_string();
                self.set("GIT_CONFIG_GLOBAL", &file);
            }
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

    pub fn git(&self, arguments: &[&str]) {
        let mut git = self.command("git");
        let run = Run::of(git.args(&self.before).args(arguments));
        assert_eq!(run.exit, 0, "git {arguments:?}: {run:?}");
    }

    /// What becomes of the program with these arguments.
    pub fn envctl(&self, arguments: &[&str]) -> Run {
        const PROGRAM: &str = env!("CARGO_BIN_EXE_envctl");
        if self.before.is_empty() {
            return Run::of(self.command(PROGRAM).args(arguments));
        }
        let mut git = self.command("git");
        let alias = format!("alias.e=!'{PROGRAM}'");
        git.args(&self.before).args(["-c", &alias, "e"]);
        Run::of(git.args(arguments))
    }

    /// What came of the newest commit, and since the last time.
    pub fn facts(&self) -> Facts {
        let signers = self.world.path("signers");
        let key = fs::read_to_string(self.world.path("key.pub")).unwrap();
        fs::write(&signers, format!("* {key}")).unwrap();
        let signers = format!("gpg.ssh.allowedSignersFile={}", signers.display());
        let format = "--format=%an <%ae> %ad%n%cn <%ce> %cd%n%G? %GF";
        let log = self
            .world
            .git(&["-c", &signers, "log", "-1", "--date=raw", format]);
        let mut lines = log.lines().map(str::to_owned);
        let mut line = || lines.next().unwrap();
        let ran = self.world.path("ran");
        let hooks = fs::read_to_string(&ran).unwrap_or_default();
        let _ = fs::remove_file(&ran);
        let there = self
            .world
            .git_in(&self.world.path("remote.git"), &["rev-parse", "main"]);
        let head = self.world.head();
        let mode = |path: &str| mode(&self.world.repo().join(".git").join(path));
        Facts {
            author: line(),
            committer: line(),
            signature: line(),
            hooks: hooks.lines().map(str::to_owned).collect(),
            pushed: there == head,
            jobs: self.forge.jobs(),
            modes: [
                mode(&format!("objects/{}/{}", &head[..2], &head[2..])),
                mode("refs/heads/main"),
            ],
        }
    }
}

fn mode(path: &Path) -> u32 {
    let found = fs::metadata(path).unwrap();
    assert!(found.mode() == found.permissions().mode());
    found.mode() & 0o7777
}
