mod story;

use std::path::{Path, PathBuf};

use anyhow::Context;
use envctl::model::{CommitId, EnvironmentSlug, Identity, Project};
use envctl::ops::write;
use envctl::plan::{self, Promotion};
use envctl::store::{Hooks, Store, Writing};
use serde::Serialize;

use self::story::Story;
use super::moves::{self, MoveBody};
use super::status;
use super::writing::outcome;
use crate::app::{Answer, App};
use crate::error::Failure;
use crate::exit::Exit;
use crate::render::{Table, count};
use crate::ui::style;

/// Build an example project and promote staging to prod.
///
/// The project of a support desk with a dozen prompts, four routing rules, three providers and five weeks of history, in a
/// new repository of its own. Then staging is promoted to prod, as you would do it, and what to try next is listed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl demo                    in the folder envctl-demo
  envctl demo /tmp/support-desk")]
pub struct Args {
    /// The folder to make; it must not exist, or be empty.
    #[arg(default_value = "envctl-demo")]
    directory: PathBuf,
}

#[derive(Serialize)]
struct Body<'a> {
    directory: &'a Path,
    commits: usize,
    commit: Option<CommitId>,
    moves: Vec<MoveBody<'a>>,
}

pub fn run(args: &Args, app: &mut App) -> anyhow::Result<Answer> {
    let directory = app.folder()?.join(&args.directory);
    require_vacant(&directory)?;
    std::fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
    let store = Store::create(&directory, &"main".parse()?)?;
    keep_identity(&store)?;
    let story = Story::shipped()?;
    let session = story.live_through(store, app.world.now())?;
    let project = session.view(None)?.state.project;
    app.answer(format!(
        "{} in {}: {}",
        project_name(&project),
        args.directory.display(),
        count(story.length(), "commit")
    ));
    show(app, "envctl status", &status::overview(&project, app.output.medium()));

    let (from, to) = (EnvironmentSlug::STAGING.parse()?, EnvironmentSlug::PROD.parse()?);
    let promotion = Promotion { from, to, resources: Vec::new(), prune: false, reason: Some("Try envctl".parse()?) };
    let operation = app.world.operation_of(visitor()?, Writing { durable: true, hooks: Hooks::Skip });
    let written = write(&session, &operation, |basis| Ok(plan::promote(basis.project, &promotion)?))?;
    let outcome = outcome(app, written);
    show(app, "envctl promote staging prod", &moves::table(&outcome.rehearsal.plan.moves));
    outcome.say(app, &format!("staging → prod: {}", count(outcome.rehearsal.plan.moves.len(), "pointer")), None);
    suggest(app, &args.directory);
    let moves = moves::bodies(&outcome.rehearsal.plan.moves);
    Ok(Answer::done(&Body { directory: &directory, commits: story.length() + 1, commit: outcome.commit, moves }))
}

fn require_vacant(directory: &Path) -> anyhow::Result<()> {
    let holds_something = std::fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some());
    if !holds_something && !directory.is_file() {
        return Ok(());
    }
    let message = format!("{} is there already and not empty", directory.display());
    Err(Failure::new(Exit::Error, "not-empty", message).hint("name another folder: envctl demo DIR").into())
}

/// Where git knows no identity, the example gets one of its own, so that what is suggested next works at once.
fn keep_identity(store: &Store) -> anyhow::Result<()> {
    if store.setting("user.name").is_none() || store.setting("user.email").is_none() {
        let visitor = visitor()?;
        store.keep_setting("user.name", visitor.name())?;
        store.keep_setting("user.email", visitor.email())?;
    }
    Ok(())
}

fn visitor() -> anyhow::Result<Identity> {
    Ok(Identity::new("envctl demo", "demo@envctl.example")?)
}

fn project_name(project: &Project) -> String {
    project.settings.name.as_ref().map_or_else(String::new, ToString::to_string)
}

fn show(app: &mut App, command: &str, table: &Table) {
    let strong = style::STRONG;
    app.answer(format!("\n{strong}$ {command}{strong:#}"));
    app.answer_table(table);
}

fn suggest(app: &mut App, directory: &Path) {
    let next = [
        ("envctl log prod", "what happened in prod, and why"),
        ("envctl diff prod prod-eu", "what the EU does not serve yet"),
        ("envctl resolve prompts/support-router --env prod --content", "what the gateway gets"),
        ("envctl promote prod prod-eu", "move it on; you are asked first"),
        ("git log -p", "every promotion is a commit"),
    ];
    app.output.say(format!("\nTry next:\n  cd {}", directory.display()));
    for (command, what) in next {
        app.output.say(format!("  {command:<60}{what}"));
    }
}
