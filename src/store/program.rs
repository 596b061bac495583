use std::convert::Infallible;
use std::ffi::OsStr;
use std::io::{self, ErrorKind, Read, Write};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::store::lock::backoff::Backoff;

/// How much of what a program says is kept; what it says beyond that is read and forgotten.
const MOST_KEPT: usize = 64 * 1024;
/// How often it is looked whether a program has ended that leaves its streams to another, as a hook may.
const GLANCE: Duration = Duration::from_millis(50);

/// The variables that tie a git process to one repository (`git rev-parse --local-env-vars`): a program that is started
/// for another one, or from within a hook, must not inherit them. The settings among them, of `git -c` and of
/// `GIT_CONFIG_COUNT`, are the user's, who may hand over a login with them.
const LOCAL_VARIABLES: [&str; 14] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// A command that runs `program` without what git told this process about a repository, and never asks on a terminal.
pub(in crate::store) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for variable in LOCAL_VARIABLES {
        command.env_remove(variable);
    }
    command.env("GIT_TERMINAL_PROMPT", "0");
    command
}

/// Runs `command` to its end, with `input` as its standard input.
pub(in crate::store) fn run(mut command: Command, input: &[u8]) -> io::Result<Output> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        match stdin.write_all(input) {
            // It ended without reading everything; its exit says what that means.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            written => written?,
        }
    }
    child.wait_with_output()
}

/// How a program ended that was not waited for longer than agreed.
pub(in crate::store) struct Ran {
    /// None: it was ended, because it took too long.
    pub(in crate::store) status: Option<ExitStatus>,
    pub(in crate::store) stdout: String,
    pub(in crate::store) stderr: String,
}

impl Ran {
    /// Whether it did what it was asked to.
    pub(in crate::store) fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    /// What it said on stderr, trimmed.
    pub(in crate::store) fn said(&self) -> String {
        match (self.stderr.trim(), self.status) {
            ("", Some(status)) => format!("nothing ({status})"),
            ("", None) => "nothing".to_owned(),
            (said, _) => said.to_owned(),
        }
    }
}

/// What a program said until it ended, as bytes.
pub(in crate::store) struct Heard {
    pub(in crate::store) status: Option<ExitStatus>,
    pub(in crate::store) stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Heard {
    /// Reports whether it did what it was asked to.
    pub(in crate::store) fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    /// The same as text.
    pub(in crate::store) fn ran(&self) -> Ran {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran {
            status: self.status,
            stdout: text(&self.stdout),
            stderr: text(&self.stderr),
        }
    }
}

/// Runs `command` without input, for at most `patience`; then it is ended.
///
/// What it has started may go on, so its streams are not waited for either.
pub(in crate::store) fn run_within(command: Command, patience: Duration) -> io::Result<Ran> {
    hear(command, patience, MOST_KEPT).map(|heard| heard.ran())
}

/// As [`run_within`], keeping `most` bytes of each stream.
pub(in crate::store) fn hear(
    mut command: Command,
    patience: Duration,
    most: usize,
) -> io::Result<Heard> {
    let begun = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (listening, listeners) = mpsc::channel();
    let stdout = listen(child.stdout.take(), most, listening.clone());
    let stderr = listen(child.stderr.take(), most, listening);
    let mut ending = Backoff::lasting(patience);
    let status = loop {
        let silent = listeners.recv_timeout(GLANCE) == Err(RecvTimeoutError::Disconnected);
        match child.try_wait()? {
            Some(status) => break Some(status),
            None if begun.elapsed() >= patience => break end(&mut child)?,
            // It says nothing more, so it is about to end.
            None if silent => _ = ending.wait(),
            None => {}
        }
    };
    // What it said last may still be on its way.
    let _ = listeners.recv_timeout(GLANCE);
    let bytes = |heard: &Mutex<Vec<u8>>| {
        std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner))
    };
    Ok(Heard {
        status,
        stdout: bytes(&stdout),
        stderr: bytes(&stderr),
    })
}

/// Ends a program, unless it has just ended by itself.
fn end(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    if let Some(status) = child.try_wait()? {
        return Ok(Some(status));
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

/// What `stream` says, heard by a thread of its own that drops `listening` at the end of it.
fn listen(
    stream: Option<impl Read + Send + 'static>,
    most: usize,
    listening: Sender<Infallible>,
) -> Arc<Mutex<Vec<u8>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&heard);
    thread::spawn(move || {
        let mut piece = [0; 4096];
        let mut stream = stream;
        while let Some(read) = stream
            .as_mut()
            .and_then(|stream| stream.read(&mut piece).ok())
            .filter(|read| *read > 0)
        {
            let mut heard = hears.lock().unwrap_or_else(PoisonError::into_inner);
            let room = most.saturating_sub(heard.len());
            heard.extend_from_slice(&piece[..read.min(room)]);
        }
        drop(listening);
    });
    heard
}

/// What a program said on both its streams, trimmed.
pub(in crate::store) fn said(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    let answers = String::from_utf8_lossy(&output.stdout);
    let said = format!("{}\n{}", errors.trim(), answers.trim())
        .trim()
        .to_owned();
    if said.is_empty() {
        format!("nothing ({})", output.status)
    } else {
        said
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn shell(script: &str, patience: Duration) -> Ran {
        let mut shell = command("sh");
        shell.args(["-c", script]);
        run_within(shell, patience).unwrap()
    }

    #[test]
    fn what_is_said_is_kept_as_far_as_there_is_room() {
        let ran = shell(
            "echo out; echo err >&2; head -c 1000000 /dev/zero",
            Duration::from_secs(60),
        );
        assert!(ran.succeeded());
        assert_eq!((ran.stdout.len(), ran.said().as_str()), (MOST_KEPT, "err"));
    }

    #[test]
    fn who_takes_too_long_is_ended() {
        let begun = Instant::now();
        let ran = shell("echo begun; exec sleep 600", Duration::from_millis(200));
        assert_eq!(
            (ran.status.is_none(), ran.stdout.as_str()),
            (true, "begun\n")
        );
        assert!(begun.elapsed() < Duration::from_secs(300));
    }

    #[test]
    fn who_has_ended_is_not_waited_for_because_of_what_it_started() {
        let begun = Instant::now();
        let ran = shell("sleep 600 & echo done", Duration::from_secs(500));
        assert_eq!((ran.succeeded(), ran.stdout.as_str()), (true, "done\n"));
        assert!(begun.elapsed() < Duration::from_secs(300));
    }
}
