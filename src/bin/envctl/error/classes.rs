//! Turns an error into the failure that the user sees: the advice of the library, and what only the binary knows.

use envctl::check::{Report, any_error};
use envctl::diag::Severity;
use envctl::ops::{Guess, ReadError, Rehearsal, ResolveError, WriteError};
use envctl::plan::PlanError;
use envctl::policy::{Wait, rule};
use envctl::store::StoreError;
use jiff::Timestamp;

use super::failure::Failure;
use crate::exit::Exit;
use crate::render::findings;
use crate::render::going_back::choices;
use crate::render::json::WaitBody;
use crate::render::when::{self, When};
use crate::ui::PromptError;

/// Returns the failure for `cause`, if it is an error of the library or of a prompt. `message` is
/// the error with its causes.
///
/// Most of it is the library's own advice. This adds data for the JSON answer, and hints that only the binary can give.
pub(super) fn classified(
    cause: &(dyn std::error::Error + 'static),
    message: &str,
) -> Option<Failure> {
    let advised = |advice| Failure::advised(advice, message);
    if let Some(error) = cause.downcast_ref::<StoreError>() {
        return Some(advised(error.advice()));
    }
    if let Some(error) = cause.downcast_ref::<PlanError>() {
        return Some(of_plan(error));
    }
    if let Some(error) = cause.downcast_ref::<ReadError>() {
        return Some(advised(error.advice()));
    }
    if let Some(error) = cause.downcast_ref::<ResolveError>() {
        return Some(match error {
            ResolveError::Missing(error) => of_plan(error),
            error => Failure::advised(error.advice(), error.to_string()),
        });
    }
    if let Some(error) = cause.downcast_ref::<PromptError>() {
        return Some(of_prompt(error, message));
    }
    let error = cause.downcast_ref::<WriteError>()?;
    Some(of_write(error, advised(error.advice())))
}

fn of_write(error: &WriteError, failure: Failure) -> Failure {
    match error {
        WriteError::Plan(error) => of_plan(error),
        WriteError::Guess(guess) => would_guess(failure, guess),
        WriteError::Refused(rehearsal) => refused(failure, rehearsal),
        WriteError::PushIncomplete { commit, .. } => failure.with("commit", commit),
        _ => failure,
    }
}

fn of_plan(error: &PlanError) -> Failure {
    let failure = Failure::advised(error.advice(), error.to_string());
    match error {
        PlanError::IncompleteFallback { lost, .. } => failure.with("lost", lost),
        _ => failure,
    }
}

/// Returns `failure` with the states to choose from, each with the command that goes back to it.
fn would_guess(failure: Failure, guess: &Guess) -> Failure {
    let choices = choices(guess);
    let failure = failure.with("states", &choices);
    if choices.is_empty() {
        return failure.hint(
            "no earlier state may come back; publish what should be served as the next version",
        );
    }
    choices
        .iter()
        .fold(failure, |failure, choice| failure.hint(choice.to_string()))
}

/// Returns the failure of a change that the judge refused: a wait, if time alone makes it possible.
fn refused(failure: Failure, rehearsal: &Rehearsal) -> Failure {
    let located = findings::locate_all(rehearsal.report.findings(), &rehearsal.snapshot);
    let mut failure = match Delay::of(&rehearsal.report) {
        Some(delay) => delay.failure(rehearsal),
        None => failure,
    };
    if !any_error(&rehearsal.report.introduced) {
        failure = failure.hint(
            "the project already breaks these rules: fix that first; `envctl check` lists the findings",
        );
    }
    Failure {
        refused: Some(Box::new(rehearsal.clone())),
        ..failure.with("findings", &located)
    }
}

/// A refusal that ends by itself, so it is a wait.
struct Delay {
    wait: Wait,
    eligible: Timestamp,
}

impl Delay {
    /// Returns the wait, if every error that the step introduces ends by itself, and nothing else was wrong before.
    fn of(report: &Report) -> Option<Self> {
        let errors = report
            .introduced
            .iter()
            .filter(|finding| finding.severity == Severity::Error);
        let moments: Option<Vec<Timestamp>> = errors.map(|finding| finding.eligible).collect();
        let eligible = moments?.into_iter().max()?;
        // Several rules may wait; the one that takes the longest is named.
        let verdicts = report.judged.iter().flat_map(|judged| &judged.verdicts);
        let longest = verdicts
            .filter_map(|verdict| Some((verdict.outcome.eligible()?, verdict.rule)))
            .max();
        let wait = longest
            .and_then(|(_, code)| rule(code))
            .map_or(Wait::Window, |rule| rule.waits_for);
        (!any_error(&report.standing)).then_some(Self { wait, eligible })
    }

    fn failure(&self, rehearsal: &Rehearsal) -> Failure {
        let eligible = when::rfc3339(self.eligible);
        let subject = rehearsal.plan.message.subject();
        // Before that time the release cannot even be requested, so the message names the moves
        // themselves.
        let wanted = subject.strip_prefix("request ").unwrap_or(subject);
        let message = format!("not yet: {wanted}; eligible at {eligible}");
        Failure {
            waiting: Some(WaitBody {
                wait: self.wait,
                recorded: false,
                eligible: Some(When(self.eligible)),
            }),
            ..Failure::new(Exit::Waiting, "not-eligible-yet", message)
        }
    }
}

fn of_prompt(error: &PromptError, message: &str) -> Failure {
    match error {
        PromptError::Forbidden { reason } => Failure::needs_flag(reason, "--yes"),
        PromptError::Interrupted => Failure::new(
            Exit::Interrupted,
            "interrupted",
            "interrupted; nothing was changed",
        ),
        PromptError::Terminal(_) => Failure::new(Exit::Error, "terminal", message),
    }
}
