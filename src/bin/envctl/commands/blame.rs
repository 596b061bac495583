use envctl::model::{
    CommitId, EnvironmentSlug, OverridableRule, Project, Resource, VersionNumber, reason_of,
};
use envctl::ops::{Blamed, blame};
use envctl::plan::{PlanError, existing, no_such_resource};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::about::LookArgs;
use super::checks::{self, CheckRecordBody};
use super::overridden::rules_for;
use super::who::{ApprovedBody, Person, subject, wanted, why};
use crate::app::{Answer, App};
use crate::context::Context;
use crate::error::Failure;
use crate::exit::Exit;
use crate::options::At;
use crate::render::when::{self, When};
use crate::render::{Cell, Table, joined, swatch};
use crate::ui::{Medium, Shown, style};

/// Show since when, by whom and why each pointer is live.
///
/// A pointer is live since the commit that began its current unbroken stretch, along first parents;
/// commits that did not change it do not count. If a merge brought the pointer, it is live since
/// the merge, and the commit that set it on the other side shows who and why. If the move was
/// requested, the requester is shown beside the approver.
///
/// In a pipe: environment, resource, number, since, commit, e-mail address, reason, e-mail address
/// of the approver, and the commit that set it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl blame prod
  envctl blame prod prompts/support-router
  envctl blame --production --at \"2 days ago\"
  envctl blame prod --json | jq '.pointers[] | select(.approval == null)'")]
pub struct BlameArgs {
    /// An environment, and resources to show only those (resources have a slash).
    #[arg(value_name = "ENV|RESOURCE", required_unless_present = "production")]
    about: Vec<String>,
    /// All environments that serve production.
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
    pointers: Vec<BlamedBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct BlamedBody<'a> {
    environment: &'a EnvironmentSlug,
    resource: &'a Resource,
    version: VersionNumber,
    /// Since when it is live: the effective time of `commit`.
    at: When,
    /// The commit with which it went live.
    commit: CommitId,
    /// The commit in which it was set; it differs from `commit` if a merge brought it.
    origin_commit: CommitId,
    merged: bool,
    author: Person<'a>,
    subject: &'a str,
    reason: Option<String>,
    /// The rules that were overridden for the move.
    overridden: Vec<OverridableRule>,
    approval: Option<ApprovedBody<'a>>,
    /// What checks say about the version.
    checks: Vec<CheckRecordBody<'a>>,
}

pub fn run(args: &BlameArgs, app: &mut App) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let view = app.view(&session, &args.at)?;
    let project = &view.state.project;
    let context = app.context(&session, project.settings.branch.as_ref());
    let LookArgs {
        environments,
        resources,
    } = LookArgs::parse(&args.about)?;
    let environments = selected(project, environments, args.production)?;
    require_live(project, &environments, &resources)?;
    let blamed = blame(&session, &view, &environments, &resources)?;
    if blamed.is_empty() {
        app.output.say(if environments.is_empty() {
            "no environment serves production"
        } else {
            "nothing is live"
        });
    }
    let medium = app.output.medium();
    match medium.terminal && !blamed.is_empty() {
        true => picture(&blamed, project, app, medium),
        false => app.answer_table(&lines(&blamed)),
    }
    Ok(app.done(&Body {
        context,
        commit: view.commit,
        pointers: blamed.iter().map(body).collect(),
    }))
}

/// Returns the environments that were named, or else those that serve production.
fn selected(
    project: &Project,
    named: Vec<EnvironmentSlug>,
    production: bool,
) -> anyhow::Result<Vec<EnvironmentSlug>> {
    let usage = |text: &str| Failure::new(Exit::Usage, "usage", text);
    match (named.as_slice(), production) {
        ([slug], false) => {
            existing(project, slug)?;
            Ok(named)
        }
        ([], true) => {
            let serves = |slug: &&EnvironmentSlug| project.environments[*slug].production;
            Ok(project
                .in_order()
                .into_iter()
                .filter(serves)
                .cloned()
                .collect())
        }
        ([], false) => Err(usage("which environment?")
            .hint("name one, or pass --production")
            .into()),
        (_, true) => Err(usage("--production takes the place of an environment").into()),
        (_, false) => Err(usage("only one environment at a time").into()),
    }
}

/// Succeeds if each resource is live somewhere in `environments`. Otherwise it is probably misspelled, so an empty
/// answer would mislead.
fn require_live(
    project: &Project,
    environments: &[EnvironmentSlug],
    resources: &[Resource],
) -> Result<(), PlanError> {
    for resource in resources {
        if environments
            .iter()
            .any(|slug| project.live(slug, resource).is_some())
        {
            continue;
        }
        return Err(match environments.first() {
            Some(environment) if project.versions.contains_key(resource) => PlanError::NotLive {
                resource: resource.clone(),
                environment: environment.clone(),
            },
            _ => no_such_resource(project, resource),
        });
    }
    Ok(())
}

