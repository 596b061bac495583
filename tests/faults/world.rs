//! A sealed world: a repository with a project, and nothing of the machine's own settings.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::isolation::isolated;
use crate::limit::limited;

/// The environments whose versions are promoted, each with another version of every prompt.
const SOURCES: [&str; 3] = ["zero", "one", "two"];
/// The environment that they are promoted into.
const LIVE: &str = "live";

/// What may stay in envctl's own folder under git's: the lock is taken by its content, the token is what locks link to.
const STAYS: [&str; 2] = ["lock", "token"];

pub struct World {
    folder: TempDir,
    /// When every commit is made; `None`: when it is made.
    date: Option<&'static str>,
}

impl World {
    /// A repository in which `prompts` prompts have their first version in the environment `zero` and in `live`, the second
    /// in `one`, the third in `two`.
    pub fn with_prompts(prompts: usize) -> Self {
        Self::without_commits().filled(prompts)
    }

    /// [`Self::with_prompts`], whose bytes are the same in every run.
    pub fn repeatable(prompts: usize) -> Self {
        let world = Self {
            date: Some(DATE),
            ..Self::without_commits()
        };
        world.filled(prompts)
    }

    fn filled(self, prompts: usize) -> Self {
        let world = self;
        world.run(&["init", "--name", "faults"]);
        world.add_environments();
        for source in SOURCES {
            for prompt in 0..prompts {
                world.publish(prompt, source);
            }
        }
        world.run(&["promote", "zero", LIVE, "-y"]);
        assert_eq!(world.status(), "");
        world
    }

    /// A folder in which there is no repository yet.
    pub fn without_git() -> Self {
        let world = Self {
            folder: TempDir::new().unwrap(),
            date: None,
        };
        fs::create_dir(world.repo()).unwrap();
        world
    }

    /// A repository without a commit.
    pub fn without_commits() -> Self {
        let world = Self::without_git();
        world.git(&["init", "-q", "-b", "main", "--template="]);
        world.git(&["config", "envctl.durable", "false"]);
        world
    }

    /// A repository with a commit, and no project.
    pub fn with_a_commit() -> Self {
        let world = Self::without_commits();
        fs::write(world.repo().join("README.md"), "not envctl's\n").unwrap();
        world.git(&["add", "README.md"]);
        world.git(&["commit", "-q", "-m", "readme"]);
        world
    }

    fn add_environments(&self) {
        let folder = self.repo().join("environments");
        for slug in SOURCES.iter().chain([&LIVE]) {
            fs::copy(
                folder.join("staging.toml"),
                folder.join(format!("{slug}.toml")),
            )
            .unwrap();
        }
        self.git(&["add", "environments"]);
        self.git(&["commit", "-q", "-m", "environments"]);
    }

    fn publish(&self, prompt: usize, environment: &str) {
        let file = self.folder.path().join("payload.md");
        fs::write(&file, format!("prompt {prompt} of {environment}\n")).unwrap();
        self.run(&[
            "publish",
            &format!("prompts/p{prompt}"),
            file.to_str().unwrap(),
            "--to",
            environment,
            "-y",
        ]);
    }

    /// The same world once more, file by file.
    pub fn copy(&self) -> Self {
        self.copy_into(TempDir::new().unwrap())
    }

    /// The same world once more, in `folder`.
    pub fn copy_into(&self, folder: TempDir) -> Self {
        copy_files(self.folder.path(), folder.path());
        Self {
            folder,
            date: self.date,
        }
    }

    /// A world whose repository is a bare clone of this one's.
    pub fn bare_clone(&self) -> Self {
        let clone = Self {
            folder: TempDir::new().unwrap(),
            date: None,
        };
        let (from, to) = (self.repo(), clone.repo());
        self.git(&[
            "clone",
            "-q",
            "--bare",
            "--template=",
            from.to_str().unwrap(),
            to.to_str().unwrap(),
        ]);
        clone.git(&["config", "envctl.durable", "false"]);
        clone
    }

    pub fn repo(&self) -> PathBuf {
        self.folder.path().join("repo")
    }

