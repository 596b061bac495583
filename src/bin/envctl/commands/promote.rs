mod refusal;
mod target;

use std::path::PathBuf;

use envctl::model::{ContentId, EnvironmentSlug, Move, Project, Resource};
use envctl::ops::{Basis, Rehearsal, VariableChange};
use envctl::plan::{self, Narrowing, PlanError, Promotion, ResourcePattern};
use schemars::JsonSchema;
use serde::Serialize;

use super::moves::{self, JudgedMove, MoveBody};
use super::pushing;
use super::variables;
use super::writing::{
    AcceptPendingArgs, Confirmation, WriteArgs, WriteBody, WriteOutcome, WriteRun,
};
use crate::app::{Answer, App};
use crate::error::Failure;
use crate::plan_file::PlanFile;
use crate::render::{count, joined};

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
  envctl promote staging prod --only 'prompts/*' --except prompts/legacy
                                                       of what differs, what these patterns say
  envctl promote staging prod prompts/support-router --request
                                                       ask for it; somebody else approves
  envctl promote staging prod routing/primary --with-dependencies
                                                       and the providers that it needs
  envctl promote staging prod -y -m \"Weekly release\"   in CI: no question
  envctl promote staging prod --plan-out plan.json     look at it now,
  envctl promote --plan plan.json -y                   make it later if nothing has changed")]
pub struct PromoteArgs {
    /// The environment whose versions move.
    #[arg(required_unless_present = "plan")]
    from: Option<EnvironmentSlug>,
    /// The environment that they move into; offered on a terminal if it is missing.
    to: Option<EnvironmentSlug>,
    /// Only these, such as prompts/support-router.
    #[arg(value_name = "RESOURCE")]
    resources: Vec<Resource>,
    /// Only what these patterns name, such as 'prompts/*'; `*` matches no slash.
    #[arg(long, value_name = "GLOB")]
    only: Vec<ResourcePattern>,
    /// Nothing that these patterns name.
    #[arg(long, value_name = "GLOB")]
    except: Vec<ResourcePattern>,
    /// Ask for it even where the policy demands no approval; with RESOURCE, the only way back for what was rolled back.
    #[arg(long)]
    request: bool,
    /// Also take away what is live in TO and not in FROM.
    #[arg(long)]
    prune: bool,
    /// With RESOURCE: also what has to move with it, such as the provider activations that a routing rule needs.
    #[arg(long)]
    with_dependencies: bool,
    /// Write the plan to FILE and change nothing.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["plan", "expect"])]
    plan_out: Option<PathBuf>,
    /// Make the plan in FILE, if it would still come to the same.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "to", "resources", "only", "except", "request", "prune", "with_dependencies", "expect"])]
    plan: Option<PathBuf>,
    /// Promote only if the plan has this digest, which --plan-out and --json tell.
    #[arg(long, value_name = "DIGEST")]
    expect: Option<ContentId>,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    pending: AcceptPendingArgs,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    write: WriteBody,
    from: &'a EnvironmentSlug,
    to: &'a EnvironmentSlug,
    moves: Vec<JudgedMove>,
    /// Which of the moves nobody named: they were needed by those that somebody did.
    dependencies: Vec<MoveBody<'a>>,
    /// The prompts whose callers have to change; null: that could not be told.
    variable_changes: Option<Vec<VariableChange>>,
    digest: ContentId,
}

