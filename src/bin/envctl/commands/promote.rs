use envctl::model::{EnvironmentSlug, Project, Resource};
use envctl::ops::{Basis, WriteError, diff};
use envctl::plan::{self, Promotion};
use serde::Serialize;

use super::moves::{self, MoveBody};
use super::writing::{Change, Confirmation, PendingArgs, WriteArgs, WriteBody, YesArgs};
use crate::app::{Answer, App};
use crate::error::Failure;
use crate::render::count;
use crate::ui::Prompting;

/// Make one environment serve what another serves: every pointer that differs moves, in one commit.
///
/// What is live only in TO stays, unless --prune. On a terminal the plan is shown and confirmed first; for a production
/// environment by typing its slug.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl promote staging prod                          every pointer that differs
  envctl promote staging prod prompts/support-router   only this one
  envctl promote staging prod -n                       show the plan
  envctl promote staging prod -y -m \"Weekly release\"   in CI: no question")]
pub struct Args {
    /// The environment whose versions move.
    from: EnvironmentSlug,
    /// The environment that they move into; offered on a terminal if it is missing.
    to: Option<EnvironmentSlug>,
    /// Only these, such as prompts/support-router.
    #[arg(value_name = "RESOURCE")]
    resources: Vec<Resource>,
    /// Also take away what is live in TO and not in FROM.
    #[arg(long)]
    prune: bool,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    yes: YesArgs,
    #[command(flatten)]
    pending: PendingArgs,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    write: WriteBody,
    from: &'a EnvironmentSlug,
    to: &'a EnvironmentSlug,
    moves: Vec<MoveBody<'a>>,
}

pub fn run(args: &Args, app: &mut App) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let project = session.view(None)?.state.project;
    let context = app.context(&session, project.settings.branch.as_ref());
    let to = match &args.to {
        Some(to) => to.clone(),
        None => offered_target(args, app, &project)?,
    };
    let promotion = promotion(args, &to);
    let change = Change {
        intent: |basis: &Basis<'_>| Ok(plan::promote(basis.project, &promotion)?),
        args: &args.write,
        yes: args.yes.yes && args.to.is_some(),
    };
    let question = |count: String| format!("Promote {count} from {} to {to}?", args.from);
    let outcome = change.make(
        app,
        &session,
        |app, rehearsal| app.answer_table(&moves::table(rehearsal.plan.wanted())),
        |rehearsal| Confirmation::of_moves(question(count(rehearsal.plan.moves.len(), "pointer")), rehearsal),
    );
    let outcome = outcome.map_err(|error| beside_what_is_eligible(error, args, &to))?;
    let plan = &outcome.rehearsal.plan;
    let what = format!("{} → {to}: {}", args.from, count(plan.wanted().len(), "pointer"));
    let waits = plan.waits_in().is_some();
    let undo = outcome.revert().filter(|_| !waits);
    if outcome.changed() && !waits {
        outcome.say(app, &what, undo.as_deref());
        say_what_is_next(app, &outcome.rehearsal.after.project, &to);
    } else if !waits {
        app.output.say(format!("{to} serves what {} serves: nothing to do", args.from));
    }
    let write = outcome.body(&context, undo);
    let answer = Answer::done(&Body { write, from: &args.from, to: &to, moves: moves::bodies(&plan.moves) });
    Ok(outcome.answer(app, answer, &what, args.pending))
}

/// The refusal, and the command for those pointers that may move now, where the policy lets some of them.
fn beside_what_is_eligible(error: anyhow::Error, args: &Args, to: &EnvironmentSlug) -> anyhow::Error {
    let Some(WriteError::Refused(rehearsal)) = error.downcast_ref::<WriteError>() else { return error };
    let judged = &rehearsal.report.judged;
    let eligible: Vec<String> =
        judged.iter().filter(|judged| judged.passes()).map(|judged| judged.moved.resource.to_string()).collect();
    if eligible.is_empty() || eligible.len() == judged.len() {
        return error;
    }
    let command = format!("envctl promote {} {to} {}", args.from, eligible.join(" "));
    Failure::of(error).hint(format!("nothing moved; these may: {command}")).into()
}

fn promotion(args: &Args, to: &EnvironmentSlug) -> Promotion {
    Promotion {
        from: args.from.clone(),
        to: to.clone(),
        resources: args.resources.clone(),
        prune: args.prune,
        reason: args.write.message.clone(),
    }
}

/// Lets the user choose where to promote to: first the environments whose policy requires FROM, then the others.
fn offered_target(args: &Args, app: &mut App, project: &Project) -> anyhow::Result<EnvironmentSlug> {
    let (requiring, others): (Vec<_>, Vec<_>) = project
        .in_order()
        .into_iter()
        .filter(|slug| **slug != args.from)
        .partition(|slug| project.requiring(&args.from).any(|requiring| requiring == *slug));
    let slugs: Vec<&EnvironmentSlug> = requiring.into_iter().chain(others).collect();
    if let Prompting::Forbidden { reason } = app.prompting {
        let names = slugs.iter().map(|slug| slug.as_str()).collect::<Vec<_>>().join(", ");
        let failure = Failure::needs_flag(reason, "the environment to promote to, and --yes");
        return Err(failure.hint(format!("the environments are {names}")).into());
    }
    let items: Vec<String> = slugs.iter().map(|slug| described(project, &args.from, slug)).collect();
    let items: Vec<&str> = items.iter().map(String::as_str).collect();
    let chosen = app.prompting.choose(&mut app.output, &format!("Promote {} to", args.from), &items)?;
    chosen.map(|index| slugs[index].clone()).ok_or_else(|| Failure::declined().into())
}

fn described(project: &Project, from: &EnvironmentSlug, to: &EnvironmentSlug) -> String {
    let differing = diff(project, from, to, &[]).map_or(0, |difference| difference.moves.len());
    format!("{to}  ({} would move)", count(differing, "pointer"))
}

/// Points to where the same versions could go from here.
fn say_what_is_next(app: &mut App, project: &Project, to: &EnvironmentSlug) {
    for next in project.requiring(to) {
        app.output.say(format!("next: envctl promote {to} {next}"));
    }
}
