use envctl::model::{CommitId, Kind, Project, Resource, VersionId};
use envctl::ops::{
    VersionRecord, VersionStretch, VersionText, variables_of, version_text, versions,
};
use envctl::plan::existing_version;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::checks;
use super::version_record::{VersionRecordBody, origin, published_why, same_bytes};
use crate::app::{Answer, App};
use crate::context::Context;
use crate::error::Failure;
use crate::exit::Exit;
use crate::options::At;
use crate::render::when;
use crate::render::{Cell, Table, count, joined};
use crate::ui::{Medium, Shown, style};

/// Show one version: its text, and on a terminal all that is known of it.
///
/// Above the text: its file, when, by whom and why it was published, where it is and was live, which versions have the same
/// text, the {{ variables }} of a prompt, and where it was rolled back.
///
/// In a pipe the text is the whole answer. What may be a secret is masked, and stderr says so; `envctl resolve --content`
/// prints exactly what a gateway gets, or refuses.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl show prompts/support-router@7
  envctl show prompts/support-router@7 > router.md
  envctl show providers/openai@2 --json | jq .record.stretches
  envctl versions prompts/support-router                          which there are
  envctl diff prompts/support-router@6 prompts/support-router@7   what changed")]
pub struct ShowArgs {
    /// The version, such as prompts/support-router@7.
    #[arg(value_name = "RESOURCE@N")]
    version: VersionId,
    #[command(flatten)]
    at: At,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    commit: CommitId,
    resource: &'a Resource,
    record: Option<VersionRecordBody<'a>>,
    size: usize,
    /// Of a prompt, the variables that its callers provide; absent where they cannot be determined.
    #[serde(skip_serializing_if = "Option::is_none")]
    variables: Option<Vec<String>>,
    content: &'a str,
    /// Whether something in `content` was masked because it may be a secret.
    masked: bool,
}

pub fn run(args: &ShowArgs, app: &mut App) -> anyhow::Result<Answer> {
    let id = &args.version;
    let session = app.session()?;
    let view = app.view(&session, &args.at)?;
    let project = &view.state.project;
    let context = app.context(&session, project.settings.branch.as_ref());
    existing_version(project, id)?;
    let (shown, masked, size) = match version_text(&session.store, project, id)? {
        VersionText::Text {
            shown,
            masked,
            size,
        } => (shown, masked, size),
        VersionText::NotText => return Err(unshown(id, "not-text", "is not UTF-8 text")),
        VersionText::TooLarge => return Err(unshown(id, "too-large", "is too large to show")),
        VersionText::Missing => return Err(unshown(id, "no-such-version", "has no file")),
    };
    let names = variables_of(&session.store, &view.snapshot, project, id)?.map(Vec::from_iter);
    let medium = app.output.medium();
    // In a pipe the text is the answer, so history is not needed, and may be cut off.
    let known = match medium.terminal || app.json() {
        true => versions(&session, &view, &id.resource, &[id.number])?,
        false => Vec::new(),
    };
    if let Some(record) = known.first().filter(|_| medium.terminal) {
        introduce(app, project, record, (size, names.as_deref()), medium);
    }
    if !app.json() {
        app.output.answer_bytes(shown.as_bytes());
    }
    if masked {
        app.output
            .warn("what may be a secret is masked, so this is not the exact text");
    }
    Ok(app.done(&Body {
        context,
        commit: view.commit,
        resource: &id.resource,
        record: known
            .first()
            .map(|record| VersionRecordBody::of(project, record)),
        size,
        variables: names,
        content: &shown,
        masked,
    }))
}

fn unshown(id: &VersionId, code: &'static str, why: &str) -> anyhow::Error {
    Failure::new(Exit::Error, code, format!("{id} {why}")).into()
}

/// Writes what is known of a version above its text.
fn introduce(
    app: &mut App,
    project: &Project,
    record: &VersionRecord,
    (size, variables): (usize, Option<&[String]>),
    medium: Medium,
) {
    let now = app.process.now();
    let (strong, faint) = (style::STRONG, style::FAINT);
    let body = VersionRecordBody::of(project, record);
    let path = body.path().unwrap_or_default();
    let size = count(size, "byte");
    app.answer(format!(
        "{strong}{}{strong:#}  {faint}{}, {size}{faint:#}",
        record.id,
        Shown(path)
    ));
    let mut table = Table::under([]);
    let mut row = |title: &str, text: String| {
        if !text.is_empty() {
            table.row([Cell::new(title).style(style::FAINT), Cell::new(text)]);
        }
    };
    if let (Some(published), Some(origin)) = (&record.published, origin(record)) {
        row(
            "published",
            format!(
                "{} by {} ({})",
                when::at(published.at, now, medium),
                origin.author.name,
                origin.id.short()
            ),
        );
    }
    row("why", published_why(record).unwrap_or_default());
    let stretches = |live: bool| {
        let stretches = record.stretches.iter();
        stretches.filter(move |stretch| stretch.until.is_none() == live)
    };
    row(
        "live",
        joined(stretches(true).map(|one| since(one, now, medium)), ", "),
    );
    row(
        "was live",
        joined(stretches(false).map(|one| lasted(one, now, medium)), ", "),
    );
    let same = same_bytes(project, record);
    row(
        "same text",
        joined(
            same.iter().map(|number| record.id.resource.at(*number)),
            ", ",
        ),
    );
    row(
        "variables",
        match variables {
            Some(names) => names.join(" "),
            None if record.id.resource.kind == Kind::Prompts => "cannot be determined".to_owned(),
            None => String::new(),
        },
    );
    for check in &record.checks {
        row("check", checks::words(check));
        if let Some(link) = &check.attestation.link {
            row("", link.to_string());
        }
    }
    if let Some(veto) = &record.veto {
        row("!", checks::vetoed(veto));
    }
    for (_, mark) in &record.marks {
        row("!", mark.sentence.clone());
    }
    app.answer_table(&table);
    app.answer("");
}

/// Returns where a version is live, and since when.
fn since(stretch: &VersionStretch, now: Timestamp, medium: Medium) -> String {
    let slug = &stretch.environment;
    match stretch.since {
        Some((_, at)) => format!("{slug} since {}", when::at(at, now, medium)),
        None => slug.to_string(),
    }
}

/// Returns where a version was live, for how long and until when.
fn lasted(stretch: &VersionStretch, now: Timestamp, medium: Medium) -> String {
    let slug = &stretch.environment;
    match (stretch.since, stretch.until) {
        (Some((_, since)), Some((_, until))) => format!(
            "{slug} for {} until {}",
            when::lasting(since, until),
            when::at(until, now, medium)
        ),
        _ => slug.to_string(),
    }
}
