mod editor;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use envctl::model::{BranchName, DisplayName, Project};
use envctl::ops::{
    NewProject, Selection, Session, WriteError, found, name_tables_in_diffs, rehearse_anew,
    rehearse_found,
};
use envctl::plan::{self, Plan, PlanError};
use envctl::store::{
    Discovery, Head, ProjectFolder, ProjectFolderError, Store, StoreError, Writing,
    default_settings,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::writing::arguments::WriteArgs;
use super::writing::body::WriteBody;
use super::writing::outcome::WriteOutcome;
use super::writing::session::upstream;
use crate::app::{Answer, App};
use crate::context::Context;
use crate::error::Failure;
use crate::exit::Exit;
use crate::ui::Shown;

/// Create a project with the environments prod and staging, as one commit.
///
/// Where there is no repository, one is made. In a repository the project may be its root or a subfolder, and the branch
/// that is checked out becomes the live one.
///
/// The repository's own settings get diff.envctl.xfuncname, unless git knows it already: with it `git diff` heads each piece
/// with the table that it begins in, and with -U0 that is the pointer that moves.
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
    /// What the project is called [default: the name of its folder].
    #[arg(long)]
    name: Option<DisplayName>,
    /// Also write settings for editors and formatters: the schemas of the files for taplo and tombi, and, for these,
    /// prettier and EditorConfig, which folders no formatter may touch. In a project that is there, only these.
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

/// A project on its way to be made, in a repository of its own if there is none.
pub struct ProjectCreation<'a> {
    /// The project's folder.
    pub directory: &'a Path,
    /// As it was named; in a bare repository, by its path in the tree.
    pub named: Option<&'a Path>,
    /// How it is written.
    pub write: &'a WriteArgs,
    /// What it is called.
    pub name: DisplayName,
}

/// What came of it.
pub struct Founded {
    /// None after a dry run where not even a repository is.
    pub outcome: Option<WriteOutcome>,
    pub new: NewProject,
    pub repository_created: bool,
}

