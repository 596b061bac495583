//! Judges every project of a repository in one call.

use envctl::model::CommitId;
use envctl::ops::{Session, Subject, all_projects, judged_in_range};
use envctl::store::{Projects, Store};
use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::CheckArgs;
use super::body::Body as ProjectBody;
use super::job::write_failure;
use super::judging::{
    author, branch_here, judge_new, judge_range, judge_state, range, subject, without_verdict,
};
use super::shown::show;
use crate::app::{Answer, App};
use crate::budget::budget;
use crate::context::Context;
use crate::error::Failure;
use crate::exit::Exit;
use crate::render::count;
use crate::render::report::{CheckReport, ReportFormat, Reported};
use crate::ui::Shown;

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    /// The projects that were judged, in the order of their folders.
    projects: Vec<ProjectBody<'a>>,
    /// The projects that could not be judged; each makes the command fail.
    unjudged: Vec<UnjudgedBody>,
}

#[derive(Serialize, JsonSchema)]
struct UnjudgedBody {
    project: String,
    code: &'static str,
    message: String,
}

/// A project that was judged.
struct JudgedProject {
    context: Context,
    report: CheckReport,
}

/// A project that could not be judged.
struct UnjudgedProject {
    project: String,
    failure: Failure,
}

pub fn run(args: &CheckArgs, app: &mut App) -> anyhow::Result<Answer> {
    if app.names_project() {
        let message = "--all-projects judges every project, and --project names one";
        return Err(Failure::new(Exit::Usage, "usage", message).into());
    }
    let mut store = app.store()?;
    store.limit(budget(&store)?);
    let Some(found) = found(args, app, &store)? else {
        return staged_anew(args, app, &store);
    };
    let (mut judged, mut unjudged) = (Vec::new(), unnamed(&found));
    for folder in found.folders {
        let branch = app.branch().cloned();
        let now = app.process.now();
        let mut session = Session::of_folder(store, folder, branch.as_ref(), now)?;
        match judge(args, app, &mut session) {
            Ok(one) => judged.push(one),
            Err(error) => unjudged.push(UnjudgedProject {
                project: session.folder.to_string(),
                failure: Failure::of(without_verdict(error)),
            }),
        }
        // One store for all projects: what it has read is not read again, and its budget holds for
        // the whole call.
        store = session.store;
    }
    answer(args, app, &judged, &unjudged)
}

/// Returns the projects to judge; `None` if nothing is committed yet, so that only staged files can be judged.
fn found(args: &CheckArgs, app: &App, store: &Store) -> anyhow::Result<Option<Projects>> {
    if let Some(text) = args.range()? {
        let range = range(store, text)?;
        let ends: Vec<CommitId> = range.base.into_iter().chain([range.head]).collect();
        let mut found = all_projects(store, &ends, None)?;
        if let Some(base) = range.base {
            found.folders = judged_in_range(store, (base, range.head), &found.folders)?;
        }
        return Ok(Some(found));
    }
    let (subject, _) = subject(args);
    let tip = match app.branch() {
        Some(branch) => store.tip(branch)?,
        None => store.head_commit()?,
    };
    if tip.is_none() && app.branch().is_none() && subject == Subject::Staged {
        return Ok(None);
    }
    let tip: Vec<CommitId> = tip.into_iter().collect();
    Ok(Some(all_projects(store, &tip, Some(subject))?))
}

fn unnamed(found: &Projects) -> Vec<UnjudgedProject> {
    let unjudged = |(path, _): &(String, _)| {
        let message = format!(
            "the project in {path:?} cannot be judged: its path is not UTF-8, contains a backslash or is too long"
        );
        UnjudgedProject {
            project: Shown(path).to_string(),
            failure: Failure::new(Exit::CannotVerify, "unnamed-project", message)
                .hint("rename the folder"),
        }
    };
    found.unnamed.iter().map(unjudged).collect()
}

