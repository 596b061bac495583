//! The `hooks` commands: one file per command, as everywhere.

pub mod files;
pub mod install;
pub mod status;
pub mod uninstall;

use clap::Subcommand;

use crate::app::{Answer, App};

/// Install, remove and list the git hooks that run check.
#[derive(Debug, Subcommand)]
#[command(after_long_help = include_str!("../../help/hooks.md"))]
pub enum Command {
    Install(install::HooksInstallArgs),
    Uninstall(uninstall::HooksUninstallArgs),
    Status(status::HooksStatusArgs),
}

impl Command {
    /// Returns the name of the command, as in `envctl.<name>/v1`.
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
