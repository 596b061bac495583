use std::collections::BTreeMap;

use envctl::files::PolicySetting;
use envctl::files::Variables;
use envctl::model::{
    CommitId, EnvironmentKey, EnvironmentSlug, EnvironmentValue, Kind, Policy, PolicyKey,
    PolicyValue, Resource, VersionNumber,
};
use envctl::ops::variables_of;
use envctl::plan::existing;
use schemars::JsonSchema;
use serde::Serialize;

use super::list::EnvironmentBody;
use crate::app::{Answer, App};
use crate::commands::frozen::{self, CalendarBody};
use crate::context::Context;
use crate::options::At;
use crate::render::{Cell, Table, swatch};
use crate::ui::{Shown, style};

/// Show one environment and what is live in it, with the {{ variables }} of its prompts.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl env show prod
  envctl env show prod --at \"2026-11-20 14:00\"     what was live then")]
pub struct EnvShowArgs {
    /// The environment.
    slug: EnvironmentSlug,
    #[command(flatten)]
    at: At,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    commit: CommitId,
    #[serde(flatten)]
    environment: EnvironmentBody<'a>,
    pointers: Vec<LiveBody<'a>>,
    /// Whether pointers may move there now; null with --at, or if it has neither windows nor freezes.
    calendar: Option<CalendarBody>,
    required_source: BTreeMap<&'static str, Option<&'a EnvironmentSlug>>,
}

#[derive(Serialize, JsonSchema)]
struct LiveBody<'a> {
    environment: &'a EnvironmentSlug,
    resource: &'a Resource,
    version: VersionNumber,
    /// What a prompt leaves to its callers; null for other kinds, and where it cannot be determined.
    variables: Option<Vec<String>>,
}

pub fn run(args: &EnvShowArgs, app: &mut App) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let view = app.view(&session, &args.at)?;
    let project = &view.state.project;
    let context = app.context(&session, project.settings.branch.as_ref());
    existing(project, &args.slug)?;
    let Some(environment) = EnvironmentBody::of(project, &args.slug) else {
        unreachable!("it exists")
    };
    let policy = &project.environments[&args.slug].policy;
    let sources = Kind::ALL.map(|kind| {
        (
            kind.folder(),
            policy.demands(kind).source(PolicyKey::RequiredSource),
        )
    });
    if app.output.medium().terminal {
        introduce(app, &environment);
        if let Some(says) = in_one_line(policy) {
            app.answer(format!("policy: {says} (envctl policy show {})", args.slug));
        }
        app.answer("");
    }
    let mut table = Table::new(&["RESOURCE", "LIVE", "NEWEST", "VARIABLES"]);
    let mut pointers = Vec::new();
    for (resource, number) in project.live_in(&args.slug) {
        let names = variables_of(
            &session.store,
            &view.snapshot,
            project,
            &resource.at(number),
        )?;
        let newest = project.newest(resource).map(|(newest, _)| newest);
        let newest = newest
            .map_or_else(Cell::nothing, Cell::new)
            .style(style::FAINT)
            .right();
        table.row([
            Cell::new(resource),
            Cell::new(number).right(),
            newest,
            variables_cell(resource, names.as_ref()),
        ]);
        pointers.push(LiveBody {
            environment: &args.slug,
            resource,
            version: number,
            variables: names.map(Vec::from_iter),
        });
    }
    app.answer_table(&table);
    if table.is_empty() {
        app.output.say(format!("nothing is live in {}", args.slug));
    }
    let now = args.at.at.is_none().then(|| app.process.now());
    if let Some(now) = now {
        for sentence in frozen::sentences(project, &args.slug, now) {
            app.output.say(sentence);
        }
    }
    Ok(app.done(&Body {
        context,
        commit: view.commit,
        environment,
        pointers,
        calendar: now.and_then(|now| CalendarBody::of(project, &args.slug, now)),
        required_source: sources.into_iter().collect(),
    }))
}

/// Returns what a policy says, in the form that `policy set` takes.
fn in_one_line(policy: &Policy) -> Option<String> {
    let setting = |kind, key, value: &PolicyValue| {
        PolicySetting::of_key(kind, key, Some(value.clone())).to_string()
    };
    let settings = policy.tables().flat_map(|(kind, rules)| {
        rules
            .iter()
            .map(move |(key, value)| setting(kind, key, value))
    });
    let windows = policy.windows.iter().map(|(name, window)| {
        let (name, value) = (name.clone(), Some(window.clone()));
        PolicySetting::Window { name, value }.to_string()
    });
    Some(settings.chain(windows).collect::<Vec<_>>().join(" ")).filter(|says| !says.is_empty())
}

fn introduce(app: &mut App, environment: &EnvironmentBody<'_>) {
    let strong = style::STRONG;
    let said = environment.keys.0;
    let dot = swatch(said.color, app.output.medium());
    let name = Shown(said.name.as_str());
    app.answer(format!(
        "{dot}{strong}{name}{strong:#} ({})",
        environment.environment
    ));
    for key in EnvironmentKey::ALL {
        // The name and the colour are in the line above, the switches in the line below.
        if let Some(EnvironmentValue::Description(text)) = key.of(said) {
            app.answer(Shown(text.as_str()));
        }
    }
    let roles = environment.roles();
    if !roles.is_empty() {
        app.answer(format!("roles: {roles}"));
    }
}

/// Returns the variables of a prompt in one line; those that cannot be determined are not the same as none.
fn variables_cell(resource: &Resource, names: Option<&Variables>) -> Cell {
    match names {
        Some(names) => Cell::new(Vec::from_iter(names.iter().map(String::as_str)).join(" ")),
        None if resource.kind == Kind::Prompts => Cell::new("unknown").style(style::FAINT),
        None => Cell::nothing(),
    }
}
