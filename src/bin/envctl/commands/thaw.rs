use envctl::model::{EnvironmentSlug, FreezeId};
use envctl::ops::{Basis, Rehearsal, WriteError};
use envctl::plan::{Plan, thaw};
use schemars::JsonSchema;
use serde::Serialize;

use super::frozen::{FreezeBody, changed_freezes, freezes_table};
use super::writing::arguments::WriteArgs;
use super::writing::body::WriteBody;
use super::writing::command::WriteCommand;
use super::writing::confirmation::Confirmation;
use super::writing::outcome::WriteOutcome;
use super::writing::runner;
use crate::app::{Answer, App};

/// Thaw environments: remove the freezes that hold now, or the one that is named.
///
/// Requires env:freeze or env:policies:manage in each environment. A bot cannot thaw.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl thaw prod -m \"Incident 4711 is over\"
  envctl thaw prod qa --freeze holidays -y")]
pub struct ThawArgs {
    /// The environments.
    #[arg(value_name = "ENV", required = true)]
    environments: Vec<EnvironmentSlug>,
    /// The freeze to remove, also if it does not hold yet.
    #[arg(long, value_name = "ID")]
    freeze: Option<FreezeId>,
    #[command(flatten)]
    write: WriteArgs,
}

#[derive(Serialize, JsonSchema)]
pub struct Body {
    #[serde(flatten)]
    write: WriteBody,
    freezes: Vec<FreezeBody>,
}

pub fn run(args: &ThawArgs, app: &mut App) -> anyhow::Result<Answer> {
    runner::run(args, app)
}

impl WriteCommand for ThawArgs {
    fn arguments(&self) -> &WriteArgs {
        &self.write
    }

    fn plan(&self, basis: &Basis<'_>) -> Result<Plan, WriteError> {
        let why = (basis.at, self.write.reason());
        let name = self.freeze.as_ref();
        Ok(thaw(basis.project, &self.environments, name, why)?)
    }

    fn show(&self, app: &mut App, rehearsal: &Rehearsal) {
        app.answer_table(&freezes_table(&changed_freezes(rehearsal)));
    }

    fn confirmation(&self, rehearsal: &Rehearsal) -> Confirmation {
        let freezes = changed_freezes(rehearsal);
        let slugs: Vec<&str> = freezes.iter().map(FreezeBody::environment).collect();
        let question = format!("Thaw {}?", slugs.join(", "));
        let project = &rehearsal.before.project;
        let mut environments = self.environments.iter();
        let production = environments.find(|slug| project.serves_production(slug));
        match production.or(self.environments.first()) {
            Some(slug) => Confirmation::of_environment(question, slug, project),
            None => Confirmation::None,
        }
    }

    fn done(&self, outcome: &WriteOutcome) -> String {
        outcome.rehearsal.plan.message.subject().to_owned()
    }

    fn nothing_to_do(&self) -> String {
        "no freeze holds there now; --freeze ID removes one that begins later".to_owned()
    }

    fn answer(&self, app: &App, write: WriteBody, outcome: &WriteOutcome) -> Answer {
        let freezes = changed_freezes(&outcome.rehearsal);
        app.done(&Body { write, freezes })
    }
}
