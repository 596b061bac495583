mod refusal;
mod target;

use std::path::PathBuf;

use envctl::model::{ContentId, EnvironmentSlug, Move, NamedResource, OverridableRule, Project};
use envctl::ops::{Basis, Rehearsal, Session, VariableChange, WriteError};
use envctl::plan::{self, Narrowing, Plan, PlanError, Promotion, ResourcePattern};
use schemars::JsonSchema;
use serde::Serialize;

use super::moves::{self, JudgedMove, MoveBody};
use super::writing::arguments::{AcceptPendingArgs, OverrideArgs, WaitArgs, WriteArgs};
use super::writing::body::WriteBody;
use super::writing::command::{self, WriteCommand};
use super::writing::confirmation::Confirmation;
use super::writing::outcome::WriteOutcome;
use super::writing::runner;
use super::writing::session::ChangeSession;
use crate::app::{Answer, App};
use crate::error::Failure;
use crate::plan_file::PlanFile;
use crate::render::{count, joined};

/// Make one environment serve what another serves: every pointer that differs moves, in one commit.
///
/// RESOURCE@N pins a version: if FROM now serves another one, nothing moves (exit 6).
///
/// What is live only in TO stays, unless --prune is given. On a terminal the plan is shown and has
/// to be confirmed first; for a production environment by typing its slug.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl promote staging prod                          every pointer that differs
  envctl promote staging prod prompts/support-router   only this one
  envctl promote staging prod prompts/support-router@7
                                                       this version, or nothing if staging serves another
  envctl promote staging prod -n                       show the plan
  envctl promote staging prod --only 'prompts/*' --except prompts/legacy
                                                       what differs and matches these patterns
  envctl promote staging prod prompts/support-router --request
                                                       request it; another member approves
  envctl promote staging prod routing/primary --with-dependencies
                                                       and the providers that it needs
  envctl promote staging prod -y -m \"Weekly release\"   in CI: no question
  envctl promote staging prod --plan-out plan.json     save the plan now,
  envctl promote --plan plan.json -y                   carry it out later if nothing has changed")]
pub struct PromoteArgs {
    /// The environment whose versions move.
    #[arg(required_unless_present = "plan")]
    from: Option<EnvironmentSlug>,
    /// The environment that they move into; on a terminal, you can choose it from a list.
    to: Option<EnvironmentSlug>,
    /// Only these, such as prompts/support-router; with @N only if that version is live in FROM.
    #[arg(value_name = "RESOURCE[@N]")]
    resources: Vec<NamedResource>,
    /// Only resources that match these patterns, such as 'prompts/*'; `*` does not match a slash.
    #[arg(long, value_name = "GLOB")]
    only: Vec<ResourcePattern>,
    /// No resources that match these patterns.
    #[arg(long, value_name = "GLOB")]
    except: Vec<ResourcePattern>,
    /// Request it even if the policy requires no approval; with RESOURCE, the only way back for a
    /// version that was rolled back.
    #[arg(long)]
    request: bool,
    /// Also remove pointers that are live in TO and not in FROM.
    #[arg(long)]
    prune: bool,
    /// With RESOURCE: also move what it depends on, such as the provider activations that a routing rule needs.
    #[arg(long)]
    with_dependencies: bool,
    /// Write the plan to FILE and change nothing.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["plan", "expect"])]
    plan_out: Option<PathBuf>,
    /// Carry out the plan in FILE, if the result would still be the same.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "to", "resources", "only", "except", "request", "prune", "with_dependencies", "expect"])]
    plan: Option<PathBuf>,
    /// Promote only if the plan has this digest; --plan-out and --json show it.
    #[arg(long, value_name = "DIGEST")]
    expect: Option<ContentId>,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    overriding: OverrideArgs,
    #[command(flatten)]
    waiting: WaitArgs,
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
    /// The moves that were not named, but are needed by the named ones.
    dependencies: Vec<MoveBody<'a>>,
    /// The prompts whose callers have to change; null: it could not be determined.
    variable_changes: Option<Vec<VariableChange>>,
    digest: ContentId,
}

pub fn run(args: &PromoteArgs, app: &mut App) -> anyhow::Result<Answer> {
    let opened = ChangeSession::open(app, &args.write)?;
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
        None => promotion(args, app, &opened.project)?,
    };
    let planned = Planned {
        session: &opened.session,
        promotion,
        with_dependencies: saved
            .as_ref()
            .map_or(args.with_dependencies, |saved| saved.with_dependencies),
        expected: saved.as_ref().map(PlanFile::digest).or(args.expect),
        write: WriteArgs {
            dry_run: args.write.dry_run || args.plan_out.is_some(),
            // A target that is chosen from the list was not confirmed by --yes.
            yes: args.write.yes && (args.to.is_some() || saved.is_some()),
            ..args.write.clone()
        },
        overriding: args.overriding.clone(),
        waiting: args.waiting,
        pending: args.pending,
    };
    let outcome = runner::make(&planned, app, &opened.session)?;
    let answer = runner::finish(&planned, app, &opened, &outcome);
    if let Some(file) = args.plan_out.as_ref().filter(|_| !outcome.is_failed()) {
        planned.file(&outcome.rehearsal).write(&folder.join(file))?;
        let file = file.display();
        app.output.say(format!(
            "the plan is in {file}; to carry it out: envctl promote --plan {file}"
        ));
    }
    Ok(answer)
}

