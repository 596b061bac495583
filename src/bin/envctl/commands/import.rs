mod source;

use std::path::PathBuf;

use envctl::gateway::{GatewayFormat, Remark, Remarked};
use envctl::model::{EnvironmentSlug, Project, VersionId, changes};
use envctl::ops::{Basis, NewProject, ReadError, Rehearsal, Session, WriteError};
use envctl::plan::{self, Import, Plan, PlanError};
use envctl::store::{Store, StoreError};
use schemars::JsonSchema;
use serde::Serialize;

use self::source::Source;
use super::init::{Founded, ProjectCreation, name_of};
use super::moves::{JudgedMove, VersionBody};
use super::writing::arguments::{AcceptPendingArgs, WriteArgs};
use super::writing::body::WriteBody;
use super::writing::command::WriteCommand;
use super::writing::confirmation::Confirmation;
use super::writing::outcome::WriteOutcome;
use super::writing::runner;
use super::writing::session::{self, ChangeSession};
use crate::app::{Answer, App};
use crate::context::Context;
use crate::error::Failure;
use crate::exit::Exit;
use crate::format_names;
use crate::render::count;

/// Make versions of an existing gateway configuration, and point environments at them.
///
/// FILE is what a gateway reads, in the format that its content is in or that --from names: providers, routes and their
/// targets, models, functions, prompts; `envctl help gateway` lists what maps. What does not map is listed, with where it
/// belongs, and so is a template whose file is absent. A configuration in several files is imported file by file. Where there is
/// no project one is made, and every environment points at what was imported; in a project, --to says which do. What a version
/// already says does not become a new version.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl import gateway.toml                    a new project, live in prod and staging
  envctl import gateway.toml --to staging       into a project
  envctl import gateway.toml --strict -n        whether all of it maps
  envctl import tensorzero.toml -n              what of another gateway's configuration maps")]
pub struct ImportArgs {
    /// The configuration.
    file: PathBuf,
    /// The format that it is in; without it, the one that its content is in.
    #[arg(long, value_name = "FORMAT", value_parser = format_names::any())]
    from: Option<&'static dyn GatewayFormat>,
    /// Point this environment at what was imported.
    #[arg(long, value_name = "ENV", num_args = 1..)]
    to: Vec<EnvironmentSlug>,
    /// Refuse a configuration of which something does not map.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    pending: AcceptPendingArgs,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    write: WriteBody,
    project_created: bool,
    repository_created: bool,
    versions: Vec<VersionBody>,
    unchanged: usize,
    moves: Vec<JudgedMove>,
    left_out: Vec<&'a Remark>,
    adapted: Vec<&'a Remark>,
}

pub fn run(args: &ImportArgs, app: &mut App) -> anyhow::Result<Answer> {
    let mut source = Source::read(&args.file, &app.folder()?, args.from, &mut app.output)?;
    judge_left_out(args, &source)?;
    match session(app, &args.write)? {
        Some(session) => into_project(args, &mut source, session, app),
        None => into_new_project(args, &mut source, app),
    }
}

/// Opens the project here; `None` if there is none and one may be created.
fn session(app: &mut App, args: &WriteArgs) -> anyhow::Result<Option<Session>> {
    let error = match session::session(app, args) {
        Ok(session) => return Ok(Some(session)),
        Err(error) => error,
    };
    let nothing_here = match error.downcast_ref::<ReadError>() {
        Some(ReadError::NoProject { elsewhere, .. }) => elsewhere.is_empty(),
        Some(ReadError::Unborn { .. }) => true,
        _ => matches!(
            error.downcast_ref::<StoreError>(),
            Some(StoreError::NotARepository { .. })
        ),
    };
    if nothing_here && !app.names_project() {
        Ok(None)
    } else {
        Err(error)
    }
}

