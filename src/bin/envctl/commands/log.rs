mod csv;
pub mod json;
mod text;

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use envctl::model::{Present, Project, Resource, Tense};
use envctl::ops::{Filter, LogEntry, log};
use envctl::plan::{Action, PlanError};

use super::about::LookArgs;
use crate::app::{Answer, App};
use crate::moment;
use crate::options::At;
use crate::render::when;

/// Show what changed, newest first: who, when, why, and which pointers moved.
///
/// Follows first parents and compares the files of the commits, so a commit made by hand is shown
/// by what it did. Times are effective times on that line: the committer date, but never earlier
/// than the parent's, and never in the future.
///
/// --action selects by what a commit did. The files decide; for a commit made by envctl, its
/// trailer distinguishes actions that look alike. A commit made by hand can have several actions:
/// if it moves pointers forward and back, it is a promote and a rollback.
///
/// --format csv writes a header and one line per selected move (or one for a commit without moves),
/// quoted as in RFC 4180, with \n between the lines. A cell that a spreadsheet would take for a
/// formula (it begins with = + - @, a tab or a line break) gets a leading apostrophe.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl log
  envctl log prod                          what happened in prod
  envctl log prod prompts/support-router   one pointer's history
  envctl log --production --limit 5
  envctl log prod --since \"7 days ago\" --action rollback --action approve
  envctl log --author ana@ --until 2026-11-01
  envctl log --production --since 2026-01-01 --format csv > moves.csv")]
pub struct LogArgs {
    /// Only what happened in ENV, or to RESOURCE (one has a slash, the other has none).
    #[arg(value_name = "ENV|RESOURCE", num_args = 0..=2)]
    about: Vec<String>,
    /// Only what happened in environments that serve production.
    #[arg(long)]
    production: bool,
    /// Only what happened to this resource; may be given more than once.
    #[arg(long = "resource", value_name = "RESOURCE")]
    resources: Vec<Resource>,
    /// Only commits that took effect at this time or later; times as for --at.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only commits that took effect at this time or earlier; a date means its beginning.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only commits whose author's name or e-mail address contains TEXT, ignoring case.
    #[arg(long, value_name = "TEXT")]
    author: Option<String>,
    /// Only commits with this action; may be given more than once.
    #[arg(long = "action", value_name = "ACTION", value_parser = action_parser())]
    actions: Vec<Action>,
    /// At most N commits.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// The output format; json is the same as --json.
    #[arg(long, value_name = "F", conflicts_with = "json")]
    format: Option<LogFormat>,
    #[command(flatten)]
    at: At,
}

/// The output format of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// For people and for `cut`.
    Text,
    /// One JSON object.
    Json,
    /// One line per move, for spreadsheets.
    Csv,
}

impl LogArgs {
    /// Reports whether the answer is to be JSON.
    pub fn wants_json(&self) -> bool {
        self.format == Some(LogFormat::Json)
    }
}

fn action_parser() -> impl TypedValueParser<Value = Action> {
    PossibleValuesParser::new(Action::ALL.map(Action::as_str)).map(|word| {
        let named = Action::ALL
            .into_iter()
            .find(|action| action.as_str() == word);
        named.expect("only the words of actions are possible")
    })
}

pub fn run(args: &LogArgs, app: &mut App) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let view = app.view(&session, &args.at)?;
    let project = &view.state.project;
    let context = app.context(&session, project.settings.branch.as_ref());
    let filter = filter(args, project, &app.process.present())?;
    for (word, at) in [("since", filter.since), ("until", filter.until)] {
        if let Some(at) = at {
            app.output.say(format!("{word} {}", when::rfc3339(at)));
        }
    }
    let nowhere = args.production && filter.environments.is_empty();
    let entries = if nowhere {
        Vec::new()
    } else {
        log(&session, &view, &filter)?
    };
    if entries.is_empty() {
        require_known(&filter, project)?;
        app.output.say(if nowhere {
            "no environment serves production"
        } else {
            "nothing happened"
        });
    }
    match args.format {
        Some(LogFormat::Csv) => csv::write(&entries, &filter, app),
        _ => write(&entries, app),
    }
    Ok(app.done(&json::Body::of(context, view.commit, &filter, &entries)))
}

fn write(entries: &[LogEntry], app: &mut App) {
    let medium = app.output.medium();
    if !medium.terminal {
        return app.answer_table(&text::lines(entries));
    }
    for entry in entries {
        if app.output.closed() {
            break;
        }
        let paragraph = text::paragraph(entry, app.process.now(), medium);
        app.answer(paragraph);
    }
}

/// Succeeds if the environment or the resource ever existed. Otherwise it is probably misspelled.
fn require_known(filter: &Filter, project: &Project) -> Result<(), PlanError> {
    for slug in &filter.environments {
        envctl::plan::existing(project, slug)?;
    }
    match filter
        .resources
        .iter()
        .find(|resource| !project.versions.contains_key(resource))
    {
        Some(resource) => Err(envctl::plan::no_such_resource(project, resource)),
        None => Ok(()),
    }
}

fn filter(args: &LogArgs, project: &Project, present: &Present) -> anyhow::Result<Filter> {
    let LookArgs {
        mut environments,
        mut resources,
    } = LookArgs::parse(&args.about)?;
    resources.extend(args.resources.iter().cloned());
    if args.production {
        let production = project
            .environments
            .iter()
            .filter(|(_, environment)| environment.production);
        environments.extend(production.map(|(slug, _)| slug.clone()));
    }
    let time = |flag, text: &Option<String>| {
        text.as_deref()
            .map(|text| moment::time(flag, text, present, Tense::Either))
            .transpose()
    };
    Ok(Filter {
        environments,
        resources,
        since: time("--since", &args.since)?,
        // A commit that exists counts now, even if its date is a little ahead of this clock.
        until: time("--until", &args.until)?.filter(|until| *until < present.now),
        author: args.author.clone(),
        actions: args.actions.clone(),
        limit: args.limit,
    })
}
