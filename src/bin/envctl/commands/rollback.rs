mod choice;

use envctl::model::{EnvironmentSlug, Resource, Tense, VersionNumber};
use envctl::ops::{Basis, Destination, Rollback, Session, VariableChange, View, rollback};
use schemars::JsonSchema;
use serde::Serialize;

use super::moves::{self, JudgedMove};
use super::pushing;
use super::variables;
use super::writing::{
    AcceptPendingArgs, Confirmation, WriteArgs, WriteBody, WriteOutcome, WriteRun,
};
use crate::app::{Answer, App};
use crate::error::Failure;
use crate::exit::Exit;
use crate::render::count;

/// Move pointers back to what was live before, as a new commit.
///
/// Without --to and --at it undoes the last change of the environment's pointers, or of each pointer that is named. A pointer
/// is taken away only if it is named, and --to goes only to what was live there. Where that change was a rollback itself, undoing
/// it would be a guess: then the last five states are offered on a terminal, and elsewhere listed, each with the command that
/// goes back to it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl rollback prod                                  undo what happened last
  envctl rollback prod prompts/support-router           the last change of one pointer
  envctl rollback prod prompts/support-router --to 6
  envctl rollback prod --at \"2h ago\"                    what was live then
  envctl rollback prod --at 7c1d0e5b1f -n               show the plan")]
pub struct RollbackArgs {
    /// The environment whose pointers move back.
    environment: EnvironmentSlug,
    /// Only these, such as prompts/support-router.
    #[arg(value_name = "RESOURCE")]
    resources: Vec<Resource>,
    /// Go back to this number of the one RESOURCE.
    #[arg(long, value_name = "N", conflicts_with = "at")]
    to: Option<VersionNumber>,
    /// Go back to what was live then: a revision, or a time such as 2026-11-22T14:00:00Z or "3h ago".
    #[arg(long, value_name = "REV|TIME")]
    at: Option<String>,
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

pub fn run(args: &RollbackArgs, app: &mut App) -> anyhow::Result<Answer> {
    let resources = named_once(&args.resources);
    require_one_for_a_number(args, &resources)?;
    let session = pushing::session(app, &args.write)?;
    // What a revision such as HEAD~1 names is what it named when it was typed, however often the write is tried.
    let then = then(args, app, &session)?;
    let context = app.context(
        &session,
        session.view(None)?.state.project.settings.branch.as_ref(),
    );
    let to = match (args.to, &then) {
        (Some(number), _) => Destination::Number(number),
        (None, Some(then)) => Destination::Then(then),
        (None, None) => Destination::BeforeTheLastChange,
    };
    let environment = &args.environment;
    let mut variables = None;
    let back = Back {
        to,
        resources: &resources,
    };
    let outcome = match back.make(args, app, &session, &mut variables) {
        Err(error) => {
            let chosen = choice::offered(error, args.write.yes, app, &session)?;
            let back = Back {
                to: Destination::Then(&chosen.then),
                resources: &chosen.resources,
            };
            back.make(args, app, &session, &mut variables)?
        }
        outcome => outcome?,
    };
    let plan = &outcome.rehearsal.plan;
    let undo = outcome.move_back(app);
    let done = format!(
        "rolled back {environment}: {}",
        count(plan.wanted().len(), "pointer")
    );
    match (plan.waits_in(), outcome.changed()) {
        (Some(_), _) => {}
        _ if outcome.is_failed() => {}
        (None, true) => outcome.say(app, &done, undo.as_deref()),
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
    Ok(outcome.answer(
        app,
        answer,
        &format!("the rollback of {environment}"),
        args.pending,
    ))
}

/// Where the pointers go back to, and which of them.
struct Back<'a> {
    to: Destination<'a>,
    resources: &'a [Resource],
}

impl Back<'_> {
    /// Moves them back; `variables` takes what callers have to change.
    fn make(
        &self,
        args: &RollbackArgs,
        app: &mut App,
        session: &Session,
        variables: &mut Option<Vec<VariableChange>>,
    ) -> anyhow::Result<WriteOutcome> {
        let environment = &args.environment;
        let back = Rollback {
            environment,
            resources: self.resources,
            to: self.to,
            reason: args.write.reason(),
        };
        let change = WriteRun {
            intent: |basis: &Basis<'_>| rollback(session, basis, &back),
            args: &args.write,
            yes: args.write.yes,
        };
        change.make(
            app,
            session,
            |app, rehearsal| {
                app.answer_table(&moves::table(rehearsal.plan.wanted()));
                *variables = variables::told(app, &session.store, rehearsal);
            },
            |rehearsal| {
                let question = format!(
                    "Move {} back in {environment}?",
                    count(rehearsal.plan.moves.len(), "pointer")
                );
                Confirmation::of_moves(question, rehearsal)
            },
        )
    }
}

/// The resources, each once.
fn named_once(resources: &[Resource]) -> Vec<Resource> {
    let mut resources = resources.to_vec();
    resources.sort();
    resources.dedup();
    resources
}

/// A number means something only for one resource.
fn require_one_for_a_number(args: &RollbackArgs, resources: &[Resource]) -> anyhow::Result<()> {
    let Some(number) = args.to.filter(|_| resources.len() != 1) else {
        return Ok(());
    };
    let named = if resources.is_empty() {
        "none is".to_owned()
    } else {
        format!("{} are", resources.len())
    };
    let message = format!("--to {number} takes exactly one resource, and {named} named");
    let hint = format!(
        "envctl rollback {} RESOURCE --to {number}, or a moment for all of them: --at",
        args.environment
    );
    Err(Failure::new(Exit::Usage, "usage", message)
        .hint(hint)
        .into())
}

fn then(args: &RollbackArgs, app: &mut App, session: &Session) -> anyhow::Result<Option<View>> {
    let Some(moment) = app.moment(args.at.as_deref(), Tense::Past)? else {
        return Ok(None);
    };
    Ok(Some(session.view(Some(&moment))?))
}
