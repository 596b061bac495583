mod deed;
mod material;
mod story;
mod tour;

use std::path::{Path, PathBuf};

use anyhow::Context;
use envctl::model::{CommitId, EnvironmentSlug};
use envctl::ops::{name_tables_in_diffs, pending};
use envctl::policy::asked_moves;
use envctl::store::Store;
use schemars::JsonSchema;
use serde::Serialize;

use self::story::Story;
use self::tour::{
    approve, introduce, show_what_differs, show_what_is_not_eligible, show_what_waits,
    show_what_was_rolled_back, suggest, visitor,
};
use super::moves::JudgedMove;
use super::pending::{self as waits, PendingBody};
use super::writing::arguments::ReasonArg;
use crate::app::{Answer, App};
use crate::error::Failure;
use crate::exit::Exit;
use crate::options::ChangeArgs;
use crate::render::count;

/// Build an example project and approve its pending release.
///
/// Makes the project of a support desk with a dozen prompts, four routing rules, three providers,
/// policies and five weeks of history, in a new repository of its own. Then approves the pending
/// release of prod as you would do it, explains what is not eligible yet, and lists what to try
/// next.
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
    /// The reason for the approval [default: Try envctl].
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
    /// The releases that are pending now.
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
    introduce(app, &session, &args.directory, &story)?;

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

/// Prints what the example would be.
fn would_make(app: &mut App, args: &DemoArgs, directory: &Path) -> anyhow::Result<Answer> {
    // Its last commit approves the pending release.
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

/// Gives the example an identity if git has none, so that the commands that are suggested next work at once.
fn keep_identity(store: &Store) -> anyhow::Result<()> {
    if store.setting("user.name")?.is_none() || store.setting("user.email")?.is_none() {
        let visitor = visitor()?;
        store.keep_setting("user.name", visitor.name())?;
        store.keep_setting("user.email", visitor.email())?;
    }
    Ok(())
}
