//! The command line as clap reads it: the groups, the options that every command takes, and the words around them. What
//! a single command takes stands with the command, in [`crate::commands`].

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, Parser};
use envctl::model::BranchName;

use crate::app::{Answer, App};
use crate::color::ColorOption;
use crate::commands::Command;
use crate::error::Failure;
use crate::exit::Exit;
use crate::world::World;

/// clap lists subcommands as one flat list; people look for them by what they want to do.
const HELP: &str = "\
{about}

{usage-heading} {usage}

Start
  init         Make a project with the environments prod and staging
  demo         Build an example project and promote staging to prod
  status       Show what is live where

Look
  diff         Show what a promotion would move
  log          Show what changed, newest first
  resolve      Print the version of a resource that the gateway serves

Move
  publish      Add a version of a prompt, a routing rule or a provider
  promote      Make one environment serve what another serves

Manage
  env          List, show, create, edit, reorder and delete environments

Verify
  check        Judge the project by every rule
  explain      Explain the code of a finding
  completions  Print the completions of a shell
  help         Print the help of a command or a topic

Options
{options}

Run `envctl help COMMAND` for more, or `envctl help TOPIC` (files, exit-codes, json, writing).
";

/// What is live where, for teams who run an LLM gateway: environments of version pointers in git, every promotion a commit.
#[derive(Debug, Parser)]
#[command(name = "envctl", version, help_template = HELP, disable_help_subcommand = true, max_term_width = 100)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command takes.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// Run as if started in this folder.
    #[arg(short = 'C', long = "directory", value_name = "DIR", global = true, help_heading = "Global options")]
    pub start: Option<PathBuf>,

    /// The project's folder in the repository [default: the nearest envctl.toml upward].
    #[arg(long, value_name = "PATH", env = "ENVCTL_PROJECT", hide_env_values = true)]
    #[arg(global = true, help_heading = "Global options")]
    pub project: Option<PathBuf>,

    /// Read and write this branch instead of the one that is checked out.
    #[arg(long, value_name = "NAME", global = true, help_heading = "Global options")]
    pub branch: Option<BranchName>,

    /// Write one JSON object to stdout, failures too.
    #[arg(long, global = true, help_heading = "Global options")]
    pub json: bool,

    /// When to colour: auto, always or never; auto colours a terminal, unless NO_COLOR is set.
    #[arg(long, value_name = "WHEN", value_parser = ColorOption::output, global = true, help_heading = "Global options")]
    pub color: Option<ColorOption>,

    /// Say only what is wrong.
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Global options")]
    pub quiet: bool,

    /// Also say how things are done.
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub verbose: bool,

    /// Never ask; an answer that is needed is an error that names its flag.
    #[arg(long, global = true, help_heading = "Global options")]
    pub no_input: bool,
}

/// Options of every command that reads the project.
#[derive(Clone, Debug, Default, Args)]
pub struct At {
    /// Look at the project as it was: a revision, or a time such as 2026-11-22T14:00:00Z or "3h ago".
    #[arg(long, value_name = "REV|TIME")]
    pub at: Option<String>,
}

/// Says what is wrong with the command line, or prints the help or version that it asks for.
///
/// clap could do so itself, but not as JSON.
pub fn answer_usage(world: World, error: &clap::Error) -> Exit {
    let json = world.arguments().take_while(|argument| argument != "--").any(|argument| argument == "--json");
    let global = Global {
        start: None,
        project: None,
        branch: None,
        json,
        color: None,
        quiet: false,
        verbose: false,
        no_input: false,
    };
    let mut app = App::new(world, &global);
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            app.output.answer(error.render().ansi().to_string().trim_end());
            app.finish("usage", Ok(Answer::done(&())))
        }
        _ => {
            let failure = Failure::usage(error);
            app.finish("usage", Err(failure.into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory};

    use super::Cli;

    fn each(command: &Command, judge: &mut impl FnMut(&Command)) {
        for subcommand in command.get_subcommands() {
            judge(subcommand);
            each(subcommand, judge);
        }
    }

    #[test]
    fn clap_finds_no_contradiction() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_option_of_a_command_takes_the_place_of_a_global_one() {
        let root = Cli::command();
        let global: Vec<_> = root.get_arguments().filter(|argument| argument.is_global_set()).collect();
        each(&root, &mut |command| {
            for argument in command.get_arguments() {
                // The one that both know of, as `ColorOption` says.
                let known = argument.get_id() == "color";
                let shared = global.iter().any(|other| other.get_id() == argument.get_id());
                assert!(known || !shared, "{} of {}", argument.get_id(), command.get_name());
            }
        });
    }
}
