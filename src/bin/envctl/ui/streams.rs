use std::ffi::OsString;
use std::io::{self, IsTerminal};

use clap::ColorChoice;
use dialoguer::console::Term;

/// The standard streams and the variables that say how to write to them, as they were when the program started.
#[derive(Clone, Copy, Debug)]
pub struct StandardStreams {
    /// Whether stdin is a terminal.
    pub stdin_terminal: bool,
    /// Whether stdout is a terminal.
    pub stdout_terminal: bool,
    /// Whether stderr is a terminal.
    pub stderr_terminal: bool,
    /// How many columns the terminal has, where there is one.
    pub width: Option<u16>,
    /// `NO_COLOR` is set and not empty (no-color.org).
    pub no_color: bool,
    /// `CLICOLOR_FORCE` is set, not empty and not `0` (bixense.com/clicolors).
    pub force_color: bool,
    /// `TERM` is `dumb`.
    pub dumb: bool,
}

impl StandardStreams {
    /// Examines the three standard streams, and the environment through `variable`.
    pub fn look(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        Self {
            stdin_terminal: io::stdin().is_terminal(),
            stdout_terminal: io::stdout().is_terminal(),
            stderr_terminal: io::stderr().is_terminal(),
            width: columns(&Term::stdout()).or_else(|| columns(&Term::stderr())),
            no_color: set("NO_COLOR").is_some(),
            force_color: set("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
            dumb: set("TERM").is_some_and(|value| value == "dumb"),
        }
    }

    /// Reports whether a stream gets colour: the flag decides, then `NO_COLOR`, then `CLICOLOR_FORCE`, then what the
    /// stream is.
    pub(super) fn color(self, flag: ColorChoice, terminal: bool) -> bool {
        match flag {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if self.no_color => false,
            ColorChoice::Auto => self.force_color || (terminal && !self.dumb),
        }
    }
}

fn columns(term: &Term) -> Option<u16> {
    term.size_checked()
        .map(|(_, columns)| columns)
        .filter(|columns| *columns > 0)
}

/// What a stream can show; everything in [`crate::render`] that depends on it takes it as an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Medium {
    /// Whether a person reads it: tables, times as "2 days ago". Otherwise it is a pipe or a file.
    pub terminal: bool,
    /// Whether it has colour. Styles may be written in any case; [`super::Output`] takes them out.
    pub color: bool,
    /// How many columns it has; 80 if that is unknown.
    pub width: u16,
}

impl Medium {
    /// A pipe without colour, for tests.
    #[cfg(test)]
    pub const PIPE: Self = Self {
        terminal: false,
        color: false,
        width: Self::DEFAULT_WIDTH,
    };
    /// The columns of a terminal that does not report them.
    pub const DEFAULT_WIDTH: u16 = 80;
}

#[cfg(test)]
mod tests {
    use clap::ColorChoice;

    use super::StandardStreams;

    const TERMINAL: StandardStreams = StandardStreams {
        stdin_terminal: true,
        stdout_terminal: true,
        stderr_terminal: true,
        width: None,
        no_color: false,
        force_color: false,
        dumb: false,
    };

    #[test]
    fn the_flag_outranks_the_environment_and_that_the_terminal() {
        let pipe = StandardStreams {
            stdout_terminal: false,
            ..TERMINAL
        };
        for (streams, flag, expected) in [
            (TERMINAL, ColorChoice::Auto, true),
            (pipe, ColorChoice::Auto, false),
            (
                StandardStreams {
                    dumb: true,
                    ..TERMINAL
                },
                ColorChoice::Auto,
                false,
            ),
            (
                StandardStreams {
                    no_color: true,
                    force_color: true,
                    ..TERMINAL
                },
                ColorChoice::Auto,
                false,
            ),
            (
                StandardStreams {
                    force_color: true,
                    ..pipe
                },
                ColorChoice::Auto,
                true,
            ),
            (
                StandardStreams {
                    no_color: true,
                    ..pipe
                },
                ColorChoice::Always,
                true,
            ),
            (
                StandardStreams {
                    force_color: true,
                    ..TERMINAL
                },
                ColorChoice::Never,
                false,
            ),
        ] {
            assert_eq!(
                streams.color(flag, streams.stdout_terminal),
                expected,
                "{streams:?} {flag:?}"
            );
        }
    }

    #[test]
    fn empty_variables_are_not_set() {
        let streams = StandardStreams::look(|_| Some("".into()));
        assert!(!streams.no_color && !streams.force_color && !streams.dumb);
        assert!(!StandardStreams::look(|_| Some("0".into())).force_color);
        assert!(StandardStreams::look(|_| Some("1".into())).no_color);
    }
}
