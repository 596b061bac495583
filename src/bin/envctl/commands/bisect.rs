mod command;

use envctl::model::{CommitId, EnvironmentSlug, Move, Resource, Tense};
use envctl::ops::{
    BisectError, Bisection, Culprit, Moment, Session, Suspect, Tested, Trial, bisect,
};
use schemars::JsonSchema;
use serde::Serialize;

use self::command::{Command, CommandError};
use super::moves::{self, MoveBody};
use super::render::Rendered;
use super::who::Person;
use crate::app::{Answer, App};
use crate::context::Context;
use crate::delivery::Manifest;
use crate::error::Failure;
use crate::exit::Exit;
use crate::format_names::{self, RenderFormat};
use crate::render::when::{self, When};
use crate::render::{count, going_back, joined};
use crate::ui::Shown;

/// Find the move after which a command fails.
///
/// COMMAND is run over the states that the environment had between a good one and a bad one, half of what is left each time. Each
/// is written as `render -o` does, into a folder that ENVCTL_RENDERED names. If the first bad commit moved several pointers, the
/// search goes on among them, down to the fewest with which COMMAND fails; what has to move together stays together. The
/// repository is not changed.
///
/// COMMAND exits with 0 where the state is good, with 125 to skip it, and with any other code up to 127 where it is bad, as for
/// `git bisect run`. Its output goes to stderr.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl bisect prod --good yesterday -- ./smoke-test.sh
  envctl bisect prod --good 7c1d0e5b1f --bad HEAD~3 -- python3 evals/refunds.py
  envctl bisect staging --good \"2 days ago\" -- sh -c 'grep -q refunds \"$ENVCTL_RENDERED\"/prompts/router/*'")]
pub struct BisectArgs {
    /// The environment.
    #[arg(value_name = "ENV")]
    environment: EnvironmentSlug,
    /// A state in which COMMAND passes: a revision, or a time such as 2026-11-22T14:00:00Z or "3h ago".
    #[arg(long, value_name = "REV|TIME")]
    good: String,
    /// A state in which it fails [default: the present one].
    #[arg(long, value_name = "REV|TIME")]
    bad: Option<String>,
    /// What each state is written as.
    #[arg(long, value_name = "FORMAT", value_parser = format_names::rendered(), default_value = format_names::own())]
    format: RenderFormat,
    /// What is run, behind `--`.
    #[arg(value_name = "COMMAND", required = true, last = true)]
    command: Vec<std::ffi::OsString>,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    environment: &'a EnvironmentSlug,
    /// The state that was said to be good.
    good: CommitId,
    /// The state that was said to be bad.
    bad: CommitId,
    /// The commits that may be the first bad one, oldest first; several only if states between were skipped.
    suspects: Vec<SuspectBody<'a>>,
    /// The fewest moves with which the command fails; empty if there are several suspects.
    moves: Vec<MoveBody<'a>>,
    /// The command that moves those back; null: there is none, or the environment has moved on since.
    rollback: Option<String>,
    #[serde(rename = "trials")]
    runs: &'a [RunBody],
}

/// A commit that moved pointers.
#[derive(Serialize, JsonSchema)]
struct SuspectBody<'a> {
    commit: CommitId,
    at: When,
    /// Null: unknown.
    author: Option<Person<'a>>,
    reason: Option<&'a str>,
    moves: Vec<MoveBody<'a>>,
}

/// One run of the command, or why there was none.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RunBody {
    commit: CommitId,
    /// The resources whose moves by the commit were made; null: all.
    part: Option<Vec<Resource>>,
    said: RunOutcome,
    /// How the command ended; null: it was not run, since what is live there is no valid configuration.
    exit: Option<i32>,
}

/// What a run said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum RunOutcome {
    Good,
    Bad,
    Skipped,
}

impl RunOutcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Skipped => "skipped",
        }
    }
}

