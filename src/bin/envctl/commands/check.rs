use envctl::check::check_versions;
use envctl::files::State;
use envctl::model::CommitId;
use envctl::ops::{
    Assurance, Judgement, LandingWay, Range, ReadError, Session, Subject, check_range, judge,
};
use envctl::store::{Head, Hooks, StoreError};
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::{Answer, App};
use crate::budget::budget;
use crate::context::Context;
use crate::error::Failure;
use crate::exit::Exit;
use crate::render::count;
use crate::render::report::{self, COMMENT, Format, Report, ReportedBody};
use crate::ui::Shown;

mod arguments;
pub mod job;
pub mod push;

pub use self::arguments::CheckArgs;

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    /// The commit that was judged, or that edits in progress are made on; null: on none.
    commit: Option<CommitId>,
    /// What was judged: tip, staged, worktree or range.
    examined: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<RangeBody>,
    level: Assurance,
    findings: Vec<ReportedBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct RangeBody {
    base: Option<CommitId>,
    head: Option<CommitId>,
    commits: usize,
    judged: usize,
    pinned: bool,
    /// How it lands; null: in any way, or it has landed.
    landing: Option<LandingWay>,
}

pub fn run(args: &CheckArgs, app: &mut App) -> anyhow::Result<Answer> {
    let judged = judged(args, app).map_err(without_verdict);
    if let (Err(error), Format::Github) = (&judged, args.format) {
        job::tell_failure(app, &format!("{error:#}"))?;
    }
    judged
}

fn judged(args: &CheckArgs, app: &mut App) -> anyhow::Result<Answer> {
    if args.pre_receive {
        return push::run(push::Side::Server, args, app);
    }
    if args.pre_push {
        return push::run(push::Side::Client, args, app);
    }
    let mut session = match app.session() {
        Err(error) if args.staged && is_without_project(&error) => return staged_anew(args, app),
        session => session?,
    };
    // Where the last commit cannot be read, that is what is found in a range.
    let view = match (session.view(None), args.range()?) {
        (Err(_), Some(_)) => None,
        (view, _) => Some(view?),
    };
    let branch = view.and_then(|view| view.state.project.settings.branch);
    let context = app.context(&session, branch.as_ref());
    if let Some(text) = args.range()? {
        let range = range(&session, text)?;
        let budget = budget(&session.store)?;
        session.store.limit(budget);
        let report = check_range(&mut session, range, args.pin())?;
        let report = Report::of_range(text.to_owned(), session.folder.clone(), report);
        return answer(app, args, context, "range", &report);
    }
    let (subject, word) = match (args.staged, args.worktree) {
        (true, _) => (Subject::Staged, "staged"),
        (_, true) => (Subject::WorkTree, "worktree"),
        _ => (Subject::Tip, "tip"),
    };
    // Who would commit what is in progress; where git knows nobody, no rule about persons is kept.
    let author = app
        .world
        .operation(&session.store, Hooks::Skip)
        .ok()
        .map(|operation| operation.author);
    let judgement = judge(&session, subject, author.as_ref())?;
    let shown = match subject {
        Subject::Tip => judgement
            .commit
            .map_or_else(|| "the tip".to_owned(), |commit| commit.short()),
        Subject::Staged => "what is staged".to_owned(),
        Subject::WorkTree => "the work tree".to_owned(),
    };
    let report = Report::of_state(shown, session.folder.clone(), judgement);
    answer(app, args, context, word, &report)
}

fn is_without_project(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref(),
        Some(ReadError::NoProject { .. } | ReadError::Unborn { .. })
    )
}

