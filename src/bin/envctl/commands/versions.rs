use envctl::model::{CommitId, EnvironmentSlug, Resource, VersionNumber};
use envctl::ops::{VersionRecord, versions};
use envctl::plan::no_such_resource;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::checks;
use super::version_record::{VersionRecordBody, origin, published_why};
use crate::app::{Answer, App};
use crate::context::Context;
use crate::options::At;
use crate::render::when;
use crate::render::{Cell, Table, count, joined};
use crate::ui::{Medium, Shown, style};

/// List the versions of a resource, newest first: when, by whom and why each was published, and where it is and was live.
///
/// Read from the commits' trees along first parents, as `envctl blame` and `envctl log` do. Where a merge brought a version,
/// the time is that of the merge, and the commit that added the file says who and why.
///
/// A version that was rolled back somewhere and has not come back since bears a `!`, and a line below the table says when, by
/// whom and why. Environments that were deleted are not listed.
///
/// In a pipe: number, when, commit, e-mail address, why, where it is live, where it was live, where it was rolled back,
/// what checks say, and why it is vetoed; those of several with commas.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl versions prompts/support-router
  envctl versions prompts/support-router --limit 5
  envctl versions routing/primary --at \"2 days ago\"
  envctl versions prompts/support-router --json | jq '.versions[] | select(.live_in == [])'
  envctl show prompts/support-router@7                            the text of one
  envctl diff prompts/support-router@6 prompts/support-router@7   what changed")]
pub struct VersionsArgs {
    /// The resource, such as prompts/support-router.
    resource: Resource,
    /// At most so many versions, the newest.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    #[command(flatten)]
    at: At,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    commit: CommitId,
    resource: &'a Resource,
    /// How many versions there are, with those that --limit leaves out.
    total: usize,
    versions: Vec<VersionRecordBody<'a>>,
}

pub fn run(args: &VersionsArgs, app: &mut App) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let view = app.view(&session, &args.at)?;
    let project = &view.state.project;
    let context = app.context(&session, project.settings.branch.as_ref());
    let Some(known) = project.versions.get(&args.resource) else {
        return Err(no_such_resource(project, &args.resource).into());
    };
    let total = known.len();
    let limit = args.limit.unwrap_or(usize::MAX);
    let newest_first = known.keys().rev().copied();
    let numbers: Vec<VersionNumber> = newest_first.take(limit).collect();
    let records = versions(&session, &view, &args.resource, &numbers)?;
    let medium = app.output.medium();
    match medium.terminal {
        true => picture(&args.resource, &records, app, medium),
        false => app.answer_table(&lines(&records)),
    }
    if records.len() < total {
        let older = count(total - records.len(), "older version");
        app.output.say(format!("{older} not shown: --limit"));
    }
    Ok(app.done(&Body {
        context,
        commit: view.commit,
        resource: &args.resource,
        total,
        versions: records
            .iter()
            .map(|record| VersionRecordBody::of(project, record))
            .collect(),
    }))
}

/// Writes the answer for people: a line for each version, and below it what was rolled back.
fn picture(resource: &Resource, records: &[VersionRecord], app: &mut App, medium: Medium) {
    app.answer_table(&table(resource, records, app.process.now(), medium));
    let marks = records.iter().flat_map(|record| &record.marks);
    let marks: Vec<&str> = marks.map(|(_, mark)| &*mark.sentence).collect();
    let vetoes = records.iter().filter_map(|record| {
        let veto = record.veto.as_ref()?;
        Some(format!("{} {}", record.id, checks::vetoed(veto)))
    });
    let vetoes: Vec<String> = vetoes.collect();
    if !marks.is_empty() || !vetoes.is_empty() {
        app.answer("");
    }
    for veto in vetoes {
        let warning = style::WARNING;
        app.answer(format!("{warning}!{warning:#} {}", Shown(&veto)));
    }
    for mark in marks {
        let warning = style::WARNING;
        app.answer(format!("{warning}!{warning:#} {}", Shown(mark)));
    }
}

fn table(resource: &Resource, records: &[VersionRecord], now: Timestamp, medium: Medium) -> Table {
    let number = resource.kind.number_word().to_uppercase();
    let checked = records.iter().any(|record| !record.checks.is_empty());
    let mut header = vec![number.as_str(), "LIVE IN", "WAS LIVE IN"];
    header.extend(checked.then_some("CHECKS"));
    header.push("PUBLISHED");
    let mut table = Table::new(&header);
    for record in records {
        let mut cells = vec![
            Cell::new(record.id.number).right(),
            Cell::new(joined(record.live_in(), ", ")).style(style::GOOD),
            Cell::new(was_live(record)),
        ];
        cells.extend(checked.then(|| Cell::new(checks::marks(&record.checks))));
        cells.push(Cell::new(published(record, now, medium)));
        table.row(cells);
    }
    table
}

/// Returns when, by whom and why a version was published.
fn published(record: &VersionRecord, now: Timestamp, medium: Medium) -> String {
    let (Some(published), Some(why)) = (&record.published, published_why(record)) else {
        return String::new();
    };
    let (at, by) = (
        when::at(published.at, now, medium),
        &published.origin.author.name,
    );
    format!("{at} by {by}: {why}")
}

/// Returns where a version was live, with a `!` behind each environment that rolled it back.
fn was_live(record: &VersionRecord) -> String {
    let marked = |slug: &EnvironmentSlug| record.marks.iter().any(|(marked, _)| marked == slug);
    let was = record.was_live_in();
    let others = record.marks.iter().map(|(marked, _)| marked);
    let others = others.filter(|marked| !was.contains(marked));
    let named = was.iter().copied().chain(others);
    let named = named.map(|slug| match marked(slug) {
        true => format!("{slug} !"),
        false => slug.to_string(),
    });
    joined(named, ", ")
}

/// Returns what each check says that is about the bytes of the version, with commas.
fn checked(record: &VersionRecord) -> String {
    let counts = record.checks.iter().filter(|check| check.is_of_bytes);
    let said = counts.map(|check| match check.attestation.passed {
        true => format!("{}=passed", check.name),
        false => format!("{}=failed", check.name),
    });
    joined(said, ",")
}

/// Returns the answer for programs: always the same columns, nothing cut.
fn lines(records: &[VersionRecord]) -> Table {
    let mut table = Table::new(&[
        "NUMBER",
        "PUBLISHED",
        "COMMIT",
        "BY",
        "WHY",
        "LIVE IN",
        "WAS LIVE IN",
        "ROLLED BACK IN",
        "CHECKS",
        "VETO",
    ]);
    for record in records {
        let published = record.published.as_ref();
        let by = origin(record).map(|origin| &origin.author.email);
        let marked = record.marks.iter().map(|(slug, _)| slug);
        table.row([
            Cell::new(record.id.number),
            Cell::new(published.map_or_else(String::new, |published| when::rfc3339(published.at))),
            published.map_or_else(Cell::nothing, |published| Cell::new(published.commit.id)),
            by.map_or_else(Cell::nothing, Cell::new),
            published_why(record).map_or_else(Cell::nothing, Cell::new),
            Cell::new(joined(record.live_in(), ",")),
            Cell::new(joined(record.was_live_in(), ",")),
            Cell::new(joined(marked, ",")),
            Cell::new(checked(record)),
            record
                .veto
                .as_ref()
                .map_or_else(Cell::nothing, |veto| Cell::new(veto.reason.as_str())),
        ]);
    }
    table
}