pub fn run(args: &PromoteArgs, app: &mut App) -> anyhow::Result<Answer> {
    let session = pushing::session(app, &args.write)?;
    let project = session.view(None)?.state.project;
    let context = app.context(&session, project.settings.branch.as_ref());
    let folder = app.folder()?;
    let saved = args
        .plan
        .as_ref()
        .map(|file| PlanFile::read(&folder.join(file), &mut app.output))
        .transpose()?;
    let promotion = match &saved {
        Some(saved) => Promotion {
            reason: args.write.reason().cloned(),
            ..saved.promotion()?
        },
        None => promotion(args, app, &project)?,
    };
    let Promotion { from, to, .. } = &promotion;
    let with_dependencies = saved
        .as_ref()
        .map_or(args.with_dependencies, |saved| saved.with_dependencies);
    let plan_file = |rehearsal: &Rehearsal| {
        let plan = PlanFile::of(
            &session.folder,
            session.target.branch(),
            &promotion,
            rehearsal,
        );
        PlanFile {
            with_dependencies,
            ..plan
        }
    };
    let expected = saved.as_ref().map(PlanFile::digest).or(args.expect);
    let write = WriteArgs {
        dry_run: args.write.dry_run || args.plan_out.is_some(),
        ..args.write.clone()
    };
    let change = WriteRun {
        intent: |basis: &Basis<'_>| match with_dependencies {
            true => Ok(plan::promote_with_dependencies(
                basis.project,
                basis.configuration,
                &promotion,
            )?),
            false => Ok(plan::promote(basis.project, &promotion)?),
        },
        args: &write,
        yes: args.write.yes && (args.to.is_some() || saved.is_some()),
    };
    let question = |count: String| format!("Promote {count} from {from} to {to}?");
    let mut variables = None;
    let outcome = change.make_if(
        app,
        &session,
        |app, rehearsal| {
            app.answer_table(&moves::table(rehearsal.plan.wanted()));
            variables = variables::told(app, &session.store, rehearsal);
        },
        |rehearsal| {
            Confirmation::of_moves(
                question(count(rehearsal.plan.moves.len(), "pointer")),
                rehearsal,
            )
        },
        |rehearsal| match expected {
            Some(expected) if plan_file(rehearsal).digest() != expected => {
                Err(PlanError::Changed.into())
            }
            _ => Ok(()),
        },
    );
    let outcome = outcome?.explained(|failure, refused| {
        refusal::with_a_way_out(failure, refused, &promotion, with_dependencies)
    });
    let dependencies = match with_dependencies {
        true => {
            let before = &outcome.rehearsal.before;
            plan::dependencies(&before.project, &before.configuration, &promotion).moves
        }
        false => Vec::new(),
    };
    let plan_file = plan_file(&outcome.rehearsal);
    let plan = &outcome.rehearsal.plan;
    let what = format!("{from} → {to}: {}", count(plan.wanted().len(), "pointer"));
    if !outcome.is_failed() {
        say_what_was_added(app, &dependencies);
    }
    let waits = plan.waits_in().is_some();
    let undo = outcome.move_back(app);
    if outcome.changed() && !waits {
        outcome.say(app, &what, undo.as_deref());
        say_what_is_next(app, &outcome, to);
    } else if !waits && !outcome.is_failed() {
        app.output
            .say(format!("{to} serves what {from} serves: nothing to do"));
    }
    if let Some(file) = args.plan_out.as_ref().filter(|_| !outcome.is_failed()) {
        plan_file.write(&folder.join(file))?;
        let file = file.display();
        app.output.say(format!(
            "the plan is in {file}; to make it: envctl promote --plan {file}"
        ));
    }
    let write = outcome.body(&context, undo);
    let (moves, dependencies) = (outcome.moves(), moves::bodies(&dependencies));
    let answer = app.done(&Body {
        write,
        from,
        to,
        moves,
        dependencies,
        variable_changes: variables::known(variables, &session.store, &outcome.rehearsal),
        digest: plan_file.digest(),
    });
    Ok(outcome.answer(app, answer, &what, args.pending))
}

fn promotion(args: &PromoteArgs, app: &mut App, project: &Project) -> anyhow::Result<Promotion> {
    let from = args
        .from
        .clone()
        .ok_or_else(|| Failure::needs_flag("no environment was named", "the environments"))?;
    let to = match &args.to {
        Some(to) => to.clone(),
        None => target::offered(&from, app, project)?,
    };
    let (resources, reason) = (args.resources.clone(), args.write.reason().cloned());
    Ok(Promotion {
        from,
        to,
        resources,
        narrowing: Narrowing {
            only: args.only.clone(),
            except: args.except.clone(),
        },
        prune: args.prune,
        request: args.request,
        reason,
    })
}

fn say_what_was_added(app: &mut App, dependencies: &[Move]) {
    if !dependencies.is_empty() {
        app.output.say(format!(
            "with them, as dependencies: {}",
            joined(dependencies, ", ")
        ));
    }
}

/// Points to where the same versions could go from here.
fn say_what_is_next(app: &mut App, outcome: &WriteOutcome, to: &EnvironmentSlug) {
    let project = &outcome.rehearsal.after.project;
    for next in project.requiring(to) {
        app.output.say(format!("next: envctl promote {to} {next}"));
    }
}