fn judge(args: &CheckArgs, app: &mut App, session: &mut Session) -> anyhow::Result<JudgedProject> {
    let report = match args.range()? {
        Some(text) => judge_range(session, args, text)?,
        None => {
            let author = author(app, &session.store);
            judge_state(session, subject(args).0, author.as_ref())?
        }
    };
    // In a range, a commit that cannot be read is a finding.
    let live = session.view(None).ok();
    let live = live.and_then(|view| view.state.project.settings.branch);
    let branch = session.target.branch().cloned();
    Ok(JudgedProject {
        context: Context {
            project: session.folder.to_string(),
            live: branch == live,
            branch,
            at: None,
        },
        report,
    })
}

/// Returns the staged project where nothing is committed yet.
fn staged_anew(args: &CheckArgs, app: &mut App, store: &Store) -> anyhow::Result<Answer> {
    let found = all_projects(store, &[], Some(Subject::Staged))?;
    let branch = branch_here(store)?;
    let mut judged = Vec::new();
    for folder in &found.folders {
        if let Some((report, live)) = judge_new(store, folder)? {
            let context = Context {
                project: folder.to_string(),
                live: live == branch,
                branch: branch.clone(),
                at: None,
            };
            judged.push(JudgedProject { context, report });
        }
    }
    answer(args, app, &judged, &unnamed(&found))
}

fn answer(
    args: &CheckArgs,
    app: &mut App,
    judged: &[JudgedProject],
    unjudged: &[UnjudgedProject],
) -> anyhow::Result<Answer> {
    if judged.is_empty() && unjudged.is_empty() && !args.staged {
        let message = "no envctl project in this repository";
        let failure = Failure::new(Exit::Error, "no-project", message);
        return Err(failure.hint("create one with `envctl init`").into());
    }
    let shown = match args.range()? {
        Some(text) => text.to_owned(),
        None => subject(args).1.to_owned(),
    };
    let all = CheckReport::joined(shown, judged.iter().map(|judged| &judged.report));
    show(app, args.format, &all, None)?;
    if args.format == ReportFormat::Github {
        for unjudged in unjudged {
            write_failure(app, &said_of(unjudged))?;
        }
    }
    let found: Vec<Vec<Reported<'_>>> = match app.json() {
        true => judged.iter().map(|one| one.report.findings()).collect(),
        false => judged.iter().map(|_| Vec::new()).collect(),
    };
    let examined = match args.words.is_empty() {
        true => subject(args).1,
        false => "range",
    };
    let bodies = judged.iter().zip(&found).map(|(one, findings)| {
        ProjectBody::of(args, one.context.clone(), examined, (&one.report, findings))
    });
    let body = Body {
        projects: bodies.collect(),
        unjudged: unjudged.iter().map(UnjudgedBody::of).collect(),
    };
    let answer = app.done(&body);
    let said = format!(
        "{} in {}",
        count(all.count(), "finding"),
        count(judged.len(), "project")
    );
    // A project that was not judged is worse than findings: nobody knows what is in it.
    let worst = unjudged
        .iter()
        .map(|unjudged| (unjudged.failure.exit != Exit::CannotVerify, unjudged))
        .min_by_key(|(other, _)| *other);
    if let Some((_, worst)) = worst {
        app.output.say(&said);
        let mut failure = worst.failure.clone();
        failure.message = match unjudged {
            [one] => said_of(one),
            all => format!(
                "{} cannot be judged, such as {}",
                count(all.len(), "project"),
                said_of(worst)
            ),
        };
        return Ok(answer.failed(failure));
    }
    if all.fails() && !args.exit_zero {
        let code = all.first().map_or("CODE", |finding| finding.code.as_str());
        let failure = Failure::new(Exit::Findings, "findings", said);
        return Ok(answer.failed(failure.hint(format!("for more: envctl explain {code}"))));
    }
    app.output.say(&said);
    if !args.words.is_empty() {
        app.output
            .say(format!("{}: {}", all.level.as_str(), all.level.meaning()));
    }
    Ok(answer)
}

fn said_of(unjudged: &UnjudgedProject) -> String {
    format!("{}: {}", unjudged.project, unjudged.failure.message)
}

impl UnjudgedBody {
    fn of(unjudged: &UnjudgedProject) -> Self {
        Self {
            project: unjudged.project.clone(),
            code: unjudged.failure.code,
            message: unjudged.failure.message.clone(),
        }
    }
}
