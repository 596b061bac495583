use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, Write};

use anstream::AutoStream;
use anstyle::Style;
use clap::ColorChoice;
use dialoguer::console::Term;

use super::stream::Stream;
use super::{ShownLines, style};

/// What an answer is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people and for `cut`.
    Text,
    /// One JSON object, built by [`crate::render::json`].
    Json,
}

/// How much is said besides the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verbosity {
    /// Warnings and errors only.
    Quiet,
    /// Also what was done and what to do next.
    Normal,
    /// Also how.
    Verbose,
}

/// What the program found around it when it started.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings {
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

impl Surroundings {
    /// Looks at the three standard streams, and through `variable` at the environment.
    pub fn look(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        Self {
            stdin_terminal: io::stdin().is_terminal(),
            stdout_terminal: io::stdout().is_terminal(),
            stderr_terminal: io::stderr().is_terminal(),
            width: Term::stdout().size_checked().map(|(_, columns)| columns),
            no_color: set("NO_COLOR").is_some(),
            force_color: set("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
            dumb: set("TERM").is_some_and(|value| value == "dumb"),
        }
    }

    /// Whether a stream gets colour: the flag, then `NO_COLOR`, then `CLICOLOR_FORCE`, then what the stream is.
    fn color(self, flag: ColorChoice, terminal: bool) -> bool {
        match flag {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if self.no_color => false,
            ColorChoice::Auto => self.force_color || (terminal && !self.dumb),
        }
    }
}

/// What stdout can show; everything in [`crate::render`] that depends on it takes it as an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Medium {
    /// Whether a person reads it: tables, times as "2 days ago". Otherwise it is a pipe or a file.
    pub terminal: bool,
    /// Whether it has colour. Styles may be written in any case; [`Output`] takes them out.
    pub color: bool,
    /// How many columns it has; 80 where nothing says so.
    pub width: u16,
}

impl Medium {
    /// A pipe without colour.
    pub const PIPE: Self = Self { terminal: false, color: false, width: Self::DEFAULT_WIDTH };
    /// The columns of a terminal that does not tell.
    pub const DEFAULT_WIDTH: u16 = 80;
}

/// Where the program writes: stdout is the answer, stderr is talk.
///
/// Nothing here panics or fails half-way. A closed pipe is remembered and what follows is dropped, as `head` expects; any
/// other failure of stdout comes out of [`Output::finish`]. Failures of stderr have nowhere to go and are dropped.
pub struct Output {
    answer: Stream,
    talk: Stream,
    format: Format,
    verbosity: Verbosity,
    width: u16,
}

impl Output {
    /// An output on the standard streams.
    pub fn new(around: &Surroundings, color: ColorChoice, format: Format, verbosity: Verbosity) -> Self {
        let answer_color = around.color(color, around.stdout_terminal);
        let talk_color = around.color(color, around.stderr_terminal);
        let answer: Box<dyn Write> = if answer_color {
            Box::new(BufWriter::new(AutoStream::always(io::stdout())))
        } else {
            Box::new(BufWriter::new(io::stdout()))
        };
        let talk: Box<dyn Write> =
            if talk_color { Box::new(AutoStream::always(io::stderr())) } else { Box::new(io::stderr()) };
        Self {
            answer: Stream::new(answer, around.stdout_terminal, answer_color),
            talk: Stream::new(talk, around.stderr_terminal, talk_color),
            format,
            verbosity,
            width: around.width.filter(|columns| *columns > 0).unwrap_or(Medium::DEFAULT_WIDTH),
        }
    }

    /// What the answer is to be written as.
    pub fn format(&self) -> Format {
        self.format
    }

    /// What stdout can show.
    pub fn medium(&self) -> Medium {
        Medium { terminal: self.answer.terminal, color: self.answer.color, width: self.width }
    }

    /// Writes `text` to stdout and ends the line.
    pub fn answer(&mut self, text: impl Display) {
        self.answer.line(&text.to_string());
    }

    /// Writes bytes of the repository to stdout as they are; on a terminal, what they would show if they were harmless.
    pub fn answer_bytes(&mut self, bytes: &[u8]) {
        if self.answer.terminal {
            let text = String::from_utf8_lossy(bytes);
            self.answer.text(&ShownLines(&text).to_string());
        } else {
            self.answer.bytes(bytes);
        }
    }

    /// Says what was done or what is next; silent under `-q`.
    pub fn say(&mut self, text: impl Display) {
        if self.verbosity != Verbosity::Quiet {
            self.talk(&text.to_string());
        }
    }

    /// Says how something is done; silent without `-v`.
    pub fn detail(&mut self, text: impl Display) {
        if self.verbosity == Verbosity::Verbose {
            self.talk(&text.to_string());
        }
    }

    /// Says what helps; silent under `-q`.
    pub fn hint(&mut self, text: impl Display) {
        if self.verbosity != Verbosity::Quiet {
            self.labelled(style::HINT, "hint", &text);
        }
    }

    /// Warns, under `-q` too.
    pub fn warn(&mut self, text: impl Display) {
        self.labelled(style::WARNING, "warning", &text);
    }

    /// Says what went wrong, under `-q` too.
    pub fn error(&mut self, text: impl Display) {
        self.labelled(style::ERROR, "error", &text);
    }

    /// Whether the reader of stdout has gone, so that computing more of the answer is a waste.
    pub fn closed(&self) -> bool {
        self.answer.closed
    }

    /// Sends on what is buffered: before a question, and before another program writes.
    pub fn flush(&mut self) {
        self.answer.flush();
    }

    /// Sends on what is buffered and tells whether the whole answer arrived.
    ///
    /// # Errors
    ///
    /// Whatever stdout answered first, such as a full disk; a pipe that the reader closed is no error.
    pub fn finish(&mut self) -> io::Result<()> {
        self.answer.flush();
        self.answer.failure.take().map_or(Ok(()), Err)
    }

    fn labelled(&mut self, style: Style, label: &str, text: &dyn Display) {
        self.talk(&format!("{style}{label}:{style:#} {text}"));
    }

    /// On a terminal both streams are one picture, so what was answered before must appear before.
    fn talk(&mut self, line: &str) {
        if self.answer.terminal {
            self.answer.flush();
        }
        self.talk.line(line);
    }
}