pub fn run(args: &BisectArgs, app: &mut App) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let (bad, good) = (
        commit(app, &session, args.bad.as_deref())?,
        commit(app, &session, Some(&args.good))?,
    );
    let project = session.view(None)?.state.project;
    let context = app.context(&session, project.settings.branch.as_ref());
    let command = Command::new(&args.command, app.folder()?)?;
    let bisection = Bisection {
        environment: &args.environment,
        good,
        bad,
    };
    let mut runs = Vec::new();
    let found = bisect(&session, &bisection, |trial| {
        tested(&command, app, &session, args, trial, &mut runs)
    });
    let ends = (good, bad);
    match found {
        Ok(culprit) => {
            let rollback = rollback(&project, &args.environment, &culprit);
            let body = body(context, args, ends, Some(&culprit), &runs);
            Ok(answer_of(app, &culprit, Body { rollback, ..body }))
        }
        Err(error) => {
            let answer = app.done(&body(context, args, ends, None, &runs));
            Ok(answer.failed(failure(error, &args.environment)?))
        }
    }
}

/// Returns what is known of the search, without the command that moves back what was found.
fn body<'a>(
    context: Context,
    args: &'a BisectArgs,
    (good, bad): (CommitId, CommitId),
    culprit: Option<&'a Culprit>,
    runs: &'a [RunBody],
) -> Body<'a> {
    let suspects = culprit.map_or(&[][..], |culprit| &culprit.suspects);
    Body {
        context,
        environment: &args.environment,
        good,
        bad,
        suspects: suspects.iter().map(suspect).collect(),
        moves: moves::bodies(culprit.map_or(&[], |culprit| &culprit.moves)),
        rollback: None,
        runs,
    }
}

/// Returns the commit that `text` names; without a text, the one that is read by default.
fn commit(app: &mut App, session: &Session, text: Option<&str>) -> anyhow::Result<CommitId> {
    let moment: Option<Moment> = app.moment(text, Tense::Past)?;
    Ok(session.commit(moment.as_ref())?.0)
}

/// Runs the command in a state, and logs it in one line.
fn tested(
    command: &Command,
    app: &mut App,
    session: &Session,
    args: &BisectArgs,
    trial: &Trial<'_>,
    runs: &mut Vec<RunBody>,
) -> Result<Tested, CommandError> {
    let number = runs.len() + 1;
    let what = match trial.part {
        None => format!("{} {}", trial.commit.short(), when::rfc3339(trial.at)),
        Some((part, of)) => {
            let resources = part.iter().map(|moved| moved.resource.to_string());
            let resources: Vec<String> = resources.collect();
            format!("{} of {of} moves: {}", part.len(), joined(&resources, ", "))
        }
    };
    let rendered = Rendered::of(session, trial.view, &args.environment, args.format);
    let (tested, exit, why) = match rendered {
        Err(error) => (Tested::Skipped, None, format!(" ({error:#})")),
        Ok(rendered) => {
            let files = rendered.all_files();
            let commit = trial.view.commit;
            let manifest = Manifest::new(
                Some(&args.environment),
                commit,
                rendered.configuration,
                &files,
            );
            app.output.flush();
            let run = command.run(&files, &manifest)?;
            (run.tested, Some(run.exit), String::new())
        }
    };
    let outcome = match tested {
        Tested::Good => RunOutcome::Good,
        Tested::Bad => RunOutcome::Bad,
        Tested::Skipped => RunOutcome::Skipped,
    };
    let left = match trial.part {
        None if trial.left > 1 && number > 2 => format!("; {} left", count(trial.left, "state")),
        _ => String::new(),
    };
    app.output.say(Shown(&format!(
        "run {number}: {what}: {}{why}{left}",
        outcome.as_str()
    )));
    runs.push(RunBody {
        commit: trial.commit,
        part: trial
            .part
            .map(|(part, _)| part.iter().map(|moved| moved.resource.clone()).collect()),
        said: outcome,
        exit,
    });
    Ok(tested)
}

