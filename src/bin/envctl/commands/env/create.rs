use envctl::model::{Environment, EnvironmentSlug, Resource};
use envctl::ops::{Basis, Rehearsal, WriteError};
use envctl::plan::{Plan, create_environment};
use schemars::JsonSchema;
use serde::Serialize;

use super::edit::{RoleArgs, handing_over};
use super::keys::NewKeys;
use crate::app::{Answer, App};
use crate::commands::writing::arguments::WriteArgs;
use crate::commands::writing::body::WriteBody;
use crate::commands::writing::command::WriteCommand;
use crate::commands::writing::confirmation::Confirmation;
use crate::commands::writing::outcome::WriteOutcome;
use crate::commands::writing::runner;

/// Create an environment. It starts without pointers.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl env create qa --name QA --color purple --description \"Conversation tests\"
  envctl env create prod-eu --production")]
pub struct EnvCreateArgs {
    /// The slug: a-z, 0-9 and inner hyphens, up to 63 characters, fixed for ever.
    slug: EnvironmentSlug,
    #[command(flatten)]
    keys: NewKeys,
    #[command(flatten)]
    roles: RoleArgs,
    #[command(flatten)]
    write: WriteArgs,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    write: WriteBody,
    environment: &'a EnvironmentSlug,
    /// What the gateway fallback no longer serves because of --incomplete.
    lost: Vec<Resource>,
}

pub fn run(args: &EnvCreateArgs, app: &mut App) -> anyhow::Result<Answer> {
    runner::run(args, app)
}

impl WriteCommand for EnvCreateArgs {
    fn arguments(&self) -> &WriteArgs {
        &self.write
    }

    fn plan(&self, basis: &Basis<'_>) -> Result<Plan, WriteError> {
        let mut environment = Environment::named_after(&self.slug);
        self.keys.0.apply(&mut environment);
        self.roles.permits(basis.project, &self.slug)?;
        Ok(create_environment(
            basis.project,
            &self.slug,
            &environment,
            &self.roles.roles(),
            self.write.reason(),
        )?)
    }

    /// Tells what is lost; no pointer moves.
    fn show(&self, app: &mut App, rehearsal: &Rehearsal) {
        let before = &rehearsal.before.project;
        self.roles.tell_what_is_lost(before, &self.slug, app);
    }

    fn confirmation(&self, rehearsal: &Rehearsal) -> Confirmation {
        handing_over(rehearsal, &self.slug, &self.roles.roles())
    }

    fn done(&self, _: &WriteOutcome) -> String {
        format!("created {}", self.slug)
    }

    fn answer(&self, app: &App, write: WriteBody, outcome: &WriteOutcome) -> Answer {
        app.done(&Body {
            write,
            environment: &self.slug,
            lost: self
                .roles
                .lost(&outcome.rehearsal.before.project, &self.slug)
                .map_or_else(Vec::new, |(_, lost)| lost),
        })
    }
}
