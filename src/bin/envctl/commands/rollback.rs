mod choice;

use envctl::model::{
    EnvironmentSlug, NamedResource, OverridableRule, Resource, Tense, VersionId, VersionNumber,
};
use envctl::ops::{
    Basis, Destination, Rehearsal, Rollback, Session, VariableChange, View, WriteError, rollback,
};
use envctl::plan::Plan;
use schemars::JsonSchema;
use serde::Serialize;

use super::moves::JudgedMove;
use super::writing::arguments::{AcceptPendingArgs, OverrideArgs, WaitArgs, WriteArgs};
use super::writing::body::WriteBody;
use super::writing::command::WriteCommand;
use super::writing::confirmation::Confirmation;
use super::writing::outcome::WriteOutcome;
use super::writing::runner;
use super::writing::session::{ChangeSession, session};
use crate::app::{Answer, App};
use crate::error::Failure;
use crate::exit::Exit;
use crate::render::count;

/// Move pointers back to what was live before, as a new commit.
///
/// Without --to and --at it undoes the last change of the environment's pointers, or of each
/// pointer that is named. A pointer is removed only if it is named, and --to goes back only to a
/// version that was live there. If the last change was itself a rollback, undoing it would be a
/// guess: then the last five states are offered on a terminal, and otherwise listed, each with the
/// command that goes back to it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl rollback prod                                  undo what happened last
  envctl rollback prod prompts/support-router           the last change of one pointer
  envctl rollback prod prompts/support-router --to 6    or prompts/support-router@6
  envctl rollback prod --at \"2h ago\"                    what was live then
  envctl rollback prod --at 7c1d0e5b1f -n               show the plan")]
pub struct RollbackArgs {
    /// The environment whose pointers move back.
    environment: EnvironmentSlug,
    /// Only these, such as prompts/support-router; RESOURCE@N is the same as RESOURCE --to N.
    #[arg(value_name = "RESOURCE[@N]")]
    resources: Vec<NamedResource>,
    /// Go back to this number of the one RESOURCE.
    #[arg(long, value_name = "N", conflicts_with = "at")]
    to: Option<VersionNumber>,
    /// Go back to what was live then: a revision, or a time such as 2026-11-22T14:00:00Z or "3h ago".
    #[arg(long, value_name = "REV|TIME")]
    at: Option<String>,
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
    environment: &'a EnvironmentSlug,
    moves: Vec<JudgedMove>,
    /// The prompts whose callers have to change; null: it could not be determined.
    variable_changes: Option<Vec<VariableChange>>,
}

pub fn run(args: &RollbackArgs, app: &mut App) -> anyhow::Result<Answer> {
    let resources = named_once(&args.resources);
    let number = number(args, &resources)?;
    let session = session(app, &args.write)?;
    // A revision such as HEAD~1 is resolved once, however often the write is retried. It is read
    // before the context, which shows the moment.
    let then = then(args, app, &session)?;
    let opened = ChangeSession::of(app, session)?;
    let session = &opened.session;
    let to = match (number, &then) {
        (Some(number), _) => Destination::Number(number),
        (None, Some(then)) => Destination::Then(then),
        (None, None) => Destination::BeforeTheLastChange,
    };
    let back = Back {
        args,
        session,
        to,
        resources: &resources,
    };
    let outcome = match runner::make(&back, app, session) {
        Err(error) => {
            let chosen = choice::offered(error, args.write.yes, app, session)?;
            let back = Back {
                to: Destination::Then(&chosen.then),
                resources: &chosen.resources,
                ..back
            };
            runner::make(&back, app, session)?
        }
        outcome => outcome?,
    };
    Ok(runner::finish(&back, app, &opened, &outcome))
}

/// A rollback: where the pointers go back to, and which of them.
struct Back<'a> {
    args: &'a RollbackArgs,
    session: &'a Session,
    to: Destination<'a>,
    resources: &'a [Resource],
}

impl WriteCommand for Back<'_> {
    fn arguments(&self) -> &WriteArgs {
        &self.args.write
    }

    fn overrides(&self) -> &[OverridableRule] {
        &self.args.overriding.rules
    }

    fn waiting(&self) -> WaitArgs {
        self.args.waiting
    }

    fn plan(&self, basis: &Basis<'_>) -> Result<Plan, WriteError> {
        let back = Rollback {
            environment: &self.args.environment,
            resources: self.resources,
            to: self.to,
            reason: self.args.write.reason(),
        };
        rollback(self.session, basis, &back)
    }

    fn confirmation(&self, rehearsal: &Rehearsal) -> Confirmation {
        let pointers = count(rehearsal.plan.moves.len(), "pointer");
        let question = format!("Move {pointers} back in {}?", self.args.environment);
        Confirmation::of_moves(question, rehearsal)
    }

    fn done(&self, outcome: &WriteOutcome) -> String {
        let pointers = count(outcome.rehearsal.plan.wanted().len(), "pointer");
        format!("rolled back {}: {pointers}", self.args.environment)
    }

    fn nothing_to_do(&self) -> String {
        format!(
            "{} already serves that: nothing to do",
            self.args.environment
        )
    }

    fn next(&self, _: &WriteOutcome) -> Vec<String> {
        vec!["envctl status".to_owned()]
    }

    fn answer(&self, app: &App, write: WriteBody, outcome: &WriteOutcome) -> Answer {
        app.done(&Body {
            write,
            environment: &self.args.environment,
            moves: outcome.moves(),
            variable_changes: outcome.variable_changes.clone(),
        })
    }

    fn wanted(&self, _: &WriteOutcome) -> String {
        format!("the rollback of {}", self.args.environment)
    }

    fn accept_pending(&self) -> AcceptPendingArgs {
        self.args.pending
    }
}

/// Returns the resources, each once.
fn named_once(named: &[NamedResource]) -> Vec<Resource> {
    let mut resources: Vec<Resource> = named.iter().map(|one| one.resource.clone()).collect();
    resources.sort();
    resources.dedup();
    resources
}

/// Returns the number to go back to, if one is named: by --to or behind an `@`. It comes with exactly one resource, since
/// numbers of different resources have nothing in common.
fn number(args: &RollbackArgs, resources: &[Resource]) -> anyhow::Result<Option<VersionNumber>> {
    let pinned: Vec<VersionId> = args
        .resources
        .iter()
        .filter_map(NamedResource::version)
        .collect();
    if let Some(version) = pinned.first() {
        let usage = |text: String| Err(Failure::new(Exit::Usage, "usage", text).into());
        if args.to.is_some() {
            return usage(format!("{version} names a version, and so does --to"));
        }
        if args.at.is_some() {
            return usage(format!("{version} names a version, and --at a moment"));
        }
        if resources.len() != 1 || pinned.iter().any(|other| other != version) {
            let named = count(args.resources.len(), "resource");
            return usage(format!(
                "a rollback to {version} takes exactly one resource, and {named} are named"
            ));
        }
        return Ok(Some(version.number));
    }
    let Some(number) = args.to.filter(|_| resources.len() != 1) else {
        return Ok(args.to);
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
