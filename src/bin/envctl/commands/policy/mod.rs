//! Policies: one file a command, as everywhere.

mod explain;
mod outlook;
mod set;
mod show;

use clap::Subcommand;

pub use self::explain::show as show_explanation;

use crate::app::{Answer, App};

/// Show, set and explain what environments demand of a move.
#[derive(Debug, Subcommand)]
#[command(after_long_help = include_str!("../../help/policy.md"))]
pub enum Command {
    Show(show::PolicyShowArgs),
    Set(set::PolicySetArgs),
    Explain(explain::PolicyExplainArgs),
}

impl Command {
    /// The name of the command, as in `envctl.<name>/v1`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Show(_) => "policy-show",
            Self::Set(_) => "policy-set",
            Self::Explain(_) => "policy-explain",
        }
    }
}

/// Runs one command.
pub fn run(command: Command, app: &mut App) -> anyhow::Result<Answer> {
    match command {
        Command::Show(args) => show::run(&args, app),
        Command::Set(args) => set::run(&args, app),
        Command::Explain(args) => explain::run(&args, app),
    }
}
