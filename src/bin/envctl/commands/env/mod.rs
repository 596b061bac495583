//! Environments: one file a command, as everywhere.

mod create;
mod delete;
mod edit;
mod list;
mod reorder;
mod show;

use clap::Subcommand;

use crate::app::{Answer, App};

/// What to do with environments.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the environments.
    List(list::Args),
    /// Show one environment and what is live in it.
    Show(show::Args),
    /// Make an environment.
    Create(create::Args),
    /// Change an environment, or hand it a role.
    Edit(edit::Args),
    /// Set the order in which environments are shown.
    Reorder(reorder::Args),
    /// Delete an environment with its pointers.
    Delete(delete::Args),
}

impl Command {
    /// The name of the command, as in `envctl.<name>/v1`.
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
