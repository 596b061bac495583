use envctl::model::EnvironmentSlug;
use envctl::ops::{Basis, WriteError};
use envctl::plan::{Plan, reorder_environments};
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::{Answer, App};
use crate::commands::writing::arguments::WriteArgs;
use crate::commands::writing::body::WriteBody;
use crate::commands::writing::command::WriteCommand;
use crate::commands::writing::outcome::WriteOutcome;
use crate::commands::writing::runner;

/// Set the order in which environments are shown.
///
/// Environments that are not named follow in their present order; those without a place in the
/// order come last, sorted by slug.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl env reorder staging qa prod prod-eu
  envctl env reorder qa                              qa first, the others as before")]
pub struct EnvReorderArgs {
    /// The environments, in the new order.
    #[arg(required = true)]
    slugs: Vec<EnvironmentSlug>,
    #[command(flatten)]
    write: WriteArgs,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    write: WriteBody,
    /// All environments in the new display order.
    order: Vec<&'a EnvironmentSlug>,
}

pub fn run(args: &EnvReorderArgs, app: &mut App) -> anyhow::Result<Answer> {
    runner::run(args, app)
}

impl WriteCommand for EnvReorderArgs {
    fn arguments(&self) -> &WriteArgs {
        &self.write
    }

    fn plan(&self, basis: &Basis<'_>) -> Result<Plan, WriteError> {
        let reason = self.write.reason();
        Ok(reorder_environments(basis.project, &self.slugs, reason)?)
    }

    fn done(&self, _: &WriteOutcome) -> String {
        "environments reordered".to_owned()
    }

    fn answer(&self, app: &App, write: WriteBody, outcome: &WriteOutcome) -> Answer {
        app.done(&Body {
            write,
            order: outcome.rehearsal.after.project.in_order(),
        })
    }
}
