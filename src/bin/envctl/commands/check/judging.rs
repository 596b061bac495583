//! Judges one project.

use envctl::check::check_versions;
use envctl::files::State;
use envctl::model::{BranchName, Identity};
use envctl::ops::{Judgement, Range, ReadError, Session, Subject, check_range, judge};
use envctl::store::{Head, Hooks, ProjectFolder, Store, StoreError};

use super::arguments::CheckArgs;
use crate::app::App;
use crate::error::Failure;
use crate::exit::Exit;
use crate::render::report::CheckReport;
use crate::ui::Shown;

/// Returns what is judged without a range, and its name in the answer.
pub fn subject(args: &CheckArgs) -> (Subject, &'static str) {
    match (args.staged, args.worktree) {
        (true, _) => (Subject::Staged, "staged"),
        (_, true) => (Subject::WorkTree, "worktree"),
        _ => (Subject::Tip, "tip"),
    }
}

/// Returns the person who would commit the edits in progress. Without a git identity the rules
/// about persons are not checked.
pub fn author(app: &App, store: &Store) -> Option<Identity> {
    let operation = app.process.operation(store, Hooks::Skip).ok();
    operation.map(|operation| operation.author)
}

pub fn judge_range(
    session: &mut Session,
    args: &CheckArgs,
    text: &str,
) -> anyhow::Result<CheckReport> {
    let range = range(&session.store, text)?;
    let report = check_range(session, range, args.pin())?;
    Ok(CheckReport::of_range(
        text.to_owned(),
        session.folder.clone(),
        report,
    ))
}

pub fn judge_state(
    session: &Session,
    subject: Subject,
    author: Option<&Identity>,
) -> anyhow::Result<CheckReport> {
    let judgement = judge(session, subject, author)?;
    let shown = match subject {
        Subject::Tip => judgement
            .commit
            .map_or_else(|| "the tip".to_owned(), |commit| commit.short()),
        Subject::Staged => "what is staged".to_owned(),
        Subject::WorkTree => "the work tree".to_owned(),
    };
    Ok(CheckReport::of_state(
        shown,
        session.folder.clone(),
        judgement,
    ))
}

pub fn branch_here(store: &Store) -> anyhow::Result<Option<BranchName>> {
    Ok(match store.head()? {
        Head::Branch(branch) => Some(branch),
        Head::Detached(_) => None,
    })
}

/// Judges the staged files of a project that is not committed yet, and returns the branch that it
/// calls live, or `None` if there is no project.
pub fn judge_new(
    store: &Store,
    folder: &ProjectFolder,
) -> anyhow::Result<Option<(CheckReport, Option<BranchName>)>> {
    let staged = store.staged(folder)?;
    let state = State::read(&staged, store)?;
    if !state.project.exists {
        return Ok(None);
    }
    let judgement = Judgement {
        commit: None,
        findings: check_versions(&state, &staged, store)?,
        snapshot: staged,
    };
    let report = CheckReport::of_state("what is staged".to_owned(), folder.clone(), judgement);
    Ok(Some((report, state.project.settings.branch)))
}

/// Returns the failure for a missing object, such as in a shallow clone: there is no verdict.
pub fn without_verdict(error: anyhow::Error) -> anyhow::Error {
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

/// Returns the two ends of `BASE..HEAD`.
pub fn range(store: &Store, text: &str) -> anyhow::Result<Range> {
    let ends = text.split_once("..").filter(|(base, head)| {
        !base.is_empty() && !head.is_empty() && !head.starts_with('.') && !head.contains("..")
    });
    let Some((base, head)) = ends else {
        let failure = Failure::new(
            Exit::Usage,
            "range",
            format!("{:?} is not a commit range", Shown(text).text()),
        );
        return Err(failure
            .hint("name both ends with two dots between, such as origin/main..HEAD")
            .into());
    };
    let base = Some(store.endpoint(base)?);
    Ok(Range {
        base,
        head: store.endpoint(head)?,
    })
}