fn into_new_project(
    args: &ImportArgs,
    source: &mut Source,
    app: &mut App,
) -> anyhow::Result<Answer> {
    if !args.to.is_empty() {
        let message = "there is no project, so there are no environments for --to";
        return Err(Failure::new(Exit::Usage, "usage", message)
            .hint("leave --to out: in a new project every environment points at what was imported")
            .into());
    }
    let directory = app.folder()?;
    let import = source.import(None, Vec::new(), args.write.reason())?;
    judge_left_out(args, source)?;
    let source = &*source;
    let creation = ProjectCreation {
        directory: &directory,
        named: None,
        write: &args.write,
        name: name_of(&directory)?,
    };
    let plan = |project: &Project, new: &NewProject| {
        plan::init_with_import(
            project,
            (&new.name, &new.branch),
            &import,
            Store::content_id,
        )
    };
    let founded = creation
        .found(app, plan)
        .map_err(|error| elsewhere(error, args))?;
    let Founded {
        outcome,
        new,
        repository_created,
    } = founded;
    let context = Context {
        project: new.folder.to_string(),
        branch: Some(new.branch),
        live: true,
        at: None,
    };
    let Some(outcome) = outcome else {
        report(app, source);
        return Ok(app.done(&body(
            source,
            WriteBody::without_commit(context, true, true),
            None,
            (true, repository_created),
        )));
    };
    let write = outcome.body(&context, None);
    say(
        app,
        source,
        &outcome,
        &format!(
            "{} with prod and staging, ",
            crate::ui::Shown(new.name.as_str())
        ),
        None,
    );
    if outcome.commit.is_some() {
        app.output.say("next: envctl status");
    }
    let answer = app.done(&body(
        source,
        write,
        Some(&outcome),
        (!outcome.is_failed(), repository_created),
    ));
    Ok(outcome.ended(answer))
}

/// Adds the command that makes the project in another folder, if the folders here are occupied.
fn elsewhere(error: anyhow::Error, args: &ImportArgs) -> anyhow::Error {
    if !matches!(
        error.downcast_ref::<WriteError>(),
        Some(WriteError::Plan(PlanError::Occupied { .. }))
    ) {
        return error;
    }
    let mut failure = Failure::of(error);
    let file = args.file.display();
    failure.hints = vec![format!(
        "make it in a folder of its own: mkdir DIR && envctl -C DIR import ../{file}"
    )];
    failure.into()
}

fn into_project(
    args: &ImportArgs,
    source: &mut Source,
    session: Session,
    app: &mut App,
) -> anyhow::Result<Answer> {
    let opened = ChangeSession::of(app, session)?;
    let project = &opened.project;
    let untouched = project.versions.is_empty()
        && project
            .pointers
            .values()
            .all(|pointers| pointers.is_empty());
    let to = match args.to.is_empty() {
        false => args.to.clone(),
        true if untouched => project.in_order().into_iter().cloned().collect(),
        true => return Err(no_target(project).into()),
    };
    let import = source.import(Some((&opened.session, project)), to, args.write.reason())?;
    judge_left_out(args, source)?;
    let source = &*source;
    let imported = ImportIntoProject {
        args,
        source,
        import,
    };
    let outcome = runner::make(&imported, app, &opened.session)?;
    Ok(runner::finish(&imported, app, &opened, &outcome))
}

/// The import into a project that is there already.
struct ImportIntoProject<'a> {
    args: &'a ImportArgs,
    source: &'a Source,
    import: Import,
}

impl WriteCommand for ImportIntoProject<'_> {
    fn arguments(&self) -> &WriteArgs {
        &self.args.write
    }

    fn plan(&self, basis: &Basis<'_>) -> Result<Plan, WriteError> {
        Ok(plan::import(
            basis.project,
            basis.configuration,
            &self.import,
            Store::content_id,
        )?)
    }

    /// Shows nothing: the new versions are the whole answer, so that a script can take them as they are.
    fn show(&self, _: &mut App, _: &Rehearsal) {}

    fn confirmation(&self, rehearsal: &Rehearsal) -> Confirmation {
        confirmation(rehearsal, &self.import)
    }

    fn done(&self, _: &WriteOutcome) -> String {
        format!("the import of {}", self.import.name)
    }

    fn say(&self, app: &mut App, outcome: &WriteOutcome, undo: Option<&str>) {
        say(app, self.source, outcome, "", undo);
    }

    fn answer(&self, app: &App, write: WriteBody, outcome: &WriteOutcome) -> Answer {
        app.done(&body(self.source, write, Some(outcome), (false, false)))
    }

    fn accept_pending(&self) -> AcceptPendingArgs {
        self.args.pending
    }
}

