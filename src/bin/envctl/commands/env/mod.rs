//! The `env` commands: one file per command, as everywhere.

pub mod create;
pub mod delete;
pub mod edit;
pub mod keys;
pub mod list;
pub mod reorder;
pub mod show;

pub use list::EnvironmentBody;

use clap::Subcommand;

use crate::app::{Answer, App};

/// List, show, create, edit, reorder and delete environments.
#[derive(Debug, Subcommand)]
pub enum Command {
    List(list::EnvListArgs),
    Show(show::EnvShowArgs),
    Create(create::EnvCreateArgs),
    Edit(edit::EnvEditArgs),
    Reorder(reorder::EnvReorderArgs),
    Delete(delete::EnvDeleteArgs),
}

impl Command {
    /// Returns the name of the command, as in `envctl.<name>/v1`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::List(_) => "env-list",
            Self::Show(_) => "env-show",
            Self::Create(_) => "env-create",
            Self::Edit(_) => "env-edit",
            Self::Reorder(_) => "env-reorder",
            Self::Delete(_) => "env-delete",
        }
    }
}

/// Runs one command.
pub fn run(command: Command, app: &mut App) -> anyhow::Result<Answer> {
    match command {
        Command::List(args) => list::run(&args, app),
        Command::Show(args) => show::run(&args, app),
        Command::Create(args) => create::run(&args, app),
        Command::Edit(args) => edit::run(&args, app),
        Command::Reorder(args) => reorder::run(&args, app),
        Command::Delete(args) => delete::run(&args, app),
    }
}