fn suspect(suspect: &Suspect) -> SuspectBody<'_> {
    SuspectBody {
        commit: suspect.commit,
        at: When(suspect.at),
        author: suspect.made.author.as_ref().map(|author| Person {
            name: author.name(),
            email: author.email(),
        }),
        reason: suspect.made.reason.as_deref(),
        moves: moves::bodies(&suspect.moves),
    }
}

/// Returns the command that moves back what was found, if the environment still serves it.
fn rollback(
    project: &envctl::model::Project,
    environment: &EnvironmentSlug,
    culprit: &Culprit,
) -> Option<String> {
    let still = |moved: &Move| project.live(environment, &moved.resource) == moved.after;
    if !culprit.moves.iter().all(still) {
        return None;
    }
    match culprit.moves.as_slice() {
        [] => None,
        [moved] => Some(going_back::to_number(
            environment,
            &moved.resource,
            moved.before,
        )),
        several => {
            let resources: Vec<_> = several.iter().map(|moved| moved.resource.clone()).collect();
            Some(going_back::to_state(
                environment,
                &resources,
                culprit.before,
            ))
        }
    }
}

/// Prints what was found, and returns the answer.
fn answer_of(app: &mut App, culprit: &Culprit, body: Body<'_>) -> Answer {
    let [one] = culprit.suspects.as_slice() else {
        for suspect in &culprit.suspects {
            app.output.say(Shown(&made(suspect)));
        }
        let message = format!(
            "cannot be narrowed further: the first bad commit is one of {}",
            culprit.suspects.len()
        );
        let failure = Failure::new(Exit::Refused, "not-narrowed", message)
            .hint("the command skipped the states between; make it tell more of them");
        return app.done(&body).failed(failure);
    };
    app.answer_table(&moves::table(&culprit.moves));
    app.output.say(Shown(&format!("first bad: {}", made(one))));
    if let Some(rollback) = &body.rollback {
        app.output.say(format!("rollback: {rollback}"));
    } else {
        app.output
            .say(format!("{} has moved on since", body.environment));
    }
    let answer = app.done(&body);
    if !culprit.doubtful {
        return answer;
    }
    let message = "cannot be narrowed further: the command skipped parts of these moves";
    answer.failed(
        Failure::new(Exit::Refused, "not-narrowed", message)
            .hint("the moves above are enough to make it fail; fewer may be"),
    )
}

/// Returns the commit in words: who made it, when and why.
fn made(suspect: &Suspect) -> String {
    let by = suspect
        .made
        .author
        .as_ref()
        .map(|author| format!(" by {}", author.name()));
    let why = suspect.made.reason.as_ref().map(|why| format!(": {why}"));
    format!(
        "{} {}{}, {}{}",
        suspect.commit.short(),
        when::rfc3339(suspect.at),
        by.unwrap_or_default(),
        count(suspect.moves.len(), "pointer"),
        why.unwrap_or_default(),
    )
}

/// Returns the failure that an error is.
fn failure(
    error: BisectError<CommandError>,
    environment: &EnvironmentSlug,
) -> anyhow::Result<Failure> {
    let message = error.to_string();
    let failed = |code| Failure::new(Exit::Error, code, &*message);
    Ok(match error {
        BisectError::Read(error) => return Err(error.into()),
        BisectError::Missing(error) => return Err(error.into()),
        BisectError::Test(error) => error.into_failure(),
        BisectError::NoRange { .. } => Failure::new(Exit::Usage, "no-range", &*message)
            .hint("--good names an earlier state than --bad, on the same first-parent line"),
        BisectError::NothingMoved { .. } => failed("nothing-moved").hint(format!(
            "`envctl log {environment}` shows when pointers moved there"
        )),
        BisectError::GoodFails { .. } => failed("good-state-fails").hint(
            "name an older state with --good; if it fails everywhere, the command is what is broken",
        ),
        BisectError::BadPasses { .. } => failed("bad-state-passes")
            .hint("name the state in which it fails with --bad; what differs may be outside the environment"),
        BisectError::EndSkipped { .. } => failed("cannot-test").hint(format!(
            "name another state; `envctl log {environment}` lists them"
        )),
    })
}
