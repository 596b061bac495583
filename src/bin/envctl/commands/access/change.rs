//! Changes `access.toml`, for `grant` and `revoke`.

use envctl::model::{Project, changes};
use envctl::ops::{Basis, Rehearsal, WriteError};
use envctl::plan::{Plan, PlanError};
use schemars::JsonSchema;
use serde::Serialize;

use super::show;
use crate::app::{Answer, App};
use crate::commands::writing::arguments::WriteArgs;
use crate::commands::writing::body::WriteBody;
use crate::commands::writing::command::WriteCommand;
use crate::commands::writing::outcome::WriteOutcome;
use crate::commands::writing::runner;

#[derive(Serialize, JsonSchema)]
pub struct AccessChangeBody<'a> {
    #[serde(flatten)]
    write: WriteBody,
    subject: &'a str,
}

/// Makes the change of `access.toml` that `plan` plans, and shows the members that are described differently afterwards.
///
/// # Errors
///
/// When the change cannot be planned.
pub fn change(
    app: &mut App,
    write: &WriteArgs,
    plan: impl Fn(&Project) -> Result<Plan, PlanError>,
) -> anyhow::Result<Answer> {
    runner::run(&AccessChange { write, plan }, app)
}

struct AccessChange<'a, P> {
    write: &'a WriteArgs,
    plan: P,
}

impl<P> WriteCommand for AccessChange<'_, P>
where
    P: Fn(&Project) -> Result<Plan, PlanError>,
{
    fn arguments(&self) -> &WriteArgs {
        self.write
    }

    fn plan(&self, basis: &Basis<'_>) -> Result<Plan, WriteError> {
        Ok((self.plan)(basis.project)?)
    }

    fn show(&self, app: &mut App, rehearsal: &Rehearsal) {
        show_members(app, rehearsal);
    }

    fn done(&self, outcome: &WriteOutcome) -> String {
        outcome.rehearsal.plan.message.subject().to_owned()
    }

    fn next(&self, _: &WriteOutcome) -> Vec<String> {
        vec!["envctl access show".to_owned()]
    }

    fn answer(&self, app: &App, write: WriteBody, outcome: &WriteOutcome) -> Answer {
        app.done(&AccessChangeBody {
            write,
            subject: outcome.rehearsal.plan.message.subject(),
        })
    }
}

fn show_members(app: &mut App, rehearsal: &Rehearsal) {
    let (before, after) = (&rehearsal.before.project, &rehearsal.after.project);
    for name in changes(before, after).members {
        if let Some(member) = after
            .access
            .as_ref()
            .and_then(|access| access.members.get(&name))
        {
            app.answer_table(&show::one(&name, member));
        }
    }
}
