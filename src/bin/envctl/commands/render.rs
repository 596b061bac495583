mod refused;
mod rendered;

use std::path::{Path, PathBuf};

use envctl::gateway::{Gateway, Inexpressible};
use envctl::model::{CommitId, EnvironmentSlug};
use envctl::store::Flush;
use schemars::JsonSchema;
use serde::Serialize;

pub use self::refused::refused;
pub use self::rendered::Rendered;
use self::rendered::judge_lost;
use crate::app::{Answer, App};
use crate::context::Context;
use crate::delivery::{DeliveredFolder, Manifest, deliver, foresee};
use crate::format_names::{self, RenderFormat};
use crate::options::{At, ChangeArgs};
use crate::render::count;

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
    #[arg(long, value_name = "FORMAT", value_parser = format_names::rendered(), default_value = format_names::TOML)]
    format: RenderFormat,
    /// Write it to this folder, with the prompts and a manifest.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Refuse what the format can only write with a loss.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    change: ChangeArgs,
    #[command(flatten)]
    at: At,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    commit: CommitId,
    environment: &'a EnvironmentSlug,
    dry_run: bool,
    gateway: &'a Gateway,
    lost: &'a [Inexpressible],
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
    let rendered = Rendered::of(&session, &view, &args.slug, args.format)?;
    judge_lost(&rendered.lost, args.strict, app)?;
    let (commit, environment) = (view.commit, &args.slug);
    let body = Body {
        context,
        commit,
        environment,
        dry_run: args.change.dry_run,
        gateway: &rendered.served.gateway,
        lost: &rendered.lost,
        output: None,
    };
    let Some(directory) = &args.output else {
        if !rendered.files.is_empty() {
            let paths: Vec<&str> = rendered.files.keys().map(String::as_str).collect();
            let message = format!("{} belongs beside it: -o writes that too", paths.join(", "));
            app.output.warn(message);
        }
        app.answer(rendered.text.trim_end());
        return Ok(app.done(&body));
    };
    let files = rendered.all_files();
    let manifest = Manifest::new(&args.slug, view.commit, rendered.configuration, &files);
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
