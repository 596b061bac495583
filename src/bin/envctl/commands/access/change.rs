//! A change of `access.toml`, as `grant` and `revoke` make it.

use envctl::model::{Project, changes};
use envctl::ops::{Basis, Rehearsal};
use envctl::plan::{Plan, PlanError};
use schemars::JsonSchema;
use serde::Serialize;

use super::show;
use crate::app::{Answer, App};
use crate::commands::pushing;
use crate::commands::writing::{Confirmation, WriteArgs, WriteBody, WriteRun};

#[derive(Serialize, JsonSchema)]
pub struct AccessChangeBody<'a> {
    #[serde(flatten)]
    write: WriteBody,
    subject: &'a str,
}

/// Makes the change of `access.toml` that `plan` plans, and shows the members that are described differently then.
pub fn change(
    app: &mut App,
    args: &WriteArgs,
    plan: impl Fn(&Project) -> Result<Plan, PlanError>,
) -> anyhow::Result<Answer> {
    let (session, context) = pushing::start(app, args)?;
    let change = WriteRun {
        intent: |basis: &Basis<'_>| Ok(plan(basis.project)?),
        args,
        yes: args.yes,
    };
    let outcome = change.make(app, &session, show_members, |_| Confirmation::None)?;
    let undo = outcome.revert();
    let subject = outcome.rehearsal.plan.message.subject();
    outcome.say(app, subject, undo.as_deref());
    if outcome.commit.is_some() {
        app.output.say("next: envctl access show");
    }
    Ok(outcome.ended(app.done(&AccessChangeBody {
        write: outcome.body(&context, undo),
        subject,
    })))
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