/// A promotion as the command line or a plan file asks for it.
struct Planned<'a> {
    session: &'a Session,
    promotion: Promotion,
    with_dependencies: bool,
    /// The digest that the plan must have.
    expected: Option<ContentId>,
    write: WriteArgs,
    overriding: OverrideArgs,
    waiting: WaitArgs,
    pending: AcceptPendingArgs,
}

impl Planned<'_> {
    fn file(&self, rehearsal: &Rehearsal) -> PlanFile {
        let Session { folder, target, .. } = self.session;
        let plan = PlanFile::of(folder, target.branch(), &self.promotion, rehearsal);
        PlanFile {
            with_dependencies: self.with_dependencies,
            ..plan
        }
    }

    /// Returns the moves that were not named but are needed by the named ones.
    fn dependencies(&self, outcome: &WriteOutcome) -> Vec<Move> {
        if !self.with_dependencies {
            return Vec::new();
        }
        let before = &outcome.rehearsal.before;
        plan::dependencies(&before.project, &before.configuration, &self.promotion).moves
    }
}

impl WriteCommand for Planned<'_> {
    fn arguments(&self) -> &WriteArgs {
        &self.write
    }

    fn overrides(&self) -> &[OverridableRule] {
        &self.overriding.rules
    }

    fn waiting(&self) -> WaitArgs {
        self.waiting
    }

    fn plan(&self, basis: &Basis<'_>) -> Result<Plan, WriteError> {
        let Basis {
            project,
            configuration,
            ..
        } = basis;
        let promotion = &self.promotion;
        Ok(match self.with_dependencies {
            true => plan::promote_with_dependencies(project, configuration, promotion)?,
            false => plan::promote(project, promotion)?,
        })
    }

    fn accepts(&self, rehearsal: &Rehearsal) -> Result<(), WriteError> {
        match self.expected {
            Some(expected) if self.file(rehearsal).digest() != expected => {
                Err(PlanError::Changed.into())
            }
            _ => Ok(()),
        }
    }

    fn confirmation(&self, rehearsal: &Rehearsal) -> Confirmation {
        let pointers = count(rehearsal.plan.moves.len(), "pointer");
        let Promotion { from, to, .. } = &self.promotion;
        let question = format!("Promote {pointers} from {from} to {to}?");
        Confirmation::of_moves(question, rehearsal)
    }

    fn explain(&self, failure: Failure, refused: &Rehearsal) -> Failure {
        let promotion = (&self.promotion, self.with_dependencies);
        refusal::with_a_way_out(failure, refused, promotion, self.session)
    }

    fn done(&self, outcome: &WriteOutcome) -> String {
        let pointers = count(outcome.rehearsal.plan.wanted().len(), "pointer");
        let Promotion { from, to, .. } = &self.promotion;
        format!("{from} → {to}: {pointers}")
    }

    fn nothing_to_do(&self) -> String {
        let Promotion { from, to, .. } = &self.promotion;
        format!("{to} serves what {from} serves: nothing to do")
    }

    /// Returns the promotions that take the same versions further.
    fn next(&self, outcome: &WriteOutcome) -> Vec<String> {
        let project = &outcome.rehearsal.after.project;
        let to = &self.promotion.to;
        let promotion = |next| format!("envctl promote {to} {next}");
        project.requiring(to).map(promotion).collect()
    }

    fn say(&self, app: &mut App, outcome: &WriteOutcome, undo: Option<&str>) {
        let dependencies = self.dependencies(outcome);
        if !dependencies.is_empty() {
            let dependencies = joined(&dependencies, ", ");
            app.output
                .say(format!("with them, as dependencies: {dependencies}"));
        }
        command::say(self, app, outcome, undo);
    }

    fn answer(&self, app: &App, write: WriteBody, outcome: &WriteOutcome) -> Answer {
        app.done(&Body {
            write,
            from: &self.promotion.from,
            to: &self.promotion.to,
            moves: outcome.moves(),
            dependencies: moves::bodies(&self.dependencies(outcome)),
            variable_changes: outcome.variable_changes.clone(),
            digest: self.file(&outcome.rehearsal).digest(),
        })
    }

    fn accept_pending(&self) -> AcceptPendingArgs {
        self.pending
    }
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
