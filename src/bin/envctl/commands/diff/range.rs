use envctl::model::{BranchName, Resource};
use envctl::ops::{Review, RevisionRange, View, review};
use envctl::plan::no_such_resource;

use super::arguments::{DiffArgs, DiffFormat};
use super::{json, text};
use crate::app::{Answer, App};
use crate::commands::comment::{COMMENT, PullRequest};
use crate::exit::Exit;
use crate::render::{count, joined};
use crate::ui::Shown;

/// Shows what differs between the ends of `range`; only about `resources`, unless there are none.
pub(super) fn run(
    range: &RevisionRange,
    resources: &[Resource],
    args: &DiffArgs,
    app: &mut App,
) -> anyhow::Result<Answer> {
    let store = app.store()?;
    let head = app
        .branch()
        .map_or_else(|| "HEAD".to_owned(), BranchName::reference);
    let ends = range.ends(&store, &head)?;
    let session = app.session_among(store, &[ends.1, ends.0])?;
    let at = app.process.recorded()?.at;
    let review = review(&session, ends, resources, at)?;
    require_known(&review, resources)?;
    for (view, side) in [(&review.from, "before"), (&review.to, "after")] {
        warn_of_unread(app, view, side);
    }
    let settings = |view: &View| view.state.project.settings.branch.clone();
    let context = app.context(
        &session,
        settings(&review.to)
            .or_else(|| settings(&review.from))
            .as_ref(),
    );
    match args.format {
        Some(DiffFormat::Markdown) => app.answer(page(&review, resources, args.content)),
        _ => text::write(&review, args.content, app),
    }
    if review.is_empty() {
        app.output.say(format!(
            "nothing of the project differs in {}",
            Shown(&range.to_string())
        ));
    }
    let exit = if args.exit_code && !review.is_empty() {
        Exit::Differences
    } else {
        Exit::Done
    };
    Ok(app
        .done(&json::body(context, range, &review, args.content))
        .exit(exit))
}

/// Returns a review as a comment on a pull request.
fn page(review: &Review, resources: &[Resource], content: bool) -> String {
    let comment = PullRequest {
        review: Some(review),
        report: None,
        commits: &[],
        onto: String::new(),
        at: review.at,
        content,
        command: command(review, resources, content),
    };
    comment.page(COMMENT)
}

/// Returns the command that shows the whole review. It names commits, because anybody can choose the names of branches.
fn command(review: &Review, resources: &[Resource], content: bool) -> String {
    let (from, to) = (review.from.commit.short(), review.to.commit.short());
    let content = content.then(|| "--content".to_owned());
    let words = ["envctl diff".to_owned(), format!("{from}..{to}")]
        .into_iter()
        .chain(resources.iter().take(5).map(ToString::to_string));
    joined(words.chain(content), " ")
}

fn require_known(review: &Review, resources: &[Resource]) -> anyhow::Result<()> {
    let (before, after) = (&review.from.state.project, &review.to.state.project);
    let known = |resource: &&Resource| {
        [before, after]
            .iter()
            .any(|project| project.versions.contains_key(*resource))
    };
    match resources.iter().find(|resource| !known(resource)) {
        Some(resource) => Err(no_such_resource(after, resource).into()),
        None => Ok(()),
    }
}

/// Warns of files that cannot be read on one side: they look as if they did not exist, and so like a difference.
fn warn_of_unread(app: &mut App, view: &View, side: &str) {
    if !view.state.findings.is_empty() {
        let what = count(view.state.findings.len(), "finding");
        let commit = view.commit.short();
        app.output.warn(format!(
            "what could not be read {side}, at {commit}, is not compared ({what}): envctl check"
        ));
    }
}
