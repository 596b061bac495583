use envctl::model::{Reason, VersionId};
use envctl::ops::{Basis, WriteError};
use envctl::plan::{Plan, lift_veto, veto};
use schemars::JsonSchema;
use serde::Serialize;

use super::moves::VersionBody;
use super::writing::arguments::WriteArgs;
use super::writing::body::WriteBody;
use super::writing::command::WriteCommand;
use super::writing::outcome::WriteOutcome;
use super::writing::runner;
use crate::app::{Answer, App};
use crate::error::Failure;
use crate::exit::Exit;

/// Bar a version: no pointer moves to it any more, or lift such a veto.
///
/// A veto holds in every environment and for every way of moving a pointer, also back. It is about
/// bytes: another version with the same bytes is barred, too. Where the version is live it stays
/// live, and `envctl status` says so. A veto needs a reason. It is lifted by whoever made it, unless
/// they wrote the version, or by somebody with env:override.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl veto prompts/support-router@6 -m \"It invents refunds\"
  envctl veto prompts/support-router@6 --lift -m \"The evaluation was wrong\"")]
pub struct VetoArgs {
    /// The version, such as prompts/support-router@6.
    version: VersionId,
    /// Lift the veto.
    #[arg(long)]
    lift: bool,
    #[command(flatten)]
    write: WriteArgs,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    write: WriteBody,
    #[serde(flatten)]
    version: VersionBody,
    /// Why the version is vetoed now; null: it is not.
    vetoed: Option<&'a Reason>,
}

pub fn run(args: &VetoArgs, app: &mut App) -> anyhow::Result<Answer> {
    if !args.lift && args.write.reason().is_none() {
        let message = "a veto needs a reason: -m WHY";
        return Err(Failure::new(Exit::Usage, "missing-reason", message).into());
    }
    runner::run(args, app)
}

impl WriteCommand for VetoArgs {
    fn arguments(&self) -> &WriteArgs {
        &self.write
    }

    fn plan(&self, basis: &Basis<'_>) -> Result<Plan, WriteError> {
        let (project, reason) = (basis.project, self.write.reason());
        Ok(match reason.filter(|_| !self.lift) {
            Some(reason) => veto(project, &self.version, reason)?,
            None => lift_veto(project, &self.version, reason)?,
        })
    }

    fn done(&self, _: &WriteOutcome) -> String {
        match self.lift {
            true => format!("lifted the veto on {}", self.version),
            false => format!("vetoed {}", self.version),
        }
    }

    fn nothing_to_do(&self) -> String {
        format!("{} is vetoed for this reason already", self.version)
    }

    /// Returns the commands that move pointers away from the version, where it is live.
    fn next(&self, outcome: &WriteOutcome) -> Vec<String> {
        if self.lift {
            return Vec::new();
        }
        let project = &outcome.rehearsal.after.project;
        let resource = &self.version.resource;
        let live = |slug: &&envctl::model::EnvironmentSlug| {
            project.live(slug, resource) == Some(self.version.number)
        };
        let places = project.in_order().into_iter().filter(live);
        places
            .map(|slug| format!("envctl rollback {slug} {resource}"))
            .collect()
    }

    fn answer(&self, app: &App, write: WriteBody, outcome: &WriteOutcome) -> Answer {
        let vetoes = &outcome.rehearsal.after.project.vetoes;
        app.done(&Body {
            write,
            version: VersionBody::of(&self.version),
            vetoed: vetoes.get(&self.version).map(|veto| &veto.reason),
        })
    }
}
