use envctl::diag::Code;
use envctl::model::{CommitId, EnvironmentSlug, Move};
use envctl::ops::{TextChange, Waiting, pending, text_changes};
use envctl::plan::existing;
use envctl::policy::{Judged, Request, Verdict, asked_moves};
use envctl::store::Hooks;
use schemars::JsonSchema;
use serde::Serialize;

use super::diff::json::{self, TextChangeBody};
use super::diff::text::write_text;
use super::moves::{self, MoveBody};
use super::rolled_back::{self, RolledBackBody};
use crate::app::{Answer, App};
use crate::context::Context;
use crate::options::At;
use crate::render::when::{self, When};
use crate::render::{Cell, Person, Table};
use crate::ui::{Shown, style};

/// Show the pending releases: what would move, who requested it, and what prevents an approval.
///
/// The verdicts are those of an approval by you, now. Exits with 0 whether or not a release is pending.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl pending
  envctl pending prod
  envctl pending prod --content             with the text that would go live
  envctl pending --json | jq '.releases[].environment'")]
pub struct PendingArgs {
    /// Only in this environment.
    environment: Option<EnvironmentSlug>,
    /// Also the text changes of the versions behind the numbers.
    #[arg(long)]
    content: bool,
    #[command(flatten)]
    at: At,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    commit: CommitId,
    pending: Vec<PendingBody<'a>>,
}

/// A pending release as data.
#[derive(Serialize, JsonSchema)]
pub struct PendingBody<'a> {
    environment: &'a EnvironmentSlug,
    from: &'a Option<EnvironmentSlug>,
    /// The requester; null if the request cannot be found.
    author: Option<Person<'a>>,
    /// When it was requested.
    at: Option<When>,
    commit: Option<CommitId>,
    reason: &'a Option<String>,
    moves: Vec<MoveBody<'a>>,
    can_be_approved: bool,
    obstacles: Vec<Obstacle>,
    /// The moves that would bring back a version that was rolled back there, whether or not that prevents an approval.
    rolled_back: Vec<RolledBackBody>,
    /// The text changes, with --content.
    #[serde(skip_serializing_if = "Option::is_none")]
    texts: Option<Vec<TextChangeBody<'a>>>,
}

/// Something that prevents an approval.
#[derive(Serialize, JsonSchema)]
struct Obstacle {
    /// The code of the rule; null: the release itself is invalid.
    code: Option<Code>,
    message: String,
    eligible: Option<When>,
}

pub fn run(args: &PendingArgs, app: &mut App) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let view = app.view(&session, &args.at)?;
    let project = &view.state.project;
    let context = app.context(&session, project.settings.branch.as_ref());
    // A release can be pending in an environment that no longer exists; it must be shown too.
    if let Some(slug) = args
        .environment
        .as_ref()
        .filter(|slug| !project.pending.contains_key(*slug))
    {
        existing(project, slug)?;
    }
    let author = app
        .process
        .operation(&session.store, Hooks::Skip)
        .ok()
        .map(|operation| operation.author);
    let waiting = pending(&session, &view, args.environment.as_ref(), author.as_ref())?;
    let asked: Vec<Vec<Move>> = waiting
        .iter()
        .map(|w| asked_moves(&w.environment, &w.release))
        .collect();
    let mut texts: Vec<Option<Vec<TextChange>>> = Vec::new();
    for (waiting, asked) in waiting.iter().zip(&asked) {
        show(app, waiting, asked);
        let changes = match args.content {
            true => Some(text_changes(&session.store, project, asked)?),
            false => None,
        };
        for text in changes.iter().flatten() {
            write_text(text, app);
        }
        texts.push(changes);
    }
    if waiting.is_empty() {
        app.output.say("nothing waits for approval");
    }
    let pending = waiting
        .iter()
        .zip(&asked)
        .zip(&texts)
        .map(|((waiting, asked), texts)| PendingBody {
            texts: texts
                .as_ref()
                .map(|texts| texts.iter().map(json::text).collect()),
            ..body(waiting, asked)
        })
        .collect();
    Ok(app.done(&Body {
        context,
        commit: view.commit,
        pending,
    }))
}

