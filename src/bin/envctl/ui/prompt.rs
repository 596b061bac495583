use std::io;

use dialoguer::console::Term;
use dialoguer::{Confirm, Input, Select};

use super::{Output, Shown};

/// Whether the user may be asked.
///
/// The only guard: a command that asks goes through here, so that nothing ever hangs in a pipe or in CI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompting {
    /// There is somebody to ask.
    Allowed,
    /// There is nobody to ask.
    Forbidden {
        /// Why, to be completed by the flag that would have answered: "stdin is not a terminal".
        reason: &'static str,
    },
}

/// What [`Prompting`] is decided from.
#[derive(Clone, Copy, Debug)]
pub struct Conditions {
    /// Whether stdin is a terminal.
    pub stdin_terminal: bool,
    /// Whether stderr, where questions are written, is a terminal.
    pub stderr_terminal: bool,
    /// Whether `CI` is set and not empty.
    pub ci: bool,
    /// Whether `--no-input` was given.
    pub no_input: bool,
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// There is nobody to ask.
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
    pub fn decide(conditions: Conditions) -> Self {
        let Conditions { stdin_terminal, stderr_terminal, ci, no_input } = conditions;
        match () {
            () if no_input => Self::Forbidden { reason: "--no-input was given" },
            () if ci => Self::Forbidden { reason: "the environment variable CI is set" },
            () if !stdin_terminal => Self::Forbidden { reason: "stdin is not a terminal" },
            () if !stderr_terminal => Self::Forbidden { reason: "stderr is not a terminal" },
            () => Self::Allowed,
        }
    }

    /// Asks a question that `y` and Enter answers with yes, and Enter alone with no.
    pub fn confirm(self, output: &mut Output, question: &str) -> Result<bool, PromptError> {
        let prompt = Confirm::new().with_prompt(Shown(question).text()).default(false).wait_for_newline(true);
        self.ask(output, |term| prompt.interact_on(term))
    }

    /// Asks for `slug` to be typed; anything else is a no.
    pub fn type_slug(self, output: &mut Output, question: &str, slug: &str) -> Result<bool, PromptError> {
        let prompt = Input::<String>::new().with_prompt(Shown(question).text()).allow_empty(true);
        let typed = self.ask(output, |term| prompt.interact_text_on(term))?;
        Ok(typed == slug)
    }

    /// Asks to choose one of `items`: its index, or none after Esc. Nothing is chosen until the user moves.
    pub fn choose(self, output: &mut Output, question: &str, items: &[&str]) -> Result<Option<usize>, PromptError> {
        let shown = items.iter().map(|item| Shown(item).text());
        let prompt = Select::new().with_prompt(Shown(question).text()).items(shown);
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
        output.flush();
        let term = Term::stderr();
        let answer = question(&term);
        // dialoguer hides the cursor while it asks and forgets about it when it fails.
        let cursor = term.show_cursor();
        let answer = answer.map_err(|error| PromptError::from(io::Error::from(error)))?;
        cursor.map_err(PromptError::from)?;
        Ok(answer)
    }
}

impl From<io::Error> for PromptError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::Interrupted | io::ErrorKind::UnexpectedEof | io::ErrorKind::NotConnected => {
                Self::Interrupted
            }
            _ => Self::Terminal(error),
        }
    }
}
