use envctl::check::check_state;
use envctl::diag::Code;
use envctl::model::{CommitId, EnvironmentSlug, Project, Resource, VersionNumber};
use envctl::ops::{Displaced, FailedCheck, Status, StatusRow, displaced, failed_checks, status};
use schemars::JsonSchema;
use serde::Serialize;

use super::checks::CheckBody;
use super::env::EnvironmentBody;
use super::frozen::{self, CalendarBody};
use super::moves::VersionBody;
use crate::app::{Answer, App};
use crate::context::Context;
use crate::options::At;
use crate::render::when::{self, When};
use crate::render::{Cell, Table, findings};
use crate::ui::{Medium, style};

/// Show what is live where: the version of every resource in every environment.
///
/// On a terminal, a version that is not the newest is yellow. In a pipe: one line per pointer, with
/// the resource, the environment and the version.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl status
  envctl status --production              only what serves production
  envctl status --at \"2 days ago\"
  envctl status | grep prompts/           one line per pointer in a pipe")]
pub struct StatusArgs {
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
    resources: Vec<RowBody<'a>>,
    /// What is live, one entry per pointer.
    pointers: Vec<PointerBody<'a>>,
    /// Whether pointers may move now, of the environments that have windows or freezes; none with --at.
    calendars: Vec<CalendarBody>,
    /// The date of the commit, if it is ahead of the clock.
    dated_ahead: Option<When>,
    /// What was live and is no longer on the live line, because a merge replaced that line; null: nothing known.
    displaced: Option<DisplacedBody>,
    /// The checks that fail for what is live.
    failed_checks: Vec<FailedBody<'a>>,
    findings: Vec<findings::Located<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct FailedBody<'a> {
    environment: &'a EnvironmentSlug,
    #[serde(flatten)]
    version: VersionBody,
    #[serde(flatten)]
    check: CheckBody<'a>,
    /// Whether the policy of the environment requires it.
    required: bool,
}

#[derive(Serialize, JsonSchema)]
struct DisplacedBody {
    commit: CommitId,
    /// The merge that has it as a later parent.
    merge: CommitId,
}

#[derive(Serialize, JsonSchema)]
struct RowBody<'a> {
    resource: &'a Resource,
    newest: Option<VersionNumber>,
    /// Whether the environments serve different versions of it.
    differs: bool,
}

#[derive(Serialize, JsonSchema)]
struct PointerBody<'a> {
    environment: &'a EnvironmentSlug,
    resource: &'a Resource,
    version: VersionNumber,
}

pub fn run(args: &StatusArgs, app: &mut App) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let view = app.view(&session, &args.at)?;
    let project = &view.state.project;
    let context = app.context(&session, project.settings.branch.as_ref());
    let only = |slug: &EnvironmentSlug| !args.production || project.environments[slug].production;
    let status = status(project, only);
    let table = table(&status, project, app.output.medium());
    app.answer_table(&table);
    say(app, &status);
    let mut calendars = Vec::new();
    if args.at.at.is_none() {
        let now = app.process.now();
        for slug in &status.environments {
            calendars.extend(CalendarBody::of(project, slug, now));
            for sentence in frozen::sentences(project, slug, now) {
                app.output.say(sentence);
            }
        }
    }
    let failed = failed_checks(project, &status.environments);
    for check in &failed {
        app.output.warn(failing(check));
    }
    // What else is wrong with the state is for `check`; that a vetoed version is served must not be missed.
    let mut found = view.state.findings.clone();
    if !project.vetoes.is_empty() {
        let mut vetoed = check_state(&view.state);
        vetoed.retain(|finding| finding.code == Code::VETO);
        for finding in &vetoed {
            app.output.warn(&finding.message);
        }
        found.extend(vetoed);
        found.sort();
        found.dedup();
    }
    let dated_ahead = session.dated_ahead(&view);
    if let Some(until) = dated_ahead {
        app.output.warn(format!(
            "the newest commit is dated ahead, until {}; promotions that wait for a dwell wait for that as well: envctl doctor",
            when::rfc3339(until)
        ));
    }
    // Where history is needed, an incomplete clone fails with its own error.
    let displaced = match args.at.at {
        None => displaced(&session).unwrap_or_default(),
        Some(_) => None,
    };
    if let Some(displaced) = &displaced {
        app.output
            .warn(format!("{}: envctl doctor", displaced.message()));
    }
    Ok(app.done(&Body {
        context,
        commit: view.commit,
        environments: status
            .environments
            .iter()
            .filter_map(|slug| EnvironmentBody::of(project, slug))
            .collect(),
        resources: status.rows.iter().map(body).collect(),
        pointers: status
            .rows
            .iter()
            .flat_map(|row| pointers(row, &status.environments))
            .collect(),
        calendars,
        dated_ahead: dated_ahead.map(When),
        displaced: displaced.map(|Displaced { commit, merge }| DisplacedBody { commit, merge }),
        failed_checks: failed.iter().map(failed_body).collect(),
        findings: findings::locate_all(&found, &view.snapshot),
    }))
}

