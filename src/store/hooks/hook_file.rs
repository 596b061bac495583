use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process;

use schemars::JsonSchema;
use serde::Serialize;

use crate::store::error::StoreError;
use crate::store::folder::ProjectFolder;
use crate::store::hooks::hook_name::HookName;
use crate::store::hooks::hook_script::{self, Mark};
use crate::store::hooks::run::may_run;
use crate::store::open::Store;
use crate::store::replace::file::{FileMode, Flush, Replacement};

/// The largest hook that is read. envctl's own are far smaller.
const MOST_READ: u64 = 1024 * 1024;

/// The state of a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HookState {
    /// git runs it, and it is what this envctl writes.
    Installed,
    /// It is envctl's, but differs from what this envctl writes.
    Outdated,
    /// It is envctl's, but git ignores it because it is not executable.
    Disabled,
    /// It is not envctl's, or is for another project.
    Foreign,
    /// There is none.
    Absent,
}

impl fmt::Display for HookState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Installed => "installed",
            Self::Outdated => "outdated",
            Self::Disabled => "disabled",
            Self::Foreign => "foreign",
            Self::Absent => "absent",
        })
    }
}

/// What is at the path where git looks for a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookFile {
    /// Which hook.
    pub name: HookName,
    /// Where git looks for it.
    pub path: PathBuf,
    /// Its state.
    pub state: HookState,
    /// The project that it checks, if it is one of envctl's.
    pub folder: Option<ProjectFolder>,
    /// Why a foreign one is foreign, as it completes "it is …".
    pub why: Option<String>,
    /// Whether git would run it.
    pub runs: bool,
    /// Whether it calls `envctl check`, no matter who wrote it.
    pub calls_check: bool,
}

impl Store {
    /// Returns the hooks that are useful here: before a commit and before a push if there is a work
    /// tree, otherwise where a push arrives.
    pub fn usual_hooks(&self) -> &'static [HookName] {
        if self.is_bare() {
            &[HookName::PreReceive]
        } else {
            &[HookName::PreCommit, HookName::PrePush]
        }
    }

    /// Returns what is at the path where git looks for the hook `name`. A hook for another project
    /// than that in `folder` is foreign.
    ///
    /// # Errors
    ///
    /// When it cannot be looked at, and [`StoreError::Unsupported`] where `core.hooksPath` is empty.
    pub fn hook(
        &self,
        name: HookName,
        folder: Option<&ProjectFolder>,
    ) -> Result<HookFile, StoreError> {
        let path = self.hook_path(name)?;
        let mut file = HookFile {
            name,
            path,
            state: HookState::Absent,
            folder: None,
            why: None,
            runs: false,
            calls_check: false,
        };
        let found = match fs::symlink_metadata(&file.path) {
            Ok(found) => found,
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Ok(file);
            }
            Err(error) => return Err(StoreError::io("look at", &file.path)(error)),
        };
        file.state = HookState::Foreign;
        let script = match fs::metadata(&file.path) {
            Ok(target) if target.is_file() && target.len() <= MOST_READ => {
                file.runs = may_run(&target);
                fs::read(&file.path).map_err(StoreError::io("read", &file.path))?
            }
            _ => Vec::new(),
        };
        // A foreign hook that calls `envctl check` is as good as envctl's own, so it is worth
        // looking through a link for; but what is not a plain file is never replaced.
        file.calls_check = calls_check(&script);
        if found.is_file() {
            file.read(&script, folder);
        } else {
            file.why = Some(kind_of(&found).to_owned());
        }
        Ok(file)
    }

    /// Installs the hook `name` for the project in `folder`, or updates it, and returns its earlier
    /// state.
    ///
    /// # Errors
    ///
    /// [`StoreError::ForeignHook`] if something that is not envctl's is there. Nothing is overwritten.
    pub fn install_hook(
        &self,
        name: HookName,
        folder: &ProjectFolder,
    ) -> Result<HookFile, StoreError> {
        let before = self.hook(name, Some(folder))?;
        let text = hook_script::script(name, folder);
        match before.state {
            HookState::Installed => {}
            HookState::Foreign => return Err(before.refusal(Some(folder))),
            HookState::Absent => {
                make_folder_of(&before.path)?;
                put(&before.path, &text, Over::Nothing).map_err(|error| match error.kind() {
                    ErrorKind::AlreadyExists => before.refusal(Some(folder)),
                    _ => StoreError::io("write", &before.path)(error),
                })?;
            }
            HookState::Outdated | HookState::Disabled => {
                put(&before.path, &text, Over::Old)
                    .map_err(StoreError::io("write", &before.path))?;
            }
        }
        Ok(before)
    }

    /// Removes the hook `name` if it is one of envctl's for the project in `folder`, and returns
    /// its earlier state.
    ///
    /// # Errors
    ///
    /// [`StoreError::ForeignHook`] if something that is not envctl's is there.
    pub fn uninstall_hook(
        &self,
        name: HookName,
        folder: Option<&ProjectFolder>,
    ) -> Result<HookFile, StoreError> {
        let before = self.hook(name, folder)?;
        match before.state {
            HookState::Absent => {}
            HookState::Foreign => return Err(before.refusal(folder)),
            _ => fs::remove_file(&before.path).map_err(StoreError::io("remove", &before.path))?,
        }
        Ok(before)
    }

    fn hook_path(&self, name: HookName) -> Result<PathBuf, StoreError> {
        let folder = self.settings().path("core.hookspath")?;
        if folder.is_some_and(|path| path.as_os_str().is_empty()) {
            return Err(StoreError::Unsupported {
                what: "an empty core.hooksPath, with which git runs no hooks,".to_owned(),
                hint: "run: git config --unset core.hooksPath".to_owned(),
            });
        }
        // Hooks of a push that arrives run in git's own folder, all others at the top of the work tree (githooks(5)).
        let base = match name {
            HookName::PreReceive => self.git_directory(),
            HookName::PreCommit | HookName::PrePush => self.hooks_run_in(),
        };
        Ok(self.hooks_directory(base)?.join(name.as_str()))
    }
}

