use envctl::files::EnvironmentRole;
use envctl::model::{CommitId, EnvironmentKey, EnvironmentSlug, EnvironmentValue, Project};
use schemars::JsonSchema;
use serde::Serialize;

use super::keys::KeysBody;
use crate::app::{Answer, App};
use crate::context::Context;
use crate::options::At;
use crate::render::{Cell, Table};

/// List the environments in display order, with their roles and how many pointers they have.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl env list
  envctl env list --json | jq -r '.environments[] | select(.production) | .slug'")]
pub struct EnvListArgs {
    /// Only the environments that serve production.
    #[arg(long)]
    production: bool,
    #[command(flatten)]
    at: At,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    commit: CommitId,
    environments: Vec<EnvironmentBody<'a>>,
}

/// An environment as data.
#[derive(Serialize, JsonSchema)]
pub struct EnvironmentBody<'a> {
    pub environment: &'a EnvironmentSlug,
    #[serde(flatten)]
    pub keys: KeysBody<'a>,
    pub is_default_publish: bool,
    pub is_gateway_fallback: bool,
    pub system: bool,
    pub pointer_count: usize,
    /// Whether a release is pending there.
    pub waits_for_approval: bool,
}

impl<'a> EnvironmentBody<'a> {
    /// Returns the environment `slug` of `project`, if it exists.
    pub fn of(project: &'a Project, slug: &EnvironmentSlug) -> Option<Self> {
        let (slug, environment) = project.environments.get_key_value(slug)?;
        let holds = |role: EnvironmentRole| role.holder(&project.settings) == Some(slug);
        Some(Self {
            environment: slug,
            keys: KeysBody(environment),
            is_default_publish: holds(EnvironmentRole::DefaultPublish),
            is_gateway_fallback: holds(EnvironmentRole::GatewayFallback),
            system: slug.is_system(),
            pointer_count: project.live_in(slug).count(),
            waits_for_approval: project.pending.contains_key(slug),
        })
    }

    /// Returns the switches that are on, and the roles, as words.
    pub fn roles(&self) -> String {
        let on = Some(EnvironmentValue::Switch(true));
        let switches = EnvironmentKey::ALL.map(|key| (key.of(self.keys.0) == on, key.as_str()));
        let roles = [
            (self.is_default_publish, "default publish target"),
            (self.is_gateway_fallback, "gateway fallback"),
        ];
        switches
            .into_iter()
            .chain(roles)
            .filter(|(holds, _)| *holds)
            .map(|(_, word)| word)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

pub fn run(args: &EnvListArgs, app: &mut App) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let view = app.view(&session, &args.at)?;
    let project = &view.state.project;
    let context = app.context(&session, project.settings.branch.as_ref());
    let environments = project
        .in_order()
        .into_iter()
        .filter_map(|slug| EnvironmentBody::of(project, slug));
    let environments: Vec<_> = environments
        .filter(|environment| !args.production || environment.keys.0.production)
        .collect();
    let mut table = Table::new(&["ENVIRONMENT", "NAME", "POINTERS", "ROLES", "DESCRIPTION"]);
    for environment in &environments {
        table.row([
            Cell::new(environment.environment).swatch(environment.keys.0.color),
            Cell::new(&environment.keys.0.name),
            Cell::new(environment.pointer_count).right(),
            Cell::new(environment.roles()),
            Cell::new(&environment.keys.0.description),
        ]);
    }
    app.answer_table(&table);
    Ok(app.done(&Body {
        context,
        commit: view.commit,
        environments,
    }))
}
