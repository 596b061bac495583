mod creation;
mod editor;

use std::path::{Path, PathBuf};

use envctl::model::{DisplayName, Project};
use envctl::ops::{NewProject, Selection, Session, WriteError};
use envctl::plan::{self, PlanError};
use schemars::JsonSchema;
use serde::Serialize;

use self::creation::existing;
pub use self::creation::{Founded, ProjectCreation};
use super::writing::arguments::WriteArgs;
use super::writing::body::WriteBody;
use super::writing::outcome::WriteOutcome;
use crate::app::{Answer, App};
use crate::context::Context;
use crate::error::Failure;
use crate::exit::Exit;
use crate::ui::Shown;

/// Create a project with the environments prod and staging, as one commit.
///
/// Where there is no repository, one is created. In a repository the project can be the root or a
/// subfolder, and the branch that is checked out becomes the live branch.
///
/// Sets diff.envctl.xfuncname in the repository, unless it is already set. With it, `git diff`
/// shows the TOML table of each hunk in its header; with -U0 that is the pointer that moves.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl init                          here
  envctl init gateway                  in the folder gateway
  envctl init --name \"Support desk\"
  envctl init --editor                 also where there is a project: settings for editors")]
pub struct InitArgs {
    /// The project's folder [default: this one].
    directory: Option<PathBuf>,
    /// The name of the project [default: the name of its folder].
    #[arg(long)]
    name: Option<DisplayName>,
    /// Also write settings for editors and formatters: the schemas of the files for taplo and
    /// tombi, and for these, prettier and EditorConfig the folders that no formatter may touch. In
    /// an existing project, write only these.
    #[arg(long)]
    editor: bool,
    #[command(flatten)]
    write: WriteArgs,
}

#[derive(Serialize, JsonSchema)]
pub struct Body {
    #[serde(flatten)]
    write: WriteBody,
    name: DisplayName,
    repository_created: bool,
    /// What --editor wrote, below the project's folder.
    editor_files: Vec<String>,
}

pub fn run(args: &InitArgs, app: &mut App) -> anyhow::Result<Answer> {
    let here = app.folder()?;
    let directory = args
        .directory
        .as_ref()
        .map_or(here.clone(), |directory| here.join(directory));
    let name = args.name.clone().map_or_else(|| name_of(&directory), Ok)?;
    let creation = ProjectCreation {
        directory: &directory,
        named: args.directory.as_deref(),
        write: &args.write,
        name,
    };
    let plan = |project: &Project, new: &NewProject| {
        plan::init(project, &new.name, &new.branch, new.reason.as_ref())
    };
    let Founded {
        outcome,
        new,
        repository_created,
    } = match creation.found(app, plan) {
        Err(error) if args.editor && is_there(&error) => return only_editor(&directory, args, app),
        founded => founded?,
    };
    let editor_files = match (&outcome, args.editor) {
        (Some(outcome), true) if !outcome.is_failed() => {
            editor::write(&directory, args.write.dry_run, app)?
        }
        _ => Vec::new(),
    };
    match outcome {
        Some(outcome) => Ok(answer(
            app,
            &outcome,
            new,
            (repository_created, editor_files),
        )),
        None => Ok(app.done(&Body {
            write: WriteBody::without_commit(
                Context {
                    project: new.folder.to_string(),
                    branch: Some(new.branch),
                    live: true,
                    at: None,
                },
                true,
                true,
            ),
            name: new.name,
            repository_created,
            editor_files,
        })),
    }
}

fn is_there(error: &anyhow::Error) -> bool {
    let found = error.downcast_ref::<WriteError>();
    matches!(found, Some(WriteError::Plan(PlanError::ProjectExists)))
        || matches!(error.downcast_ref(), Some(PlanError::ProjectExists))
}

/// Writes the settings for editors in an existing project.
fn only_editor(directory: &Path, args: &InitArgs, app: &mut App) -> anyhow::Result<Answer> {
    let session = match existing(app, directory)? {
        Some(store) if args.directory.is_some() => {
            let selection = Selection {
                start: directory.to_owned(),
                project: None,
                ..app.selection(&store)?
            };
            Session::open(store, &selection)?
        }
        _ => app.session()?,
    };
    let settings = session.view(None)?.state.project.settings;
    let context = app.context(&session, settings.branch.as_ref());
    let editor_files = editor::write(directory, args.write.dry_run, app)?;
    let name = settings.name.map_or_else(|| name_of(directory), Ok)?;
    Ok(app.done(&Body {
        write: WriteBody::without_commit(context, args.write.dry_run, !editor_files.is_empty()),
        name,
        repository_created: false,
        editor_files,
    }))
}

fn answer(
    app: &mut App,
    outcome: &WriteOutcome,
    new: NewProject,
    (repository_created, editor_files): (bool, Vec<String>),
) -> Answer {
    let place = if new.folder.is_root() {
        "the repository's root".to_owned()
    } else {
        new.folder.to_string()
    };
    let made = format!("{} in {place}, with prod and staging", new.name);
    outcome.say(app, &Shown(&made).to_string(), None);
    if !outcome.is_failed() {
        app.output
            .say("next: envctl publish prompts/NAME FILE --to staging");
    }
    let context = Context {
        project: new.folder.to_string(),
        branch: Some(new.branch),
        live: true,
        at: None,
    };
    outcome.ended(app.done(&Body {
        write: outcome.body(&context, None),
        name: new.name,
        repository_created,
        editor_files,
    }))
}

/// Returns the name of the folder as a display name.
pub fn name_of(directory: &Path) -> anyhow::Result<DisplayName> {
    let full = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    let name = full
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("project");
    Ok(name.parse().map_err(|error| {
        let message = format!("{name:?} cannot be the project's name: {error}");
        Failure::new(Exit::Usage, "usage", message).hint("name it with --name")
    })?)
}
