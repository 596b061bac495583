//! One file a command: what it takes, with its help, and what it does. A command that changes the project goes through
//! [`writing`].

mod check;
pub mod completions;
mod demo;
mod diff;
mod env;
mod explain;
mod help;
mod init;
mod log;
mod moves;
mod promote;
mod publish;
mod resolve;
mod status;
mod writing;

use clap::Subcommand;

use crate::app::{Answer, App};

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a project with the environments prod and staging.
    Init(init::Args),
    /// Build an example project and promote staging to prod.
    Demo(demo::Args),
    /// Show what is live where.
    Status(status::Args),
    /// Show what a promotion would move.
    Diff(diff::Args),
    /// Show what changed, newest first.
    Log(log::Args),
    /// Print the version of a resource that the gateway serves.
    Resolve(resolve::Args),
    /// Add a version of a prompt, a routing rule or a provider.
    Publish(publish::Args),
    /// Make one environment serve what another serves.
    Promote(promote::Args),
    /// List, show, create, edit, reorder and delete environments.
    #[command(subcommand)]
    Env(env::Command),
    /// Judge the project by every rule.
    Check(check::Args),
    /// Explain the code of a finding.
    Explain(explain::Args),
    /// Print the completions of a shell.
    Completions(completions::Args),
    /// Print the help of a command or a topic.
    Help(help::Args),
}

impl Command {
    /// The name of the command, as in `envctl.<name>/v1`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Init(_) => "init",
            Self::Demo(_) => "demo",
            Self::Status(_) => "status",
            Self::Diff(_) => "diff",
            Self::Log(_) => "log",
            Self::Resolve(_) => "resolve",
            Self::Publish(_) => "publish",
            Self::Promote(_) => "promote",
            Self::Env(command) => command.name(),
            Self::Check(_) => "check",
            Self::Explain(_) => "explain",
            Self::Completions(_) => "completions",
            Self::Help(_) => "help",
        }
    }
}

/// Runs one command.
pub fn run(command: Command, app: &mut App) -> anyhow::Result<Answer> {
    match command {
        Command::Init(args) => init::run(&args, app),
        Command::Demo(args) => demo::run(&args, app),
        Command::Status(args) => status::run(&args, app),
        Command::Diff(args) => diff::run(&args, app),
        Command::Log(args) => log::run(&args, app),
        Command::Resolve(args) => resolve::run(&args, app),
        Command::Publish(args) => publish::run(&args, app),
        Command::Promote(args) => promote::run(&args, app),
        Command::Env(command) => env::run(command, app),
        Command::Check(args) => check::run(&args, app),
        Command::Explain(args) => explain::run(&args, app),
        Command::Completions(args) => completions::run(&args, app),
        Command::Help(args) => help::run(&args, app),
    }
}
