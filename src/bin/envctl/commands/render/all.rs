use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use envctl::gateway::{Gateway, GatewayFormat, Inexpressible, ServedGateways};
use envctl::model::{CommitId, EnvironmentSlug};
use envctl::ops::{Session, View};
use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::RenderArgs;
use super::delivering::{Delivering, RenderedFolder};
use super::rendered::{Rendered, inexpressible, judge_lost, prompt_files, served, shown};
use super::variables::{self, NeededVariable};
use crate::app::{Answer, App};
use crate::context::Context;
use crate::delivery::Manifest;
use crate::error::Failure;
use crate::exit::Exit;
use crate::format_names::RenderFormat;

/// What is rendered of all environments.
#[derive(Serialize, JsonSchema)]
pub struct AllBody<'a> {
    #[serde(flatten)]
    context: Context,
    commit: CommitId,
    dry_run: bool,
    environments: Vec<RenderedEnvironment<'a>>,
    /// What is lost in the one configuration.
    #[serde(rename = "losses")]
    lost: Vec<Inexpressible>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    #[serde(rename = "environment_variables")]
    variables: Vec<NeededVariable>,
    /// The folder of the one configuration, where the format has one for all environments.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<RenderedFolder>,
}

/// What is rendered of one environment among all.
#[derive(Serialize, JsonSchema)]
struct RenderedEnvironment<'a> {
    environment: &'a EnvironmentSlug,
    gateway: Gateway,
    /// What of it is lost in its own configuration.
    #[serde(rename = "losses")]
    lost: Vec<Inexpressible>,
    /// Its folder, where each environment has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<RenderedFolder>,
}

/// Renders every environment: into one configuration where the format has such, else into a folder for each.
///
/// # Errors
///
/// When one of them cannot be rendered, or nothing says where to.
pub fn run(
    args: &RenderArgs,
    (app, session, view): (&mut App, &Session, &View),
    context: Context,
) -> anyhow::Result<Answer> {
    let project = &view.state.project;
    let slugs = project.in_order();
    let mut environments = BTreeMap::new();
    for slug in &slugs {
        environments.insert((*slug).clone(), served(session, view, slug)?);
    }
    let all = ServedGateways {
        fallback: project.settings.gateway_fallback.clone(),
        environments,
    };
    let one = match args.format {
        RenderFormat::Of(format) => format.write_all(&all).map(|written| (format, written)),
        RenderFormat::Json => None,
    };
    let gateways: Vec<Gateway> = slugs
        .iter()
        .filter_map(|slug| Some(all.environments.get(*slug)?.gateway.clone()))
        .collect();
    let needed: BTreeSet<&str> = gateways.iter().flat_map(Gateway::variables).collect();
    let variables = match args.check_env {
        true => variables::check(&needed, app)?,
        false => Vec::new(),
    };
    let delivering = Delivering {
        session,
        view,
        dry_run: args.change.dry_run,
    };
    let bare = slugs
        .iter()
        .zip(gateways.iter().cloned())
        .map(|(environment, gateway)| RenderedEnvironment {
            environment,
            gateway,
            lost: Vec::new(),
            output: None,
        });
    let mut body = AllBody {
        context,
        commit: view.commit,
        dry_run: args.change.dry_run,
        environments: bare.collect(),
        lost: Vec::new(),
        variables,
        output: None,
    };
    if let Some((format, written)) = one {
        let rendering = written
            .map_err(|refused| inexpressible(&refused, format.name(), "all environments"))?;
        judge_lost(&rendering.lost, args.strict, app)?;
        body.lost = rendering.lost;
        let text = shown(format.file_name(), &rendering.text);
        match &args.output {
            None => app.answer(text.trim_end()),
            Some(directory) => {
                body.output = Some(into_one(app, &delivering, directory, (format, text), &all)?);
            }
        }
        return Ok(app.done(&body));
    }
    let Some(directory) = &args.output else {
        let message = "this format has a configuration for each environment, and --all has no folder for them";
        return Err(Failure::new(Exit::Usage, "usage", message)
            .hint("-o DIR writes DIR/ENV for each")
            .into());
    };
    // All of them, before the first is written.
    let mut rendered = Vec::new();
    for slug in &slugs {
        rendered.push(Rendered::of(session, view, slug, args.format)?);
    }
    let lost = slugs.iter().zip(&rendered);
    let lost = lost.map(|(slug, one)| ((*slug).clone(), one.lost.clone()));
    judge_lost(&Inexpressible::in_environments(lost), args.strict, app)?;
    for ((slug, one), shown) in slugs.iter().zip(&rendered).zip(&mut body.environments) {
        shown.lost.clone_from(&one.lost);
        let files = one.all_files();
        let manifest = Manifest::new(Some(slug), view.commit, one.configuration, &files);
        let folder = directory.join(slug.as_str());
        shown.output = Some(delivering.deliver(app, &folder, &files, (slug.as_str(), manifest))?);
    }
    for folder in forgotten(&app.folder()?.join(directory), &slugs) {
        app.output.warn(format!(
            "{} is left of an environment that is gone: nothing renders it any more",
            directory.join(folder).display()
        ));
    }
    Ok(app.done(&body))
}

/// Writes one configuration, with the prompts of all environments.
fn into_one(
    app: &mut App,
    delivering: &Delivering<'_>,
    directory: &Path,
    (format, text): (&dyn GatewayFormat, String),
    all: &ServedGateways,
) -> anyhow::Result<RenderedFolder> {
    let mut files = BTreeMap::from([(format.file_name().to_owned(), text.into_bytes())]);
    files.extend(all.environments.values().flat_map(prompt_files));
    let manifest = Manifest::new(None, delivering.view.commit, format.file_name(), &files);
    delivering.deliver(app, directory, &files, ("all environments", manifest))
}

/// Returns the folders below `directory` that were delivered for environments that are gone.
fn forgotten(directory: &Path, slugs: &[&EnvironmentSlug]) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .filter(|entry| entry.path().join(Manifest::FILE).is_file())
        .map(|entry| PathBuf::from(entry.file_name()))
        .filter(|name| !slugs.iter().any(|slug| name.as_os_str() == slug.as_str()))
        .collect();
    found.sort();
    found
}
