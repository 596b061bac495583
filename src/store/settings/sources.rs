//! Sources of settings that libgit2 does not read. If one is in use, git is asked once for all of
//! its settings, and its answer replaces what libgit2 read, inside of libgit2 too.
//!
//! These are `GIT_CONFIG_GLOBAL` and its family, `git -c`, and `includeIf`. libgit2 knows some
//! conditions of `includeIf`, but evaluates them differently from git if a link leads to the
//! repository. Nobody would notice: the author of a commit decides who may make it, and would be
//! another person.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use git2::{Config, ConfigLevel, Error, Repository};

use crate::store::discovery::{Discovery, GitEnvironment};
use crate::store::error::StoreError;
use crate::store::program;
use crate::store::settings::values::GitSettings;

/// How long git may take to answer. It only reads some files.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most bytes of settings that are read.
const MOST_LISTED: usize = 4 * 1024 * 1024;

impl GitEnvironment {
    /// Reports whether git's settings differ from those that libgit2 read into `config`.
    fn differs_from(&self, config: &Config) -> Result<bool, Error> {
        if self.names_settings {
            return Ok(true);
        }
        let mut entries = config.entries(Some(r"^includeif\."))?;
        if entries.next().transpose()?.is_some() {
            return Ok(true);
        }
        Ok(self.without_system && has_entries(config, ConfigLevel::System)?)
    }
}

/// One setting as git lists it.
struct SettingSource<'l> {
    scope: &'l [u8],
    key: &'l [u8],
    /// `None` if the key has no `=`, which means true.
    value: Option<&'l [u8]>,
}

/// The scopes of `git config --show-scope`, in ascending priority, with libgit2's names.
const SCOPES: [(&str, ConfigLevel); 5] = [
    ("system", ConfigLevel::System),
    ("global", ConfigLevel::Global),
    ("local", ConfigLevel::Local),
    ("worktree", ConfigLevel::Worktree),
    ("command", ConfigLevel::App),
];

/// Returns git's settings for `repo`, which `discovery` found, and whether git had to be asked for them.
pub(in crate::store) fn settings(
    repo: &Repository,
    discovery: Discovery<'_>,
    environment: &GitEnvironment,
) -> Result<(GitSettings, bool), StoreError> {
    let read = || {
        let config = repo.config()?.snapshot()?;
        let differs = environment.differs_from(&config)?;
        Ok::<_, Error>((config, differs))
    };
    let (config, differs) = read().map_err(StoreError::git("read git's settings"))?;
    if !differs {
        // Otherwise libgit2 looks at every settings file again, for each file that it converts and each object that it writes.
        // One operation has one set of settings, whatever somebody edits meanwhile.
        use_settings(repo, &config)?;
        return Ok((GitSettings(config), false));
    }
    let list = ask(discovery)?;
    let entries = entries(&list)?;
    let known = || has_entries(&config, ConfigLevel::Local);
    let has_local = known().map_err(StoreError::git("read git's settings"))?;
    // git lists no settings of a repository that it does not trust, instead of failing. Going on would drop them silently.
    if has_local && !entries.iter().any(|entry| entry.scope == b"local") {
        let path = repo.workdir().unwrap_or_else(|| repo.path());
        return Err(StoreError::ForeignOwner {
            path: path.components().collect(),
        });
    }
    let config = loaded(&entries)?;
    use_settings(repo, &config)?;
    Ok((GitSettings(config), true))
}

/// Makes libgit2 use these settings in `repo`.
fn use_settings(repo: &Repository, config: &Config) -> Result<(), StoreError> {
    repo.set_config(config)
        .map_err(StoreError::git("use git's settings"))
}

/// Returns git's settings in `folder`, where there is no repository yet.
///
/// # Errors
///
/// When they cannot be read, or git has to be asked for them and does not answer.
pub fn default_settings(
    folder: &Path,
    environment: &GitEnvironment,
) -> Result<GitSettings, StoreError> {
    let read = || {
        // A snapshot, because libgit2 crashes if reading a settings file again fails.
        let config = Config::open_default()?.snapshot()?;
        let differs = environment.differs_from(&config)?;
        Ok::<_, Error>((config, differs))
    };
    match read().map_err(StoreError::git("read git's settings"))? {
        (config, false) => Ok(GitSettings(config)),
        _ => Ok(GitSettings(loaded(&entries(&ask(Discovery::From(
            folder,
        ))?)?)?)),
    }
}

/// Reports whether git itself opens the repository that `discovery` leads to, whoever owns it.
pub(in crate::store) fn is_trusted(discovery: Discovery<'_>) -> bool {
    let mut git = git_for(discovery);
    git.args(["rev-parse", "--git-dir"]);
    program::run_within(git, PATIENCE).is_ok_and(|ran| ran.succeeded())
}

/// Returns git, ready to find a repository as `discovery` says. It runs in the user's folder,
/// because the variable `PWD` shows which path led there.
fn git_for(discovery: Discovery<'_>) -> Command {
    match discovery {
        Discovery::From(folder) => {
            let mut git = program::command("git");
            git.current_dir(folder);
            git
        }
        // With the variables of the process, which name the repository.
        Discovery::Variables => Command::new("git"),
    }
}

