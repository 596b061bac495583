use std::convert::Infallible;
use std::ffi::OsStr;
use std::io::{self, ErrorKind, Read, Write};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::store::lock::backoff::Backoff;

/// How many bytes of a program's output are kept. The rest is read and dropped.
const MOST_KEPT: usize = 64 * 1024;
/// How often to check whether a program has ended that leaves its streams to another process, as a
/// hook may.
const GLANCE: Duration = Duration::from_millis(50);
/// How long to wait for the last output of a program that has ended. Its streams end with it, unless it has left them to
/// another process; but on a busy machine it takes a while until the thread that reads them gets its turn.
const LAST_OUTPUT: Duration = Duration::from_secs(2);

/// The variables that tie a git process to one repository (`git rev-parse --local-env-vars`). A
/// program that is started for another one, or from within a hook, must not inherit them. The
/// settings of `git -c` and `GIT_CONFIG_COUNT` are kept: they are the user's, who may pass a login
/// with them.
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

/// Returns a command that runs `program` without what git told this process about a repository, and
/// that never asks on a terminal.
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
            // It ended without reading everything. Its exit status says whether that is an error.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            written => written?,
        }
    }
    child.wait_with_output()
}

/// How a program ended that was given a limited time.
pub(in crate::store) struct Ran {
    /// The exit status, or `None` if it was killed because it took too long.
    pub(in crate::store) status: Option<ExitStatus>,
    pub(in crate::store) stdout: String,
    pub(in crate::store) stderr: String,
}

impl Ran {
    /// Reports whether it exited with success.
    pub(in crate::store) fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    /// Returns what it printed to stderr, trimmed.
    pub(in crate::store) fn said(&self) -> String {
        match (self.stderr.trim(), self.status) {
            ("", Some(status)) => format!("nothing ({status})"),
            ("", None) => "nothing".to_owned(),
            (said, _) => said.to_owned(),
        }
    }
}

/// What a program printed until it ended, as bytes.
pub(in crate::store) struct Heard {
    pub(in crate::store) status: Option<ExitStatus>,
    pub(in crate::store) stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Heard {
    /// Reports whether it exited with success.
    pub(in crate::store) fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    /// Returns the same as text.
    pub(in crate::store) fn ran(&self) -> Ran {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran {
            status: self.status,
            stdout: text(&self.stdout),
            stderr: text(&self.stderr),
        }
    }
}

/// Runs `command` without input for at most `patience`, and then kills it.
///
/// Processes that it has started may go on, so the end of its streams is not waited for either.
pub(in crate::store) fn run_within(command: Command, patience: Duration) -> io::Result<Ran> {
    hear(command, patience, MOST_KEPT).map(|heard| heard.ran())
}

/// Does what [`run_within`] does, keeping `most` bytes of each stream.
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
    // Both streams are read by threads of their own. Reading one after the other blocks forever if
    // the program fills the pipe of the other one.
    let (listening, listeners) = mpsc::channel();
    let stdout = listen(child.stdout.take(), most, listening.clone());
    let stderr = listen(child.stderr.take(), most, listening);
    let mut ending = Backoff::lasting(patience);
    let status = loop {
        // The channel carries no messages. It disconnects when both streams end, so this waits for
        // that, but not longer than a moment at a time.
        let silent = listeners.recv_timeout(GLANCE) == Err(RecvTimeoutError::Disconnected);
        match child.try_wait()? {
            Some(status) => break Some(status),
            None if begun.elapsed() >= patience => break end(&mut child)?,
            // Both streams are closed, so it is about to end.
            None if silent => _ = ending.wait(),
            None => {}
        }
    };
    // Its last output may still be in the pipe.
    let _ = listeners.recv_timeout(LAST_OUTPUT);
    let bytes = |heard: &Mutex<Vec<u8>>| {
        std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner))
    };
    Ok(Heard {
        status,
        stdout: bytes(&stdout),
        stderr: bytes(&stderr),
    })
}

/// Kills a program, unless it has just ended by itself. Returns its exit status then.
fn end(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    if let Some(status) = child.try_wait()? {
        return Ok(Some(status));
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

/// Collects what `stream` prints, in a thread that drops `listening` at its end.
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
            // Read on beyond the limit, or the program would block on a full pipe.
            heard.extend_from_slice(&piece[..read.min(room)]);
        }
        drop(listening);
    });
    heard
}

/// Returns what a program printed on both its streams, trimmed.
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
