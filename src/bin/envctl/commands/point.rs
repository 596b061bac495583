use envctl::model::{EnvironmentSlug, VersionId};
use envctl::ops::{Basis, VariableChange};
use envctl::plan::point;
use schemars::JsonSchema;
use serde::Serialize;

use super::moves::{self, JudgedMove};
use super::pushing;
use super::variables;
use super::writing::{AcceptPendingArgs, Confirmation, WriteArgs, WriteBody, WriteRun};
use crate::app::{Answer, App};
use crate::render::count;

/// Make an environment serve exactly these versions, whatever other environments serve.
///
/// The policy of the environment judges it like any other move.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl point staging prompts/support-router@7
  envctl point qa prompts/router@3 routing/primary@2 -y -m \"Reproduce the report\"
  envctl point prod prompts/router@7 --request          ask for it; somebody else approves")]
pub struct PointArgs {
    /// The environment whose pointers move.
    environment: EnvironmentSlug,
    /// What it serves afterwards, such as prompts/support-router@7.
    #[arg(value_name = "RESOURCE@N", required = true)]
    versions: Vec<VersionId>,
    /// Ask for it even where the policy demands no approval; the only way back for a version that was rolled back.
    #[arg(long)]
    request: bool,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    pending: AcceptPendingArgs,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    write: WriteBody,
    environment: &'a EnvironmentSlug,
    moves: Vec<JudgedMove>,
    /// The prompts whose callers have to change; null: that could not be told.
    variable_changes: Option<Vec<VariableChange>>,
}

pub fn run(args: &PointArgs, app: &mut App) -> anyhow::Result<Answer> {
    let (session, context) = pushing::start(app, &args.write)?;
    let PointArgs {
        environment,
        versions,
        request,
        ..
    } = args;
    let reason = args.write.reason();
    let change = WriteRun {
        intent: |basis: &Basis<'_>| {
            Ok(point(
                basis.project,
                environment,
                versions,
                *request,
                reason,
            )?)
        },
        args: &args.write,
        yes: args.write.yes,
    };
    let mut variables = None;
    let outcome = change.make(
        app,
        &session,
        |app, rehearsal| {
            app.answer_table(&moves::table(rehearsal.plan.wanted()));
            variables = variables::told(app, &session.store, rehearsal);
        },
        |rehearsal| {
            let question = format!(
                "Move {} in {environment}?",
                count(rehearsal.plan.moves.len(), "pointer")
            );
            Confirmation::of_moves(question, rehearsal)
        },
    )?;
    let plan = &outcome.rehearsal.plan;
    let what = format!("{environment}: {}", count(plan.wanted().len(), "pointer"));
    let undo = outcome.move_back(app);
    match (plan.waits_in(), outcome.changed()) {
        (Some(_), _) => {}
        _ if outcome.is_failed() => {}
        (None, true) => outcome.say(app, &what, undo.as_deref()),
        (None, false) => app
            .output
            .say(format!("{environment} serves that already: nothing to do")),
    }
    if undo.is_some() {
        app.output.say("next: envctl status");
    }
    let write = outcome.body(&context, undo);
    let answer = app.done(&Body {
        write,
        environment,
        moves: outcome.moves(),
        variable_changes: variables::known(variables, &session.store, &outcome.rehearsal),
    });
    Ok(outcome.answer(app, answer, &what, args.pending))
}
