//! What the process finds around it, looked up here and nowhere else: arguments, environment variables, the clock.

use std::env::VarError;
use std::ffi::OsString;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use envctl::model::{Identity, Present};
use envctl::ops::{LEEWAY, Operation};
use envctl::store::{
    GitEnvironment, GitSettings, GitTime, Hooks, Store, Writing, identity_as_written,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::error::Failure;
use crate::exit::Exit;

/// The process that runs the program: arguments, environment variables, the clock.
#[derive(Clone, Copy, Debug)]
pub struct Process {
    now: Timestamp,
}

/// How the variables begin that a git may inherit that is started to reach a remote (git(1), "Environment Variables").
const INHERITED: [&str; 12] = [
    "GIT_ALLOW_PROTOCOL",
    "GIT_ASKPASS",
    "GIT_AUTHOR_",
    "GIT_COMMITTER_",
    // Of files that are settings, and of settings themselves: a login may be among them.
    "GIT_CONFIG_",
    "GIT_CURL_VERBOSE",
    "GIT_EXEC_PATH",
    "GIT_HTTP_",
    "GIT_PROXY_",
    "GIT_SSH",
    "GIT_SSL_",
    "GIT_TRACE",
];

/// Whose name goes where in a commit.
#[derive(Clone, Copy, Debug)]
enum CommitRole {
    Author,
    Committer,
}

impl Process {
    /// Looks at the clock, once.
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

    /// Returns the command line as a text, with the current folder: equal when the same is asked again.
    pub fn command_line(&self) -> String {
        let folder = std::env::current_dir().unwrap_or_default();
        let words = self
            .arguments()
            .skip(1)
            .map(|word| word.to_string_lossy().into_owned());
        std::iter::once(folder.to_string_lossy().into_owned())
            .chain(words)
            .collect::<Vec<_>>()
            .join("\0")
    }

    /// Returns the `GIT_*` variables that a git must not inherit which is started to reach a remote: all but those that
    /// say who the user is, how to log in, and where settings are.
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
    /// When it is not UTF-8: something else would be used in its place.
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
        // libgit2 then asks the system where the home is, and git has none.
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

    /// Returns who writes, when and how: git's own variables and settings decide.
    ///
    /// # Errors
    ///
    /// When git knows no identity, or a date that is set cannot be read.
    pub fn operation(&self, store: &Store, hooks: Hooks) -> anyhow::Result<Operation> {
        let durable = store.setting_bool("envctl.durable")?.unwrap_or(true);
        self.operation_with(store.settings(), Writing { durable, hooks })
    }

    /// Returns the same as [`Process::operation`], with these settings of git's.
    ///
    /// # Errors
    ///
    /// As [`Process::operation`].
    pub fn operation_with(
        &self,
        settings: &GitSettings,
        writing: Writing,
    ) -> anyhow::Result<Operation> {
        Ok(Operation {
            author: self.identity(settings, CommitRole::Author)?,
            author_time: self.date("GIT_AUTHOR_DATE")?,
            committer: self.identity(settings, CommitRole::Committer)?,
            committer_time: self.recorded()?,
            id: unique(),
            writing,
        })
    }

    /// Returns an operation by `who`, now.
    pub fn operation_of(&self, who: Identity, writing: Writing) -> Operation {
        let (author, committer, now) = (who.clone(), who, self.now.into());
        Operation {
            author,
            author_time: now,
            committer,
            committer_time: now,
            id: unique(),
            writing,
        }
    }

    /// Returns name and e-mail address in git's order: the part's variable, the part's setting, the user's setting, `EMAIL`.
    fn identity(&self, settings: &GitSettings, part: CommitRole) -> anyhow::Result<Identity> {
        let (variable, section) = match part {
            CommitRole::Author => ("GIT_AUTHOR", "author"),
            CommitRole::Committer => ("GIT_COMMITTER", "committer"),
        };
        let find = |what: &str| -> anyhow::Result<Option<String>> {
            // One that is set and empty is no reason for git to go on looking.
            if let Some(text) = self.text(&format!("{variable}_{}", what.to_uppercase()))? {
                return Ok(Some(text));
            }
            let of_part = settings.text(&format!("{section}.{what}"))?;
            match of_part.filter(|text| !text.is_empty()) {
                Some(text) => Ok(Some(text)),
                None => Ok(settings.text(&format!("user.{what}"))?),
            }
        };
        let email = match find("email")? {
            None => self.general_address(settings)?,
            found => found,
        };
        match (find("name")?, email) {
            (Some(name), Some(email)) => identity_as_written(&name, &email).map_err(|why| {
                let message = format!("git's identity cannot be used: {why}");
                Failure::new(Exit::Error, "no-identity", message).into()
            }),
            _ => bail!(Failure::no_identity()),
        }
    }

    /// Returns the address in the variable `EMAIL`, where git uses it: not where a setting has an address, be it of the other
    /// part, and not where only settings may say who somebody is.
    fn general_address(&self, settings: &GitSettings) -> anyhow::Result<Option<String>> {
        for key in ["user.email", "author.email", "committer.email"] {
            if settings.text(key)?.is_some() {
                return Ok(None);
            }
        }
        if settings.flag("user.useConfigOnly")? == Some(true) {
            return Ok(None);
        }
        Ok(self.text("EMAIL")?.filter(|email| !email.is_empty()))
    }

    /// Returns the time that a commit will bear. A date ahead of the clock is rejected, because every later reader
    /// would reject it.
    ///
    /// # Errors
    ///
    /// When `GIT_COMMITTER_DATE` cannot be read, or is ahead of the clock.
    pub fn recorded(&self) -> anyhow::Result<GitTime> {
        let time = self.date("GIT_COMMITTER_DATE")?;
        match self.now.checked_add(LEEWAY) {
            Ok(latest) if time.at > latest => bail!(Failure::ahead_of_the_clock(time.at)),
            _ => Ok(time),
        }
    }

    /// Returns the present in the local zone, as git writes it.
    fn here(&self) -> GitTime {
        let offset = self.present().zone.to_offset(self.now).seconds() / 60;
        GitTime {
            offset: i16::try_from(offset).unwrap_or_default(),
            ..self.now.into()
        }
    }

    fn date(&self, variable: &'static str) -> anyhow::Result<GitTime> {
        match self.text(variable)?.filter(|text| !text.is_empty()) {
            None => Ok(self.here()),
            Some(text) => GitTime::read(&text).map_err(|why| {
                let message = format!("invalid {variable}: {why}");
                Failure::new(Exit::Usage, "invalid-date", message)
                    .hint("git takes @1700000000 +0100, 2026-11-22T14:00:00Z, \"2026-11-22 14:00\" and the like")
                    .into()
            }),
        }
    }
}

/// Returns the local zone. Where `TZ` names none it is read from the system's file: to learn its name too, jiff would list all
/// zones of the system, which takes longer than many a command.
fn local_zone() -> TimeZone {
    let is_named = std::env::vars_os().any(|(name, _)| name == "TZ");
    let of_system = || TimeZone::tzif("Local", &std::fs::read("/etc/localtime").ok()?).ok();
    let read = (!is_named).then(of_system).flatten();
    read.unwrap_or_else(TimeZone::system)
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

/// Returns sixteen hexadecimal digits that no other run has: the standard library seeds each hasher from the system.
pub fn unique() -> String {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    format!("{:016x}", hasher.finish())
}
