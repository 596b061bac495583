//! Hooks of git's that run `envctl check`: one file a command, as everywhere.

mod install;
mod status;
mod uninstall;

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use envctl::store::{HookFile, HookName, HookState, ProjectFolder, Store};
use serde::Serialize;

use crate::app::{Answer, App};
use crate::render::{Cell, Table};

/// Install, remove and list the hooks of git that keep unsound states out.
#[derive(Debug, Subcommand)]
#[command(after_long_help = include_str!("../../help/hooks.md"))]
pub enum Command {
    Install(install::HooksInstallArgs),
    Uninstall(uninstall::HooksUninstallArgs),
    Status(status::HooksStatusArgs),
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

/// What a change of hooks says to a program.
#[derive(Serialize)]
struct ChangeBody {
    project: Option<String>,
    dry_run: bool,
    changed: bool,
    hooks: Vec<HookBody>,
}

/// A hook as data.
#[derive(Serialize)]
struct HookBody {
    hook: HookName,
    state: HookState,
    path: String,
    project: Option<String>,
    runs: bool,
    why: Option<String>,
    /// What a command did to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'static str>,
}

impl HookBody {
    fn of(file: &HookFile, action: Option<&'static str>) -> Self {
        Self {
            hook: file.name,
            state: file.state,
            path: file.path.display().to_string(),
            project: file.folder.as_ref().map(ToString::to_string),
            runs: file.runs,
            why: file.why.clone(),
            action,
        }
    }
}

/// Reads the name of a hook.
fn hook_name() -> impl TypedValueParser<Value = HookName> {
    PossibleValuesParser::new(HookName::ALL.map(HookName::as_str)).try_map(|name| {
        let named = HookName::ALL.into_iter().find(|hook| hook.as_str() == name);
        named.ok_or("no such hook")
    })
}

/// The hooks that were named, each once; none were: those that are of use in this repository.
fn chosen(store: &Store, named: &[HookName]) -> Vec<HookName> {
    let mut names = if named.is_empty() {
        store.usual_hooks().to_vec()
    } else {
        named.to_vec()
    };
    names.sort_unstable();
    names.dedup();
    names
}

fn files(
    store: &Store,
    names: &[HookName],
    folder: Option<&ProjectFolder>,
) -> anyhow::Result<Vec<HookFile>> {
    Ok(names
        .iter()
        .map(|name| store.hook(*name, folder))
        .collect::<Result<_, _>>()?)
}

/// A line a hook: its name, a word about it, and where it is.
fn table(lines: impl IntoIterator<Item = (HookFile, String)>) -> Table {
    let mut table = Table::new(&["HOOK", "STATE", "PATH"]);
    for (file, word) in lines {
        table.row([
            Cell::new(file.name),
            Cell::new(word),
            Cell::new(file.path.display()),
        ]);
    }
    table
}
