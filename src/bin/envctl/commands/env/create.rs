use envctl::model::{Environment, EnvironmentSlug};
use envctl::ops::Basis;
use envctl::plan::create_environment;
use schemars::JsonSchema;
use serde::Serialize;

use super::edit::{RoleArgs, handing_over};
use super::keys::NewKeys;
use crate::app::{Answer, App};
use crate::commands::pushing;
use crate::commands::writing::{WriteArgs, WriteBody, WriteRun};

/// Make an environment. It starts with no pointers.
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
}

pub fn run(args: &EnvCreateArgs, app: &mut App) -> anyhow::Result<Answer> {
    let (session, context) = pushing::start(app, &args.write)?;
    let mut environment = Environment::named_after(&args.slug);
    args.keys.0.apply(&mut environment);
    let (roles, reason) = (args.roles.roles(), args.write.reason());
    let change = WriteRun {
        intent: |basis: &Basis<'_>| {
            args.roles.permits(basis.project, &args.slug)?;
            Ok(create_environment(
                basis.project,
                &args.slug,
                &environment,
                &roles,
                reason,
            )?)
        },
        args: &args.write,
        yes: args.write.yes,
    };
    let outcome = change.make(
        app,
        &session,
        |_, _| {},
        |rehearsal| handing_over(rehearsal, &args.slug, &roles),
    )?;
    let undo = outcome
        .commit
        .map(|_| format!("envctl env delete {}", args.slug))
        .filter(|_| roles.is_empty());
    outcome.say(app, &format!("created {}", args.slug), undo.as_deref());
    Ok(outcome.ended(app.done(&Body {
        write: outcome.body(&context, undo),
        environment: &args.slug,
    })))
}
