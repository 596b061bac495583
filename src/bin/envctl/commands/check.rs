use envctl::check::any_error;
use envctl::model::CommitId;
use envctl::ops::{Subject, judge};
use envctl::store::Hooks;
use serde::Serialize;

use crate::app::{Answer, App, Context};
use crate::error::Failure;
use crate::exit::Exit;
use crate::render::{count, findings};

/// Judge the project by every rule: its tip, or the edits in progress.
///
/// Exit 11 if there is an error among the findings; warnings alone are no reason to fail. `envctl explain CODE` tells more
/// about each.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl check                 the tip of the branch
  envctl check --staged        what is staged, as a step from the tip
  envctl check --worktree      what is in the work tree, as a step from the tip
  envctl check --json | jq '.findings[].code'")]
pub struct Args {
    /// Judge what is staged.
    #[arg(long, conflicts_with = "worktree")]
    staged: bool,
    /// Judge what is in the work tree.
    #[arg(long)]
    worktree: bool,
    /// Exit with 0 whatever was found, for jobs that upload the report.
    #[arg(long)]
    exit_zero: bool,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    commit: CommitId,
    subject: &'static str,
    findings: &'a [findings::Located<'a>],
}

pub fn run(args: &Args, app: &mut App) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let (subject, word) = match (args.staged, args.worktree) {
        (true, _) => (Subject::Staged, "staged"),
        (_, true) => (Subject::WorkTree, "worktree"),
        _ => (Subject::Tip, "tip"),
    };
    let branch = session.view(None)?.state.project.settings.branch;
    let context = app.context(&session, branch.as_ref());
    // Who would commit what is in progress; where git knows nobody, no rule about persons is kept.
    let author = app.world.operation(&session.store, Hooks::Skip).ok().map(|operation| operation.author);
    let judgement = judge(&session, subject, author.as_ref())?;
    let mut located = findings::locate_all(&judgement.findings, &judgement.snapshot);
    for finding in &mut located {
        finding.path = session.folder.join(&finding.path);
    }
    if !located.is_empty() {
        app.answer(findings::render(&located, app.output.medium()));
    }
    let what = count(judgement.findings.len(), "finding");
    let body = Body { context, commit: judgement.commit, subject: word, findings: &located };
    let answer = Answer::done(&body);
    if any_error(&judgement.findings) && !args.exit_zero {
        let codes = judgement.findings.first().map_or("CODE", |finding| finding.code.as_str());
        let failure = Failure::new(Exit::Findings, "findings", what).hint(format!("envctl explain {codes} tells more"));
        return Ok(answer.failed(failure));
    }
    app.output.say(if located.is_empty() { format!("no findings at {}", judgement.commit.short()) } else { what });
    Ok(answer)
}
