use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use tempfile::TempDir;

use crate::case::{Run, folder};
use crate::isolation::isolated;

/// How many seconds of a processor a command may use; one that needs more hangs. The time on the clock says nothing of that,
/// since it depends on what else the machine does. Without optimization everything takes four times as long.
const PROCESSOR_SECONDS: u32 = if cfg!(debug_assertions) { 20 } else { 5 };

/// How many seconds a command may take that uses no processor: a guard against one that sleeps for ever.
const ASLEEP_SECONDS: u32 = 300;

/// A folder that vanishes, with a home that holds nothing but an identity, and a project in `repo`.
pub struct World {
    folder: TempDir,
}

/// How a command ended.
pub struct Output {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
    /// Whether stdout went elsewhere.
    pub stdout_gone: bool,
}

impl World {
    /// A project in which staging is a prompt ahead of prod, and a release of a routing rule is live in both.
    pub fn sound() -> Self {
        let world = Self {
            folder: TempDir::new().unwrap(),
        };
        for name in ["repo", "home"] {
            fs::create_dir(world.path(name)).unwrap();
        }
        let settings = "[user]\n\tname = Ana\n\temail = ana@example.org\n[envctl]\n\tdurable = false\n\
                        [init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n[advice]\n\tdetachedHead = false\n";
        fs::write(world.path("home/.gitconfig"), settings).unwrap();
        world.prepare("sound");
        world
    }

    /// The same world once more, to which `script` is done.
    pub fn prepared(&self, script: &str) -> Self {
        let world = self.copy();
        world.prepare(script);
        world
    }

    fn copy(&self) -> Self {
        let copy = Self {
            folder: TempDir::new().unwrap(),
        };
        let into = copy.folder.path().to_str().unwrap();
        let copied = Command::new("cp")
            .args(["-a", &format!("{}/.", self.folder.path().display()), into])
            .status();
        assert!(copied.unwrap().success());
        copy
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn shell(&self, script: &str) -> Command {
        let program = Path::new(env!("CARGO_BIN_EXE_envctl")).parent().unwrap();
        let prelude = folder().join("prelude.sh");
        let mut shell = isolated("bash", &self.path("repo"), &self.path("home"), None);
        shell.arg("-c").arg(format!(
            "PATH=\"$PROGRAM:$PATH\"; source \"$PRELUDE\"; {script}"
        ));
        shell.env("PROGRAM", program).env("PRELUDE", prelude);
        shell
    }

    /// Does to the repository what `script` says; it must succeed.
    fn prepare(&self, script: &str) {
        let output = self.shell(&format!("set -e; {script}")).output().unwrap();
        assert!(
            output.status.success(),
            "{script}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    pub fn run(&self, run: &Run, json: &str) -> Output {
        let Run {
            before,
            envctl,
            behind,
            ..
        } = run;
        let line = format!(
            "{before} timeout -k 1 {ASLEEP_SECONDS} envctl --no-input {json} {envctl} {behind}"
        );
        self.limited(PROCESSOR_SECONDS, &line, behind.contains('>'))
    }

    /// Runs `line` so that none of its processes may use the processor for longer than `seconds`.
    pub fn limited(&self, seconds: u32, line: &str, stdout_gone: bool) -> Output {
        // The soft limit alone: SIGXCPU tells what happened, where SIGKILL, which the hard one sends, could be anybody's.
        let output = self
            .shell(&format!("ulimit -S -t {seconds}; {line}"))
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Output {
            exit: exit_code(output.status),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            stdout_gone,
        }
    }

    /// Every reference, the index and the names in the work tree. No status: git would read whatever is hostile there.
    pub fn everything(&self) -> String {
        let look = "git for-each-ref; git rev-parse HEAD; git ls-files -s; find . -path ./.git -prune -o -print | sort";
        let output = self.shell(look).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// The exit code as a shell tells it: 128 and the signal's number of what a signal ended.
fn exit_code(status: ExitStatus) -> i32 {
    let signal = || status.signal().map(|signal| 128 + signal);
    status.code().or_else(signal).unwrap()
}