impl ProjectCreation<'_> {
    /// Makes the project that `plan` plans.
    pub fn found(
        self,
        app: &mut App,
        plan: impl Fn(&Project, &NewProject) -> Result<Plan, PlanError>,
    ) -> anyhow::Result<Founded> {
        let Some(store) = existing(app, self.directory)? else {
            return self.in_a_new_repository(app, plan);
        };
        let folder = folder_in(&store, self.directory, self.named)?;
        let branch = checked_out(app, &store)?;
        let upstream = match &self.write.push {
            None => None,
            Some(remote) => Some(upstream(app, &store, &branch, remote.as_ref())?),
        };
        let new = NewProject {
            upstream,
            ..self.project(folder, branch)
        };
        let outcome = Some(self.make(app, &store, &new, plan)?);
        Ok(Founded {
            outcome,
            new,
            repository_created: false,
        })
    }

    fn in_a_new_repository(
        self,
        app: &mut App,
        plan: impl Fn(&Project, &NewProject) -> Result<Plan, PlanError>,
    ) -> anyhow::Result<Founded> {
        if self.write.push.is_some() {
            let message = "there is no repository yet, so there is no remote to push to";
            return Err(Failure::new(Exit::Error, "no-such-remote", message)
                .hint("clone or make one first")
                .into());
        }
        let branch = app.branch().cloned().map_or_else(first_branch, Ok)?;
        let new = self.project(ProjectFolder::root(), branch);
        // Whoever git does not know, and whatever the judge refuses, must not leave an empty repository behind.
        let writing = Writing {
            durable: true,
            hooks: self.write.hooks(),
        };
        let environment = app.process.git_environment();
        let settings = default_settings(nearest(self.directory), &environment)?;
        let operation = app.process.operation_with(&settings, writing)?;
        if let Err(error) = rehearse_anew(&operation, |project| plan(project, &new)) {
            return Ok(Founded {
                outcome: Some(WriteOutcome::refused(error, self.write.dry_run)?),
                new,
                repository_created: false,
            });
        }
        if self.write.dry_run {
            let place = self.directory.display();
            app.output.say(format!(
                "dry run: a repository and a project would be made in {place}"
            ));
            return Ok(Founded {
                outcome: None,
                new,
                repository_created: true,
            });
        }
        std::fs::create_dir_all(self.directory)
            .with_context(|| format!("cannot make {}", self.directory.display()))?;
        let store = Store::create(self.directory, &new.branch, &environment)?;
        let new = NewProject {
            branch: checked_out(app, &store)?,
            ..new
        };
        let outcome = Some(self.make(app, &store, &new, plan)?);
        Ok(Founded {
            outcome,
            new,
            repository_created: true,
        })
    }

    fn project(&self, folder: ProjectFolder, branch: BranchName) -> NewProject {
        NewProject {
            folder,
            branch,
            name: self.name.clone(),
            reason: self.write.reason().cloned(),
            upstream: None,
        }
    }

    fn make(
        &self,
        app: &mut App,
        store: &Store,
        new: &NewProject,
        plan: impl Fn(&Project, &NewProject) -> Result<Plan, PlanError>,
    ) -> anyhow::Result<WriteOutcome> {
        let intent = |project: &Project| plan(project, new);
        let operation = app.process.operation(store, self.write.hooks())?;
        if self.write.dry_run {
            let rehearsal = match rehearse_found(store, new, &operation, intent) {
                Ok(rehearsal) => rehearsal,
                Err(error) => return WriteOutcome::refused(error, true),
            };
            return Ok(WriteOutcome::unwritten(rehearsal, true));
        }
        let written = match found(store, new, &operation, intent) {
            Ok(written) => written,
            Err(error) => return WriteOutcome::refused(error, false),
        };
        // The project stands; a setting that only makes diffs read better must not say otherwise.
        if let Err(error) = name_tables_in_diffs(store) {
            app.output
                .warn(format!("git diff will not name the pointers: {error}"));
        }
        Ok(WriteOutcome::of_written(app, written))
    }
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

/// Returns the project's folder in the repository; in a bare one, `named` is the path in the tree.
fn folder_in(
    store: &Store,
    directory: &Path,
    named: Option<&Path>,
) -> anyhow::Result<ProjectFolder> {
    if !store.is_bare() {
        return Ok(store.folder_of(directory)?);
    }
    let plain: PathBuf = named.unwrap_or(Path::new("")).components().collect();
    let text = plain
        .to_str()
        .ok_or_else(|| misnamed(directory, "it is not UTF-8"))?;
    Ok(text
        .parse()
        .map_err(|error: ProjectFolderError| misnamed(directory, &error.to_string()))?)
}

fn misnamed(directory: &Path, why: &str) -> Failure {
    Failure::new(
        Exit::Usage,
        "usage",
        format!(
            "{} cannot be the project's folder: {why}",
            directory.display()
        ),
    )
}

/// Opens the repository that contains `directory`, or will contain it.
fn existing(app: &App, directory: &Path) -> anyhow::Result<Option<Store>> {
    let discovery = Discovery::From(nearest(directory));
    match Store::open_in(discovery, &app.process.git_environment()) {
        Ok(store) => Ok(Some(store)),
        Err(StoreError::NotARepository { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Returns the folder at or above `directory` that is there already.
fn nearest(directory: &Path) -> &Path {
    let mut folders = directory.ancestors();
    folders.find(|folder| folder.is_dir()).unwrap_or(directory)
}

fn checked_out(app: &App, store: &Store) -> anyhow::Result<BranchName> {
    match (app.branch(), store.head()?) {
        (Some(branch), _) => Ok(branch.clone()),
        (None, Head::Branch(branch)) => Ok(branch),
        (None, Head::Detached(_)) => Err(WriteError::Detached.into()),
    }
}

fn first_branch() -> anyhow::Result<BranchName> {
    Ok("main".parse()?)
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
