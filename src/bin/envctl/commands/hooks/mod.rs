//! git's hooks: one file a command, as everywhere.

mod install;
mod status;
mod uninstall;

use clap::{Subcommand, ValueEnum};
use envctl::ops::Session;
use envctl::store::{GitHook, Head, ProjectFolder, Store};
use serde::Serialize;

use crate::app::{Answer, App};

/// Install, uninstall and show the hooks in which git asks envctl.
///
/// pre-commit judges what is staged; pre-push judges what is about to be sent to the live branch; pre-receive judges it on the
/// server, before it is taken, which is the one that nobody can leave out. A hook of somebody else is never touched.
#[derive(Debug, Subcommand)]
pub enum Command {
    Install(install::Args),
    Uninstall(uninstall::Args),
    Status(status::Args),
}

impl Command {
    /// The name of the command, as in `envctl.<name>/v1`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Install(_) => "hooks-install",
            Self::Uninstall(_) => "hooks-uninstall",
            Self::Status(_) => "hooks-status",
        }
    }
}

/// Runs one command.
pub fn run(command: Command, app: &mut App) -> anyhow::Result<Answer> {
    match command {
        Command::Install(args) => install::run(&args, app),
        Command::Uninstall(args) => uninstall::run(&args, app),
        Command::Status(args) => status::run(&args, app),
    }
}

/// A hook, as it is named on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Name {
    #[value(name = "pre-commit")]
    Commit,
    #[value(name = "pre-push")]
    Push,
    #[value(name = "pre-receive")]
    Receive,
}

impl Name {
    fn hook(self) -> GitHook {
        match self {
            Self::Commit => GitHook::PreCommit,
            Self::Push => GitHook::PrePush,
            Self::Receive => GitHook::PreReceive,
        }
    }
}

#[derive(Serialize)]
struct Body {
    project: String,
    hooks: Vec<HookBody>,
}

/// One hook as data.
#[derive(Serialize)]
pub struct HookBody {
    hook: &'static str,
    state: &'static str,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<bool>,
}

impl HookBody {
    fn of(store: &Store, folder: &ProjectFolder, hook: GitHook, changed: Option<bool>) -> Self {
        let state = store.hook_state(hook, folder).as_str();
        Self { hook: hook.as_str(), state, path: store.hook_path(hook).display().to_string(), changed }
    }
}

/// The hooks that were named, else those that make sense here: on a server the one that judges what it is sent.
fn chosen(names: &[Name], store: &Store) -> Vec<GitHook> {
    match names {
        [] if store.is_bare() => vec![GitHook::PreReceive],
        [] => vec![GitHook::PreCommit, GitHook::PrePush],
        names => names.iter().map(|name| name.hook()).collect(),
    }
}

/// The repository and the project's folder; a bare repository may have neither commits nor project yet.
fn place(app: &mut App) -> anyhow::Result<(Store, ProjectFolder)> {
    let store = app.store()?;
    let empty = match store.head()? {
        Head::Branch(branch) => store.tip(&branch)?.is_none(),
        Head::Detached(_) => false,
    };
    if store.is_bare() && (empty || app.named_project(&store).is_none()) {
        return Ok((store, ProjectFolder::root()));
    }
    let Session { store, folder, .. } = app.session()?;
    Ok((store, folder))
}
