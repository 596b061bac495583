use std::path::PathBuf;

use envctl::model::{ContentId, EnvironmentSlug, Project, Resource};
use envctl::ops::{Basis, Rehearsal, WriteError, diff};
use envctl::plan::{self, PlanError, Promotion};
use serde::Serialize;

use super::moves::{self, MoveBody};
use super::writing::{Change, Confirmation, Outcome, PendingArgs, WriteArgs, WriteBody, YesArgs};
use crate::app::{Answer, App};
use crate::error::Failure;
use crate::plan_file::PlanFile;
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
  envctl promote staging prod -y -m \"Weekly release\"   in CI: no question
  envctl promote staging prod --plan-out plan.json     look at it now,
  envctl promote --plan plan.json -y                   make it later if nothing has changed")]
pub struct Args {
    /// The environment whose versions move.
    #[arg(required_unless_present = "plan")]
    from: Option<EnvironmentSlug>,
    /// The environment that they move into; offered on a terminal if it is missing.
    to: Option<EnvironmentSlug>,
    /// Only these, such as prompts/support-router.
    #[arg(value_name = "RESOURCE")]
    resources: Vec<Resource>,
    /// Also take away what is live in TO and not in FROM.
    #[arg(long)]
    prune: bool,
    /// Write the plan to FILE and change nothing.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["plan", "expect"])]
    plan_out: Option<PathBuf>,
    /// Make the plan in FILE, if it would still come to the same.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "to", "resources", "prune", "expect"])]
    plan: Option<PathBuf>,
    /// Promote only if the plan has this digest, which --plan-out and --json tell.
    #[arg(long, value_name = "DIGEST")]
    expect: Option<ContentId>,
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
    digest: ContentId,
}

pub fn run(args: &Args, app: &mut App) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let project = session.view(None)?.state.project;
    let context = app.context(&session, project.settings.branch.as_ref());
    let folder = app.folder()?;
    let saved = args.plan.as_ref().map(|file| PlanFile::read(&folder.join(file))).transpose()?;
    let promotion = match &saved {
        Some(saved) => Promotion { reason: args.write.message.clone(), ..saved.promotion()? },
        None => promotion(args, app, &project)?,
    };
    let Promotion { from, to, .. } = &promotion;
    let plan_file =
        |rehearsal: &Rehearsal| PlanFile::of(&session.folder, session.target.branch(), &promotion, rehearsal);
    let expected = saved.as_ref().map(PlanFile::digest).or(args.expect);
    let write = WriteArgs { dry_run: args.write.dry_run || args.plan_out.is_some(), ..args.write.clone() };
    let change = Change {
        intent: |basis: &Basis<'_>| Ok(plan::promote(basis.project, &promotion)?),
        args: &write,
        yes: args.yes.yes && (args.to.is_some() || saved.is_some()),
    };
    let question = |count: String| format!("Promote {count} from {from} to {to}?");
    let outcome = change.make_if(
        app,
        &session,
        |app, rehearsal| app.answer_table(&moves::table(rehearsal.plan.wanted())),
        |rehearsal| Confirmation::of_moves(question(count(rehearsal.plan.moves.len(), "pointer")), rehearsal),
        |rehearsal| match expected {
            Some(expected) if plan_file(rehearsal).digest() != expected => Err(PlanError::Changed.into()),
            _ => Ok(()),
        },
    );
    let outcome = outcome.map_err(|error| beside_what_is_eligible(error, &promotion))?;
    let plan_file = plan_file(&outcome.rehearsal);
    let plan = &outcome.rehearsal.plan;
    let what = format!("{from} → {to}: {}", count(plan.wanted().len(), "pointer"));
    let waits = plan.waits_in().is_some();
    let undo = outcome.revert().filter(|_| !waits);
    if outcome.changed() && !waits {
        outcome.say(app, &what, undo.as_deref());
        say_what_is_next(app, &outcome, to);
    } else if !waits {
        app.output.say(format!("{to} serves what {from} serves: nothing to do"));
    }
    if let Some(file) = &args.plan_out {
        plan_file.write(&folder.join(file))?;
        let file = file.display();
        app.output.say(format!("the plan is in {file}; to make it: envctl promote --plan {file}"));
    }
    let (write, moves, digest) = (outcome.body(&context, undo), moves::bodies(&plan.moves), plan_file.digest());
    let answer = Answer::done(&Body { write, from, to, moves, digest });
    Ok(outcome.answer(app, answer, &what, args.pending))
}

/// The refusal, and the command for those pointers that may move now, where the policy lets some of them.
fn beside_what_is_eligible(error: anyhow::Error, promotion: &Promotion) -> anyhow::Error {
    let Some(WriteError::Refused(rehearsal)) = error.downcast_ref::<WriteError>() else { return error };
    let judged = &rehearsal.report.judged;
    let eligible: Vec<String> =
        judged.iter().filter(|judged| judged.passes()).map(|judged| judged.moved.resource.to_string()).collect();
    if eligible.is_empty() || eligible.len() == judged.len() {
        return error;
    }
    let command = format!("envctl promote {} {} {}", promotion.from, promotion.to, eligible.join(" "));
    Failure::of(error).hint(format!("nothing moved; these may: {command}")).into()
}

fn promotion(args: &Args, app: &mut App, project: &Project) -> anyhow::Result<Promotion> {
    let from = args.from.clone().ok_or_else(|| Failure::needs_flag("no environment was named", "the environments"))?;
    let to = match &args.to {
        Some(to) => to.clone(),
        None => offered_target(&from, app, project)?,
    };
    let (resources, reason) = (args.resources.clone(), args.write.message.clone());
    Ok(Promotion { from, to, resources, prune: args.prune, reason })
}

/// Lets the user choose where to promote to: first the environments whose policy requires FROM, then the others.
fn offered_target(from: &EnvironmentSlug, app: &mut App, project: &Project) -> anyhow::Result<EnvironmentSlug> {
    let (requiring, others): (Vec<_>, Vec<_>) = project
        .in_order()
        .into_iter()
        .filter(|slug| *slug != from)
        .partition(|slug| project.requiring(from).any(|requiring| requiring == *slug));
    let slugs: Vec<&EnvironmentSlug> = requiring.into_iter().chain(others).collect();
    if let Prompting::Forbidden { reason } = app.prompting {
        let names = slugs.iter().map(|slug| slug.as_str()).collect::<Vec<_>>().join(", ");
        let failure = Failure::needs_flag(reason, "the environment to promote to, and --yes");
        return Err(failure.hint(format!("the environments are {names}")).into());
    }
    let items: Vec<String> = slugs.iter().map(|slug| described(project, from, slug)).collect();
    let items: Vec<&str> = items.iter().map(String::as_str).collect();
    let chosen = app.prompting.choose(&mut app.output, &format!("Promote {from} to"), &items)?;
    chosen.map(|index| slugs[index].clone()).ok_or_else(|| Failure::declined().into())
}

fn described(project: &Project, from: &EnvironmentSlug, to: &EnvironmentSlug) -> String {
    let differing = diff(project, from, to, &[]).map_or(0, |difference| difference.moves.len());
    format!("{to}  ({} would move)", count(differing, "pointer"))
}

/// Points to where the same versions could go from here.
fn say_what_is_next(app: &mut App, outcome: &Outcome, to: &EnvironmentSlug) {
    let project = &outcome.rehearsal.after.project;
    for next in project.requiring(to) {
        app.output.say(format!("next: envctl promote {to} {next}"));
    }
}
