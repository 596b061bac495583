use envctl::files::EnvironmentRole;
use envctl::model::{EnvironmentSlug, Project, Resource};
use envctl::ops::{Basis, Rehearsal, WriteError};
use envctl::plan::{Plan, PlanError, complete_fallback, edit_environment};
use schemars::JsonSchema;
use serde::Serialize;

use super::keys::ChangedKeys;
use crate::app::{Answer, App};
use crate::commands::writing::arguments::WriteArgs;
use crate::commands::writing::body::WriteBody;
use crate::commands::writing::command::WriteCommand;
use crate::commands::writing::confirmation::Confirmation;
use crate::commands::writing::outcome::WriteOutcome;
use crate::commands::writing::runner;
use crate::render::joined;

/// Change the description of an environment, or assign it a role.
///
/// The gateway fallback and the default publish target are each held by exactly one environment, so
/// assigning a role takes it from the present holder. An environment that does not serve everything
/// that the present fallback serves becomes the fallback only with --incomplete.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl env edit staging --name \"Staging (EU)\" --color amber
  envctl env edit qa --description \"\" --color none   no description and no colour any more
  envctl env edit staging --default-publish          where publish goes from now on
  envctl env edit prod-eu --gateway-fallback         what answers requests that name no environment")]
#[group(required = false, multiple = true)]
pub struct EnvEditArgs {
    /// The environment.
    slug: EnvironmentSlug,
    #[command(flatten)]
    keys: ChangedKeys,
    #[command(flatten)]
    roles: RoleArgs,
    #[command(flatten)]
    write: WriteArgs,
}

/// The roles that exactly one environment holds.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct RoleArgs {
    /// Make it the environment that answers requests that name none.
    #[arg(long)]
    gateway_fallback: bool,
    /// Make it the gateway fallback even if it does not serve everything that the present fallback serves.
    #[arg(long, requires = "gateway_fallback")]
    incomplete: bool,
    /// Make it the environment whose pointer `publish` moves.
    #[arg(long)]
    default_publish: bool,
}

impl RoleArgs {
    /// Succeeds if `slug` may take the roles: as the gateway fallback it has to serve everything
    /// that the present one serves, unless --incomplete is given.
    pub fn permits(self, project: &Project, slug: &EnvironmentSlug) -> Result<(), PlanError> {
        if self.incomplete {
            return Ok(());
        }
        complete_fallback(project, slug, &self.roles())
    }

    /// Returns the present gateway fallback and what it serves that `slug` does not, if `slug` takes its place.
    pub fn lost(
        self,
        project: &Project,
        slug: &EnvironmentSlug,
    ) -> Option<(EnvironmentSlug, Vec<Resource>)> {
        match complete_fallback(project, slug, &self.roles()) {
            Err(PlanError::IncompleteFallback { holder, lost, .. }) => Some((holder, lost)),
            _ => None,
        }
    }

    /// Prints what requests that name no environment no longer get.
    pub fn warn_of_lost_resources(self, project: &Project, slug: &EnvironmentSlug, app: &mut App) {
        if let Some((holder, lost)) = self.lost(project, slug) {
            app.output.warn(format!(
                "{slug} does not serve {}, which {holder} serves: requests that name no environment lose it",
                joined(&lost, ", ")
            ));
        }
    }

    /// The roles that are reassigned.
    pub fn roles(self) -> Vec<EnvironmentRole> {
        let asked = [
            (self.default_publish, EnvironmentRole::DefaultPublish),
            (self.gateway_fallback, EnvironmentRole::GatewayFallback),
        ];
        asked
            .into_iter()
            .filter(|(asked, _)| *asked)
            .map(|(_, role)| role)
            .collect()
    }
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    write: WriteBody,
    environment: &'a EnvironmentSlug,
    /// What the gateway fallback no longer serves because of --incomplete.
    lost: Vec<Resource>,
}

pub fn run(args: &EnvEditArgs, app: &mut App) -> anyhow::Result<Answer> {
    runner::run(args, app)
}

impl WriteCommand for EnvEditArgs {
    fn arguments(&self) -> &WriteArgs {
        &self.write
    }

    fn plan(&self, basis: &Basis<'_>) -> Result<Plan, WriteError> {
        self.roles.permits(basis.project, &self.slug)?;
        Ok(edit_environment(
            basis.project,
            &self.slug,
            &self.keys.0,
            &self.roles.roles(),
            self.write.reason(),
        )?)
    }

    /// Shows what is lost; no pointer moves.
    fn show(&self, app: &mut App, rehearsal: &Rehearsal) {
        let before = &rehearsal.before.project;
        self.roles.warn_of_lost_resources(before, &self.slug, app);
    }

    fn confirmation(&self, rehearsal: &Rehearsal) -> Confirmation {
        handing_over(rehearsal, &self.slug, &self.roles.roles())
    }

    fn done(&self, outcome: &WriteOutcome) -> String {
        outcome.rehearsal.plan.message.subject().to_owned()
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

/// Returns the question before another environment becomes the gateway fallback.
///
/// All other changes of an environment are easy to undo and need no confirmation.
pub fn handing_over(
    rehearsal: &Rehearsal,
    to: &EnvironmentSlug,
    roles: &[EnvironmentRole],
) -> Confirmation {
    let before = &rehearsal.before.project;
    let holder = before.settings.gateway_fallback.as_ref();
    if !roles.contains(&EnvironmentRole::GatewayFallback) || holder == Some(to) {
        return Confirmation::None;
    }
    let from = holder.map_or("none", EnvironmentSlug::as_str);
    let question = format!("Make {to} the gateway fallback instead of {from}?");
    // The fallback of production changes if one of the two serves production.
    let production = holder.filter(|slug| before.serves_production(slug));
    Confirmation::of_environment(question, production.unwrap_or(to), before)
}
