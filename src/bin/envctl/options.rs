//! Options that more than one command takes.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, ColorChoice};
use envctl::model::BranchName;

/// The global `--color`, so that it is not taken for that of an environment.
pub const WHEN: &str = "when";

/// Options that every command takes.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// Run as if started in this folder.
    #[arg(
        id = "start",
        short = 'C',
        long = "directory",
        value_name = "DIR",
        global = true
    )]
    #[arg(help_heading = "Global options")]
    pub directory: Option<PathBuf>,

    /// The project's folder in the repository [default: the nearest envctl.toml upward].
    // An empty variable counts as unset, as in git; clap's own parser of paths refuses it.
    #[arg(
        long,
        value_name = "PATH",
        env = "ENVCTL_PROJECT",
        hide_env_values = true
    )]
    #[arg(value_parser = OsStringValueParser::new().map(PathBuf::from), global = true, help_heading = "Global options")]
    pub project: Option<PathBuf>,

    /// Read and write this branch instead of the one that is checked out.
    #[arg(
        long,
        value_name = "NAME",
        global = true,
        help_heading = "Global options"
    )]
    pub branch: Option<BranchName>,

    /// Write one JSON object to stdout, for failures too.
    #[arg(long, global = true, help_heading = "Global options")]
    pub json: bool,

    /// When to colour: a terminal is coloured, unless NO_COLOR is set.
    // An environment has a colour too: see `cli::command`, which makes this option global.
    #[arg(id = WHEN, long = "color", value_name = "WHEN", default_value = "auto", help_heading = "Global options")]
    pub color: ColorChoice,

    /// Print only warnings and errors.
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        help_heading = "Global options"
    )]
    pub quiet: bool,

    /// Also print details of how things are done.
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub verbose: bool,

    /// Never prompt; where a question would be asked, fail with an error that names the option.
    #[arg(long, global = true, help_heading = "Global options")]
    pub no_input: bool,
}

/// Options of commands that change something but make no commit.
#[derive(Clone, Copy, Debug, Args)]
pub struct ChangeArgs {
    /// Show what would happen and change nothing.
    #[arg(short = 'n', long)]
    pub dry_run: bool,

    /// Accepted for consistency; the command never asks.
    #[arg(short, long)]
    pub yes: bool,
}

/// Options of every command that reads the project.
#[derive(Clone, Debug, Default, Args)]
pub struct At {
    /// Show the project as it was: a revision, or a time such as 2026-11-22T14:00:00Z or "3h ago".
    #[arg(long, value_name = "REV|TIME")]
    pub at: Option<String>,
}
