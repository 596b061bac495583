use std::{fmt, io};

use dialoguer::console::{Term, truncate_str};
use dialoguer::theme::Theme;
use dialoguer::{Confirm, Input, Select};

use super::interrupt::Survivable;
use super::{Output, Shown};

/// Whether the user may be asked.
///
/// Every command that asks goes through here, so that nothing ever hangs in a pipe or in CI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompting {
    /// The user can be asked.
    Allowed,
    /// The user cannot be asked.
    Forbidden {
        /// Why: "stdin is not a terminal". The caller adds the option that would answer the question.
        reason: &'static str,
    },
}

/// The facts from which [`Prompting`] is decided.
#[derive(Clone, Copy, Debug)]
pub struct Interactivity {
    /// Whether stdin is a terminal.
    pub stdin_terminal: bool,
    /// Whether stderr, where questions are written, is a terminal.
    pub stderr_terminal: bool,
    /// Whether `CI` is set and not empty.
    pub ci: bool,
    /// Whether `--no-input` was given.
    pub no_input: bool,
}

/// Why a question was not answered.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// The user cannot be asked.
    #[error("cannot ask: {reason}")]
    Forbidden {
        /// Why.
        reason: &'static str,
    },
    /// Ctrl-C, or the terminal went away.
    #[error("interrupted")]
    Interrupted,
    /// The terminal failed.
    #[error("cannot ask on this terminal")]
    Terminal(#[source] io::Error),
}

impl Prompting {
    /// Decides whether the user may be asked.
    pub fn decide(interactivity: Interactivity) -> Self {
        let Interactivity {
            stdin_terminal,
            stderr_terminal,
            ci,
            no_input,
        } = interactivity;
        let reason = if no_input {
            "--no-input was given"
        } else if ci {
            "the environment variable CI is set"
        } else if !stdin_terminal {
            "stdin is not a terminal"
        } else if !stderr_terminal {
            "stderr is not a terminal"
        } else {
            return Self::Allowed;
        };
        Self::Forbidden { reason }
    }

    /// Asks a question that `y` and Enter answers with yes, and Enter alone with no.
    ///
    /// # Errors
    ///
    /// If the user cannot be asked, the user interrupts, or the terminal fails.
    pub fn confirm(self, output: &mut Output, question: &str) -> Result<bool, PromptError> {
        let prompt = Confirm::with_theme(&Questions)
            .with_prompt(Shown(question).text())
            // No is the answer of whoever presses Enter without reading.
            .default(false)
            .show_default(false)
            .wait_for_newline(true);
        self.ask(output, |term| prompt.interact_on(term))
    }

    /// Asks for `slug` to be typed and Enter; anything else is a no. The input follows the
    /// question, which should end in a colon.
    ///
    /// # Errors
    ///
    /// If the user cannot be asked, the user interrupts, or the terminal fails.
    pub fn type_slug(
        self,
        output: &mut Output,
        question: &str,
        slug: &str,
    ) -> Result<bool, PromptError> {
        let prompt = Input::<String>::with_theme(&Questions)
            .with_prompt(Shown(question).text())
            .allow_empty(true);
        let typed = self.ask(output, |term| prompt.interact_text_on(term))?;
        Ok(typed == slug)
    }

    /// Asks to choose one of `items`, each of one or more lines. Returns its index, or `None` after
    /// Esc. Nothing is chosen until the user moves.
    ///
    /// # Errors
    ///
    /// If the user cannot be asked, nothing to choose from, the user interrupts, or the terminal fails.
    pub fn choose(
        self,
        output: &mut Output,
        question: &str,
        items: &[&str],
    ) -> Result<Option<usize>, PromptError> {
        let (rows, columns) = Term::stderr().size();
        let offered = Offered::fitted(items, columns.into());
        // dialoguer counts the bytes of an item as columns, so it gets numbers, and the theme gets the words.
        let prompt = Select::with_theme(&offered)
            .with_prompt(Shown(question).text())
            .items(0..items.len())
            .max_length(offered.shown_at_once(rows.into()));
        self.ask(output, |term| prompt.interact_on_opt(term))
    }

