use envctl::model::{CommitId, EnvironmentSlug, Resource, VersionId, VersionNumber};
use envctl::ops::{Resolution, Served, Unknown, resolve};
use serde::Serialize;

use crate::app::{Answer, App, Context};
use crate::cli::At;
use crate::ui::Shown;

/// Print the number of the version that the gateway serves.
///
/// Without --env, or with an environment that does not exist, the gateway fallback answers, and stderr says so. An
/// environment that exists and has no pointer to the resource serves nothing: exit 1, no fall-through.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl resolve prompts/support-router --env prod
  envctl resolve prompts/support-router --env prod --content > router.md
  envctl resolve routing/primary --path --at \"3h ago\"")]
pub struct Args {
    /// What to resolve, such as prompts/support-router.
    resource: Resource,
    /// The environment that the request names.
    #[arg(long, value_name = "ENV")]
    env: Option<String>,
    /// Refuse an environment that does not exist instead of falling back.
    #[arg(long)]
    strict: bool,
    /// Print the file's content.
    #[arg(long, conflicts_with = "path")]
    content: bool,
    /// Print the file's path in the repository.
    #[arg(long)]
    path: bool,
    #[command(flatten)]
    at: At,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    commit: CommitId,
    resource: &'a Resource,
    environment: &'a EnvironmentSlug,
    asked: Option<&'a str>,
    fallback: bool,
    version: &'a VersionId,
    number: VersionNumber,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

pub fn run(args: &Args, app: &mut App) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let view = app.view(&session, &args.at)?;
    let project = &view.state.project;
    let context = app.context(&session, project.settings.branch.as_ref());
    let unknown = if args.strict { Unknown::IsRefused } else { Unknown::FallsBack };
    let resolution = resolve(project, &args.resource, args.env.as_deref(), unknown)?;
    let content = if args.content { Some(session.store.content(resolution.content)?) } else { None };
    let path = session.folder.join(&resolution.path);
    say_who_answers(app, &resolution);
    match &content {
        Some(bytes) if !app.json() => app.output.answer_bytes(bytes),
        _ if args.path => app.answer(Shown(&path)),
        _ => app.answer(resolution.version.number),
    }
    Ok(Answer::done(&Body {
        context,
        commit: view.commit,
        resource: &args.resource,
        environment: &resolution.environment,
        asked: args.env.as_deref(),
        fallback: resolution.served != Served::AsAsked,
        version: &resolution.version,
        number: resolution.version.number,
        path,
        content: content.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    }))
}

fn say_who_answers(app: &mut App, resolution: &Resolution) {
    let fallback = &resolution.environment;
    match &resolution.served {
        Served::AsAsked => {}
        Served::ByFallback => app.output.say(format!("served by the gateway fallback, {fallback}")),
        Served::InsteadOf(asked) => {
            let asked = Shown(asked);
            app.output.warn(format!("no environment `{asked}`: served by the gateway fallback, {fallback}"));
        }
    }
}
