//! The `policy` commands: one file per command, as everywhere.

pub mod explain;
pub mod outlook;
pub mod set;
pub mod show;

use clap::Subcommand;
use envctl::model::PolicyKey;

pub use self::explain::show as show_explanation;

use crate::app::{Answer, App};

/// Show, set and explain the policies of environments.
#[derive(Debug, Subcommand)]
#[command(after_long_help = help())]
pub enum Command {
    Show(show::PolicyShowArgs),
    Set(set::PolicySetArgs),
    Explain(explain::PolicyExplainArgs),
}

impl Command {
    /// Returns the name of the command, as in `envctl.<name>/v1`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Show(_) => "policy-show",
            Self::Set(_) => "policy-set",
            Self::Explain(_) => "policy-explain",
        }
    }
}

/// Returns the help about policies, with every key and its meaning.
fn help() -> String {
    let mut keys = String::new();
    for key in PolicyKey::ALL {
        let (example, lines) = key.help();
        for (index, line) in lines.iter().enumerate() {
            let example = if index == 0 { example.as_str() } else { "" };
            keys.push_str(&format!("  {example:30} {line}\n"));
        }
    }
    include_str!("../../help/policy.md").replace("[KEYS]\n", &keys)
}

/// Runs one command.
pub fn run(command: Command, app: &mut App) -> anyhow::Result<Answer> {
    match command {
        Command::Show(args) => show::run(&args, app),
        Command::Set(args) => set::run(&args, app),
        Command::Explain(args) => explain::run(&args, app),
    }
}
