use std::fmt::Display;
use std::io::{self, BufWriter, Write};

use anstream::AutoStream;
use anstyle::Style;
use clap::ColorChoice;
use envctl::files::without_sure_keys;

use super::stream::Stream;
use super::text::escaped_lines;
use super::{Medium, StandardStreams, style};

/// The format of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people and for `cut`.
    Text,
    /// One JSON object, built by [`crate::render::json`].
    Json,
}

/// How much is printed besides the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verbosity {
    /// Warnings and errors only.
    Quiet,
    /// Also what was done and what to do next.
    Normal,
    /// Also how.
    Verbose,
}

/// The output of the program: the answer on stdout, messages on stderr.
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
    /// Returns an output on the standard streams.
    pub fn new(
        streams: &StandardStreams,
        color: ColorChoice,
        format: Format,
        verbosity: Verbosity,
    ) -> Self {
        let answer_color = streams.color(color, streams.stdout_terminal);
        let talk_color = streams.color(color, streams.stderr_terminal);
        Self {
            answer: Stream::new(stdout(answer_color), streams.stdout_terminal, answer_color),
            talk: Stream::new(stderr(talk_color), streams.stderr_terminal, talk_color),
            format,
            verbosity,
            width: streams.width.unwrap_or(Medium::DEFAULT_WIDTH),
        }
    }

    /// Writes commands for the runner of a GitHub job to stdout. Everything else is escaped for the runner.
    pub fn commands(&mut self, lines: &str) {
        self.answer.commanding = true;
        self.answer.line(&without_sure_keys(lines));
        self.answer.commanding = false;
    }

    /// Returns the format of the answer.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Returns what stdout can show.
    pub fn medium(&self) -> Medium {
        self.medium_of(&self.answer)
    }

    /// Returns what stderr can show.
    pub fn talk_medium(&self) -> Medium {
        self.medium_of(&self.talk)
    }

    /// Writes `text` to stdout and ends the line.
    pub fn answer(&mut self, text: impl Display) {
        let text = text.to_string();
        match self.format {
            Format::Text => self.answer.line(&without_sure_keys(&text)),
            // It may contain the content of a version, which must be the same here as in its file.
            Format::Json => self.answer.line(&text),
        }
    }

    /// Writes bytes of the repository to stdout unchanged; on a terminal, with everything escaped that acts on it.
    pub fn answer_bytes(&mut self, bytes: &[u8]) {
        if self.answer.terminal {
            let text = String::from_utf8_lossy(bytes);
            self.answer.text(&escaped_lines(&text));
        } else {
            self.answer.bytes(bytes);
        }
    }

    /// Prints what was done or what is next; silent with `-q`.
    pub fn say(&mut self, text: impl Display) {
        if self.verbosity != Verbosity::Quiet {
            self.talk(&text.to_string());
        }
    }

    /// Prints how something is done; silent without `-v`.
    pub fn detail(&mut self, text: impl Display) {
        if self.verbosity == Verbosity::Verbose {
            self.talk(&text.to_string());
        }
    }

    /// Prints a hint; silent with `-q`.
    pub fn hint(&mut self, text: impl Display) {
        if self.verbosity != Verbosity::Quiet {
            self.labelled(style::HINT, "hint", &text);
        }
    }

    /// Prints a warning, even with `-q`.
    pub fn warn(&mut self, text: impl Display) {
        self.labelled(style::WARNING, "warning", &text);
    }

    /// Prints an error, even with `-q`.
    pub fn error(&mut self, text: impl Display) {
        self.labelled(style::ERROR, "error", &text);
    }

    /// Writes the details of an error to stderr, such as findings, unchanged and even with `-q`.
    pub fn report(&mut self, text: impl Display) {
        self.talk(&text.to_string());
    }

    /// Reports whether the reader of stdout is gone, so that computing more of the answer is a waste.
    pub fn closed(&self) -> bool {
        self.answer.closed
    }

    /// Flushes stdout: before a question, and before another program writes.
    pub fn flush(&mut self) {
        self.answer.flush();
    }

    /// Flushes stdout and reports whether the whole answer was written.
    ///
    /// # Errors
    ///
    /// The first error of stdout, such as a full disk. A pipe that the reader closed is not an error.
    pub fn finish(&mut self) -> io::Result<()> {
        self.answer.flush();
        self.answer.failure.take().map_or(Ok(()), Err)
    }

    fn medium_of(&self, stream: &Stream) -> Medium {
        Medium {
            terminal: stream.terminal,
            color: stream.color,
            width: self.width,
        }
    }

    fn labelled(&mut self, style: Style, label: &str, text: &dyn Display) {
        self.talk(&format!("{style}{label}:{style:#} {text}"));
    }

    /// Writes to stderr, after flushing stdout: both may be shown together, on a terminal or with `2>&1`, and must keep
    /// their order.
    fn talk(&mut self, line: &str) {
        self.answer.flush();
        self.talk.line(&without_sure_keys(line));
    }
}

/// Returns stdout behind a buffer. With colour, it is wrapped by anstream, which makes old Windows
/// consoles understand the sequences.
fn stdout(color: bool) -> Box<dyn Write> {
    if color {
        Box::new(BufWriter::new(AutoStream::always(io::stdout())))
    } else {
        Box::new(BufWriter::new(io::stdout()))
    }
}

/// Returns stderr, unbuffered: a message must arrive even if the program is killed.
fn stderr(color: bool) -> Box<dyn Write> {
    if color {
        Box::new(AutoStream::always(io::stderr()))
    } else {
        Box::new(io::stderr())
    }
}

#[cfg(test)]
mod tests;
