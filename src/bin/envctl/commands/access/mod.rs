//! Who may do what: one file a command, as everywhere.

mod explain;
mod grant;
mod revoke;
mod show;

use clap::Subcommand;
use envctl::model::{Email, MemberName, Project, changes};
use envctl::ops::{Basis, Rehearsal};
use envctl::plan::{Plan, PlanError, Who};
use serde::Serialize;

use super::pushing;
use super::writing::{Change, Confirmation, WriteArgs, WriteBody};
use crate::app::{Answer, App};

/// Show, grant, revoke and explain who may do what.
#[derive(Debug, Subcommand)]
#[command(after_long_help = include_str!("../../help/access.md"))]
pub enum Command {
    Show(show::AccessShowArgs),
    Grant(grant::AccessGrantArgs),
    Revoke(revoke::AccessRevokeArgs),
    Explain(explain::AccessExplainArgs),
}

impl Command {
    /// The name of the command, as in `envctl.<name>/v1`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Show(_) => "access-show",
            Self::Grant(_) => "access-grant",
            Self::Revoke(_) => "access-revoke",
            Self::Explain(_) => "access-explain",
        }
    }
}

/// Runs one command.
pub fn run(command: Command, app: &mut App) -> anyhow::Result<Answer> {
    match command {
        Command::Show(args) => show::run(&args, app),
        Command::Grant(args) => grant::run(&args, app),
        Command::Revoke(args) => revoke::run(&args, app),
        Command::Explain(args) => explain::run(&args, app),
    }
}

#[derive(Serialize)]
struct ChangeBody<'a> {
    #[serde(flatten)]
    write: WriteBody,
    subject: &'a str,
}

/// Makes the change of `access.toml` that `plan` plans, and shows the members that are described differently then.
fn change(
    app: &mut App,
    args: &WriteArgs,
    plan: impl Fn(&Project) -> Result<Plan, PlanError>,
) -> anyhow::Result<Answer> {
    let session = pushing::session(app, args)?;
    let branch = session.view(None)?.state.project.settings.branch;
    let context = app.context(&session, branch.as_ref());
    let change = Change {
        intent: |basis: &Basis<'_>| Ok(plan(basis.project)?),
        args,
        yes: false,
    };
    let outcome = change.make(app, &session, show_members, |_| Confirmation::None)?;
    let undo = outcome.revert();
    let subject = outcome.rehearsal.plan.message.subject();
    outcome.say(app, subject, undo.as_deref());
    if outcome.commit.is_some() {
        app.output.say("next: envctl access show");
    }
    Ok(Answer::done(&ChangeBody {
        write: outcome.body(&context, undo),
        subject,
    }))
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

/// Reads somebody as people name them: with an `@` an address, else the name of a member.
fn who(text: &str) -> Result<Who, String> {
    if text.contains('@') {
        return text
            .parse::<Email>()
            .map(Who::Email)
            .map_err(|error| error.to_string());
    }
    text.parse::<MemberName>()
        .map(Who::Member)
        .map_err(|error| format!("neither an address nor a name: {error}"))
}
