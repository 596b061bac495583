use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Output};

use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::program;
use crate::store::write::commit::MOST_OF_A_MESSAGE;
use crate::store::write::writing::Hooks;
use crate::store::write::writing::Writing;

impl Store {
    /// Returns `message` as the `commit-msg` hook leaves it. It is unchanged if there is no such
    /// hook or hooks are skipped.
    ///
    /// # Errors
    ///
    /// [`StoreError::HookRefused`] if the hook refuses, and an error if it cannot be run.
    pub fn commit_message_hook(
        &self,
        message: &str,
        writing: &Writing,
    ) -> Result<String, StoreError> {
        const HOOK: &str = "commit-msg";
        if writing.hooks == Hooks::Skip || !self.has_hook(HOOK)? {
            return Ok(message.to_owned());
        }
        let path = self
            .private_directory()?
            .join(format!("COMMIT_EDITMSG-{}", process::id()));
        fs::write(&path, message).map_err(StoreError::io("write", &path))?;
        let ran = self.run_hook(HOOK, &[path.as_os_str()]);
        let edited = message_in(&path);
        // A file that stays is in envctl's own folder, and the next command with this process id overwrites it.
        let _ = fs::remove_file(&path);
        ran?;
        self.cleaned(edited?)
    }

    /// Returns `message` as git cleans it up after a hook and without an editor (git-commit(1),
    /// `--cleanup`).
    fn cleaned(&self, message: String) -> Result<String, StoreError> {
        let text = match self.setting("commit.cleanup")?.as_deref() {
            Some("verbatim") => return Ok(message),
            Some("strip") => {
                let comment = self.comment()?;
                let lines = message.split_inclusive('\n');
                lines.filter(|line| !line.starts_with(&comment)).collect()
            }
            _ => message,
        };
        git2::message_prettify(text, None)
            .map_err(StoreError::git("read the message that the hook left"))
    }

    /// Returns the text that a comment line begins with.
    fn comment(&self) -> Result<String, StoreError> {
        for key in ["core.commentstring", "core.commentchar"] {
            if let Some(comment) = self.setting(key)?
                && comment != "auto"
                && !comment.is_empty()
            {
                return Ok(comment);
            }
        }
        // `auto` lets git choose a character that no line begins with. No editor was opened, so no
        // comments were added, and the default does no harm.
        Ok("#".to_owned())
    }

    /// Runs the `post-commit` hook, if there is one and hooks are not to be skipped.
    ///
    /// # Errors
    ///
    /// When it fails. The commit has landed by then, so a caller reports that and goes on.
    pub fn post_commit_hook(&self, writing: &Writing) -> Result<(), StoreError> {
        const HOOK: &str = "post-commit";
        if writing.hooks == Hooks::Skip || !self.has_hook(HOOK)? {
            return Ok(());
        }
        self.run_hook(HOOK, &[])
    }

    fn has_hook(&self, name: &str) -> Result<bool, StoreError> {
        let directory = self.hooks_directory(self.hooks_run_in())?;
        Ok(fs::metadata(directory.join(name)).is_ok_and(|file| file.is_file() && may_run(&file)))
    }

    /// Returns the folder that git runs the hooks of a checkout in.
    pub(in crate::store) fn hooks_run_in(&self) -> &Path {
        self.work_tree().unwrap_or(self.git_directory())
    }

    /// Returns where git looks for a hook that it runs in `base`, which a relative `core.hooksPath`
    /// starts from.
    pub(in crate::store) fn hooks_directory(&self, base: &Path) -> Result<PathBuf, StoreError> {
        Ok(match self.settings().path("core.hookspath")? {
            Some(path) => base.join(path),
            None => self.common_directory().join("hooks"),
        })
    }

    fn run_hook(&self, name: &'static str, arguments: &[&OsStr]) -> Result<(), StoreError> {
        let folder = self.hooks_run_in();
        let mut command = self.git()?;
        command
            // `git hook run` sets the variables and the folder as for git's own commits, which a
            // hook may rely on.
            .args(["hook", "run", "--ignore-missing", name, "--"])
            .args(arguments);
        match program::run(command, b"") {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(refused(name, &output)),
            Err(source) => Err(StoreError::Io {
                doing: "run git for the hooks of",
                path: folder.to_owned(),
                source,
            }),
        }
    }
}

/// Reads the text that a hook left in the file at `path`.
fn message_in(path: &Path) -> Result<String, StoreError> {
    let size = fs::metadata(path)
        .map_err(StoreError::io("read", path))?
        .len();
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if size > MOST_OF_A_MESSAGE {
        return Err(StoreError::MessageTooLong {
            size,
            limit: MOST_OF_A_MESSAGE,
        });
    }
    fs::read_to_string(path).map_err(StoreError::io("read", path))
}

fn refused(hook: &'static str, output: &Output) -> StoreError {
    StoreError::HookRefused {
        hook,
        output: program::said(output),
    }
}

/// Reports whether git would run this file as a hook.
#[cfg(unix)]
pub(in crate::store) fn may_run(file: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
pub(in crate::store) fn may_run(_: &fs::Metadata) -> bool {
    true
}
