use envctl::model::{EnvironmentSlug, OverridableRule, VersionId};
use envctl::ops::{Basis, Rehearsal, VariableChange, WriteError};
use envctl::plan::{Plan, point};
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
use crate::render::count;

/// Make an environment serve exactly these versions, whatever other environments serve.
///
/// The policy of the environment judges it like any other move.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl point staging prompts/support-router@7
  envctl point qa prompts/router@3 routing/primary@2 -y -m \"Reproduce the report\"
  envctl point prod prompts/router@7 --request          request it; another member approves")]
pub struct PointArgs {
    /// The environment whose pointers move.
    environment: EnvironmentSlug,
    /// The versions that it serves afterwards, such as prompts/support-router@7.
    #[arg(value_name = "RESOURCE@N", required = true)]
    versions: Vec<VersionId>,
    /// Request it even if the policy requires no approval; the only way back for a version that was rolled back.
    #[arg(long)]
    request: bool,
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

pub fn run(args: &PointArgs, app: &mut App) -> anyhow::Result<Answer> {
    runner::run(args, app)
}

impl WriteCommand for PointArgs {
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
        Ok(point(
            basis.project,
            &self.environment,
            &self.versions,
            self.request,
            self.write.reason(),
        )?)
    }

    fn confirmation(&self, rehearsal: &Rehearsal) -> Confirmation {
        let pointers = count(rehearsal.plan.moves.len(), "pointer");
        let question = format!("Move {pointers} in {}?", self.environment);
        Confirmation::of_moves(question, rehearsal)
    }

    fn done(&self, outcome: &WriteOutcome) -> String {
        let pointers = count(outcome.rehearsal.plan.wanted().len(), "pointer");
        format!("{}: {pointers}", self.environment)
    }

    fn nothing_to_do(&self) -> String {
        format!("{} already serves that: nothing to do", self.environment)
    }

    fn next(&self, _: &WriteOutcome) -> Vec<String> {
        vec!["envctl status".to_owned()]
    }

    fn answer(&self, app: &App, write: WriteBody, outcome: &WriteOutcome) -> Answer {
        app.done(&Body {
            write,
            environment: &self.environment,
            moves: outcome.moves(),
            variable_changes: outcome.variable_changes.clone(),
        })
    }

    fn accept_pending(&self) -> AcceptPendingArgs {
        self.pending
    }
}
