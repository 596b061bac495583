mod story;

use std::path::{Path, PathBuf};

use anyhow::Context;
use envctl::model::{CommitId, EnvironmentSlug, Identity, Resource};
use envctl::ops::{
    Operation, Session, diff, explain, name_tables_in_diffs, pending, rolled_back, write,
};
use envctl::plan::{Decision, Narrowing, Promotion, decide, promote};
use envctl::policy::asked_moves;
use envctl::store::{Hooks, Store, Writing};
use schemars::JsonSchema;
use serde::Serialize;

use self::story::Story;
use super::moves::{self, JudgedMove};
use super::pending::{self as waits, PendingBody};
use super::policy;
use super::writing::arguments::ReasonArg;
use super::writing::outcome::WriteOutcome;
use crate::app::{Answer, App};
use crate::error::Failure;
use crate::exit::Exit;
use crate::options::ChangeArgs;
use crate::render::{count, joined};
use crate::ui::{Shown, style};

/// A version that prod gave up an hour before, and staging still has.
const ROLLED_BACK: &str = "prompts/tone-rewrite";

/// Build an example project and approve a release that waits in it.
///
/// The project of a support desk with a dozen prompts, four routing rules, three providers, policies and five weeks of
/// history, in a new repository of its own. Then what waits for prod is approved, as you would do it, what is not eligible
/// yet is explained, and what to try next is listed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl demo                    in the folder envctl-demo
  envctl demo /tmp/support-desk
  envctl demo -n                 what would be made")]
pub struct DemoArgs {
    /// The folder to make; it must not exist, or be empty.
    #[arg(default_value = "envctl-demo")]
    directory: PathBuf,
    #[command(flatten)]
    change: ChangeArgs,
    /// Why what waits is approved [default: Try envctl].
    #[arg(short, long = "message", value_name = "WHY")]
    message: Option<ReasonArg>,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    directory: &'a Path,
    dry_run: bool,
    commits: usize,
    commit: Option<CommitId>,
    moves: Vec<JudgedMove>,
    /// What waits for approval now.
    pending: Vec<PendingBody<'a>>,
}

pub fn run(args: &DemoArgs, app: &mut App) -> anyhow::Result<Answer> {
    let directory = app.folder()?.join(&args.directory);
    require_vacant(&directory)?;
    if args.change.dry_run {
        return would_make(app, args, &directory);
    }
    std::fs::create_dir_all(&directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    let store = Store::create(&directory, &"main".parse()?, &app.process.git_environment())?;
    keep_identity(&store)?;
    name_tables_in_diffs(&store)?;
    let story = Story::shipped()?;
    let session = story.live_through(store, app.process.now())?;
    let (staging, prod) = (
        EnvironmentSlug::STAGING.parse()?,
        EnvironmentSlug::PROD.parse()?,
    );
    introduce(app, &session, args, &story)?;

    show_what_differs(app, &session, &staging, &prod)?;
    show_what_waits(app, &session, &prod)?;
    let outcome = approve(app, &session, &prod, args.message.as_ref())?;
    show_what_is_not_eligible(app, &session, &staging, &prod)?;
    show_what_was_rolled_back(app, &session, &staging, &prod)?;
    suggest(app, &args.directory);
    let moves = outcome.moves();
    let waiting = pending(&session, &session.view(None)?, None, Some(&visitor()?))?;
    let asked: Vec<_> = waiting
        .iter()
        .map(|waiting| asked_moves(&waiting.environment, &waiting.release))
        .collect();
    let releases = waiting
        .iter()
        .zip(&asked)
        .map(|(waiting, asked)| waits::body(waiting, asked))
        .collect();
    let commits = story.length() + 1;
    Ok(app.done(&Body {
        directory: &directory,
        dry_run: false,
        commits,
        commit: outcome.commit,
        moves,
        pending: releases,
    }))
}

/// Says what the example would be.
fn would_make(app: &mut App, args: &DemoArgs, directory: &Path) -> anyhow::Result<Answer> {
    // Its last commit approves what waits.
    let commits = Story::shipped()?.length() + 1;
    let (place, what) = (args.directory.display(), count(commits, "commit"));
    app.output.say(format!(
        "dry run: a repository with {what} would be made in {place}; nothing was changed"
    ));
    Ok(app.done(&Body {
        directory,
        dry_run: true,
        commits,
        commit: None,
        moves: Vec::new(),
        pending: Vec::new(),
    }))
}

fn require_vacant(directory: &Path) -> anyhow::Result<()> {
    let holds_something =
        std::fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some());
    if !holds_something && !directory.is_file() {
        return Ok(());
    }
    let message = format!("{} is there already and not empty", directory.display());
    Err(Failure::new(Exit::Error, "not-empty", message)
        .hint("name another folder: envctl demo DIR")
        .into())
}

/// Gives the example an identity of its own if git has none, so that the commands that are suggested next work at once.
fn keep_identity(store: &Store) -> anyhow::Result<()> {
    if store.setting("user.name")?.is_none() || store.setting("user.email")?.is_none() {
        let visitor = visitor()?;
        store.keep_setting("user.name", visitor.name())?;
        store.keep_setting("user.email", visitor.email())?;
    }
    Ok(())
}

fn visitor() -> anyhow::Result<Identity> {
    Ok(Identity::new("envctl demo", "demo@envctl.example")?)
}

