use std::collections::BTreeSet;

use envctl::model::{EnvironmentSlug, Resource, incoherences};
use envctl::ops::{Basis, Rehearsal};
use envctl::plan::retire;
use schemars::JsonSchema;
use serde::Serialize;

use super::moves::{self, JudgedMove};
use super::pushing;
use super::writing::{AcceptPendingArgs, Confirmation, WriteArgs, WriteBody, WriteRun};
use crate::app::{Answer, App};
use crate::error::Failure;
use crate::render::{count, joined};

/// Take pointers away: the environment no longer serves these resources. The versions stay.
///
/// The gateway does not fall through to another environment: who asks for them there gets nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl retire prod prompts/old-greeting
  envctl retire qa prompts/trial routing/trial -y -m \"The trial is over\"")]
pub struct RetireArgs {
    /// The environment whose pointers go.
    environment: EnvironmentSlug,
    /// What it no longer serves, such as prompts/support-router.
    #[arg(value_name = "RESOURCE", required = true)]
    resources: Vec<Resource>,
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
}

pub fn run(args: &RetireArgs, app: &mut App) -> anyhow::Result<Answer> {
    let (session, context) = pushing::start(app, &args.write)?;
    let RetireArgs {
        environment,
        resources,
        ..
    } = args;
    let reason = args.write.reason();
    let change = WriteRun {
        intent: |basis: &Basis<'_>| Ok(retire(basis.project, environment, resources, reason)?),
        args: &args.write,
        yes: args.write.yes,
    };
    let outcome = change.make(
        app,
        &session,
        |app, rehearsal| app.answer_table(&moves::table(rehearsal.plan.wanted())),
        |rehearsal| {
            let question = format!(
                "Take {} away from {environment}?",
                count(rehearsal.plan.moves.len(), "pointer")
            );
            Confirmation::of_moves(question, rehearsal)
        },
    );
    let outcome =
        outcome?.explained(|failure, refused| beside_what_uses_it(failure, refused, args));
    let plan = &outcome.rehearsal.plan;
    let undo = outcome.move_back(app);
    if plan.waits_in().is_none() {
        let done = format!(
            "retired from {environment}: {}",
            count(plan.moves.len(), "pointer")
        );
        outcome.say(app, &done, undo.as_deref());
    }
    if undo.is_some() {
        app.output.say("next: envctl status");
    }
    let write = outcome.body(&context, undo);
    let answer = app.done(&Body {
        write,
        environment,
        moves: outcome.moves(),
    });
    let what = format!(
        "the retirement of {} from {environment}",
        count(plan.wanted().len(), "pointer")
    );
    Ok(outcome.answer(app, answer, &what, args.pending))
}

/// The refusal to take away what is in use, with the command that takes away what uses it too.
fn beside_what_uses_it(failure: Failure, refused: &Rehearsal, args: &RetireArgs) -> Failure {
    let users = rules_left_over(refused, &args.environment);
    if users.is_empty() {
        return failure;
    }
    let used = format!("what uses it there: {}", joined(&users, ", "));
    let both = joined(args.resources.iter().chain(&users), " ");
    failure.hint(used).hint(format!(
        "together: envctl retire {} {both}",
        args.environment
    ))
}

/// The live rules that `refused` would leave without a provider.
fn rules_left_over(refused: &Rehearsal, environment: &EnvironmentSlug) -> BTreeSet<Resource> {
    let before = &refused.before;
    let mut pointers = before
        .project
        .pointers
        .get(environment)
        .cloned()
        .unwrap_or_default();
    let standing = incoherences(&before.configuration, &pointers);
    for moved in refused.plan.wanted() {
        pointers.remove(&moved.resource);
    }
    let broken = incoherences(&before.configuration, &pointers);
    broken
        .difference(&standing)
        .map(|broken| broken.release().resource.clone())
        .collect()
}
