//! Deciding on a release that waits for approval: what `approve`, `reject` and `withdraw` have in common.

use envctl::model::{EnvironmentSlug, Move};
use envctl::ops::{Basis, Rehearsal, VariableChange};
use envctl::plan::{Decision, decide};
use envctl::policy::asked_moves;
use schemars::JsonSchema;
use serde::Serialize;

use super::moves::{self, JudgedMove};
use super::pushing;
use super::variables;
use super::writing::{Confirmation, WriteArgs, WriteBody, WriteRun};
use crate::app::{Answer, App};
use crate::render::count;

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    write: WriteBody,
    environment: &'a EnvironmentSlug,
    from: &'a Option<EnvironmentSlug>,
    /// What was asked for; an approval made it, the others did not.
    moves: Vec<JudgedMove>,
    /// The prompts whose callers have to change with an approval; null: that could not be told.
    variable_changes: Option<Vec<VariableChange>>,
}

/// Decides on the release that waits in `environment`. Only an approval has to be confirmed, unless `yes`.
pub fn run(
    decision: Decision,
    environment: &EnvironmentSlug,
    write: &WriteArgs,
    yes: bool,
    app: &mut App,
) -> anyhow::Result<Answer> {
    let (session, context) = pushing::start(app, write)?;
    let reason = write.reason();
    let change = WriteRun {
        intent: |basis: &Basis<'_>| Ok(decide(basis.project, environment, decision, reason)?),
        args: write,
        yes,
    };
    let release = |rehearsal: &Rehearsal| {
        let release = rehearsal.before.project.pending.get(environment);
        release.map_or_else(Default::default, |release| {
            (asked_moves(environment, release), release.from.clone())
        })
    };
    let mut variables = None;
    let outcome = change.make(
        app,
        &session,
        |app, rehearsal| {
            app.answer_table(&moves::table(&release(rehearsal).0));
            variables = variables::told(app, &session.store, rehearsal);
        },
        |rehearsal| match decision {
            Decision::Reject | Decision::Withdraw => Confirmation::None,
            Decision::Approve => {
                let pointers = count(rehearsal.plan.moves.len(), "pointer");
                Confirmation::about(
                    format!("Approve {pointers} in {environment}?"),
                    environment,
                    &rehearsal.before.project,
                )
            }
        },
    )?;
    let (asked, from): (Vec<Move>, Option<EnvironmentSlug>) = release(&outcome.rehearsal);
    let undo = outcome.move_back(app);
    let pointers = count(asked.len(), "pointer");
    let done = match decision {
        Decision::Approve => format!("approved: {pointers} in {environment}"),
        Decision::Reject => format!("rejected: {pointers} in {environment}; nothing moved"),
        Decision::Withdraw => format!("withdrawn: {pointers} in {environment}; nothing moved"),
    };
    outcome.say(app, &done, undo.as_deref());
    let (write, moves) = (outcome.body(&context, undo), outcome.judged(&asked));
    let body = Body {
        write,
        environment,
        from: &from,
        moves,
        variable_changes: variables::known(variables, &session.store, &outcome.rehearsal),
    };
    Ok(outcome.ended(app.done(&body)))
}
