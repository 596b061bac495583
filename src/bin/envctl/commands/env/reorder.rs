use envctl::model::EnvironmentSlug;
use envctl::ops::Basis;
use envctl::plan::reorder_environments;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::{Answer, App};
use crate::commands::pushing;
use crate::commands::writing::{Confirmation, WriteArgs, WriteBody, WriteRun};

/// Set the order in which environments are shown.
///
/// Those that are not named follow in the order that they have now; an environment that has no place in the order comes
/// last, by slug.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl env reorder staging qa prod prod-eu
  envctl env reorder qa                              qa first, the others as before")]
pub struct EnvReorderArgs {
    /// The environments, first one first.
    #[arg(required = true)]
    slugs: Vec<EnvironmentSlug>,
    #[command(flatten)]
    write: WriteArgs,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    write: WriteBody,
    /// All environments in the order in which they are shown then.
    order: Vec<&'a EnvironmentSlug>,
}

pub fn run(args: &EnvReorderArgs, app: &mut App) -> anyhow::Result<Answer> {
    let (session, context) = pushing::start(app, &args.write)?;
    let reason = args.write.reason();
    let change = WriteRun {
        intent: |basis: &Basis<'_>| Ok(reorder_environments(basis.project, &args.slugs, reason)?),
        args: &args.write,
        yes: args.write.yes,
    };
    let outcome = change.make(app, &session, |_, _| {}, |_| Confirmation::None)?;
    let undo = outcome.revert();
    outcome.say(app, "environments reordered", undo.as_deref());
    Ok(outcome.ended(app.done(&Body {
        write: outcome.body(&context, undo),
        order: outcome.rehearsal.after.project.in_order(),
    })))
}
