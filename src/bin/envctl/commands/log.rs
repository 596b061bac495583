use envctl::model::{EnvironmentSlug, Move, VersionId};
use envctl::ops::{Entry, Filter, log};
use envctl::plan::{Action, PlanError};
use serde::Serialize;

use super::moves::{self, MoveBody};
use crate::app::{Answer, App, Context};
use crate::cli::At;
use crate::error::Failure;
use crate::exit::Exit;
use crate::render::{Cell, Table, when};
use crate::ui::{Medium, Shown, style};

/// Show what changed, newest first: who, when, and which pointers moved.
///
/// Read from the commits' trees along first parents, so a commit made by hand shows as what it did.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl log
  envctl log prod                          what happened in prod
  envctl log prod prompts/support-router   one pointer's history
  envctl log --production --limit 5")]
pub struct Args {
    /// Only what happened in ENV, or to RESOURCE (one has a slash, the other has none).
    #[arg(value_name = "ENV|RESOURCE", num_args = 0..=2)]
    about: Vec<String>,
    /// Only what happened in environments that serve production.
    #[arg(long)]
    production: bool,
    /// At most so many commits.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    #[command(flatten)]
    at: At,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    entries: Vec<EntryBody<'a>>,
}

#[derive(Serialize)]
struct EntryBody<'a> {
    commit: String,
    at: String,
    author: Person<'a>,
    action: Option<Action>,
    subject: &'a str,
    moves: Vec<MoveBody<'a>>,
    published: &'a [VersionId],
    created: &'a [EnvironmentSlug],
    edited: &'a [EnvironmentSlug],
    deleted: &'a [EnvironmentSlug],
    gateway_fallback: Option<&'a EnvironmentSlug>,
    default_publish: Option<&'a EnvironmentSlug>,
    reordered: bool,
    project_edited: bool,
}

#[derive(Serialize)]
struct Person<'a> {
    name: &'a str,
    email: &'a str,
}

pub fn run(args: &Args, app: &mut App) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let view = app.view(&session, &args.at)?;
    let project = &view.state.project;
    let context = app.context(&session, project.settings.branch.as_ref());
    let mut filter = filter(args)?;
    if args.production {
        let production = project.environments.iter().filter(|(_, environment)| environment.production);
        filter.environments.extend(production.map(|(slug, _)| slug.clone()));
    }
    let entries = log(&session, view.commit, &filter)?;
    if entries.is_empty() {
        require_known(&filter, project)?;
        app.output.say("nothing happened");
    }
    let medium = app.output.medium();
    if medium.terminal {
        for entry in &entries {
            if app.output.closed() {
                break;
            }
            let paragraph = paragraph(entry, app, medium);
            app.answer(paragraph);
        }
    } else {
        app.answer_table(&lines(&entries));
    }
    Ok(Answer::done(&Body { context, entries: entries.iter().map(body).collect() }))
}

/// An environment or a resource without a history may be one that never was.
fn require_known(filter: &Filter, project: &envctl::model::Project) -> Result<(), PlanError> {
    for slug in &filter.environments {
        envctl::plan::existing(project, slug)?;
    }
    match &filter.resource {
        Some(resource) if !project.versions.contains_key(resource) => {
            Err(envctl::plan::no_such_resource(project, resource))
        }
        _ => Ok(()),
    }
}

fn filter(args: &Args) -> anyhow::Result<Filter> {
    let mut filter = Filter { limit: args.limit, ..Filter::default() };
    let usage =
        |text: &str, error: &dyn std::fmt::Display| Failure::new(Exit::Usage, "usage", format!("{text:?}: {error}"));
    for text in &args.about {
        if text.contains('/') {
            filter.resource = Some(text.parse().map_err(|error| usage(text, &error))?);
        } else {
            filter.environments.push(text.parse().map_err(|error| usage(text, &error))?);
        }
    }
    Ok(filter)
}

fn subject(entry: &Entry) -> &str {
    entry.commit.message.lines().next().unwrap_or_default()
}

fn paragraph(entry: &Entry, app: &App, medium: Medium) -> String {
    let (strong, faint) = (style::STRONG, style::FAINT);
    let id = entry.commit.id.short();
    let at = when::at(entry.commit.committer.at, app.world.now(), medium);
    let name = Shown(&entry.commit.author.name);
    let mut text =
        format!("{faint}{id}{faint:#}  {strong}{}{strong:#}\n            {at} by {name}", Shown(subject(entry)));
    for moved in &entry.changes.moves {
        text.push_str(&format!("\n            {}", one_move(moved)));
    }
    text
}

fn one_move(moved: &Move) -> String {
    let number = |number: Option<_>| number.map_or_else(|| "-".to_owned(), |number| format!("{number}"));
    let Move { environment, resource, before, after } = moved;
    format!("{environment}: {resource} {} → {}", number(*before), number(*after))
}

fn lines(entries: &[Entry]) -> Table {
    let mut table = Table::new(&["COMMIT", "TIME", "AUTHOR", "SUBJECT"]);
    for entry in entries {
        let commit = &entry.commit;
        let at = when::rfc3339(commit.committer.at);
        table.row([Cell::new(commit.id), Cell::new(at), Cell::new(&commit.author.email), Cell::new(subject(entry))]);
    }
    table
}

fn body(entry: &Entry) -> EntryBody<'_> {
    let author = &entry.commit.author;
    let changes = &entry.changes;
    let handed = changes.roles.as_ref();
    EntryBody {
        commit: entry.commit.id.to_string(),
        at: when::rfc3339(entry.commit.committer.at),
        author: Person { name: &author.name, email: &author.email },
        action: entry.trailers.action(),
        subject: subject(entry),
        moves: moves::bodies(&changes.moves),
        published: &changes.published,
        created: &changes.created,
        edited: &changes.edited,
        deleted: &changes.deleted,
        gateway_fallback: handed.and_then(|(before, after)| {
            after.gateway_fallback.as_ref().filter(|slug| before.gateway_fallback.as_ref() != Some(slug))
        }),
        default_publish: handed.and_then(|(before, after)| {
            after.default_publish.as_ref().filter(|slug| before.default_publish.as_ref() != Some(slug))
        }),
        reordered: changes.reordered,
        project_edited: changes.project_edited,
    }
}
