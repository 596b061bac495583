//! What a command that changes the project adds to the runner: its plan and its words.

use envctl::model::OverridableRule;
use envctl::ops::{Basis, Rehearsal, WriteError};
use envctl::plan::Plan;

use super::arguments::{AcceptPendingArgs, WaitArgs, WriteArgs};
use super::body::WriteBody;
use super::confirmation::Confirmation;
use super::outcome::WriteOutcome;
use crate::app::{Answer, App};
use crate::commands::{checks, moves};
use crate::error::Failure;

/// A change of the project by one command. [`run`](super::runner::run) makes it.
///
/// The methods are in the order in which the runner calls them.
pub trait WriteCommand {
    /// Returns the arguments that say how the change is written.
    fn arguments(&self) -> &WriteArgs;

    /// Returns the plan of the change, on the state that it would be written to. A lost race calls
    /// it again on a new state.
    ///
    /// # Errors
    ///
    /// When the change cannot be made in that state.
    fn plan(&self, basis: &Basis<'_>) -> Result<Plan, WriteError>;

    /// Shows the plan: as a table, if pointers move.
    fn show(&self, app: &mut App, rehearsal: &Rehearsal) {
        app.answer_table(&moves::table(rehearsal.plan.wanted()));
        for sentence in checks::evidence(&rehearsal.report.judged) {
            app.output.say(sentence);
        }
    }

    /// Succeeds if the plan is still the one that the user agreed to beforehand. Called again before it is written.
    ///
    /// # Errors
    ///
    /// When it is another plan.
    fn accepts(&self, _: &Rehearsal) -> Result<(), WriteError> {
        Ok(())
    }

    /// Returns what the user has to confirm.
    fn confirmation(&self, _: &Rehearsal) -> Confirmation {
        Confirmation::None
    }

    /// Returns a refusal with the hints that only this command can give.
    fn explain(&self, failure: Failure, _: &Rehearsal) -> Failure {
        failure
    }

    /// Returns what was done, in a few words.
    fn done(&self, outcome: &WriteOutcome) -> String;

    /// Returns the message for a change that changes nothing.
    fn nothing_to_do(&self) -> String {
        "nothing to do".to_owned()
    }

    /// Returns commands that may follow the change.
    fn next(&self, _: &WriteOutcome) -> Vec<String> {
        Vec::new()
    }

    /// Prints the outcome of a change that did not fail.
    fn say(&self, app: &mut App, outcome: &WriteOutcome, undo: Option<&str>) {
        say(self, app, outcome, undo);
    }

    /// Returns the answer; `write` holds the fields that all changes have in common.
    fn answer(&self, app: &App, write: WriteBody, outcome: &WriteOutcome) -> Answer;

    /// Returns what was requested, for the message that it waits for approval.
    fn wanted(&self, outcome: &WriteOutcome) -> String {
        self.done(outcome)
    }

    /// Returns the rules of the policy that are overridden for its moves.
    fn overrides(&self) -> &[OverridableRule] {
        &[]
    }

    /// Returns whether, and for how long, it waits until its moves are eligible.
    fn waiting(&self) -> WaitArgs {
        WaitArgs::default()
    }

    /// Returns whether it is a success if the change waits for approval.
    fn accept_pending(&self) -> AcceptPendingArgs {
        AcceptPendingArgs::default()
    }
}

/// Prints the outcome of a change: what was done, how to undo it, and what may follow.
pub fn say(
    change: &(impl WriteCommand + ?Sized),
    app: &mut App,
    outcome: &WriteOutcome,
    undo: Option<&str>,
) {
    if outcome.rehearsal.plan.waits_in().is_some() {
        // The failure of the run, or the message in its place, says that it waits for approval.
        return;
    }
    if !outcome.changed() {
        return app.output.say(change.nothing_to_do());
    }
    outcome.say(app, &change.done(outcome), undo);
    if outcome.commit.is_some() {
        for command in change.next(outcome) {
            app.output.say(format!("next: {command}"));
        }
    }
}
