//! The command line as clap reads it: the groups of commands and the words around them. The
//! arguments of a single command are in [`crate::commands`], those that several commands share in
//! [`crate::options`].

use std::ffi::OsString;

use clap::{Arg, Args, CommandFactory, FromArgMatches, Parser};

use crate::commands::{self, Command, help};
use crate::options::{Global, WHEN};

/// Returns the help of the program. clap lists subcommands as one flat list; people look for them
/// by what they want to do.
fn help_template() -> String {
    let mut commands = String::new();
    for (heading, group) in commands::LIST {
        commands.push_str(&format!("{heading}\n"));
        for (name, summary) in *group {
            commands.push_str(&format!("  {name:<12} {summary}\n"));
        }
        commands.push('\n');
    }
    let topics: Vec<String> = help::topics()
        .chunks(8)
        .map(|line| line.join(", "))
        .collect();
    let topics = topics.join(",\n        ");
    format!(
        "{{about}}\n\n{{usage-heading}} {{usage}}\n\n{commands}Options\n{{options}}\n\n\
         Run `envctl help COMMAND` for more, or `envctl help TOPIC`.\n\
         Topics: {topics}\n"
    )
}

/// What is live where, for teams who run an LLM gateway: environments of version pointers in git,
/// every promotion a commit.
#[derive(Debug, Parser)]
#[command(
    name = "envctl",
    version,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub struct Cli {
    /// The options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Reads a command line.
///
/// # Errors
///
/// The error of clap: the command line is invalid, or asks for the help or the version.
pub fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let arguments: Vec<OsString> = arguments.collect();
    match parse_one_command(&arguments) {
        Some(cli) => Ok(cli),
        None => Cli::from_arg_matches(&command().try_get_matches_from(arguments)?),
    }
}

/// Reads a command line with only one command built. Returns `None` if that fails; then all commands have to be built.
///
/// Building all commands takes as long as most of them run. Whatever succeeds here also succeeds
/// with all of them, with the same result: the first word that is not an option names a command,
/// the one that is built or another one.
fn parse_one_command(arguments: &[OsString]) -> Option<Cli> {
    let mut words = arguments.iter().skip(1).filter_map(|word| word.to_str());
    let one = words.find_map(commands::alone)?;
    let mut command = Global::augment_args(clap::Command::new("envctl"))
        .disable_help_subcommand(true)
        .subcommand_required(true);
    let when = when_to_color(&command);
    command = command.subcommand(with(one, when.as_ref()));
    let matches = command.try_get_matches_from_mut(arguments);
    // The process ends soon, and dropping the command would be a tenth of its work.
    std::mem::forget(command);
    Cli::from_arg_matches(&matches.ok()?).ok()
}

/// Returns the whole command line. The global `--color` is added to each command that has no `--color` of its own.
///
/// For `env create` and `env edit` it goes before the command: `envctl --color never env edit qa --color red`.
pub fn command() -> clap::Command {
    let command = Cli::command().help_template(help_template());
    let when = when_to_color(&command);
    command.mut_subcommands(|subcommand| with(subcommand, when.as_ref()))
}

fn when_to_color(command: &clap::Command) -> Option<Arg> {
    let mut arguments = command.get_arguments();
    arguments
        .find(|argument| argument.get_id() == WHEN)
        .cloned()
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

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::ColorChoice;

    use super::{Cli, command, parse, parse_one_command};
    use crate::commands::{self, Command};

    fn parsed(line: &str) -> Cli {
        parse(line.split(' ').map(OsString::from)).unwrap()
    }

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn the_help_lists_every_command_once() {
        let all = <Cli as clap::CommandFactory>::command();
        let all: Vec<&str> = all.get_subcommands().map(clap::Command::get_name).collect();
        let groups = commands::LIST.iter();
        let listed: Vec<&str> = groups
            .flat_map(|(_, group)| group.iter().map(|(name, _)| *name))
            .collect();
        assert_eq!(listed, all);
        let help = command().render_help().to_string();
        for line in help.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }

    #[test]
    fn a_command_alone_is_the_same_as_among_all() {
        let all = <Cli as clap::CommandFactory>::command();
        for among_all in all.get_subcommands() {
            let alone = commands::alone(among_all.get_name()).unwrap();
            // Its place in the list of all is the one thing that may differ.
            let [alone, among_all] = [alone, among_all.clone()].map(|one| one.display_order(0));
            assert_eq!(format!("{alone:?}"), format!("{among_all:?}"));
        }
    }

    #[test]
    fn one_command_reads_only_what_all_commands_read() {
        let read = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            parse_one_command(&words).map(|cli| cli.command.name())
        };
        assert_eq!(read("envctl -C status promote a b"), None);
        assert_eq!(read("envctl -C x promote status prod"), Some("promote"));
        assert_eq!(read("envctl --json env list"), Some("env-list"));
        for refused in [
            "envctl env",
            "envctl status --help",
            "envctl promote --status",
        ] {
            assert_eq!(read(refused), None, "{refused}");
        }
        let cli = parsed("envctl -C status promote a b");
        assert!(matches!(cli.command, Command::Promote(_)));
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
