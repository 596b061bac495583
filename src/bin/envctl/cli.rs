//! The command line as clap reads it: the groups, the options that every command takes, and the words around them. What
//! a single command takes stands with the command, in [`crate::commands`].

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Args, ColorChoice, CommandFactory, FromArgMatches, Parser};
use envctl::model::BranchName;
use serde::Serialize;

use crate::app::{Answer, App};
use crate::commands::{Command, check};
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
  import       Make versions of an existing gateway configuration
  status       Show what is live where

Look
  diff         Show what a promotion would move, or what a pull request does
  log          Show what changed, newest first
  blame        Show since when, by whom and why each pointer is live
  pending      Show the releases that wait for approval
  resolve      Print the version of a resource that the gateway serves
  render       Write the gateway configuration of an environment

Move
  publish      Add a version of a prompt, a routing rule or a provider
  promote      Make one environment serve what another serves
  rollback     Move pointers back to what was live before
  retire       Take pointers away

Decide
  approve      Make the moves of the release that waits
  reject       Turn it down
  withdraw     Take it back
  sync         Bring the branch and the remote's together

Manage
  env          List, show, create, edit, reorder and delete environments
  policy       Show, set and explain what environments demand of a move
  access       Show, grant, revoke and explain who may do what

Verify
  check        Judge the project by every rule
  doctor       Find what is unsound in the repository and around it
  hooks        Install, remove and list the hooks of git that run check
  explain      Explain the code of a finding
  completions  Print the completions of a shell
  help         Print the help of a command or a topic

Options
{options}

Run `envctl help COMMAND` for more, or `envctl help TOPIC` (access, ci, files, gateway, policy, security, exit-codes, json, writing).
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

/// The global `--color`, so that it is not taken for that of an environment.
const WHEN: &str = "when";

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
    // An empty variable is none, as with git; clap's own parser of paths refuses it.
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

    /// Write one JSON object to stdout, failures too.
    #[arg(long, global = true, help_heading = "Global options")]
    pub json: bool,

    /// When to colour: a terminal is coloured, unless NO_COLOR is set.
    // An environment has a colour too: see `command`, which makes this option global.
    #[arg(id = WHEN, long = "color", value_name = "WHEN", default_value = "auto", help_heading = "Global options")]
    pub color: ColorChoice,

    /// Say only what is wrong.
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        help_heading = "Global options"
    )]
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

/// Reads a command line.
///
/// # Errors
///
/// What clap has to say: that it is wrong, or the help or version that it asks for.
pub fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Cli, clap::Error> {
    Cli::from_arg_matches(&command().try_get_matches_from(arguments)?)
}

/// The command line with everything on it: the global `--color` stands with each command that has no `--color` of its own.
///
/// For `env create` and `env edit` it goes before the command: `envctl --color never env edit qa --color red`.
pub fn command() -> clap::Command {
    let command = Cli::command();
    let when = command
        .get_arguments()
        .find(|argument| argument.get_id() == WHEN)
        .cloned();
    command.mut_subcommands(|subcommand| with(subcommand, when.as_ref()))
}

fn with(command: clap::Command, when: Option<&Arg>) -> clap::Command {
    if command.has_subcommands() {
        return command.mut_subcommands(|subcommand| with(subcommand, when));
    }
    let colored = command
        .get_arguments()
        .any(|argument| argument.get_long() == Some("color"));
    command.args(
        when.filter(|_| !colored)
            .map(|when| when.clone().global(true)),
    )
}

/// The help or the version, for a program.
#[derive(Serialize)]
struct Asked {
    text: String,
}

/// Says what is wrong with the command line, or prints the help or version that it asks for.
///
/// clap could do so itself, but not as JSON.
pub fn answer_usage(world: World, error: &clap::Error) -> Exit {
    let words: Vec<OsString> = world
        .arguments()
        .take_while(|argument| argument != "--")
        .collect();
    let json = words.iter().any(|word| word == "--json");
    let wants_commands = !json && asks_for_commands(&words);
    let global = Global {
        directory: None,
        project: None,
        branch: None,
        json,
        color: ColorChoice::Auto,
        quiet: false,
        verbose: false,
        no_input: false,
    };
    let mut app = App::new(world, &global);
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let text = error.render().ansi().to_string();
            app.answer(text.trim_end());
            app.finish(
                "usage",
                Ok(Answer::done(&Asked {
                    text: error.render().to_string(),
                })),
            )
        }
        _ => {
            let failure = Failure::usage(error);
            if wants_commands {
                app.output.expect_runner();
                // The wrong command line is what there is to tell; that a file of outputs cannot be written comes after it.
                if let Err(error) = check::job::tell_failure(&mut app, &failure.message) {
                    app.output.warn(format!("{error:#}"));
                }
            }
            app.finish("usage", Err(failure.into()))
        }
    }
}

/// Whether a report was asked for as commands for the runner of a GitHub job.
fn asks_for_commands(words: &[OsString]) -> bool {
    words.iter().any(|word| word == "--format=github")
        || words
            .windows(2)
            .any(|pair| pair[0] == "--format" && pair[1] == "github")
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::ColorChoice;

    use super::{Cli, command, parse};

    fn parsed(line: &str) -> Cli {
        parse(line.split(' ').map(OsString::from)).unwrap()
    }

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }

    /// clap takes two arguments with one id for one argument, and panics or mixes them up when a value is read.
    #[test]
    fn no_argument_of_a_command_has_the_id_of_a_global_one() {
        fn own(command: &clap::Command, global: &[String]) {
            for argument in command
                .get_arguments()
                .filter(|argument| !argument.is_global_set())
            {
                let id = argument.get_id().to_string();
                assert!(!global.contains(&id), "{} of {}", id, command.get_name());
            }
            command
                .get_subcommands()
                .for_each(|subcommand| own(subcommand, global));
        }
        let command = command();
        let global: Vec<_> = command
            .get_arguments()
            .map(|argument| argument.get_id().to_string())
            .collect();
        command
            .get_subcommands()
            .for_each(|subcommand| own(subcommand, &global));
    }

    #[test]
    fn when_to_colour_is_told_from_an_environments_colour() {
        for (line, expected) in [
            ("envctl status", ColorChoice::Auto),
            ("envctl --color always status", ColorChoice::Always),
            ("envctl status --color never", ColorChoice::Never),
            ("envctl env list --color never", ColorChoice::Never),
            ("envctl env create qa --color purple", ColorChoice::Auto),
            (
                "envctl --color never env edit qa --color #aabbcc",
                ColorChoice::Never,
            ),
        ] {
            assert_eq!(parsed(line).global.color, expected, "{line}");
        }
    }
}
