//! The `access` commands: one file per command, as everywhere.

pub mod change;
pub mod explain;
pub mod grant;
mod named;
pub mod revoke;
pub mod show;

use clap::Subcommand;

use crate::app::{Answer, App};

/// Show, grant, revoke and explain who may do what.
#[derive(Debug, Subcommand)]
#[command(after_long_help = include_str!("../../help/access.md"))]
pub enum Command {
    Show(show::AccessShowArgs),
    Grant(grant::AccessGrantArgs),
    Revoke(revoke::AccessRevokeArgs),
    Explain(explain::AccessExplainArgs),
}

impl Command {
    /// Returns the name of the command, as in `envctl.<name>/v1`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Show(_) => "access-show",
            Self::Grant(_) => "access-grant",
            Self::Revoke(_) => "access-revoke",
            Self::Explain(_) => "access-explain",
        }
    }
}

/// Runs one command.
pub fn run(command: Command, app: &mut App) -> anyhow::Result<Answer> {
    match command {
        Command::Show(args) => show::run(&args, app),
        Command::Grant(args) => grant::run(&args, app),
        Command::Revoke(args) => revoke::run(&args, app),
        Command::Explain(args) => explain::run(&args, app),
    }
}
