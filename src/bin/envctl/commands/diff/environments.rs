use envctl::model::{CommitId, EnvironmentSlug, Resource, VersionNumber};
use envctl::ops::{VariableChange, diff};
use serde::Serialize;

use super::moves::{self, MoveBody};
use super::variables;
use crate::app::{Answer, App, Context};
use crate::cli::At;
use crate::exit::Exit;
use crate::render::count;

/// Show what promoting FROM to TO would move.
///
/// Where a prompt gets other {{ variables }} by it, stderr says which: its callers have to change with it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl diff staging prod
  envctl diff staging prod --exit-code      exit 10 if a promotion would move something
  envctl diff staging prod --at HEAD~3")]
pub struct Args {
    /// The environment whose versions would move.
    from: EnvironmentSlug,
    /// The environment that they would move into.
    to: EnvironmentSlug,
    /// Only these, such as prompts/support-router.
    #[arg(value_name = "RESOURCE")]
    resources: Vec<Resource>,
    /// Exit with 10 if there are differences.
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    at: At,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    commit: CommitId,
    from: &'a EnvironmentSlug,
    to: &'a EnvironmentSlug,
    moves: Vec<MoveBody<'a>>,
    only_in_target: Vec<Only<'a>>,
    /// The prompts whose callers have to change.
    variables: Vec<VariableChange>,
}

#[derive(Serialize)]
struct Only<'a> {
    resource: &'a Resource,
    number: VersionNumber,
}

pub fn run(args: &Args, app: &mut App) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let view = app.view(&session, &args.at)?;
    let project = &view.state.project;
    let context = app.context(&session, project.settings.branch.as_ref());
    let difference = diff(project, &args.from, &args.to, &args.resources)?;
    app.answer_table(&moves::table(&difference.moves));
    let variables = variables::warned(app, &session.store, (&view.snapshot, project), &difference.moves)?;
    if difference.moves.is_empty() {
        app.output.say(format!("{} serves what {} serves", args.to, args.from));
    }
    if !difference.only_in_target.is_empty() {
        let what = count(difference.only_in_target.len(), "resource");
        app.output.say(format!("{what} only in {}: a promotion leaves that, --prune takes it away", args.to));
    }
    let only = difference.only_in_target.iter().map(|(resource, number)| Only { resource, number: *number });
    let exit = if args.exit_code && !difference.moves.is_empty() { Exit::Differences } else { Exit::Done };
    let body = Body {
        context,
        commit: view.commit,
        from: &args.from,
        to: &args.to,
        moves: moves::bodies(&difference.moves),
        only_in_target: only.collect(),
        variables,
    };
    Ok(Answer::done(&body).exit(exit))
}
