//! What a push brings to the live branch, as git tells a hook on stdin.

use std::collections::BTreeSet;
use std::io::Read as _;

use anyhow::Context as _;
use envctl::model::CommitId;
use envctl::ops::{Assurance, Pin, Rewound, Session, Update, check_range};
use envctl::store::{ProjectFolder, Store};
use serde::Serialize;

use super::arguments::CheckArgs;
use crate::app::{Answer, App};
use crate::error::Failure;
use crate::exit::Exit;
use crate::render::count;
use crate::render::report::{self, Report, Reported};

/// The most bytes that are read of what git tells: a line for each reference, and some servers have a hundred thousand.
const MOST: u64 = 64 * 1024 * 1024;
/// How deep a server's hook looks for projects.
const SEARCH_DEPTH: usize = 3;

/// Which side of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The repository that receives it, where git tells OLD NEW REFERENCE.
    Server,
    /// The one that sends it, where git tells REFERENCE NEW REMOTE-REFERENCE OLD.
    Client,
}

#[derive(Serialize)]
struct Body<'a> {
    updates: Vec<UpdateBody<'a>>,
}

#[derive(Serialize)]
struct UpdateBody<'a> {
    project: String,
    reference: &'a str,
    base: Option<CommitId>,
    head: CommitId,
    commits: usize,
    judged: usize,
    level: Assurance,
    findings: Vec<Reported<'a>>,
}

pub fn run(side: Side, args: &CheckArgs, app: &mut App) -> anyhow::Result<Answer> {
    let mut told = String::new();
    std::io::stdin()
        .take(MOST)
        .read_to_string(&mut told)
        .context("cannot read from stdin what is pushed")?;
    let mut updates = told
        .lines()
        .map(|line| update(side, line))
        .collect::<anyhow::Result<Vec<Update>>>()?;
    if side == Side::Server {
        let store = app.store()?;
        updates = updates
            .into_iter()
            .map(|update| update.received(&store))
            .collect::<Result<_, _>>()?;
    }
    let mut reports = Vec::new();
    for folder in folders(app, &updates)? {
        for update in &updates {
            reports.extend(
                judged(app, &folder, update)?.map(|report| (update.reference.as_str(), report)),
            );
        }
    }
    Ok(answer(app, args, &reports))
}

fn update(side: Side, line: &str) -> anyhow::Result<Update> {
    let line = match side {
        Side::Server => line.to_owned(),
        Side::Client => {
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
        format!("\"{line}\" is no line that git gives to a hook on stdin"),
    );
    failure.hint("a hook runs this: envctl hooks install; to judge a range, name it: envctl check BASE..HEAD")
}

/// The folders of the projects that the push could be about: the one that was named, else all that are there.
fn folders(app: &App, updates: &[Update]) -> anyhow::Result<Vec<ProjectFolder>> {
    let store = app.store()?;
    if let Some(named) = app.named_project(&store)? {
        let folder = named.to_str().and_then(|path| {
            path.trim_end_matches('/')
                .trim_start_matches("./")
                .parse()
                .ok()
        });
        let no_path = || {
            Failure::new(
                Exit::Usage,
                "project",
                "--project names no folder of a repository",
            )
        };
        return Ok(vec![folder.ok_or_else(no_path)?]);
    }
    let mut folders = BTreeSet::new();
    for update in updates
        .iter()
        .filter(|update| update.reference.starts_with("refs/heads/"))
    {
        for commit in [update.old, update.new].into_iter().flatten() {
            folders.extend(store.projects_within(commit, SEARCH_DEPTH)?);
        }
    }
    Ok(folders.into_iter().collect())
}

/// What an update brings to the live branch of the project in `folder`; none: it is about another branch.
fn judged(app: &App, folder: &ProjectFolder, update: &Update) -> anyhow::Result<Option<Report>> {
    let store: Store = app.store()?;
    let Some(branch) = update.live_branch(&store, folder)? else {
        return Ok(None);
    };
    let range = match update.range(&store)? {
        Ok(range) => range,
        Err(rewound) => {
            let code = if rewound == Rewound::Deleted {
                "live-branch-deleted"
            } else {
                "not-fast-forward"
            };
            let failure = Failure::new(Exit::Refused, code, format!("{branch}: {rewound}"));
            return Err(failure
                .hint("to go back, commit forward: envctl rollback, or git revert")
                .into());
        }
    };
    let mut session = Session::in_folder(store, folder.clone(), branch, app.world.now());
    let report = check_range(&mut session, range, Pin::Received)?;
    Ok(Some(Report::of_range(
        update.reference.clone(),
        folder.clone(),
        report,
    )))
}

fn answer(app: &mut App, args: &CheckArgs, reports: &[(&str, Report)]) -> Answer {
    for (_, report) in reports.iter().filter(|(_, report)| report.count() > 0) {
        app.answer(report::text(report, app.output.medium()));
    }
    let total: usize = reports.iter().map(|(_, report)| report.count()).sum();
    let fails = reports.iter().any(|(_, report)| report.fails());
    let updates = reports.iter().map(|(reference, report)| UpdateBody {
        project: report.folder.to_string(),
        reference,
        base: report.base,
        head: report.head,
        commits: report.commits,
        judged: report.judged,
        level: report.level,
        findings: report.findings(),
    });
    let answer = Answer::done(&Body {
        updates: updates.collect(),
    });
    if fails && !args.exit_zero {
        let failure = Failure::new(
            Exit::Findings,
            "findings",
            format!("{} in what is pushed", count(total, "finding")),
        );
        return answer.failed(
            failure.hint("mend the commits, and push again; envctl explain CODE tells more"),
        );
    }
    match reports.len() {
        0 => app.output.say("no update of a live branch"),
        _ => app
            .output
            .say(format!("{} in what is pushed", count(total, "finding"))),
    }
    answer
}
