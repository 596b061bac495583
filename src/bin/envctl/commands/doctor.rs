mod machine;

use std::fmt::Write as _;

use anstyle::Style;
use envctl::model::BranchName;
use envctl::ops::{Gravity, Problem, ReadError, Session, examine, treat};
use envctl::store::{Hooks, ProjectFolder, Store, StoreError, Writing, shell_word};
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::{Answer, App};
use crate::error::Failure;
use crate::exit::Exit;
use crate::options::ChangeArgs;
use crate::render::{count, joined};
use crate::ui::{Shown, ShownLines, style};

/// Find problems in the repository and its setup, and show what fixes them.
///
/// It examines what makes other commands fail: clones that lack history, locks and writes that a
/// process left behind, hooks that do not run, files that differ from the commit, a missing
/// identity or signing program. Anything that cannot be examined is a problem too. Exits with 11 if
/// there is an error among the problems.
///
/// --fix does what is safe and needs no decision: it finishes or removes what a crashed envctl left
/// behind, updates envctl's own hooks and makes them executable. Paths are relative to the root of
/// the repository.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl doctor
  envctl doctor --fix -n       what --fix would fix
  envctl doctor --fix
  envctl doctor --json | jq -r '.problems[] | select(.severity == \"error\") | .hint'")]
pub struct DoctorArgs {
    /// Fix what is safe to fix.
    #[arg(long)]
    fix: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

#[derive(Serialize, JsonSchema)]
pub struct Body {
    project: Option<String>,
    branch: Option<BranchName>,
    dry_run: bool,
    problems: Vec<ProblemBody>,
    /// What --fix did.
    notes: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct ProblemBody {
    code: &'static str,
    severity: Gravity,
    message: String,
    hint: Option<String>,
    fixable: bool,
    fixed: bool,
}

pub fn run(args: &DoctorArgs, app: &mut App) -> anyhow::Result<Answer> {
    let Examined {
        session,
        problems,
        notes,
    } = Examined::by(args, app);
    for problem in &problems {
        let text = shown(problem);
        app.answer(text);
    }
    for note in &notes {
        app.output.say(Shown(note));
    }
    let body = Body {
        project: session.as_ref().map(|session| session.folder.to_string()),
        branch: session
            .as_ref()
            .and_then(|session| session.target.branch().cloned()),
        dry_run: args.change.dry_run,
        problems: problems.iter().map(ProblemBody::of).collect(),
        notes,
    };
    let left: Vec<&Problem> = problems.iter().filter(|problem| !problem.fixed).collect();
    let fixed = problems.len() - left.len();
    if fixed > 0 {
        app.output.say(format!("{} fixed", count(fixed, "problem")));
    }
    let fixable = left.iter().filter(|problem| problem.is_fixable()).count();
    if args.fix && args.change.dry_run {
        let what = count(fixable, "problem");
        app.output.say(format!(
            "dry run: {what} would be fixed; nothing was changed"
        ));
    }
    let hint =
        (fixable > 0 && !args.fix).then(|| format!("envctl doctor --fix fixes {fixable} of them"));
    let answer = app.done(&body);
    let what = if left.is_empty() {
        "no problems found".to_owned()
    } else {
        count(left.len(), "problem")
    };
    if left.iter().any(|problem| problem.gravity == Gravity::Error) {
        let failure = Failure::new(Exit::Findings, "problems", what);
        return Ok(answer.failed(hint.into_iter().fold(failure, Failure::hint)));
    }
    app.output.say(what);
    if let Some(hint) = hint {
        app.output.hint(hint);
    }
    Ok(answer)
}

/// What was found, with the project if there is one.
struct Examined {
    session: Option<Session>,
    problems: Vec<Problem>,
    notes: Vec<String>,
}

impl Examined {
    fn by(args: &DoctorArgs, app: &mut App) -> Self {
        let store = match app.store() {
            Ok(store) => store,
            Err(error) => {
                return Self {
                    session: None,
                    problems: vec![in_the_way(error)],
                    notes: Vec::new(),
                };
            }
        };
        let (session, no_session) = match app.session() {
            Ok(session) => (Some(session), None),
            Err(error) => (None, Some(in_the_way(error))),
        };
        let (examined, notes) = if args.fix && !args.change.dry_run {
            treat(&store, session.as_ref(), &writing(&store))
        } else {
            (examine(&store, session.as_ref()), Vec::new())
        };
        let of_machine = machine::examine(&app.process, &store);
        Self {
            session,
            problems: no_session
                .into_iter()
                .chain(examined)
                .chain(of_machine)
                .collect(),
            notes,
        }
    }
}

fn writing(store: &Store) -> Writing {
    Writing {
        // A setting that is neither yes nor no is a problem.
        durable: !matches!(store.setting_bool("envctl.durable"), Ok(Some(false))),
        hooks: Hooks::Skip,
    }
}

/// Returns the problems that keep every other command from working.
fn in_the_way(error: anyhow::Error) -> Problem {
    let remedy = remedy_for(&error);
    let failure = Failure::of(error);
    let problem = Problem::new(Gravity::Error, failure.code, failure.message);
    match remedy {
        Some(remedy) => problem.remedy(remedy),
        None => problem,
    }
}

fn remedy_for(error: &anyhow::Error) -> Option<String> {
    match error.downcast_ref::<ReadError>() {
        Some(ReadError::Store(error)) => return remedy_for_store(error),
        Some(ReadError::Unborn { .. }) => return Some("envctl init".to_owned()),
        Some(ReadError::NoProject { elsewhere, .. }) => return Some(examine_elsewhere(elsewhere)),
        _ => {}
    }
    remedy_for_store(error.downcast_ref::<StoreError>()?)
}

fn examine_elsewhere(elsewhere: &[ProjectFolder]) -> String {
    if elsewhere.is_empty() {
        return "envctl init".to_owned();
    }
    let there = elsewhere
        .iter()
        .map(|folder| shell_word(&folder.to_string()));
    joined(
        there.map(|folder| format!("envctl doctor --project={folder}")),
        "\n",
    )
}

fn remedy_for_store(error: &StoreError) -> Option<String> {
    Some(match error {
        StoreError::NotARepository { .. } => "envctl init".to_owned(),
        StoreError::ForeignOwner { path } => {
            let path = shell_word(&path.display().to_string());
            format!("git config --global --add safe.directory {path}")
        }
        StoreError::Unsupported { what, .. } if what.contains("refstorage") => {
            "git refs migrate --ref-format=files".to_owned()
        }
        StoreError::Unsupported { what, .. } if what.contains("partial") => {
            "git clone URL  # a whole one, without --filter".to_owned()
        }
        StoreError::Git { .. } | StoreError::BrokenBranch { .. } => "git fsck".to_owned(),
        _ => return None,
    })
}

impl ProblemBody {
    fn of(problem: &Problem) -> Self {
        Self {
            code: problem.code,
            severity: problem.gravity,
            message: problem.message.clone(),
            hint: problem.remedy.clone(),
            fixable: problem.is_fixable(),
            fixed: problem.fixed,
        }
    }
}

/// Returns the problem on a line, and below it the command that fixes it.
fn shown(problem: &Problem) -> String {
    let (word, style) = label(problem);
    let mut text = format!(
        "{style}{word}[{}]{style:#}: {}",
        problem.code,
        Shown(&problem.message)
    );
    if let Some(remedy) = problem.remedy.as_ref().filter(|_| !problem.fixed) {
        for line in ShownLines(remedy).to_string().lines() {
            // Writing to a String cannot fail.
            let _ = write!(text, "\n    {line}");
        }
    }
    text
}

fn label(problem: &Problem) -> (String, Style) {
    if problem.fixed {
        return ("fixed".to_owned(), style::GOOD);
    }
    let style = match problem.gravity {
        Gravity::Error => style::ERROR,
        Gravity::Warning => style::WARNING,
        Gravity::Note => style::HINT,
    };
    (problem.gravity.to_string(), style)
}
