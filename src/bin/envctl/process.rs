//! Reads the environment of the process, here and nowhere else: arguments, environment variables, the clock.

use std::env::VarError;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::Context;
use envctl::model::Present;
use envctl::store::GitEnvironment;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::error::Failure;
use crate::exit::Exit;

mod operation;

pub use self::operation::unique;

/// The process that runs the program: arguments, environment variables, the clock.
#[derive(Clone, Copy, Debug)]
pub struct Process {
    now: Timestamp,
}

/// The prefixes of variables that git may inherit when it is started to contact a remote (git(1),
/// "Environment Variables").
const INHERITED: [&str; 12] = [
    "GIT_ALLOW_PROTOCOL",
    "GIT_ASKPASS",
    "GIT_AUTHOR_",
    "GIT_COMMITTER_",
    // Files of settings, and settings themselves: a login may be among them.
    "GIT_CONFIG_",
    "GIT_CURL_VERBOSE",
    "GIT_EXEC_PATH",
    "GIT_HTTP_",
    "GIT_PROXY_",
    "GIT_SSH",
    "GIT_SSL_",
    "GIT_TRACE",
];

impl Process {
    /// Reads the clock, once.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the clock"
    )]
    pub fn look() -> Self {
        Self {
            now: Timestamp::now(),
        }
    }

    /// Returns the time at which the run began.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Returns the time at which the run began, and the local zone.
    pub fn present(&self) -> Present {
        Present {
            now: self.now,
            zone: local_zone(),
        }
    }

    /// Returns the command line.
    pub fn arguments(&self) -> impl Iterator<Item = OsString> + use<> {
        std::env::args_os()
    }

    /// Returns an environment variable, unless it is empty.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    pub fn variable(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name).filter(|value| !value.is_empty())
    }

    /// Returns the command line as text, with the current folder: equal if the same command is run again.
    pub fn command_line(&self) -> String {
        let folder = std::env::current_dir().unwrap_or_default();
        let words = self
            .arguments()
            .skip(1)
            .map(|word| word.to_string_lossy().into_owned());
        // Joined by a NUL, which no argument contains: `a "b c"` and `"a b" c` stay different.
        std::iter::once(folder.to_string_lossy().into_owned())
            .chain(words)
            .collect::<Vec<_>>()
            .join("\0")
    }

    /// Returns the `GIT_*` variables that git must not inherit when it is started to contact a
    /// remote: all except those about identity, login and settings.
    pub fn git_variables(&self) -> Vec<OsString> {
        let wanted = |name: &str| INHERITED.iter().any(|known| name.starts_with(known));
        let names = std::env::vars_os().map(|(name, _)| name);
        names
            .filter(|name| {
                name.to_str()
                    .is_some_and(|name| name.starts_with("GIT_") && !wanted(name))
            })
            .collect()
    }

    /// Reports whether `program` can be started: a file of that path, or of that name in a folder of `PATH`.
    pub fn has_program(&self, program: &str) -> bool {
        if program.contains(std::path::is_separator) {
            return can_be_run(Path::new(program));
        }
        let path = self.variable("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| can_be_run(&folder.join(program)))
    }

    /// Returns an environment variable as text, also if it is empty.
    ///
    /// # Errors
    ///
    /// When it is not UTF-8, because something else would be used in its place.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    fn text(&self, name: &str) -> anyhow::Result<Option<String>> {
        match std::env::var(name) {
            Ok(text) => Ok(Some(text)),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => {
                let message = format!("the variable {name} is not UTF-8");
                Err(Failure::new(Exit::Error, "not-utf8", message).into())
            }
        }
    }

    /// Returns what the variables say about where git finds a repository and its settings.
    pub fn git_environment(&self) -> GitEnvironment {
        let is_set = |name: &&str| std::env::vars_os().any(|(known, _)| known == **name);
        let counted = self
            .variable("GIT_CONFIG_COUNT")
            .is_some_and(|count| count != "0");
        let given = self.variable("GIT_CONFIG_PARAMETERS").is_some();
        // libgit2 would then ask the system for the home, but git has none.
        let homeless = cfg!(unix) && self.variable("HOME").is_none();
        let ceilings = self.variable("GIT_CEILING_DIRECTORIES").unwrap_or_default();
        let is_on = |name| {
            let value = self.variable(name);
            value.is_some_and(|value| !matches!(value.to_str(), Some("0" | "false" | "no" | "off")))
        };
        GitEnvironment {
            names_settings: ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"]
                .iter()
                .any(is_set)
                || counted
                || given
                || homeless,
            without_system: is_on("GIT_CONFIG_NOSYSTEM"),
            ceilings: std::env::split_paths(&ceilings).collect(),
            index_file: self.variable("GIT_INDEX_FILE").map(PathBuf::from),
            across_file_systems: is_on("GIT_DISCOVERY_ACROSS_FILESYSTEM"),
        }
    }

    /// Returns the current folder.
    ///
    /// # Errors
    ///
    /// When it was removed.
    pub fn folder(&self) -> anyhow::Result<PathBuf> {
        std::env::current_dir().context("cannot determine the current folder")
    }
}

/// Returns the local zone, which is determined once. If `TZ` does not name one, it is read from the
/// system's file. To find its name too, jiff would list all zones of the system, which takes longer
/// than many commands.
fn local_zone() -> TimeZone {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    let determine = || {
        let is_named = std::env::vars_os().any(|(name, _)| name == "TZ");
        let of_system = || TimeZone::tzif("Local", &std::fs::read("/etc/localtime").ok()?).ok();
        let read = (!is_named).then(of_system).flatten();
        read.unwrap_or_else(TimeZone::system)
    };
    ZONE.get_or_init(determine).clone()
}

#[cfg(unix)]
fn can_be_run(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn can_be_run(path: &Path) -> bool {
    path.is_file() || path.with_extension("exe").is_file()
}
