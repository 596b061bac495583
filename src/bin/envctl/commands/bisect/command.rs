use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{self, ExitStatus, Stdio};

use envctl::ops::Tested;
use envctl::store::Flush;

use crate::delivery::{Manifest, deliver};
use crate::error::Failure;
use crate::exit::Exit;

/// The variable that names the folder of the rendered state.
const VARIABLE: &str = "ENVCTL_RENDERED";
/// With which a command says that it cannot tell, as for `git bisect run`.
const SKIP: i32 = 125;
/// The highest code that says that a state is bad. Above it are signals and mishaps.
const HIGHEST: i32 = 127;

/// A command that tells good states from bad ones.
pub(super) struct Command {
    program: OsString,
    arguments: Vec<OsString>,
    folder: PathBuf,
}

/// What one run said.
pub(super) struct CommandRun {
    pub(super) tested: Tested,
    pub(super) exit: i32,
}

/// Why the command could not be run, or what it said counts for nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommandError {
    /// It could not be started.
    #[error("cannot run {program:?}: {source}")]
    Start {
        /// The program.
        program: OsString,
        /// Why not.
        source: io::Error,
    },
    /// It was killed, or exited above 127.
    #[error("{program:?} ended with {status}, which says neither good nor bad")]
    Mishap {
        /// The program.
        program: OsString,
        /// How it ended.
        status: ExitStatus,
    },
    /// The state could not be written.
    #[error("cannot write the state to a folder: {0}")]
    Write(String),
}

impl CommandError {
    pub(super) fn into_failure(self) -> Failure {
        let message = self.to_string();
        match self {
            Self::Start { source, .. } => {
                let failure = Failure::new(Exit::Error, "cannot-run", message);
                match source.kind() {
                    io::ErrorKind::NotFound => failure.hint(
                        "a program is looked for in PATH, and a path from the working directory",
                    ),
                    io::ErrorKind::PermissionDenied => failure.hint("is it executable?"),
                    _ => failure,
                }
            }
            Self::Mishap { .. } => Failure::new(Exit::Error, "command-ended", message)
                .hint("0 says good, 125 skips, any other code up to 127 says bad"),
            Self::Write(_) => Failure::new(Exit::Error, "error", message),
        }
    }
}

impl Command {
    /// Returns the command with those words, which runs in `folder`.
    ///
    /// # Errors
    ///
    /// When there are no words.
    pub(super) fn new(words: &[OsString], folder: PathBuf) -> anyhow::Result<Self> {
        let Some((program, arguments)) = words.split_first() else {
            return Err(Failure::new(Exit::Usage, "usage", "no command to run").into());
        };
        Ok(Self {
            program: program.clone(),
            arguments: arguments.to_vec(),
            folder,
        })
    }

    /// Runs it over a state, which is written to a folder of its own that goes again.
    ///
    /// # Errors
    ///
    /// When it cannot be started, or neither says good nor bad.
    pub(super) fn run(
        &self,
        files: &BTreeMap<String, Vec<u8>>,
        manifest: &Manifest,
    ) -> Result<CommandRun, CommandError> {
        let folder = tempfile::tempdir().map_err(|error| CommandError::Write(error.to_string()))?;
        let rendered = folder.path().join("rendered");
        deliver(&rendered, files, manifest, Flush::No)
            .map_err(|error| CommandError::Write(format!("{error:#}")))?;
        let status = process::Command::new(&self.program)
            .args(&self.arguments)
            .current_dir(&self.folder)
            .env(VARIABLE, &rendered)
            .stdin(Stdio::null())
            // What it prints is not the answer.
            .stdout(Stdio::from(io::stderr()))
            .status()
            .map_err(|source| CommandError::Start {
                program: self.program.clone(),
                source,
            })?;
        let mishap = || CommandError::Mishap {
            program: self.program.clone(),
            status,
        };
        let exit = status.code().filter(|code| (0..=HIGHEST).contains(code));
        let exit = exit.ok_or_else(mishap)?;
        let tested = match exit {
            0 => Tested::Good,
            SKIP => Tested::Skipped,
            _ => Tested::Bad,
        };
        Ok(CommandRun { tested, exit })
    }
}
