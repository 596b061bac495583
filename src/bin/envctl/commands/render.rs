use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use envctl::gateway::Gateway;
use envctl::model::{CommitId, EnvironmentSlug, Kind, Project};
use envctl::ops::{RenderError, Session, View, render};
use envctl::store::Flush;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::{Answer, App};
use crate::context::Context;
use crate::delivery::{DeliveredFolder, Manifest, deliver, foresee};
use crate::error::Failure;
use crate::exit::Exit;
use crate::options::{At, ChangeArgs};
use crate::render::{count, json, toml};

/// Write the gateway configuration of an environment.
///
/// Providers, targets, routes and prompts as they are live there; the same state is the same bytes. With -o they are
/// written to a folder, with the prompts and a manifest. The folder itself stays and its content changes in one step, so it may
/// be a mount point and a gateway may watch it. What is live and does not fit together is refused.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl render prod > gateway.toml
  envctl render prod --format json | jq .routes
  envctl render prod -o /etc/gateway        gateway.toml, prompts/ and manifest.json
  envctl render prod --at HEAD~1            as it was")]
pub struct RenderArgs {
    /// The environment.
    #[arg(value_name = "ENV")]
    slug: EnvironmentSlug,
    /// What to write it as.
    #[arg(long, value_enum, default_value = "toml")]
    format: RenderFormat,
    /// Write it to this folder, with the prompts and a manifest.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    change: ChangeArgs,
    #[command(flatten)]
    at: At,
}

/// What a configuration is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum RenderFormat {
    Toml,
    Json,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    commit: CommitId,
    environment: &'a EnvironmentSlug,
    dry_run: bool,
    gateway: &'a Gateway,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<RenderedFile<'a>>,
}

/// The folder that was written.
#[derive(Serialize, JsonSchema)]
struct RenderedFile<'a> {
    directory: &'a Path,
    changed: bool,
    manifest: &'a Manifest,
}

pub fn run(args: &RenderArgs, app: &mut App) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let view = app.view(&session, &args.at)?;
    let context = app.context(&session, view.state.project.settings.branch.as_ref());
    let gateway = render(&view, &args.slug).map_err(|error| refused(&error, &view))?;
    let text = text(&gateway, args.format)?;
    let (commit, environment) = (view.commit, &args.slug);
    let body = Body {
        context,
        commit,
        environment,
        dry_run: args.change.dry_run,
        gateway: &gateway,
        output: None,
    };
    let Some(directory) = &args.output else {
        app.answer(text.trim_end());
        return Ok(app.done(&body));
    };
    let (files, configuration) =
        files(&session, &view.state.project, &gateway, (text, args.format))?;
    let manifest = Manifest::new(&args.slug, view.commit, configuration, &files);
    let flush = if session
        .store
        .setting_bool("envctl.durable")?
        .unwrap_or(true)
    {
        Flush::Yes
    } else {
        Flush::No
    };
    let folder = app.folder()?.join(directory);
    let delivered = if args.change.dry_run {
        foresee(&folder, &files, &manifest)?
    } else {
        deliver(&folder, &files, &manifest, flush)?
    };
    let word = match (delivered, args.change.dry_run) {
        (DeliveredFolder::New, false) => "written",
        (DeliveredFolder::New, true) => "would be written",
        (DeliveredFolder::Replaced, false) => "replaced",
        (DeliveredFolder::Replaced, true) => "would be replaced",
        (DeliveredFolder::Unchanged, _) => "unchanged",
    };
    let what = count(files.len() + 1, "file");
    app.output.say(format!(
        "{} at {} in {}: {what}, {word}",
        args.slug,
        view.commit.short(),
        directory.display()
    ));
    let output = Some(RenderedFile {
        directory,
        changed: delivered != DeliveredFolder::Unchanged,
        manifest: &manifest,
    });
    Ok(app.done(&Body { output, ..body }))
}

/// Returns the failure for an invalid configuration, with all its findings.
pub fn refused(error: &RenderError, view: &View) -> anyhow::Error {
    match error {
        RenderError::Missing(error) => error.clone().into(),
        RenderError::Unsound { findings, .. } => {
            let failure = Failure::new(Exit::Refused, "unsound", error.to_string());
            let hint = "fix it, or render an earlier state with --at; `envctl check` judges the whole project";
            failure.about(findings, &view.snapshot).hint(hint).into()
        }
    }
}

fn text(gateway: &Gateway, format: RenderFormat) -> anyhow::Result<String> {
    Ok(match format {
        RenderFormat::Toml => toml::harmless(&gateway.to_toml()),
        RenderFormat::Json => json::pretty(gateway)? + "\n",
    })
}

/// Returns the configuration and the prompts by their paths, and which of them is the configuration.
fn files(
    session: &Session,
    project: &Project,
    gateway: &Gateway,
    (text, format): (String, RenderFormat),
) -> anyhow::Result<(BTreeMap<String, Vec<u8>>, &'static str)> {
    let configuration = if format == RenderFormat::Toml {
        "gateway.toml"
    } else {
        "gateway.json"
    };
    let mut files = BTreeMap::from([(configuration.to_owned(), text.into_bytes())]);
    for (name, prompt) in &gateway.prompts {
        let resource = envctl::model::Resource {
            kind: Kind::Prompts,
            name: name.clone(),
        };
        if let Some(version) = project.version(&resource.at(prompt.version)) {
            files.insert(prompt.path.clone(), session.store.content(version.content)?);
        }
    }
    Ok((files, configuration))
}
