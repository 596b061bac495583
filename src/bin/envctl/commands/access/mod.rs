//! Who may do what: one file a command, as everywhere.

mod explain;
mod grant;
mod revoke;
mod show;

use clap::Subcommand;
use envctl::model::{Email, MemberName};
use envctl::plan::Who;

use crate::app::{Answer, App};

/// Show, grant, revoke and explain who may do what.
#[derive(Debug, Subcommand)]
#[command(after_long_help = include_str!("../../help/access.md"))]
pub enum Command {
    Show(show::Args),
    Grant(grant::Args),
    Revoke(revoke::Args),
    Explain(explain::Args),
}

impl Command {
    /// The name of the command, as in `envctl.<name>/v1`.
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

/// Reads somebody as people name them: with an `@` an address, else the name of a member.
fn who(text: &str) -> Result<Who, String> {
    if text.contains('@') {
        return text.parse::<Email>().map(Who::Email).map_err(|error| error.to_string());
    }
    text.parse::<MemberName>().map(Who::Member).map_err(|error| format!("neither an address nor a name: {error}"))
}