fn introduce(
    app: &mut App,
    session: &Session,
    args: &DemoArgs,
    story: &Story,
) -> anyhow::Result<()> {
    let name = session
        .view(None)?
        .state
        .project
        .settings
        .name
        .map_or_else(String::new, |name| name.to_string());
    app.answer(format!(
        "{name} in {}: {}",
        args.directory.display(),
        count(story.length(), "commit")
    ));
    Ok(())
}

fn show_what_differs(
    app: &mut App,
    session: &Session,
    from: &EnvironmentSlug,
    to: &EnvironmentSlug,
) -> anyhow::Result<()> {
    let view = session.view(None)?;
    let difference = diff(&view.state.project, from, to, &[])?;
    typed(app, &format!("envctl diff {from} {to}"));
    app.answer_table(&moves::table(&difference.moves));
    for (_, verdict) in rolled_back(session, &view, &difference.moves, None)? {
        app.output.warn(Shown(&verdict.sentence));
    }
    Ok(())
}

fn show_what_waits(
    app: &mut App,
    session: &Session,
    environment: &EnvironmentSlug,
) -> anyhow::Result<()> {
    let visitor = visitor()?;
    typed(app, &format!("envctl pending {environment}"));
    for waiting in pending(
        session,
        &session.view(None)?,
        Some(environment),
        Some(&visitor),
    )? {
        waits::show(app, &waiting, &asked_moves(environment, &waiting.release));
    }
    Ok(())
}

fn approve(
    app: &mut App,
    session: &Session,
    environment: &EnvironmentSlug,
    message: Option<&ReasonArg>,
) -> anyhow::Result<WriteOutcome> {
    let operation = operation(app)?;
    let reason = match message.and_then(ReasonArg::reason) {
        Some(reason) => reason.clone(),
        None => "Try envctl".parse()?,
    };
    let written = write(session, &operation, |basis| {
        Ok(decide(
            basis.project,
            environment,
            Decision::Approve,
            Some(&reason),
        )?)
    })?;
    typed(app, &format!("envctl approve {environment}"));
    let outcome = WriteOutcome::of_written(app, written);
    let pointers = count(outcome.rehearsal.plan.moves.len(), "pointer");
    let undo = outcome.undo(app, session);
    outcome.say(
        app,
        &format!("approved: {pointers} in {environment}"),
        undo.as_deref(),
    );
    Ok(outcome)
}

fn show_what_is_not_eligible(
    app: &mut App,
    session: &Session,
    from: &EnvironmentSlug,
    to: &EnvironmentSlug,
) -> anyhow::Result<()> {
    show_explanation(
        app,
        session,
        promotion(from, to, "routing/primary-chat".parse()?),
    )
}

/// Explains why what was rolled back is not promoted again, and what helps.
fn show_what_was_rolled_back(
    app: &mut App,
    session: &Session,
    from: &EnvironmentSlug,
    to: &EnvironmentSlug,
) -> anyhow::Result<()> {
    show_explanation(app, session, promotion(from, to, ROLLED_BACK.parse()?))
}

/// Explains what a promotion of one resource would come to.
fn show_explanation(app: &mut App, session: &Session, promotion: Promotion) -> anyhow::Result<()> {
    let Promotion {
        from,
        to,
        resources,
        ..
    } = &promotion;
    let resource = joined(resources, " ");
    typed(
        app,
        &format!("envctl policy explain {from} {to} {resource}"),
    );
    let view = session.view(None)?;
    let plan = promote(&view.state.project, &promotion)?;
    let explanation = explain(session, &view, &plan, Some(app.process.now()))?;
    policy::show_explanation(app, &promotion, &explanation);
    Ok(())
}

fn promotion(from: &EnvironmentSlug, to: &EnvironmentSlug, resource: Resource) -> Promotion {
    Promotion {
        from: from.clone(),
        to: to.clone(),
        resources: vec![resource.into()],
        prune: false,
        narrowing: Narrowing::default(),
        request: false,
        reason: None,
    }
}

/// Returns an operation by the user who runs the demo.
fn operation(app: &App) -> anyhow::Result<Operation> {
    let writing = Writing {
        durable: true,
        hooks: Hooks::Skip,
    };
    Ok(app.process.operation_of(visitor()?, writing))
}

/// Prints the command that a user would type to see what follows.
fn typed(app: &mut App, command: &str) {
    let strong = style::STRONG;
    app.answer(format!("\n{strong}$ {command}{strong:#}"));
}

fn suggest(app: &mut App, directory: &Path) {
    let next = [
        ("envctl status", "what is live where"),
        (
            "envctl approve prod-eu",
            "the pending release for the EU; it asks you first",
        ),
        (
            "envctl blame prod",
            "since when, by whom and why each version is live",
        ),
        (
            "envctl log prod --action rollback --action policy-set",
            "an incident, and what it taught",
        ),
        (
            "envctl log prod prompts/sentiment",
            "rolled back by mistake, requested, and live again",
        ),
        (
            "envctl promote staging prod prompts/tone-rewrite --request",
            "how to bring it back: another person approves",
        ),
        (
            "envctl diff HEAD~9.. --content",
            "what a pull request of the last nine commits would do",
        ),
        ("git log -p", "every move is a commit"),
    ];
    app.output
        .say(format!("\nTry next:\n  cd {}", directory.display()));
    for (command, what) in next {
        app.output.say(format!("  {command}\n      {what}"));
    }
}
