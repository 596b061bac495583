use clap::error::ErrorKind;
use envctl::diag::Finding;
use envctl::files::Snapshot;
use envctl::model::Advice;
use envctl::ops::Rehearsal;
use envctl::policy::Wait;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::exit::Exit;
use crate::render::findings;
use crate::render::json::{ErrorBody, WaitBody};
use crate::ui::{Output, ShownLines};

/// Why a command failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// A stable name for programs.
    pub code: &'static str,
    /// What happened.
    pub message: String,
    /// What helps, one sentence or command each.
    pub hints: Vec<String>,
    /// Further data for the JSON answer.
    pub data: Map<String, Value>,
    /// What it waits for, if nothing else is wrong.
    pub waiting: Option<WaitBody>,
    /// What the judge refused.
    pub refused: Option<Box<Rehearsal>>,
    /// Findings about content that was only read, and its files.
    pub found: Option<Box<(Vec<Finding>, Snapshot)>>,
}

impl Failure {
    /// Returns a failure without hints.
    pub fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            exit,
            code,
            message: message.into(),
            hints: Vec::new(),
            data: Map::new(),
            waiting: None,
            refused: None,
            found: None,
        }
    }

    /// Returns the failure for an error with this `advice`.
    pub fn advised(advice: Advice, message: impl Into<String>) -> Self {
        let Advice { class, code, hints } = advice;
        Self {
            hints,
            ..Self::new(class.into(), code, message)
        }
    }

    /// Returns the failure with one more field of the JSON answer.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or_default();
        self.data.insert(name.to_owned(), value);
        self
    }

    /// Returns the failure with one more hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Returns the failure with `findings` in the files of `snapshot`.
    #[must_use]
    pub fn about(self, findings: &[Finding], snapshot: &Snapshot) -> Self {
        let located = findings::locate_all(findings, snapshot);
        Self {
            found: Some(Box::new((findings.to_vec(), snapshot.clone()))),
            ..self.with("findings", located)
        }
    }

    /// Returns the failure for a change by an unknown person.
    pub fn no_identity() -> Self {
        Self::new(
            Exit::Error,
            "no-identity",
            "no git identity configured: every change is a commit with an author",
        )
        .hint("git config --global user.name \"Your Name\"")
        .hint("git config --global user.email you@example.com")
    }

    /// Returns the failure for a commit whose date would lie in the future.
    pub fn ahead_of_the_clock(at: jiff::Timestamp) -> Self {
        let message = format!(
            "GIT_COMMITTER_DATE is {at}, which is ahead of the clock: future dates are rejected"
        );
        Self::new(Exit::Usage, "ahead-of-the-clock", message)
            .hint("unset the variable, or set the clock")
    }

    /// Returns the failure for a command line that clap refuses.
    pub fn usage(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        if matches!(
            error.kind(),
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand
        ) {
            let usage = text.lines().find(|line| line.starts_with("Usage: "));
            let failure = Self::new(Exit::Usage, "usage", "a command is missing");
            return match usage {
                Some(usage) => failure.hint(usage),
                None => failure,
            };
        }
        let text = text.trim_start_matches("error: ").trim_end();
        let (message, rest) = text.split_once("\n\n").unwrap_or((text, ""));
        let useful = |hint: &&str| !hint.is_empty() && !hint.starts_with("For more information");
        let hints = rest.split("\n\n").map(str::trim).filter(useful);
        let hints = hints
            .map(|hint| hint.trim_start_matches("tip: ").to_owned())
            .collect();
        Self {
            hints,
            ..Self::new(Exit::Usage, "usage", message)
        }
    }

    /// Returns the failure for a question that only a person can answer if there is no terminal.
    pub fn needs_flag(reason: &str, flag: &str) -> Self {
        Self::new(
            Exit::Usage,
            "confirmation-needed",
            format!("confirmation required, but {reason}"),
        )
        .hint(format!("pass {flag}"))
    }

    /// Returns the failure for a change that is not live yet: `wait` says what it waits for,
    /// `recorded` whether the request is in the repository.
    pub fn waits(
        code: &'static str,
        message: impl Into<String>,
        wait: Wait,
        recorded: bool,
    ) -> Self {
        Self {
            waiting: Some(WaitBody {
                wait,
                recorded,
                eligible: None,
            }),
            ..Self::new(Exit::Waiting, code, message)
        }
    }

    /// Returns the failure for a question that was answered with no.
    pub fn declined() -> Self {
        Self::new(Exit::Declined, "declined", "nothing was changed")
    }

    /// Returns the failure as the `error` of a JSON answer.
    pub fn body(&self) -> ErrorBody {
        let hint = (!self.hints.is_empty()).then(|| self.hints.join("\n"));
        ErrorBody {
            code: self.code,
            message: self.message.clone(),
            hint,
            waiting: self.waiting.clone(),
        }
    }

    /// Prints what happened and the hints to stderr.
    pub fn show(&self, output: &mut Output) {
        if let Some(rehearsal) = &self.refused {
            let located = findings::locate_all(rehearsal.report.findings(), &rehearsal.snapshot);
            output.report(findings::render(&located, output.talk_medium()));
        }
        if let Some((found, snapshot)) = self.found.as_deref() {
            output.report(findings::render(
                &findings::locate_all(found, snapshot),
                output.talk_medium(),
            ));
        }
        match (self.exit, &self.refused) {
            // A request that was recorded is not an error, although the exit code says that nothing
            // is live yet.
            (Exit::Waiting, None) => output.say(ShownLines(&self.message)),
            _ => output.error(ShownLines(&self.message)),
        }
        for hint in &self.hints {
            output.hint(ShownLines(hint));
        }
    }
}
