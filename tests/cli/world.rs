use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::answers;
use crate::feed::fed;
use crate::isolation::{isolated, variables};

/// When everything happens unless a test says otherwise.
pub const NOON: &str = "2026-01-01T12:00:00Z";

/// Who does everything unless a test says otherwise.
const ANA: (&str, &str) = ("Ana", "ana@example.org");

/// An activation of the provider that [`ROUTE`] uses.
pub const PROVIDER: &str = include_str!("../../fixtures/projects/support/providers/openai/1.toml");
/// A release of a routing rule.
pub const ROUTE: &str = include_str!("../../fixtures/projects/support/routing/primary/1.toml");

/// A folder that vanishes, with a home that holds nothing but `envctl.durable = false`.
pub struct World {
    folder: TempDir,
}

/// What a run left behind.
#[derive(Debug)]
pub struct Run {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

impl World {
    /// A world without a repository; `repo` is an empty folder.
    pub fn empty() -> Self {
        let world = Self {
            folder: TempDir::new().unwrap(),
        };
        fs::create_dir_all(world.repo()).unwrap();
        fs::create_dir_all(world.home()).unwrap();
        world.write("../home/.gitconfig", "[envctl]\n\tdurable = false\n");
        world
    }

    /// A world with a project in `repo`, on the branch main.
    pub fn new() -> Self {
        let world = Self::empty();
        world.done(&["init", "--name", "Support"]);
        world
    }

    /// A world in which two prompts are live in staging and nothing is in prod.
    pub fn published() -> Self {
        let world = Self::new();
        world.publish("prompts/greeting", "Hello\n", "staging");
        world.publish("prompts/router", "Route\n", "staging");
        world
    }

    /// A world in which staging is one prompt version ahead of prod.
    pub fn promoted() -> Self {
        let world = Self::published();
        world.done(&["promote", "staging", "prod", "-y"]);
        world.publish("prompts/router", "Route better\n", "staging");
        world
    }

    /// A promoted world in which prod demands what `settings` say.
    pub fn demanding(settings: &[&str]) -> Self {
        let world = Self::promoted();
        world.done(&[&["policy", "set", "prod"], settings].concat());
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn repo(&self) -> PathBuf {
        self.path("repo")
    }

    fn home(&self) -> PathBuf {
        self.path("home")
    }

    /// `program`, about to run in `folder`, with nothing of the surroundings but where programs are.
    pub fn sealed(&self, program: impl AsRef<OsStr>, folder: &Path) -> Command {
        let mut command = isolated(program, folder, &self.home(), Some(ANA));
        command
            .env("GIT_AUTHOR_DATE", NOON)
            .env("GIT_COMMITTER_DATE", NOON);
        command
    }

    /// Every variable that a sealed program sees.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let mut variables = variables(&self.home(), Some(ANA));
        let dates = ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"];
        variables.extend(dates.map(|name| (name, NOON.to_owned())));
        variables
    }

    pub fn program(&self, folder: &Path) -> Command {
        self.sealed(env!("CARGO_BIN_EXE_envctl"), folder)
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        self.run_in(&self.repo(), arguments)
    }

    pub fn run_in(&self, folder: &Path, arguments: &[&str]) -> Run {
        Run::of(self.program(folder).args(arguments))
    }

    /// As [`World::run`], with `input` on stdin.
    pub fn fed(&self, input: &[u8], arguments: &[&str]) -> Run {
        self.feed(self.program(&self.repo()).args(arguments), input)
    }

    /// What `command` does with `input` on stdin.
    pub fn feed(&self, command: &mut Command, input: &[u8]) -> Run {
        Run::from(fed(command, input))
    }

    /// As [`World::run`], committing at `time`.
    pub fn done_at(&self, time: &str, arguments: &[&str]) -> Run {
        let mut command = self.program(&self.repo());
        let run = Run::of(
            command
                .args(arguments)
                .env("GIT_COMMITTER_DATE", time)
                .env("GIT_AUTHOR_DATE", time),
        );
        assert_eq!(run.exit, 0, "{arguments:?}: {run:?}");
        run
    }

