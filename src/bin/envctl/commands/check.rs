use envctl::model::BranchName;
use envctl::ops::{Assurance, ReadError, Review, Session, commits_between, landed, review};
use envctl::store::CommitRecord;
use jiff::Timestamp;

use crate::app::{Answer, App};
use crate::budget::budget;
use crate::commands::comment::PullRequest;
use crate::context::Context;
use crate::error::Failure;
use crate::exit::Exit;
use crate::render::count;
use crate::render::markdown::code;
use crate::render::report::{CheckReport, ReportFormat};
use crate::ui::Shown;

mod arguments;
pub mod body;
pub mod job;
mod judging;
pub mod projects;
pub mod push;
mod shown;

pub use self::arguments::CheckArgs;
use self::body::Body;
use self::judging::{
    author, branch_here, judge_new, judge_range, judge_state, subject, without_verdict,
};
use self::shown::show;

pub fn run(args: &CheckArgs, app: &mut App) -> anyhow::Result<Answer> {
    let judged = judged(args, app).map_err(without_verdict);
    if let (Err(error), ReportFormat::Github) = (&judged, args.format) {
        job::write_failure(app, &format!("{error:#}"))?;
    }
    judged
}

fn judged(args: &CheckArgs, app: &mut App) -> anyhow::Result<Answer> {
    if args.pre_receive {
        return push::run(push::PushSide::Server, args, app);
    }
    if args.pre_push {
        return push::run(push::PushSide::Client, args, app);
    }
    if args.all_projects {
        return projects::run(args, app);
    }
    let mut session = match app.session() {
        Err(error) if args.staged && is_without_project(&error) => return staged_anew(args, app),
        session => session?,
    };
    // In a range, a last commit that cannot be read is a finding.
    let view = match (session.view(None), args.range()?) {
        (Err(_), Some(_)) => None,
        (view, _) => Some(view?),
    };
    let branch = view.and_then(|view| view.state.project.settings.branch);
    let context = app.context(&session, branch.as_ref());
    if let Some(text) = args.range()? {
        let budget = budget(&session.store)?;
        session.store.limit(budget);
        let report = judge_range(&mut session, args, text)?;
        let shown = RangeShown {
            review: reviewed(&session, args, &report),
            commits: told(&session, args, &report),
            live: branch,
        };
        return answer(app, args, context, "range", &report, Some(&shown));
    }
    let author = author(app, &session.store);
    let (subject, word) = subject(args);
    let report = judge_state(&session, subject, author.as_ref())?;
    answer(app, args, context, word, &report, None)
}

fn is_without_project(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref(),
        Some(ReadError::NoProject { .. } | ReadError::Unborn { .. })
    )
}

/// Judges staged files if no project is committed: a new project is judged as a state. Without a
/// project there is nothing to judge, because a hook must not block a branch that has no project,
/// such as one for web pages.
fn staged_anew(args: &CheckArgs, app: &mut App) -> anyhow::Result<Answer> {
    let store = app.store()?;
    let folder = app.staged_folder(&store)?;
    let branch = branch_here(&store)?;
    let Some((report, live)) = judge_new(&store, &folder)? else {
        app.output
            .say("no project is staged here, so there is nothing to judge");
        return Ok(app.done(&Body {
            context: Context {
                project: folder.to_string(),
                branch,
                live: false,
                at: None,
            },
            commit: None,
            examined: "staged",
            range: None,
            level: Assurance::Unsigned,
            findings: Vec::new(),
        }));
    };
    let context = Context {
        project: folder.to_string(),
        live: live == branch,
        branch,
        at: None,
    };
    answer(app, args, context, "staged", &report, None)
}

/// Shows `report`, and returns how the command ends.
fn answer(
    app: &mut App,
    args: &CheckArgs,
    context: Context,
    examined: &'static str,
    report: &CheckReport,
    shown: Option<&RangeShown>,
) -> anyhow::Result<Answer> {
    let shown = shown.filter(|_| args.pin_policy);
    let comment = shown.map(|shown| comment(report, shown, app.process.now()));
    show(app, args.format, report, comment.as_ref())?;
    // The places of a hundred thousand findings are not computed a second time unless they are needed.
    let findings = if app.json() {
        report.findings()
    } else {
        Vec::new()
    };
    let body = Body::of(args, context, examined, (report, &findings));
    let answer = app.done(&body);
    let failed = report.fails() && !args.exit_zero;
    let said = said(args, report);
    if !failed {
        app.output.say(&said);
    }
    if !args.words.is_empty() {
        app.output.say(format!(
            "{}: {}",
            report.level.as_str(),
            report.level.meaning()
        ));
    }
    if failed {
        let code = report
            .first()
            .map_or("CODE", |finding| finding.code.as_str());
        let failure = Failure::new(Exit::Findings, "findings", said)
            .hint(format!("for more: envctl explain {code}"));
        return Ok(answer.failed(failure));
    }
    Ok(answer)
}

/// What a report on a range shows besides its findings.
struct RangeShown {
    review: Option<Review>,
    commits: Vec<CommitRecord>,
    /// The live branch, as the end of the range names it.
    live: Option<BranchName>,
}

/// The most commits that a page tells.
const MOST_COMMITS: usize = 5;

/// Returns the newest commits of a range, if its format shows them.
fn told(session: &Session, args: &CheckArgs, report: &CheckReport) -> Vec<CommitRecord> {
    let ends = report.base.zip(report.head).filter(|_| shows(args));
    let commits = ends.map(|ends| commits_between(session, ends, MOST_COMMITS));
    commits.and_then(Result::ok).unwrap_or_default()
}

/// Reports whether the page of a pull request is written.
fn shows(args: &CheckArgs) -> bool {
    args.pin_policy && matches!(args.format, ReportFormat::Markdown | ReportFormat::Github)
}

/// Returns what a range that is judged for landing would change, if the format shows it.
///
/// The verdict does not depend on it. So where it cannot be determined, as where the branches
/// conflict, the page has the findings only.
fn reviewed(session: &Session, args: &CheckArgs, report: &CheckReport) -> Option<Review> {
    let ends = report.base.zip(report.head);
    let (base, head) = ends.filter(|_| shows(args))?;
    let to = landed(session, (base, head), session.now).ok().flatten()?;
    review(session, (base, to), &[], session.now).ok()
}

fn comment<'a>(report: &'a CheckReport, shown: &'a RangeShown, now: Timestamp) -> PullRequest<'a> {
    let review = shown.review.as_ref();
    let before = review.and_then(|review| review.from.state.project.settings.branch.as_ref());
    let branch = before.or(shown.live.as_ref());
    let base = || report.base.map(|base| base.short()).unwrap_or_default();
    PullRequest {
        review,
        report: Some(report),
        commits: &shown.commits,
        onto: code(&branch.map_or_else(base, ToString::to_string)),
        at: now,
        content: true,
        command: format!("envctl check --pin-policy {}", report.subject),
    }
}

fn said(args: &CheckArgs, report: &CheckReport) -> String {
    let what = count(report.count(), "finding");
    let subject = Shown(&report.subject);
    match (args.words.first(), report.count()) {
        (None, 0) => format!("no findings in {subject}"),
        (None, _) => what,
        (Some(_), 0) => {
            let commits = count(report.commits, "commit");
            format!(
                "no findings in {subject}: {commits}, {} of them in the project",
                report.judged
            )
        }
        (Some(_), _) => format!("{what} in {subject}"),
    }
}
