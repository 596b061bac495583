//! Judges what a push brings to the live branch; git passes the updates to a hook on stdin.

use std::io::{BufRead, BufReader, Read as _};

use anyhow::Context as _;
use envctl::model::CommitId;
use envctl::ops::{
    Assurance, Push, PushDestination, PushError, PushedRange, Refusal, Unjudged, Update, judge_push,
};
use envctl::store::{ProjectFolder, Store};
use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::CheckArgs;
use super::shown::show;
use crate::app::{Answer, App};
use crate::budget::budget;
use crate::error::Failure;
use crate::exit::Exit;
use crate::render::count;
use crate::render::report::{self, CheckReport, ReportFormat, Reported, ReportedBody};

/// The most bytes of a line: the name of a reference cannot be longer than that of a file.
const LONGEST_LINE: u64 = 64 * 1024;
/// The git setting that names updates which are not judged.
const ALLOWED: &str = "envctl.allowUpdate";

/// A side of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushSide {
    /// The repository that receives it; git passes OLD NEW REFERENCE.
    Server,
    /// The repository that sends it; git passes REFERENCE NEW REMOTE-REFERENCE OLD.
    Client,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    updates: Vec<UpdateBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct UpdateBody<'a> {
    project: String,
    reference: &'a str,
    base: Option<CommitId>,
    head: Option<CommitId>,
    commits: usize,
    judged: usize,
    level: Assurance,
    findings: Vec<ReportedBody<'a>>,
}

pub fn run(side: PushSide, args: &CheckArgs, app: &mut App) -> anyhow::Result<Answer> {
    let mut store = app.store()?;
    let project = named_folder(app, &store)?;
    store.limit(budget(&store)?);
    let push = Push {
        updates: updates(side, &store)?,
        destination: match side {
            PushSide::Server => PushDestination::Here,
            PushSide::Client => {
                let remote = args.words.first().and_then(|name| name.parse().ok());
                PushDestination::Remote(remote)
            }
        },
        project,
        allowed: match side {
            PushSide::Server => allowed(&store)?,
            // On this side the setting is the pusher's own, who could allow anything with it.
            PushSide::Client => Vec::new(),
        },
    };
    for update in &push.updates {
        if push.allowed.contains(&(update.old, update.new)) {
            app.output.warn(format!(
                "{} is not judged: git config {ALLOWED} allows exactly this update",
                update.reference
            ));
        }
    }
    let judged = judge_push(&mut store, &push, app.process.now()).map_err(refused)?;
    let reports: Vec<(String, CheckReport)> = judged
        .into_iter()
        .map(
            |PushedRange {
                 reference,
                 folder,
                 report,
             }| {
                (
                    reference.clone(),
                    CheckReport::of_range(reference, folder, report),
                )
            },
        )
        .collect();
    answer(app, args, &reports)
}

/// Reads the updates of branches and replaced objects that git passes on stdin. If anything in it
/// is invalid, nothing is judged.
fn updates(side: PushSide, store: &Store) -> anyhow::Result<Vec<Update>> {
    let mut input = BufReader::new(std::io::stdin().lock());
    let mut updates = Vec::new();
    loop {
        let mut line = Vec::new();
        let read = (&mut input)
            // A bound for each line: without it, input without line breaks would be read until
            // memory is full, in the process that guards the repository.
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)
            .context("cannot read from stdin what is pushed")
            .map_err(|error| unread(&format!("{error:#}")))?;
        if read == 0 {
            return Ok(updates);
        }
        store.require_budget()?;
        // git ends every line. If one is cut off, more may be missing, so a judgement would leave
        // out updates without saying so.
        if line.pop() != Some(b'\n') {
            return Err(unread("a line on stdin is cut off, or longer than 64 KiB").into());
        }
        let Ok(line) = String::from_utf8(line) else {
            return Err(unread("a reference on stdin has a name that is not UTF-8").into());
        };
        let mut update = update(side, &line)?;
        if side == PushSide::Server {
            update = update.received(store)?;
        }
        // `refs/replace/`, too: a replaced object makes every later judgement in the receiving
        // repository read something else than what was pushed.
        if ["refs/heads/", "refs/replace/"]
            .iter()
            .any(|folder| update.reference.starts_with(folder))
        {
            updates.push(update);
        }
    }
}

fn unread(message: &str) -> Failure {
    Failure::new(Exit::CannotVerify, "unread-updates", message)
        .hint("input that ends in the middle of a line is not judged")
}

fn update(side: PushSide, line: &str) -> anyhow::Result<Update> {
    let line = match side {
        PushSide::Server => line.to_owned(),
        PushSide::Client => {
            let words: Vec<&str> = line.split(' ').collect();
            let [_, new, reference, old] = words[..] else {
                return Err(no_update(line).into());
            };
            format!("{old} {new} {reference}")
        }
    };
    line.parse().map_err(|_| no_update(&line).into())
}