    /// A file beside the repository.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `program`, to be run in the repository with nothing of the machine's own settings.
    pub fn command(&self, program: &str) -> Command {
        let alice = ("Alice", "alice@example.org");
        let mut command = isolated(program, &self.repo(), self.folder.path(), Some(alice));
        command.env("GIT_TERMINAL_PROMPT", "0");
        if let Some(date) = self.date {
            command
                .env("GIT_AUTHOR_DATE", date)
                .env("GIT_COMMITTER_DATE", date);
        }
        command
    }

    /// What came of a promotion of one prompt into `live`.
    pub fn promote(&self, source: &str, prompt: usize) -> Output {
        self.envctl(&["promote", source, LIVE, &format!("prompts/p{prompt}"), "-y"])
    }

    /// What came of envctl with these arguments.
    pub fn envctl(&self, arguments: &[&str]) -> Output {
        limited(self.command(ENVCTL).args(arguments)).unwrap_or_else(|ended| ended)
    }

    /// Lets envctl do something; it must succeed.
    pub fn run(&self, arguments: &[&str]) {
        succeeded(&format!("envctl {arguments:?}"), &self.envctl(arguments));
    }

    pub fn try_git(&self, arguments: &[&str]) -> Output {
        self.command("git")
            .args(["-c", "gc.auto=0"])
            .args(arguments)
            .output()
            .unwrap()
    }

    /// What git says; it must succeed.
    pub fn git(&self, arguments: &[&str]) -> String {
        let output = self.try_git(arguments);
        succeeded(&format!("git {arguments:?}"), &output);
        String::from_utf8(output.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    }

    /// What `git status` lists; empty where all is clean.
    pub fn status(&self) -> String {
        self.git(&["status", "--porcelain"])
    }

    /// A lock, journal or scratch file under git's folder that is still there, and must not be once a write has succeeded.
    pub fn leftover(&self) -> Option<PathBuf> {
        let git = self.repo().join(self.git(&["rev-parse", "--git-dir"]));
        let mut own = files_below(&git.join("envctl"));
        own.retain(|path| !STAYS.iter().any(|name| path.ends_with(name)));
        let mut locks = files_below(&git);
        locks.retain(|path| {
            path.extension()
                .is_some_and(|extension| extension == "lock")
        });
        own.into_iter().chain(locks).next()
    }

    /// Whether there is a repository.
    pub fn has_git(&self) -> bool {
        self.try_git(&["rev-parse", "--git-dir"]).status.success()
    }

    /// The commit that the branch is at; none: there is no such branch. One that is broken is not none.
    pub fn branch(&self) -> Option<String> {
        let nothing = !self.has_git()
            || !self.repo().join(".git/refs/heads/main").exists()
                && self.git(&["for-each-ref", "refs/heads/main"]).is_empty();
        if nothing { None } else { Some(self.tip()) }
    }

    /// The commit that the branch is at.
    pub fn tip(&self) -> String {
        self.git(&["rev-parse", "--verify", "refs/heads/main^{commit}"])
    }
}

/// When the commits of [`World::repeatable`] are made.
const DATE: &str = "2026-11-20T12:00:00Z";

/// The program under test.
pub const ENVCTL: &str = env!("CARGO_BIN_EXE_envctl");

/// What a program said on stderr.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr)
        .trim_end()
        .to_owned()
}

fn succeeded(what: &str, output: &Output) {
    assert!(
        output.status.success(),
        "{what}: {}: {}",
        output.status,
        said(output)
    );
}

/// Says something to who runs the tests, also where the test passes.
pub fn tell(text: &str) {
    writeln!(io::stderr(), "{text}").unwrap();
}

/// Every file below `folder`; none where there is no such folder.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

fn copy_files(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            fs::create_dir(&target).unwrap();
            copy_files(&entry.path(), &target);
        } else if kind.is_symlink() {
            let leads_to = fs::read_link(entry.path()).unwrap();
            std::os::unix::fs::symlink(leads_to, target).unwrap();
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}