/// Returns the warning of a check that fails for what is live.
fn failing(failed: &FailedCheck) -> String {
    let FailedCheck {
        environment,
        version,
        check,
        attestation,
        required,
    } = failed;
    let required = match required {
        true => ", which its policy requires,",
        false => "",
    };
    let link = attestation.link.as_ref();
    let link = link.map_or_else(String::new, |link| format!(" ({link})"));
    format!(
        "{version} is live in {environment}, and the check {check}{required} {}{link}",
        attestation.summary()
    )
}

fn failed_body(failed: &FailedCheck) -> FailedBody<'_> {
    FailedBody {
        environment: &failed.environment,
        version: VersionBody::of(&failed.version),
        check: CheckBody::of(&failed.check, &failed.attestation),
        required: failed.required,
    }
}

fn table(status: &Status, project: &Project, medium: Medium) -> Table {
    if medium.terminal {
        matrix(status, project)
    } else {
        lines(status)
    }
}

fn body(row: &StatusRow) -> RowBody<'_> {
    RowBody {
        resource: &row.resource,
        newest: row.newest,
        differs: row.differs(),
    }
}

fn pointers<'a>(
    row: &'a StatusRow,
    environments: &'a [EnvironmentSlug],
) -> impl Iterator<Item = PointerBody<'a>> {
    environments
        .iter()
        .zip(&row.live)
        .filter_map(|(environment, version)| {
            Some(PointerBody {
                environment,
                resource: &row.resource,
                version: (*version)?,
            })
        })
}

fn matrix(status: &Status, project: &Project) -> Table {
    let environment = |slug: &EnvironmentSlug| {
        let color = project
            .environments
            .get(slug)
            .and_then(|environment| environment.color);
        Cell::new(slug).swatch(color)
    };
    let header = [Cell::new("RESOURCE"), Cell::new("NEWEST").right()].into_iter();
    let mut table = Table::under(header.chain(status.environments.iter().map(environment)));
    for row in &status.rows {
        let newest = row
            .newest
            .map_or_else(Cell::nothing, Cell::new)
            .style(style::FAINT)
            .right();
        let live = row.live.iter().map(|number| live(*number, row.newest));
        table.row([Cell::new(&row.resource), newest].into_iter().chain(live));
    }
    table
}

fn live(number: Option<VersionNumber>, newest: Option<VersionNumber>) -> Cell {
    match number {
        None => Cell::nothing(),
        Some(number) if Some(number) == newest => Cell::new(number),
        Some(number) => Cell::new(number).style(style::WARNING),
    }
}

/// Returns one line per pointer: `cut` could not use a table with one column per environment.
fn lines(status: &Status) -> Table {
    let mut table = Table::new(&["RESOURCE", "ENVIRONMENT", "NUMBER"]);
    for row in &status.rows {
        for (slug, number) in status.environments.iter().zip(&row.live) {
            if let Some(number) = number {
                table.row([Cell::new(&row.resource), Cell::new(slug), Cell::new(number)]);
            }
        }
    }
    table
}

fn say(app: &mut App, status: &Status) {
    if status.rows.is_empty() {
        app.output
            .say("nothing is published yet: envctl publish prompts/NAME FILE");
    }
    for slug in &status.waiting {
        app.output.say(format!("a release is pending in {slug}"));
    }
}