fn no_update(line: &str) -> Failure {
    let line = line.escape_debug().to_string();
    let failure = Failure::new(
        Exit::Usage,
        "update",
        format!("invalid line \"{line}\": git writes other lines to the stdin of a hook"),
    );
    failure.hint("a hook runs this: envctl hooks install; to judge a range, name it: envctl check BASE..HEAD")
}

/// Returns the folder of the project that was named, if one was.
fn named_folder(app: &App, store: &Store) -> anyhow::Result<Option<ProjectFolder>> {
    let Some(named) = app.named_project(store)? else {
        return Ok(None);
    };
    let path = named
        .to_str()
        .map(|path| path.trim_end_matches('/').trim_start_matches("./"));
    let folder = path.and_then(|path| path.parse().ok());
    let invalid = || {
        Failure::new(
            Exit::Usage,
            "project",
            "--project names no folder of a repository",
        )
    };
    Ok(Some(folder.ok_or_else(invalid)?))
}

/// Returns the updates that the administrator of the repository allows, each as OLD..NEW with all 40 digits.
fn allowed(store: &Store) -> anyhow::Result<Vec<(Option<CommitId>, Option<CommitId>)>> {
    let commit = |text: &str| {
        let id = text.parse::<CommitId>().ok()?;
        // Forty zeros stand for no commit, as in what git tells a hook.
        Some((*id.as_bytes() != [0; 20]).then_some(id))
    };
    let pair = |text: String| {
        let ends = text.trim().split_once("..");
        let pair = ends.and_then(|(old, new)| Some((commit(old)?, commit(new)?)));
        pair.ok_or_else(|| {
            let message = format!(
                "invalid update \"{}\" in git config {ALLOWED}",
                text.escape_debug()
            );
            Failure::new(Exit::Usage, "setting", message)
                .hint("write it as OLD..NEW, both with all 40 digits")
                .into()
        })
    };
    store
        .settings()
        .texts(ALLOWED)?
        .into_iter()
        .map(pair)
        .collect()
}

fn refused(error: PushError) -> anyhow::Error {
    let message = error.to_string();
    let refused = |code| Failure::new(Exit::Refused, code, message.clone());
    let unjudged = |code| Failure::new(Exit::CannotVerify, code, message.clone());
    let forward = "to go back, commit forward: envctl rollback, or git revert";
    let failure = match error {
        PushError::Read(error) => return error.into(),
        PushError::Refused(Refusal::Deleted(_)) => refused("live-branch-deleted").hint(forward),
        PushError::Refused(Refusal::NotForward(_)) => refused("not-fast-forward").hint(forward),
        PushError::Refused(Refusal::Replacement(_)) => {
            refused("replaced-object").hint("git replace is for one clone: push commits instead")
        }
        PushError::Refused(Refusal::Elsewhere { from, to, .. }) => {
            refused("live-branch-elsewhere").hint(format!("make {to} from {from}, and push that"))
        }
        PushError::Unjudged(Unjudged::Unnamed(_)) => {
            unjudged("unnamed-project").hint("rename the folder")
        }
        PushError::Unjudged(Unjudged::Absent { .. }) => unjudged("no-project")
            .hint("install the hook again, for the new folder or for all: envctl hooks install"),
    };
    failure.into()
}

fn answer(
    app: &mut App,
    args: &CheckArgs,
    reports: &[(String, CheckReport)],
) -> anyhow::Result<Answer> {
    match args.format {
        ReportFormat::Text => {
            for (_, report) in reports.iter().filter(|(_, report)| report.count() > 0) {
                app.answer(report::text(report, app.output.medium()));
            }
        }
        format => {
            let all = reports.iter().map(|(_, report)| report);
            show(
                app,
                format,
                &CheckReport::joined("what is pushed".to_owned(), all),
                None,
            )?;
        }
    }
    let total: usize = reports.iter().map(|(_, report)| report.count()).sum();
    let fails = reports.iter().any(|(_, report)| report.fails());
    let found: Vec<Vec<Reported<'_>>> = reports
        .iter()
        .map(|(_, report)| report.findings())
        .collect();
    let updates = reports
        .iter()
        .zip(&found)
        .map(|((reference, report), found)| UpdateBody {
            project: report.folder.to_string(),
            reference,
            base: report.base,
            head: report.head,
            commits: report.commits,
            judged: report.judged,
            level: report.level,
            findings: ReportedBody::all(found),
        });
    let answer = app.done(&Body {
        updates: updates.collect(),
    });
    if fails && !args.exit_zero {
        let failure = Failure::new(
            Exit::Findings,
            "findings",
            format!("{} in what is pushed", count(total, "finding")),
        );
        return Ok(answer.failed(
            failure.hint("fix the commits, and push again; for more: envctl explain CODE"),
        ));
    }
    match reports.len() {
        0 => app.output.say("no update of a live branch"),
        _ => app
            .output
            .say(format!("{} in what is pushed", count(total, "finding"))),
    }
    Ok(answer)
}