/// Returns the answer for people: since when each version is live, and below it what each commit says.
fn picture(blamed: &[Blamed], project: &Project, app: &mut App, medium: Medium) {
    let now = app.process.now();
    let environments: Vec<&[Blamed]> = blamed
        .chunk_by(|one, other| one.environment == other.environment)
        .collect();
    for here in &environments {
        if environments.len() > 1 {
            let (slug, strong) = (&here[0].environment, style::STRONG);
            let dot = swatch(
                project
                    .environments
                    .get(slug)
                    .and_then(|environment| environment.color),
                medium,
            );
            app.answer(format!("{dot}{strong}{slug}{strong:#}"));
        }
        app.answer_table(&pointers(here, now, medium));
        app.answer("");
    }
    for legend in legends(blamed, now) {
        app.answer(legend);
    }
}

fn pointers(blamed: &[Blamed], now: Timestamp, medium: Medium) -> Table {
    let checked = blamed.iter().any(|blamed| !blamed.checks.is_empty());
    let mut header = vec!["RESOURCE", "LIVE", "SINCE", "BY", "COMMIT"];
    header.extend(checked.then_some("CHECKS"));
    let mut table = Table::new(&header);
    for blamed in blamed {
        let mut cells = vec![
            Cell::new(&blamed.version.resource),
            Cell::new(blamed.version.number).right(),
            Cell::new(when::at(blamed.since, now, medium)),
            Cell::new(&wanted(&blamed.account).author.name),
            Cell::new(blamed.commit.id.short()).style(style::FAINT),
        ];
        cells.extend(checked.then(|| Cell::new(checks::marks(&blamed.checks))));
        table.row(cells);
    }
    table
}

/// Returns what the commits say, each once, newest first.
fn legends(blamed: &[Blamed], now: Timestamp) -> Vec<String> {
    let mut newest: Vec<&Blamed> = blamed.iter().collect();
    newest.sort_by_key(|blamed| std::cmp::Reverse(blamed.since));
    let mut legends: Vec<String> = Vec::new();
    for blamed in newest {
        let legend = legend(blamed, now);
        if !legends.contains(&legend) {
            legends.push(legend);
        }
    }
    legends
}

/// Returns the rules that were overridden for the move.
fn overridden(blamed: &Blamed) -> Vec<OverridableRule> {
    let version = (&blamed.version.resource, blamed.version.number);
    rules_for(&blamed.account.origin.message, &blamed.environment, version)
}

fn legend(blamed: &Blamed, now: Timestamp) -> String {
    let faint = style::FAINT;
    let mut parts = Vec::new();
    let origin = &blamed.account.origin;
    if blamed.is_merged() {
        parts.push(format!(
            "merged; set in {} by {}",
            origin.id.short(),
            Shown(&origin.author.name)
        ));
    }
    let rules = overridden(blamed);
    if !rules.is_empty() {
        parts.push(format!("overrides {}", joined(&rules, ", ")));
    }
    if let Some(asked) = &blamed.account.request {
        let (approver, note) = (Shown(&origin.author.name), reason_of(&origin.message));
        let note = note
            .map(|note| format!(": {}", Shown(&note)))
            .unwrap_or_default();
        parts.push(format!("approved by {approver}{note}"));
        let (requester, since) = (
            Shown(&asked.commit.author.name),
            when::relative(asked.since, now),
        );
        parts.push(format!(
            "requested by {requester} {since} in {}",
            asked.commit.id.short()
        ));
    }
    parts.extend(
        why(wanted(&blamed.account))
            .lines()
            .map(|line| Shown(line).to_string()),
    );
    format!(
        "{faint}{}{faint:#}  {}",
        blamed.commit.id.short(),
        parts.join("\n            ")
    )
}

/// Returns the answer for programs: always the same columns, nothing cut.
fn lines(blamed: &[Blamed]) -> Table {
    let mut table = Table::new(&[
        "ENVIRONMENT",
        "RESOURCE",
        "NUMBER",
        "SINCE",
        "COMMIT",
        "BY",
        "WHY",
        "APPROVED",
        "SET",
    ]);
    for blamed in blamed {
        let wanted = wanted(&blamed.account);
        let approver = blamed
            .account
            .request
            .as_ref()
            .map(|_| Cell::new(&blamed.account.origin.author.email));
        table.row([
            Cell::new(&blamed.environment),
            Cell::new(&blamed.version.resource),
            Cell::new(blamed.version.number),
            Cell::new(when::rfc3339(blamed.since)),
            Cell::new(blamed.commit.id),
            Cell::new(&wanted.author.email),
            Cell::new(why(wanted)),
            approver.unwrap_or_else(Cell::nothing),
            Cell::new(blamed.account.origin.id),
        ]);
    }
    table
}

fn body(blamed: &Blamed) -> BlamedBody<'_> {
    let origin = &blamed.account.origin;
    BlamedBody {
        environment: &blamed.environment,
        resource: &blamed.version.resource,
        version: blamed.version.number,
        at: When(blamed.since),
        commit: blamed.commit.id,
        origin_commit: origin.id,
        merged: blamed.is_merged(),
        author: Person::of(&origin.author),
        subject: subject(origin),
        reason: reason_of(&origin.message),
        overridden: overridden(blamed),
        approval: ApprovedBody::of(&blamed.account),
        checks: CheckRecordBody::all(&blamed.checks),
    }
}
