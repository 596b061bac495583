use anstyle::Style;
use envctl::ops::{Gravity, Problem, Session, diagnose_project, diagnose_repository, mend};
use envctl::store::{Hooks, StoreError, Writing};
use serde::Serialize;

use crate::app::{Answer, App};
use crate::error::Failure;
use crate::exit::Exit;
use crate::render::count;
use crate::ui::{Shown, style};

/// Find what is unsound in the repository or around it, and the command that mends it.
///
/// A shallow or altered history, an identity or hooks that are missing, locks that somebody left, files that git does not have
/// or would convert, a checkout that is not where the branch is. `envctl check` judges the project itself.
///
/// --fix does what needs no decision: it writes envctl's own hooks anew and finishes what an envctl that died has begun. Exit
/// 11 if an error is left.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl doctor
  envctl doctor --fix
  envctl doctor --json | jq -r '.problems[] | select(.gravity == \"error\") | .mend'")]
pub struct Args {
    /// Mend what needs no decision.
    #[arg(long)]
    fix: bool,
}

#[derive(Serialize)]
struct Body {
    problems: Vec<ProblemBody>,
}

#[derive(Serialize)]
struct ProblemBody {
    #[serde(flatten)]
    problem: Problem,
    fixable: bool,
    fixed: bool,
}

pub fn run(args: &Args, app: &mut App) -> anyhow::Result<Answer> {
    let mut problems = Vec::new();
    let mut session = None;
    match app.store() {
        Ok(store) => {
            problems.extend(diagnose_repository(&store));
            if let Err(error) = app.world.operation(&store, Hooks::Skip) {
                let mend = "git config user.name NAME && git config user.email ADDRESS";
                problems.push(Problem::new("identity", Gravity::Error, format!("{error:#}"), mend));
            }
            match app.session() {
                Ok(found) => {
                    problems.extend(diagnose_project(&found));
                    session = Some(found);
                }
                Err(error) => problems.push(of_failure("project", error)),
            }
        }
        // Outside of a repository there is nothing to be unsound.
        Err(error) if matches!(error.downcast_ref(), Some(StoreError::NotARepository { .. })) => return Err(error),
        Err(error) => problems.push(of_failure("repository", error)),
    }
    problems.sort_by_key(|problem| problem.gravity);
    let mut bodies = Vec::new();
    for problem in problems {
        let done = match &session {
            Some(session) if args.fix => fixed(session, &problem)?,
            _ => Vec::new(),
        };
        app.answer(shown(&problem, &done));
        let (fixable, fixed) = (problem.remedy.is_some(), !done.is_empty());
        bodies.push(ProblemBody { problem, fixable, fixed });
    }
    let left = bodies.iter().filter(|body| !body.fixed);
    let errors = left.clone().filter(|body| body.problem.gravity == Gravity::Error).count();
    let what = count(left.count(), "problem");
    let answer = Answer::done(&Body { problems: bodies });
    if errors > 0 {
        return Ok(answer.failed(Failure::new(Exit::Findings, "problems", what)));
    }
    app.output.say(what);
    Ok(answer)
}

/// What kept envctl from looking further.
fn of_failure(code: &'static str, error: anyhow::Error) -> Problem {
    let failure = Failure::of(error);
    Problem::new(code, Gravity::Error, failure.message, failure.hints.join("; "))
}

fn fixed(session: &Session, problem: &Problem) -> anyhow::Result<Vec<String>> {
    if problem.remedy.is_none() {
        return Ok(Vec::new());
    }
    let durable = session.store.setting_bool("envctl.durable").unwrap_or(true);
    Ok(mend(session, problem, &Writing { durable, hooks: Hooks::Skip })?)
}

/// The problem on one line, with what mends it, or what was done, on the next.
fn shown(problem: &Problem, done: &[String]) -> String {
    let styled: Style = match problem.gravity {
        Gravity::Error => style::ERROR,
        Gravity::Warning => style::WARNING,
        Gravity::Note => style::FAINT,
    };
    let gravity = problem.gravity.as_str();
    let first = format!("{styled}{gravity}{styled:#}[{}]: {}", problem.code, Shown(&problem.message));
    let rest = match (done, &problem.mend) {
        ([], Some(mend)) => format!("\n  {}", Shown(mend)),
        ([], None) => String::new(),
        (done, _) => done.iter().map(|done| format!("\n  done: {}", Shown(done))).collect(),
    };
    first + &rest
}