fn confirmation(rehearsal: &Rehearsal, import: &Import) -> Confirmation {
    let project = &rehearsal.before.project;
    let moved = |slug: &&EnvironmentSlug| {
        rehearsal
            .plan
            .moves
            .iter()
            .any(|moved| moved.environment == **slug)
    };
    let production = |slug: &&EnvironmentSlug| {
        project
            .environments
            .get(*slug)
            .is_some_and(|it| it.production)
    };
    match import.to.iter().filter(moved).find(production) {
        // A project without a version has nothing to lose.
        Some(slug) if !project.versions.is_empty() => Confirmation::of_environment(
            format!("Import {} straight to {slug}?", import.name),
            slug,
            project,
        ),
        _ => Confirmation::None,
    }
}

fn published(rehearsal: &Rehearsal) -> Vec<VersionId> {
    changes(&rehearsal.before.project, &rehearsal.after.project).published
}

fn body<'a>(
    source: &'a Source,
    write: WriteBody,
    outcome: Option<&WriteOutcome>,
    (project_created, repository_created): (bool, bool),
) -> Body<'a> {
    let versions = outcome.map_or_else(Vec::new, |outcome| published(&outcome.rehearsal));
    Body {
        unchanged: if outcome.is_some() {
            source.len() - versions.len()
        } else {
            0
        },
        write,
        project_created,
        repository_created,
        versions: VersionBody::all(&versions),
        moves: outcome.map(WriteOutcome::moves).unwrap_or_default(),
        left_out: source.left_out().collect(),
        adapted: source
            .remarks
            .iter()
            .filter(|remark| remark.remarked == Remarked::Adapted)
            .collect(),
    }
}

fn say(app: &mut App, source: &Source, outcome: &WriteOutcome, before: &str, undo: Option<&str>) {
    if outcome.is_failed() {
        return;
    }
    report(app, source);
    let versions = published(&outcome.rehearsal);
    for version in &versions {
        app.answer(version);
    }
    let waits = outcome.rehearsal.plan.waits_in().is_some();
    if !outcome.changed() {
        // That it waits already is said by who answers.
        if waits {
            return;
        }
        return app.output.say(format!(
            "{} unchanged: nothing to do",
            count(source.len(), "resource")
        ));
    }
    let moved = match waits {
        true => String::new(),
        false => format!(
            ", {} moved",
            count(outcome.rehearsal.plan.moves.len(), "pointer")
        ),
    };
    outcome.say(
        app,
        &format!(
            "{before}{} imported{moved}",
            count(versions.len(), "version")
        ),
        undo,
    );
}

/// Prints what was changed on the way, and warns of what was left out, even under -q.
fn report(app: &mut App, source: &Source) {
    for remark in &source.remarks {
        let remark_shown = remark.to_string();
        let shown = crate::ui::Shown(&remark_shown);
        match remark.remarked {
            Remarked::LeftOut => app.output.warn(shown),
            Remarked::Adapted => app.output.say(shown),
        }
    }
}

/// Refuses a configuration of which something is left out, where all of it is to map.
fn judge_left_out(args: &ImportArgs, source: &Source) -> anyhow::Result<()> {
    match args.strict && source.left_out().next().is_some() {
        true => Err(not_all(source).into()),
        false => Ok(()),
    }
}

fn not_all(source: &Source) -> Failure {
    let left_out: Vec<&Remark> = source.left_out().collect();
    let message = format!("{} not map", crate::tree::do_or_does(left_out.len(), "key"));
    let mut failure = Failure::new(Exit::Refused, "not-all-maps", message);
    for remark in &left_out {
        failure = failure.hint(format!("{}: {}", remark.key, remark.message));
    }
    failure.data.insert(
        "left_out".to_owned(),
        serde_json::to_value(left_out).unwrap_or_default(),
    );
    failure
}

fn no_target(project: &Project) -> Failure {
    let slugs: Vec<&str> = project
        .in_order()
        .into_iter()
        .map(EnvironmentSlug::as_str)
        .collect();
    let message =
        "there is already a project here: name the environments that are to serve what is imported";
    Failure::new(Exit::Usage, "usage", message)
        .hint(format!("--to ENV, one or more of {}", slugs.join(", ")))
}