/// What is staged where nothing is committed of a project: one that begins is judged as it is, and where none does there is
/// nothing to judge. A hook must not bar a branch of pages.
fn staged_anew(args: &CheckArgs, app: &mut App) -> anyhow::Result<Answer> {
    let store = app.store()?;
    let folder = app.staged_folder(&store)?;
    let staged = store.staged(&folder)?;
    let branch = match store.head()? {
        Head::Branch(branch) => Some(branch),
        Head::Detached(_) => None,
    };
    let state = State::read(&staged, &store)?;
    let live = state.project.settings.branch == branch;
    let context = Context {
        project: folder.to_string(),
        branch,
        live,
        at: None,
    };
    if !state.project.exists {
        app.output
            .say("no project is staged here, so there is nothing to judge");
        return Ok(Answer::done(&Body {
            context,
            commit: None,
            examined: "staged",
            range: None,
            level: Assurance::Unsigned,
            findings: Vec::new(),
        }));
    }
    let judgement = Judgement {
        commit: None,
        findings: check_versions(&state, &staged, &store)?,
        snapshot: staged,
    };
    let report = Report::of_state("what is staged".to_owned(), folder, judgement);
    answer(app, args, context, "staged", &report)
}

/// Where an object is missing there is no verdict, as in a shallow clone.
fn without_verdict(error: anyhow::Error) -> anyhow::Error {
    let missing = error.chain().any(|cause| {
        let of_read = || {
            cause.downcast_ref().is_some_and(
                |error| matches!(error, ReadError::Store(error) if error.is_missing_object()),
            )
        };
        cause
            .downcast_ref::<StoreError>()
            .is_some_and(StoreError::is_missing_object)
            || of_read()
    });
    if !missing {
        return error;
    }
    let failure = Failure::new(Exit::CannotVerify, "missing-object", format!("{error:#}"));
    failure
        .hint("an object is not in this repository: fetch it, or clone anew; `git fsck` lists what is missing")
        .into()
}

/// The two ends of `BASE..HEAD`.
fn range(session: &Session, text: &str) -> anyhow::Result<Range> {
    let ends = text.split_once("..").filter(|(base, head)| {
        !base.is_empty() && !head.is_empty() && !head.starts_with('.') && !head.contains("..")
    });
    let Some((base, head)) = ends else {
        let failure = Failure::new(
            Exit::Usage,
            "range",
            format!("{:?} is no range of commits", Shown(text).text()),
        );
        return Err(failure
            .hint("name both ends with two dots between, such as origin/main..HEAD")
            .into());
    };
    let base = Some(session.store.endpoint(base)?);
    Ok(Range {
        base,
        head: session.store.endpoint(head)?,
    })
}

/// Shows `report`, and tells how the command ends.
fn answer(
    app: &mut App,
    args: &CheckArgs,
    context: Context,
    examined: &'static str,
    report: &Report,
) -> anyhow::Result<Answer> {
    show(app, args.format, report)?;
    let range = args.words.first().map(|_| RangeBody {
        base: report.base,
        head: report.head,
        commits: report.commits,
        judged: report.judged,
        pinned: args.pin_policy,
        landing: args.way(),
    });
    // Where nobody asked for them, the places of a hundred thousand findings are not looked for a second time.
    let findings = if app.json() {
        report.findings()
    } else {
        Vec::new()
    };
    let body = Body {
        context,
        commit: report.head,
        examined,
        range,
        level: report.level,
        findings: ReportedBody::all(&findings),
    };
    let answer = Answer::done(&body);
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
            .hint(format!("envctl explain {code} tells more"));
        return Ok(answer.failed(failure));
    }
    Ok(answer)
}

fn said(args: &CheckArgs, report: &Report) -> String {
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

/// Writes the report in the form that was asked for; JSON is the answer of the command itself.
pub fn show(app: &mut App, format: Format, report: &Report) -> anyhow::Result<()> {
    match format {
        Format::Text if report.count() > 0 => app.answer(report::text(report, app.output.medium())),
        Format::Text | Format::Json => {}
        Format::Github => {
            let annotations = report::github(report);
            if !annotations.is_empty() && !app.json() {
                app.output.commands(&annotations);
            }
            job::tell(app, report)?;
        }
        Format::Gitlab => app.answer(report::gitlab(report)),
        Format::Sarif => app.answer(report::sarif(report)),
        Format::Junit => app.answer(report::junit(report)),
        Format::Markdown => app.answer(report::markdown(report, COMMENT)),
    }
    Ok(())
}
