use std::path::{Path, PathBuf};

use anyhow::Context as _;
use envctl::model::{BranchName, DisplayName, Project};
use envctl::ops::{
    NewProject, WriteError, found, name_tables_in_diffs, rehearse_anew, rehearse_found,
};
use envctl::plan::{Plan, PlanError};
use envctl::store::{
    Discovery, Head, ProjectFolder, ProjectFolderError, Store, StoreError, Writing,
    default_settings,
};

use crate::app::App;
use crate::commands::writing::arguments::WriteArgs;
use crate::commands::writing::outcome::WriteOutcome;
use crate::commands::writing::session::upstream;
use crate::error::Failure;
use crate::exit::Exit;

/// A project that is about to be made, in a new repository if there is none.
pub struct ProjectCreation<'a> {
    /// The project's folder.
    pub directory: &'a Path,
    /// The folder as it was named; in a bare repository, its path in the tree.
    pub named: Option<&'a Path>,
    /// How it is written.
    pub write: &'a WriteArgs,
    /// Its name.
    pub name: DisplayName,
}

/// The outcome.
pub struct Founded {
    /// `None` after a dry run without a repository.
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
        // A missing identity or a refusal by the judge must not leave an empty repository behind.
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
        // The project exists; failing to set an option for nicer diffs must not look like a failure.
        if let Err(error) = name_tables_in_diffs(store) {
            app.output
                .warn(format!("git diff will not name the pointers: {error}"));
        }
        Ok(WriteOutcome::of_written(app, written))
    }
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
pub(super) fn existing(app: &App, directory: &Path) -> anyhow::Result<Option<Store>> {
    let discovery = Discovery::From(nearest(directory));
    match Store::open_in(discovery, &app.process.git_environment()) {
        Ok(store) => Ok(Some(store)),
        Err(StoreError::NotARepository { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Returns the nearest existing folder at or above `directory`.
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
