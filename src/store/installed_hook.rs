use std::fmt;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process;

use super::hooks::may_run;
use super::{ProjectFolder, Store, StoreError};

/// By which envctl knows its own hooks; what follows is the version of the script.
const MARK: &str = "# envctl hook, version ";
/// The version that is written now; another one is outdated.
const VERSION: &str = "1";

/// A hook that envctl has something to say in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GitHook {
    /// Before a commit is made: what is staged is judged.
    PreCommit,
    /// Before commits are sent: what they bring to the live branch is judged.
    PrePush,
    /// On a server, before what was sent is taken: the same.
    PreReceive,
}

impl GitHook {
    /// Every hook.
    pub const ALL: [Self; 3] = [Self::PreCommit, Self::PrePush, Self::PreReceive];

    /// The name of its file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit",
            Self::PrePush => "pre-push",
            Self::PreReceive => "pre-receive",
        }
    }

    /// What it runs, as it could stand in any script.
    pub fn command(self) -> &'static str {
        match self {
            Self::PreCommit => "envctl check --staged",
            Self::PrePush => "envctl check --pre-push \"$@\"",
            Self::PreReceive => "envctl check --pre-receive",
        }
    }

    /// How somebody goes on without it, if that is possible at all.
    fn way_around(self) -> &'static str {
        match self {
            Self::PreCommit | Self::PrePush => ", or go on without this hook: --no-verify",
            Self::PreReceive => "",
        }
    }

    /// The script for the project in `folder`.
    fn script(self, folder: &ProjectFolder) -> String {
        let project = match folder.as_str() {
            "" => String::new(),
            folder => format!(" --project {}", quoted(folder)),
        };
        format!(
            "#!/bin/sh\n{MARK}{VERSION}: `envctl hooks install` wrote it, `envctl hooks uninstall` removes it.\n\
             if ! command -v envctl >/dev/null 2>&1; then\n    \
             echo 'envctl is not on the PATH, so nothing was judged: install it{}' >&2\n    exit 1\nfi\nexec {}{project}\n",
            self.way_around(),
            self.command(),
        )
    }
}

impl fmt::Display for GitHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What stands where git looks for a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookState {
    /// Nothing.
    Absent,
    /// The hook as envctl writes it now.
    Installed,
    /// One that another envctl wrote, or that is for another folder.
    Outdated,
    /// envctl's, but git passes over it since it may not be run.
    Disabled,
    /// Somebody else's.
    Foreign,
}

impl HookState {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Installed => "installed",
            Self::Outdated => "outdated",
            Self::Disabled => "disabled",
            Self::Foreign => "foreign",
        }
    }
}

impl Store {
    /// Where git looks for `hook`: in `core.hooksPath`, or in the folder that all checkouts share.
    pub fn hook_path(&self, hook: GitHook) -> PathBuf {
        self.hooks_directory().join(hook.as_str())
    }

    /// What stands there, for the project in `folder`.
    pub fn hook_state(&self, hook: GitHook, folder: &ProjectFolder) -> HookState {
        let path = self.hook_path(hook);
        let Ok(file) = fs::symlink_metadata(&path) else { return HookState::Absent };
        let text = if file.is_file() { fs::read_to_string(&path).ok() } else { None };
        let Some(text) = text.filter(|text| text.lines().nth(1).is_some_and(|line| line.starts_with(MARK))) else {
            return HookState::Foreign;
        };
        match (may_run(&file), text == hook.script(folder)) {
            (false, _) => HookState::Disabled,
            (true, true) => HookState::Installed,
            (true, false) => HookState::Outdated,
        }
    }

    /// Succeeds when no hook of somebody else stands where `hook` goes.
    ///
    /// # Errors
    ///
    /// [`StoreError::ForeignHook`] when one does.
    pub fn require_own_hook(&self, hook: GitHook, folder: &ProjectFolder) -> Result<(), StoreError> {
        match self.hook_state(hook, folder) {
            HookState::Foreign => Err(StoreError::ForeignHook { path: self.hook_path(hook), line: hook.command() }),
            _ => Ok(()),
        }
    }

    /// Writes `hook` for the project in `folder`, whole or not at all.
    ///
    /// # Errors
    ///
    /// [`StoreError::ForeignHook`] when somebody else's stands there, and when it cannot be written.
    pub fn install_hook(&self, hook: GitHook, folder: &ProjectFolder) -> Result<(), StoreError> {
        self.require_own_hook(hook, folder)?;
        let path = self.hook_path(hook);
        let directory = self.hooks_directory();
        fs::create_dir_all(&directory).map_err(StoreError::io("make the folder", &directory))?;
        let temporary = directory.join(format!(".envctl-{hook}-{}", process::id()));
        let written = write_program(&temporary, &hook.script(folder)).and_then(|()| fs::rename(&temporary, &path));
        written.map_err(|error| {
            // What was not put in place is of no use to anybody.
            let _ = fs::remove_file(&temporary);
            StoreError::io("write", &path)(error)
        })
    }

    /// Removes `hook`, if it is envctl's; whether there was one.
    ///
    /// # Errors
    ///
    /// [`StoreError::ForeignHook`] when it is somebody else's, and when it cannot be removed.
    pub fn uninstall_hook(&self, hook: GitHook, folder: &ProjectFolder) -> Result<bool, StoreError> {
        self.require_own_hook(hook, folder)?;
        let path = self.hook_path(hook);
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(StoreError::io("remove", &path)(error)),
        }
    }
}

fn write_program(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o755);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())
}

/// `text` as one word of a shell, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_word_whatever_it_is_called() {
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("a'; rm -rf ~ #"), r"'a'\''; rm -rf ~ #'");
        let folder: ProjectFolder = "gate way".parse().unwrap();
        let script = GitHook::PreCommit.script(&folder);
        assert!(script.ends_with("\nexec envctl check --staged --project 'gate way'\n"), "{script}");
        assert!(GitHook::PreReceive.script(&ProjectFolder::root()).ends_with("\nexec envctl check --pre-receive\n"));
    }
}