/// Shows a pending release with the moves `asked`, and what can be done about it.
pub fn show(app: &mut App, waiting: &Waiting, asked: &[Move]) {
    if !app.output.medium().terminal {
        app.answer_table(&lines(waiting, asked));
        return warn_of_what_comes_back(app, waiting, &[]);
    }
    let strong = style::STRONG;
    let from = waiting
        .release
        .from
        .as_ref()
        .map(|from| format!("{from} → "))
        .unwrap_or_default();
    let asked_by = waiting.request.as_ref().map_or_else(
        || "unknown requester".to_owned(),
        |request| {
            let since = when::relative(request.since, app.process.now());
            format!(
                "requested {since} by {} ({})",
                Shown(request.author.name()),
                request.commit.short()
            )
        },
    );
    app.answer(format!(
        "{strong}{from}{}{strong:#}  {asked_by}",
        waiting.environment
    ));
    for line in waiting.reason.iter().flat_map(|reason| reason.lines()) {
        app.answer(format!("  | {}", Shown(line)));
    }
    app.answer_table(&moves::table(asked));
    let obstacles = obstacles(waiting);
    for obstacle in &obstacles {
        app.output.warn(Shown(&obstacle.message));
    }
    warn_of_what_comes_back(app, waiting, &obstacles);
    let slug = &waiting.environment;
    match obstacles.is_empty() {
        true => app.output.say(format!(
            "next: envctl approve {slug}, or envctl reject {slug}"
        )),
        false => app.output.say(format!(
            "it can be removed: envctl withdraw {slug}, or envctl reject {slug}"
        )),
    }
}

/// Prints the versions that were rolled back and would come back, unless the `obstacles` name them.
fn warn_of_what_comes_back(app: &mut App, waiting: &Waiting, obstacles: &[Obstacle]) {
    for back in rolled_back::bodies(&waiting.judged) {
        let is_reported = |obstacle: &Obstacle| obstacle.message == back.message;
        if !obstacles.iter().any(is_reported) {
            app.output.warn(Shown(&back.message));
        }
    }
}

fn lines(waiting: &Waiting, asked: &[Move]) -> Table {
    let mut table = Table::new(&[
        "ENVIRONMENT",
        "RESOURCE",
        "LIVE",
        "THEN",
        "REQUESTED_BY",
        "SINCE",
        "COMMIT",
    ]);
    let request = waiting.request.as_ref();
    let known = |text: Option<String>| text.map_or_else(Cell::nothing, Cell::new);
    for moved in asked {
        table.row([
            Cell::new(&waiting.environment),
            Cell::new(&moved.resource),
            moves::number(moved.before),
            moves::number(moved.after),
            known(request.map(|request| request.author.email().to_owned())),
            known(request.map(|request| when::rfc3339(request.since))),
            known(request.map(|request| request.commit.to_string())),
        ]);
    }
    table
}

/// Returns a pending release as data.
pub fn body<'a>(waiting: &'a Waiting, asked: &'a [Move]) -> PendingBody<'a> {
    let request = waiting.request.as_ref();
    let person = |request: &'a Request| Person {
        name: request.author.name(),
        email: request.author.email(),
    };
    let obstacles = obstacles(waiting);
    PendingBody {
        environment: &waiting.environment,
        from: &waiting.release.from,
        author: request.map(person),
        at: request.map(|request| When(request.since)),
        commit: request.map(|request| request.commit),
        reason: &waiting.reason,
        moves: moves::bodies(asked),
        can_be_approved: obstacles.is_empty(),
        obstacles,
        rolled_back: rolled_back::bodies(&waiting.judged).collect(),
        texts: None,
    }
}

fn obstacles(waiting: &Waiting) -> Vec<Obstacle> {
    let flaws = waiting.flaws.iter().map(|flaw| Obstacle {
        code: None,
        message: flaw.clone(),
        eligible: None,
    });
    let seen = waiting.seen_otherwise.iter().map(|moved| Obstacle {
        code: None,
        message: format!("{} moved since it was requested", moved.resource),
        eligible: None,
    });
    let broken = |judged: &Judged| {
        let obstacle = |verdict: &Verdict| Obstacle {
            code: Some(verdict.rule),
            message: verdict.sentence.clone(),
            eligible: verdict.outcome.eligible().map(When),
        };
        judged
            .verdicts
            .iter()
            .filter(|verdict| !verdict.passes())
            .map(obstacle)
            .collect::<Vec<_>>()
    };
    // If a pointer has moved, the verdicts would be about another release.
    let judged = waiting
        .judged
        .iter()
        .filter(|_| waiting.seen_otherwise.is_empty())
        .flat_map(broken);
    flaws.chain(seen).chain(judged).collect()
}
