use envctl::model::{Environment, EnvironmentSlug, Project, Resource};
use envctl::ops::{Basis, Rehearsal, WriteError};
use envctl::plan::{Plan, PlanError, create_environment, no_such_environment};
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
///
/// With --like it takes over the policy, the description and the colour of another one, as far as
/// no option says otherwise. It never takes over pointers, roles or grants, nor whether it serves
/// production.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl env create qa --name QA --color purple --description \"Conversation tests\"
  envctl env create prod-eu --production
  envctl env create prod-us --like prod --production    the same policy, description and colour")]
pub struct EnvCreateArgs {
    /// The slug: a-z, 0-9 and inner hyphens, up to 63 characters; it can never change.
    slug: EnvironmentSlug,
    /// Copy the policy, the description and the colour of this environment.
    #[arg(long, value_name = "ENVIRONMENT")]
    like: Option<EnvironmentSlug>,
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

fn of_project<'p>(
    project: &'p Project,
    slug: &EnvironmentSlug,
) -> Result<&'p Environment, PlanError> {
    let found = project.environments.get(slug);
    found.ok_or_else(|| no_such_environment(project, slug.clone()))
}

pub fn run(args: &EnvCreateArgs, app: &mut App) -> anyhow::Result<Answer> {
    runner::run(args, app)
}

impl WriteCommand for EnvCreateArgs {
    fn arguments(&self) -> &WriteArgs {
        &self.write
    }

    fn plan(&self, basis: &Basis<'_>) -> Result<Plan, WriteError> {
        let mut environment = match &self.like {
            Some(model) => Environment::like(&self.slug, of_project(basis.project, model)?),
            None => Environment::named_after(&self.slug),
        };
        self.keys.0.apply(&mut environment);
        self.roles.permits(basis.project, &self.slug)?;
        let plan = create_environment(
            basis.project,
            &self.slug,
            &environment,
            &self.roles.roles(),
            self.write.reason(),
        )?;
        let message = match &self.like {
            Some(model) => plan.message.detail(format!("like {model}")),
            None => plan.message,
        };
        Ok(Plan { message, ..plan })
    }

    /// Shows what is lost; no pointer moves.
    fn show(&self, app: &mut App, rehearsal: &Rehearsal) {
        let before = &rehearsal.before.project;
        self.roles.warn_of_lost_resources(before, &self.slug, app);
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
