//! What the process finds around it, looked up here and nowhere else: arguments, environment variables, the clock.

use std::ffi::OsString;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use envctl::model::Identity;
use envctl::ops::{LEEWAY, Operation};
use envctl::store::{Hooks, Store, Writing};
use jiff::Timestamp;

use crate::error::Failure;
use crate::moment;

/// The surroundings of one run.
#[derive(Clone, Copy, Debug)]
pub struct World {
    now: Timestamp,
}

/// How the variables begin that a git may inherit that is started to reach a remote (git(1), "Environment Variables").
const INHERITED: [&str; 14] = [
    "GIT_ALLOW_PROTOCOL",
    "GIT_ASKPASS",
    "GIT_AUTHOR_",
    "GIT_COMMITTER_",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
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
enum Part {
    Author,
    Committer,
}

impl World {
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

    /// The time at which the run began.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The command line.
    pub fn arguments(&self) -> impl Iterator<Item = OsString> + use<> {
        std::env::args_os()
    }

    /// An environment variable, unless it is empty.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    pub fn variable(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name).filter(|value| !value.is_empty())
    }

    /// The command line as a text, with the folder that it is about: the same when the same is asked again.
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

    /// The variables of git's that a git that is started to reach a remote must not inherit: all but those by which people
    /// and their servers say who they are, how to log in and where settings are.
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

    /// Whether `program` can be started: the file of that path, or one of that name in a folder of the `PATH`.
    pub fn has_program(&self, program: &str) -> bool {
        if program.contains(std::path::is_separator) {
            return can_be_run(Path::new(program));
        }
        let path = self.variable("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| can_be_run(&folder.join(program)))
    }

    fn text(&self, name: &str) -> Option<String> {
        self.variable(name)?.into_string().ok()
    }

    /// The folder that the process works in.
    ///
    /// # Errors
    ///
    /// When it was removed.
    pub fn folder(&self) -> anyhow::Result<PathBuf> {
        std::env::current_dir().context("cannot tell the current folder")
    }

    /// Who writes, when and how: git's own variables and settings decide.
    ///
    /// # Errors
    ///
    /// When git knows no identity, or a date that is set cannot be read.
    pub fn operation(&self, store: &Store, hooks: Hooks) -> anyhow::Result<Operation> {
        let setting = |key: &str| store.setting(key);
        let durable = store.setting_bool("envctl.durable").unwrap_or(true);
        self.operation_with(&setting, Writing { durable, hooks })
    }

    /// As [`World::operation`], with git's settings looked up through `setting`.
    ///
    /// # Errors
    ///
    /// As [`World::operation`].
    pub fn operation_with(
        &self,
        setting: &dyn Fn(&str) -> Option<String>,
        writing: Writing,
    ) -> anyhow::Result<Operation> {
        Ok(Operation {
            author: self.identity(setting, Part::Author)?,
            author_time: self.date("GIT_AUTHOR_DATE")?,
            committer: self.identity(setting, Part::Committer)?,
            committer_time: self.recorded()?,
            id: unique(),
            writing,
        })
    }

    /// What `who` writes now.
    pub fn operation_of(&self, who: Identity, writing: Writing) -> Operation {
        let (author, committer, now) = (who.clone(), who, self.now);
        Operation {
            author,
            author_time: now,
            committer,
            committer_time: now,
            id: unique(),
            writing,
        }
    }

    /// Name and e-mail address in git's order: the part's variable, the part's setting, the user's setting, `EMAIL`.
    fn identity(
        &self,
        setting: &dyn Fn(&str) -> Option<String>,
        part: Part,
    ) -> anyhow::Result<Identity> {
        let (variable, section) = match part {
            Part::Author => ("GIT_AUTHOR", "author"),
            Part::Committer => ("GIT_COMMITTER", "committer"),
        };
        let find = |what: &str| {
            self.text(&format!("{variable}_{}", what.to_uppercase()))
                .or_else(|| setting(&format!("{section}.{what}")))
                .or_else(|| setting(&format!("user.{what}")))
        };
        let email = find("email").or_else(|| self.text("EMAIL"));
        match (find("name"), email) {
            (Some(name), Some(email)) => Ok(Identity::new(&name, &email)?),
            _ => bail!(Failure::no_identity()),
        }
    }

    /// The time that a commit will bear. A date ahead of the clock would not be believed by anybody who reads it later.
    ///
    /// # Errors
    ///
    /// When `GIT_COMMITTER_DATE` cannot be read, or is ahead of the clock.
    pub fn recorded(&self) -> anyhow::Result<Timestamp> {
        let at = self.date("GIT_COMMITTER_DATE")?;
        match self.now.checked_add(LEEWAY) {
            Ok(latest) if at > latest => bail!(Failure::ahead_of_the_clock(at)),
            _ => Ok(at),
        }
    }

    fn date(&self, variable: &'static str) -> anyhow::Result<Timestamp> {
        match self.text(variable) {
            None => Ok(self.now),
            Some(text) => {
                moment::git_date(&text).with_context(|| format!("cannot read {variable}={text:?}"))
            }
        }
    }
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

/// Sixteen hexadecimal digits that no other run has: the standard library seeds each hasher from the system.
pub fn unique() -> String {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    format!("{:016x}", hasher.finish())
}
