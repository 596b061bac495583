use envctl::diag::{Code, Finding};
use envctl::model::{
    CommitId, Endpoint, EnvironmentSlug, ModelName, Resource, Tense, VersionNumber,
};
use envctl::ops::{Resolved, Served, Unknown, resolve, resolve_alone};
use schemars::JsonSchema;
use serde::Serialize;

use super::route;
use super::served::say_who_answers;
use crate::app::{Answer, App};
use crate::context::Context;
use crate::error::Failure;
use crate::exit::Exit;
use crate::options::At;
use crate::ui::Shown;

/// Print the number of the version that the gateway serves, or where it sends requests for a model.
///
/// With --model and --endpoint: the rule that answers such requests, how it chooses a target, and
/// its targets in order, with their providers and the names of the credentials.
///
/// Without --env, or with an environment that does not exist, the gateway fallback answers, and
/// stderr says so. An environment that exists but has no pointer to the resource serves nothing:
/// exit 1, with no fall-through.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl resolve prompts/support-router --env prod
  envctl resolve prompts/support-router --env prod --content > router.md
  envctl resolve routing/primary --path --at \"3h ago\"
  envctl resolve --model gpt-4o --endpoint chat --env prod")]
pub struct ResolveArgs {
    /// The resource, such as prompts/support-router.
    #[arg(required_unless_present = "model")]
    resource: Option<Resource>,
    /// The model that a request names, instead of a resource.
    #[arg(long, value_name = "MODEL", requires = "endpoint", conflicts_with_all = ["resource", "content", "path"])]
    model: Option<ModelName>,
    /// The endpoint of such a request: chat, embeddings, audio_speech, audio_transcription or image_generation.
    #[arg(long, value_name = "ENDPOINT", requires = "model")]
    endpoint: Option<Endpoint>,
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

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    commit: CommitId,
    resource: &'a Resource,
    environment: &'a EnvironmentSlug,
    asked: Option<&'a str>,
    fallback: bool,
    version: VersionNumber,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

pub fn run(args: &ResolveArgs, app: &mut App) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let unknown = if args.strict {
        Unknown::IsRefused
    } else {
        Unknown::FallsBack
    };
    if let (Some(model), Some(endpoint)) = (&args.model, args.endpoint) {
        let view = app.view(&session, &args.at)?;
        let context = app.context(&session, view.state.project.settings.branch.as_ref());
        let asked = route::RouteQuestion {
            endpoint,
            model,
            environment: args.env.as_deref(),
            unknown,
        };
        return route::run(&asked, &view, context, app);
    }
    let Some(resource) = &args.resource else {
        unreachable!("clap wants a resource or a model")
    };
    let asked = args.env.as_deref();
    let moment = app.moment(args.at.at.as_deref(), Tense::Past)?;
    let alone = resolve_alone(&session, moment.as_ref(), resource, (asked, unknown))?;
    let (context, resolved) = match alone {
        Some(resolved) => (app.context(&session, resolved.branch.as_ref()), resolved),
        None => {
            let view = app.view_at(&session, moment.as_ref())?;
            let project = &view.state.project;
            let context = app.context(&session, project.settings.branch.as_ref());
            let resolution = resolve(project, resource, asked, unknown)?;
            (context, Resolved::of(view, resolution))
        }
    };
    let resolution = &resolved.resolution;
    let content = if args.content {
        require_no_secret(&resolved, &resolution.path)?;
        Some(session.store.content(resolution.content)?)
    } else {
        None
    };
    let path = resolved.folder.join(&resolution.path);
    say_who_answers(app, &resolution.served, &resolution.environment);
    match &content {
        Some(bytes) if !app.json() => app.output.answer_bytes(bytes),
        _ if args.path => app.answer(Shown(&path)),
        _ => app.answer(resolution.version.number),
    }
    Ok(app.done(&Body {
        context,
        commit: resolved.commit,
        resource,
        environment: &resolution.environment,
        asked,
        fallback: resolution.served != Served::AsAsked,
        version: resolution.version.number,
        path,
        content: content.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    }))
}

/// Succeeds unless the file contains a literal secret; `render` refuses these too.
fn require_no_secret(resolved: &Resolved, path: &str) -> anyhow::Result<()> {
    let is_one =
        |finding: &&Finding| finding.code == Code::LITERAL_SECRET && finding.place.file == path;
    match resolved.findings.iter().find(is_one) {
        None => Ok(()),
        Some(finding) => {
            let message = format!("{path} holds what may be a secret, so it is not printed");
            let failure = Failure::new(Exit::Refused, "literal-secret", message);
            Err(failure
                .about(std::slice::from_ref(finding), &resolved.snapshot)
                .into())
        }
    }
}
