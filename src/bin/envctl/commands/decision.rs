//! Decides on a pending release, for `approve`, `reject` and `withdraw`.

use envctl::model::{EnvironmentSlug, Move, OverridableRule};
use envctl::ops::{Basis, Rehearsal, VariableChange, WriteError};
use envctl::plan::{Decision, Plan, decide};
use envctl::policy::asked_moves;
use schemars::JsonSchema;
use serde::Serialize;

use super::moves::{self, JudgedMove};
use super::writing::arguments::WriteArgs;
use super::writing::body::WriteBody;
use super::writing::command::WriteCommand;
use super::writing::confirmation::Confirmation;
use super::writing::outcome::WriteOutcome;
use super::writing::runner;
use crate::app::{Answer, App};
use crate::render::count;

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    write: WriteBody,
    environment: &'a EnvironmentSlug,
    from: &'a Option<EnvironmentSlug>,
    /// The moves that were requested; an approval made them.
    moves: Vec<JudgedMove>,
    /// The prompts whose callers have to change with an approval; null: it could not be determined.
    variable_changes: Option<Vec<VariableChange>>,
}

/// Decides on the release that is pending in `environment`.
///
/// # Errors
///
/// When the decision cannot be planned.
pub fn run(
    decision: Decision,
    environment: &EnvironmentSlug,
    (write, overrides): (&WriteArgs, &[OverridableRule]),
    app: &mut App,
) -> anyhow::Result<Answer> {
    let decided = Decided {
        decision,
        environment,
        write,
        overrides,
    };
    runner::run(&decided, app)
}

struct Decided<'a> {
    decision: Decision,
    environment: &'a EnvironmentSlug,
    write: &'a WriteArgs,
    overrides: &'a [OverridableRule],
}

impl Decided<'_> {
    /// Returns the moves of the release, and the environment that they come from.
    fn release(&self, rehearsal: &Rehearsal) -> (Vec<Move>, Option<EnvironmentSlug>) {
        let release = rehearsal.before.project.pending.get(self.environment);
        release.map_or_else(Default::default, |release| {
            (asked_moves(self.environment, release), release.from.clone())
        })
    }
}

impl WriteCommand for Decided<'_> {
    fn arguments(&self) -> &WriteArgs {
        self.write
    }

    fn overrides(&self) -> &[OverridableRule] {
        self.overrides
    }

    fn plan(&self, basis: &Basis<'_>) -> Result<Plan, WriteError> {
        let reason = self.write.reason();
        Ok(decide(
            basis.project,
            self.environment,
            self.decision,
            reason,
        )?)
    }

    fn show(&self, app: &mut App, rehearsal: &Rehearsal) {
        app.answer_table(&moves::table(&self.release(rehearsal).0));
    }

    /// Returns the question before an approval; the other decisions move nothing.
    fn confirmation(&self, rehearsal: &Rehearsal) -> Confirmation {
        match self.decision {
            Decision::Reject | Decision::Withdraw => Confirmation::None,
            Decision::Approve => {
                let pointers = count(rehearsal.plan.moves.len(), "pointer");
                Confirmation::of_environment(
                    format!("Approve {pointers} in {}?", self.environment),
                    self.environment,
                    &rehearsal.before.project,
                )
            }
        }
    }

    fn done(&self, outcome: &WriteOutcome) -> String {
        let pointers = count(self.release(&outcome.rehearsal).0.len(), "pointer");
        let environment = self.environment;
        match self.decision {
            Decision::Approve => format!("approved: {pointers} in {environment}"),
            Decision::Reject => format!("rejected: {pointers} in {environment}; nothing moved"),
            Decision::Withdraw => format!("withdrawn: {pointers} in {environment}; nothing moved"),
        }
    }

    fn answer(&self, app: &App, write: WriteBody, outcome: &WriteOutcome) -> Answer {
        let (asked, from) = self.release(&outcome.rehearsal);
        app.done(&Body {
            write,
            environment: self.environment,
            from: &from,
            moves: outcome.judged(&asked),
            variable_changes: outcome.variable_changes.clone(),
        })
    }
}
