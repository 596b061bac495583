use envctl::model::{EnvironmentSlug, Project, Resource};
use envctl::ops::{Basis, Rehearsal, WriteError};
use envctl::plan::{Plan, delete_environment, lost_to_fallback};
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::{Answer, App};
use crate::commands::moves::{self, JudgedMove};
use crate::commands::writing::arguments::WriteArgs;
use crate::commands::writing::body::WriteBody;
use crate::commands::writing::command::WriteCommand;
use crate::commands::writing::confirmation::Confirmation;
use crate::commands::writing::outcome::WriteOutcome;
use crate::commands::writing::runner;
use crate::render::{count, joined};

/// Delete an environment with its pointers. The versions stay.
///
/// The gateway fallback then answers requests that still name it; what the fallback does not serve is listed.
///
/// Refused for prod and staging, for the gateway fallback and the default publish target, for an
/// environment that a policy requires as source, and for one with a pending release.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl env delete qa
  envctl env delete qa -y -m \"Replaced by staging\"")]
pub struct EnvDeleteArgs {
    /// The environment.
    slug: EnvironmentSlug,
    #[command(flatten)]
    write: WriteArgs,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    write: WriteBody,
    environment: &'a EnvironmentSlug,
    moves: Vec<JudgedMove>,
    served_by: Option<FallbackBody>,
}

/// Who answers requests that name the deleted environment.
#[derive(Serialize, JsonSchema)]
struct FallbackBody {
    environment: EnvironmentSlug,
    /// What the environment served and the fallback does not.
    lost: Vec<Resource>,
}

impl FallbackBody {
    fn of(project: &Project, deleted: &EnvironmentSlug) -> Option<Self> {
        Some(Self {
            environment: project.settings.gateway_fallback.clone()?,
            lost: lost_to_fallback(project, deleted),
        })
    }

    fn say(&self, app: &mut App, deleted: &EnvironmentSlug) {
        let Self { environment, lost } = self;
        let answers = format!("the gateway fallback {environment} answers requests for {deleted}");
        app.output.say(match lost.as_slice() {
            [] => answers,
            lost => format!("{answers}; it does not serve {}", joined(lost, ", ")),
        });
    }
}

pub fn run(args: &EnvDeleteArgs, app: &mut App) -> anyhow::Result<Answer> {
    runner::run(args, app)
}

impl WriteCommand for EnvDeleteArgs {
    fn arguments(&self) -> &WriteArgs {
        &self.write
    }

    fn plan(&self, basis: &Basis<'_>) -> Result<Plan, WriteError> {
        let reason = self.write.reason();
        Ok(delete_environment(basis.project, &self.slug, reason)?)
    }

    fn show(&self, app: &mut App, rehearsal: &Rehearsal) {
        app.answer_table(&moves::table(&rehearsal.plan.moves));
        if let Some(fallback) = FallbackBody::of(&rehearsal.before.project, &self.slug) {
            fallback.say(app, &self.slug);
        }
    }

    fn confirmation(&self, rehearsal: &Rehearsal) -> Confirmation {
        let pointers = count(rehearsal.plan.moves.len(), "pointer");
        let question = format!("Delete {} with its {pointers}?", self.slug);
        Confirmation::of_environment(question, &self.slug, &rehearsal.before.project)
    }

    fn done(&self, _: &WriteOutcome) -> String {
        format!("deleted {}", self.slug)
    }

    fn answer(&self, app: &App, write: WriteBody, outcome: &WriteOutcome) -> Answer {
        app.done(&Body {
            write,
            environment: &self.slug,
            moves: outcome.moves(),
            served_by: FallbackBody::of(&outcome.rehearsal.before.project, &self.slug),
        })
    }
}
