use std::collections::BTreeSet;

use envctl::model::{EnvironmentSlug, OverridableRule, Resource, incoherences};
use envctl::ops::{Basis, Rehearsal, WriteError};
use envctl::plan::{Plan, retire};
use schemars::JsonSchema;
use serde::Serialize;

use super::moves::JudgedMove;
use super::writing::arguments::{AcceptPendingArgs, OverrideArgs, WaitArgs, WriteArgs};
use super::writing::body::WriteBody;
use super::writing::command::WriteCommand;
use super::writing::confirmation::Confirmation;
use super::writing::outcome::WriteOutcome;
use super::writing::runner;
use crate::app::{Answer, App};
use crate::error::Failure;
use crate::render::{count, joined};

/// Remove pointers: the environment no longer serves these resources. The versions stay.
///
/// The gateway does not fall through to another environment: requests for them are not answered there.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl retire prod prompts/old-greeting
  envctl retire qa prompts/trial routing/trial -y -m \"The trial is over\"")]
pub struct RetireArgs {
    /// The environment whose pointers are removed.
    environment: EnvironmentSlug,
    /// The resources to remove, such as prompts/support-router.
    #[arg(value_name = "RESOURCE", required = true)]
    resources: Vec<Resource>,
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
}

pub fn run(args: &RetireArgs, app: &mut App) -> anyhow::Result<Answer> {
    runner::run(args, app)
}

impl WriteCommand for RetireArgs {
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
        let reason = self.write.reason();
        Ok(retire(
            basis.project,
            &self.environment,
            &self.resources,
            reason,
        )?)
    }

    fn confirmation(&self, rehearsal: &Rehearsal) -> Confirmation {
        let pointers = count(rehearsal.plan.moves.len(), "pointer");
        let question = format!("Remove {pointers} from {}?", self.environment);
        Confirmation::of_moves(question, rehearsal)
    }

    fn explain(&self, failure: Failure, refused: &Rehearsal) -> Failure {
        beside_what_uses_it(failure, refused, self)
    }

    fn done(&self, outcome: &WriteOutcome) -> String {
        let pointers = count(outcome.rehearsal.plan.moves.len(), "pointer");
        format!("retired from {}: {pointers}", self.environment)
    }

    fn next(&self, _: &WriteOutcome) -> Vec<String> {
        vec!["envctl status".to_owned()]
    }

    fn answer(&self, app: &App, write: WriteBody, outcome: &WriteOutcome) -> Answer {
        app.done(&Body {
            write,
            environment: &self.environment,
            moves: outcome.moves(),
        })
    }

    fn wanted(&self, outcome: &WriteOutcome) -> String {
        let pointers = count(outcome.rehearsal.plan.wanted().len(), "pointer");
        format!("the retirement of {pointers} from {}", self.environment)
    }

    fn accept_pending(&self) -> AcceptPendingArgs {
        self.pending
    }
}

/// Adds to a refusal the command that removes what uses the resource together with it.
fn beside_what_uses_it(failure: Failure, refused: &Rehearsal, args: &RetireArgs) -> Failure {
    let users = rules_left_over(refused, &args.environment);
    if users.is_empty() {
        return failure;
    }
    let used = format!("used there by: {}", joined(&users, ", "));
    let both = joined(args.resources.iter().chain(&users), " ");
    failure.hint(used).hint(format!(
        "together: envctl retire {} {both}",
        args.environment
    ))
}

/// Returns the live routing rules that `refused` would leave without a provider.
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