/// Returns what git lists of its settings.
fn ask(discovery: Discovery<'_>) -> Result<Vec<u8>, StoreError> {
    let mut git = git_for(discovery);
    // `GIT_CONFIG` would make git read that file alone.
    git.env_remove("GIT_CONFIG")
        .args(["config", "--list", "--show-scope", "-z"]);
    let heard = program::hear(git, PATIENCE, MOST_LISTED)
        .map_err(|error| unknown(format!("the git program cannot be run: {error}")))?;
    match heard.stdout {
        _ if !heard.succeeded() => Err(unknown(heard.ran().said())),
        // Output is cut at the limit, and half a list could lack the very setting that forbids
        // something.
        list if list.len() == MOST_LISTED => {
            Err(unknown(format!("they are longer than {MOST_LISTED} bytes")))
        }
        list => Ok(list),
    }
}

fn unknown(why: impl Into<String>) -> StoreError {
    StoreError::SettingsUnknown { why: why.into() }
}

/// Reads repeated `scope NUL key LF value NUL`. A key without a value has no line break.
fn entries(list: &[u8]) -> Result<Vec<SettingSource<'_>>, StoreError> {
    let mut fields = list
        .strip_suffix(b"\0")
        .unwrap_or(list)
        .split(|byte| *byte == 0);
    let mut entries = Vec::new();
    while let Some(scope) = fields.next().filter(|scope| !scope.is_empty()) {
        let setting = fields
            .next()
            .ok_or_else(|| unknown("the list that git printed is incomplete"))?;
        let end = setting.iter().position(|byte| *byte == b'\n');
        entries.push(SettingSource {
            scope,
            key: &setting[..end.unwrap_or(setting.len())],
            value: end.map(|end| &setting[end + 1..]),
        });
    }
    Ok(entries)
}

/// Loads `entries` into libgit2, which reads settings from files only. The files are removed when
/// this returns, since a snapshot does not need them any more.
fn loaded(entries: &[SettingSource<'_>]) -> Result<Config, StoreError> {
    let doing = "hand git's settings on";
    let folder = tempfile::tempdir()
        .map_err(|error| unknown(format!("no temporary folder can be made: {error}")))?;
    let mut config = Config::new().map_err(StoreError::git(doing))?;
    for (scope, level) in SCOPES {
        let of_scope = entries
            .iter()
            .filter(|entry| entry.scope == scope.as_bytes());
        let text: Vec<u8> = of_scope
            .filter_map(SettingSource::written)
            .flatten()
            .collect();
        if text.is_empty() {
            continue;
        }
        let path = folder.path().join(scope);
        fs::write(&path, text).map_err(StoreError::io("write", &path))?;
        config
            .add_file(&path, level, false)
            .map_err(StoreError::git(doing))?;
    }
    config.snapshot().map_err(StoreError::git(doing))
}

impl SettingSource<'_> {
    /// Returns the setting as text for a settings file. Returns `None` for an include, since git
    /// has read those files already.
    fn written(&self) -> Option<Vec<u8>> {
        let dot = |byte: &u8| *byte == b'.';
        let first = self.key.iter().position(dot)?;
        let last = self.key.iter().rposition(dot)?;
        let (section, name) = (&self.key[..first], &self.key[last + 1..]);
        if matches!(section, b"include" | b"includeif") {
            return None;
        }
        let mut text = [b"[", section].concat();
        if first < last {
            text.extend_from_slice(b" \"");
            text.extend(
                self.key[first + 1..last]
                    .iter()
                    .flat_map(|byte| quoted(*byte)),
            );
            text.push(b'"');
        }
        text.extend_from_slice(b"]\n");
        text.extend_from_slice(name);
        if let Some(value) = self.value {
            text.extend_from_slice(b" = \"");
            text.extend(value.iter().flat_map(|byte| quoted(*byte)));
            text.push(b'"');
        }
        text.push(b'\n');
        Some(text)
    }
}

/// Returns `byte` as it is written between quotes in a settings file.
fn quoted(byte: u8) -> Vec<u8> {
    match byte {
        b'\\' | b'"' => vec![b'\\', byte],
        b'\n' => b"\\n".to_vec(),
        b'\t' => b"\\t".to_vec(),
        _ => vec![byte],
    }
}

fn has_entries(config: &Config, level: ConfigLevel) -> Result<bool, Error> {
    let mut entries = config.entries(None)?;
    while let Some(entry) = entries.next() {
        if entry?.level() == level {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_lists_is_what_libgit2_reads() {
        let list = "system\0user.name\nSys\0global\0user.name\nAnn \"B\" \\ #;\n\tC\0local\0core.bare\0\
            local\0url.https://x/\"y\\z.insteadof\nhttp://Q\0local\0include.path\n/etc/passwd\0\
            local\0remote.a.B.url\n1\0local\0remote.a.B.url\n2\0command\0user.email\n\0";
        let config = loaded(&entries(list.as_bytes()).unwrap()).unwrap();
        assert_eq!(
            config.get_string("user.name").unwrap(),
            "Ann \"B\" \\ #;\n\tC"
        );
        assert!(config.get_bool("core.bare").unwrap());
        let rewritten = config.get_string("url.https://x/\"y\\z.insteadOf");
        assert_eq!(rewritten.unwrap(), "http://Q");
        assert_eq!(config.get_string("remote.a.B.url").unwrap(), "2");
        assert_eq!(config.get_string("user.email").unwrap(), "");
        assert!(config.get_entry("include.path").is_err());
    }

    #[test]
    fn a_list_that_ends_early_is_not_read() {
        assert!(entries(b"global\0user.name\nAnn\0local\0").is_err());
        assert!(entries(b"").unwrap().is_empty());
    }
}