impl HookFile {
    /// Returns the line that makes somebody else's hook do what envctl's does.
    pub fn line(&self, folder: &ProjectFolder) -> String {
        format!("{} || exit 1", hook_script::command(self.name, folder))
    }

    fn read(&mut self, script: &[u8], folder: Option<&ProjectFolder>) {
        let Some(mark) = Mark::find(script) else {
            self.why = Some("not envctl's".to_owned());
            return;
        };
        self.folder = mark.folder.clone();
        self.state = match (&mark.folder, folder) {
            (Some(its), Some(folder)) if its != folder => {
                self.why = Some(format!("envctl's, for the project in {its}"));
                HookState::Foreign
            }
            _ if !self.runs => HookState::Disabled,
            // A hook of a later version is left as it is. An older envctl on the same machine must
            // not undo its update each time.
            _ if mark.is_newer() => HookState::Installed,
            (Some(its), _) if hook_script::script(self.name, its).as_bytes() == script => {
                HookState::Installed
            }
            _ => HookState::Outdated,
        };
    }

    /// Returns the error that this hook is not touched, with the line to add to it.
    fn refusal(&self, folder: Option<&ProjectFolder>) -> StoreError {
        StoreError::ForeignHook {
            hook: self.name,
            path: self.path.clone(),
            why: self
                .why
                .clone()
                .unwrap_or_else(|| "not envctl's".to_owned()),
            line: self.line(folder.unwrap_or(&ProjectFolder::root())),
        }
    }
}

fn make_folder_of(path: &Path) -> Result<(), StoreError> {
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    fs::create_dir_all(folder).map_err(StoreError::io("make the folder", folder))
}

/// What a hook may replace.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Over {
    Nothing,
    Old,
}

/// Puts a hook with `text` at `path` in one step: a reader sees nothing, the old one or the whole
/// new one.
fn put(path: &Path, text: &str, over: Over) -> io::Result<()> {
    // git does not run a file of this name, so one that is left behind does no harm.
    let temporary = path.with_extension(format!("envctl-{}", process::id()));
    let hook = Replacement::new(temporary, path);
    // Flushed before it is in place: after a power cut git would run an empty hook, which lets everything pass.
    hook.write(text.as_bytes(), FileMode::Executable, Flush::Yes)?;
    match over {
        Over::Old => hook.replace(),
        Over::Nothing => hook.put_if_absent(),
    }
}

/// Reports whether a line that is not a comment runs `envctl check`.
fn calls_check(script: &[u8]) -> bool {
    let text = String::from_utf8_lossy(script);
    text.lines()
        .any(|line| !line.trim_start().starts_with('#') && line.contains("envctl check"))
}

fn kind_of(found: &fs::Metadata) -> &'static str {
    if found.is_symlink() {
        "a symbolic link"
    } else if found.is_dir() {
        "a folder"
    } else {
        "neither a file nor a folder"
    }
}