    fn ask<T>(
        self,
        output: &mut Output,
        question: impl FnOnce(&Term) -> dialoguer::Result<T>,
    ) -> Result<T, PromptError> {
        if let Self::Forbidden { reason } = self {
            return Err(PromptError::Forbidden { reason });
        }
        // What the question is about has to be on the screen before the question is.
        output.flush();
        let _survivable = Survivable::begin()?;
        let term = Term::stderr();
        question(&term).map_err(|error| {
            // dialoguer leaves the cursor hidden and in the line of the question; if even this
            // fails, the first error is more useful.
            let _ = term.show_cursor().and_then(|()| term.write_line(""));
            io::Error::from(error).into()
        })
    }
}

/// The items, each with its lines as they are shown, none wider than the terminal.
struct Offered {
    items: Vec<Vec<String>>,
    columns: usize,
}

/// The prefix of the first line of an item, and of its further lines.
const MARGIN: &str = "  ";

impl Offered {
    fn fitted(items: &[&str], columns: usize) -> Self {
        let line = |(index, line): (usize, &str)| {
            let indent = if index == 0 { "" } else { MARGIN };
            let line = format!("{indent}{}", Shown(line));
            truncate_str(&line, columns.saturating_sub(MARGIN.len() + 1), "…").into_owned()
        };
        let lines = |item: &&str| item.lines().enumerate().map(line).collect();
        Self {
            items: items.iter().map(lines).collect(),
            columns,
        }
    }

    /// Returns how many items fit below the question; the others are on further pages.
    fn shown_at_once(&self, rows: usize) -> usize {
        let tallest = self.items.iter().map(Vec::len).max().unwrap_or(1).max(1);
        (rows.saturating_sub(2) / tallest).max(1)
    }

    fn lines(&self, item: &str) -> &[String] {
        let found = item
            .parse()
            .ok()
            .and_then(|index: usize| self.items.get(index));
        found.map_or(&[], Vec::as_slice)
    }
}

impl Theme for Offered {
    fn format_select_prompt(&self, f: &mut dyn fmt::Write, question: &str) -> fmt::Result {
        write!(f, "{question} (↑ ↓ and Enter, Esc for none)")
    }

    fn format_select_prompt_item(
        &self,
        f: &mut dyn fmt::Write,
        item: &str,
        active: bool,
    ) -> fmt::Result {
        let mark = if active { "> " } else { MARGIN };
        let lines = self.lines(item).join(&format!("\n{MARGIN}"));
        write!(f, "{mark}{lines}")
    }

    fn format_select_prompt_selection(
        &self,
        f: &mut dyn fmt::Write,
        question: &str,
        item: &str,
    ) -> fmt::Result {
        let last = self.lines(item).last();
        let line = format!("{question} {}", last.map_or("", |line| line.trim_start()));
        f.write_str(&truncate_str(&line, self.columns, "…"))
    }
}

/// The look of questions: the question, followed by the answer.
struct Questions;

impl Theme for Questions {
    /// Writes the question with `answer`, which was typed so far; dialoguer's own theme replaces `[y/N]` instead of
    /// showing it.
    fn format_confirm_prompt(
        &self,
        f: &mut dyn fmt::Write,
        question: &str,
        answer: Option<bool>,
    ) -> fmt::Result {
        let typed = match answer {
            None => "",
            Some(true) => "yes",
            Some(false) => "no",
        };
        write!(f, "{question} [y/N] {typed}")
    }

    fn format_input_prompt(
        &self,
        f: &mut dyn fmt::Write,
        question: &str,
        _: Option<&str>,
    ) -> fmt::Result {
        write!(f, "{question} ")
    }

    fn format_input_prompt_selection(
        &self,
        f: &mut dyn fmt::Write,
        question: &str,
        answer: &str,
    ) -> fmt::Result {
        write!(f, "{question} {answer}")
    }
}

impl From<io::Error> for PromptError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::Interrupted
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::NotConnected => Self::Interrupted,
            _ => Self::Terminal(error),
        }
    }
}

#[cfg(test)]
mod tests;