    /// A run that must succeed.
    pub fn done(&self, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.exit, 0, "{arguments:?}: {run:?}");
        run
    }

    /// A run that must end with `exit` and change nothing.
    pub fn refused(&self, exit: i32, arguments: &[&str]) -> Run {
        let before = self.everything();
        let run = self.run(arguments);
        assert_eq!(run.exit, exit, "{arguments:?}: {run:?}");
        assert_eq!(self.everything(), before, "{arguments:?} changed something");
        run
    }

    /// The JSON of a run that must end with `exit`.
    pub fn json(&self, exit: i32, arguments: &[&str]) -> Value {
        self.run(&[arguments, &["--json"]].concat()).json(exit)
    }

    pub fn publish(&self, resource: &str, text: &str, to: &str) {
        let run = self.fed(
            text.as_bytes(),
            &["publish", resource, "-", "--to", to, "-y"],
        );
        assert_eq!(run.exit, 0, "{run:?}");
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.repo().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.repo().join(path)).unwrap()
    }

    /// Replaces `old`, which must be there, in a file of the work tree.
    pub fn replace(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path);
        assert!(text.contains(old), "{path} holds no {old:?}: {text}");
        self.write(path, text.replace(old, new));
    }

    pub fn commit_all(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    /// What git says, run in `repo`; it must succeed.
    pub fn git(&self, arguments: &[&str]) -> String {
        self.git_in(&self.repo(), arguments)
    }

    pub fn git_in(&self, folder: &Path, arguments: &[&str]) -> String {
        let run = Run::of(self.sealed("git", folder).args(arguments));
        assert_eq!(run.exit, 0, "git {arguments:?}: {run:?}");
        run.stdout.trim_end().to_owned()
    }

    pub fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    pub fn status(&self) -> String {
        self.git(&["status", "--porcelain"])
    }

    /// The subjects of the commits since `since`, newest first.
    pub fn subjects(&self, since: &str) -> Vec<String> {
        self.git(&["log", "--format=%s", &format!("{since}..")])
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// Every reference, what is staged and what is not: where two are equal, nothing happened in between.
    pub fn everything(&self) -> (String, String) {
        (
            self.git(&["for-each-ref"]),
            self.git(&["status", "--porcelain=v2", "--ignored"]),
        )
    }
}

impl Run {
    pub fn of(command: &mut Command) -> Self {
        command.output().unwrap().into()
    }

    /// The one JSON object on stdout, as every answer has to be.
    pub fn json(&self, exit: i32) -> Value {
        assert_eq!(self.exit, exit, "{self:?}");
        let value: Value =
            serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        let schema = value["schema"].as_str().unwrap();
        assert!(
            schema.starts_with("envctl.") && schema.ends_with("/v1"),
            "{schema}"
        );
        let good = matches!(exit, 0 | 10);
        assert_eq!(value["ok"], good, "{value:#}");
        assert_eq!(value.get("error").is_none(), good, "{value:#}");
        assert!(good || value["error"]["code"].is_string(), "{value:#}");
        let differences = answers::differences(&value);
        assert!(
            differences.is_empty(),
            "{}\n{value:#}",
            differences.join("\n")
        );
        value
    }

    /// The code of the error in the JSON.
    pub fn code(&self) -> String {
        self.json(self.exit)["error"]["code"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Asserts that stderr holds each of `parts`.
    pub fn says(&self, parts: &[&str]) -> &Self {
        for part in parts {
            assert!(self.stderr.contains(part), "no {part:?} in {self:?}");
        }
        self
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            exit: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The codes of the findings in an answer, sorted.
pub fn codes(answer: &Value) -> Vec<&str> {
    let mut codes: Vec<_> = answer["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| found["code"].as_str().unwrap())
        .collect();
    codes.sort_unstable();
    codes
}
