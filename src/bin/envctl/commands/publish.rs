pub mod refusal;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use envctl::files::MAX_PAYLOAD;
use envctl::model::{EnvironmentSlug, Resource, VersionId};
use envctl::ops::{Basis, Rehearsal};
use envctl::plan::{self, Publication, PublishTarget};
use envctl::store::Store;

use self::refusal::beside_other_targets;
use super::publish_tree::{self, Tree};
use super::published::{Body, PublishedBody};
use super::pushing;
use super::variables;
use super::writing::{AcceptPendingArgs, Confirmation, WriteArgs, WriteOutcome, WriteRun};
use crate::app::{Answer, App};
use crate::ui::patience;

/// Add the next version of a prompt, a routing rule or a provider, and move a pointer to it.
///
/// The pointer is that of the default publish target, unless --to or --no-release says otherwise. The same bytes as the
/// newest version are no new version, so a CI job may repeat itself. A payload is UTF-8 text of at most 1 MiB; routing
/// rules and providers are TOML by the keys of `envctl help gateway`, and never hold a key themselves.
///
/// With --from, every file of a folder in one commit: DIR/prompts/NAME.EXT, DIR/routing/NAME.toml, DIR/providers/NAME.toml. A
/// file that fits none of these is refused, but for README.md and git's own.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl publish prompts/support-router router.md               the default publish target follows
  envctl publish prompts/support-router router.md --to qa
  envctl publish providers/openai openai.toml --no-release      the version only exists
  envctl publish --from gateway --to staging                    what changed in a whole tree
  render-prompt | envctl publish prompts/support-router - -m \"Shorter greeting\"")]
pub struct PublishArgs {
    /// What to publish as, such as prompts/support-router.
    #[arg(required_unless_present = "from")]
    resource: Option<Resource>,
    /// The file to publish; - for standard input.
    #[arg(required_unless_present = "from")]
    file: Option<PathBuf>,
    /// Publish every file of this folder instead.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["resource", "file", "ext"])]
    from: Option<PathBuf>,
    /// Move the pointer of this environment.
    #[arg(long, value_name = "ENV", conflicts_with = "no_release")]
    to: Option<EnvironmentSlug>,
    /// Move no pointer.
    #[arg(long)]
    no_release: bool,
    /// How the version's file ends [default: like FILE, else like the newest version, else md].
    #[arg(long, value_name = "EXT")]
    ext: Option<String>,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    pending: AcceptPendingArgs,
}

pub fn run(args: &PublishArgs, app: &mut App) -> anyhow::Result<Answer> {
    match (&args.resource, &args.file, &args.from) {
        (_, _, Some(folder)) => {
            let PublishArgs { write, pending, .. } = args;
            let tree = Tree {
                folder,
                release: release(args),
                write,
                yes: write.yes,
                pending: *pending,
            };
            publish_tree::run(&tree, app)
        }
        (Some(resource), Some(file), None) => one(args, resource, file, app),
        _ => unreachable!("clap wants a resource and a file, or a folder"),
    }
}

fn one(
    args: &PublishArgs,
    resource: &Resource,
    file: &Path,
    app: &mut App,
) -> anyhow::Result<Answer> {
    let payload: Arc<[u8]> = payload(file, app)?.into();
    let (session, context) = pushing::start(app, &args.write)?;
    let name = Store::content_id(&payload);
    let publication = publication(args, resource, file, payload);
    let change = WriteRun {
        intent: |basis: &Basis<'_>| {
            Ok(plan::publish(basis.project, &publication, |content| {
                content == name
            })?)
        },
        args: &args.write,
        yes: args.write.yes,
    };
    let mut variables = None;
    let tell = |app: &mut App, rehearsal: &Rehearsal| {
        variables = variables::told(app, &session.store, rehearsal);
    };
    let outcome = change
        .make(app, &session, tell, confirmation)?
        .explained(beside_other_targets);
    let Some(published) = &outcome.rehearsal.plan.published else {
        unreachable!("a publication says what it published")
    };
    if !outcome.is_failed() {
        app.answer(&published.version);
        say(app, &outcome, &published.version, published.new);
    }
    let write = outcome.body(&context, outcome.move_back(app));
    let version = &published.version;
    let answer = app.done(&Body {
        write,
        versions: vec![PublishedBody::of(published)],
        environment: published.environment.as_ref(),
        moves: outcome.moves(),
        variable_changes: variables::known(variables, &session.store, &outcome.rehearsal),
    });
    Ok(outcome.answer(
        app,
        answer,
        &format!("the release of {version}"),
        args.pending,
    ))
}

fn release(args: &PublishArgs) -> PublishTarget {
    match &args.to {
        _ if args.no_release => PublishTarget::Nowhere,
        Some(to) => PublishTarget::To(to.clone()),
        None => PublishTarget::Default,
    }
}

fn publication(
    args: &PublishArgs,
    resource: &Resource,
    file: &Path,
    payload: Arc<[u8]>,
) -> Publication {
    let of_file = file
        .extension()
        .and_then(|extension| extension.to_str())
        .map(str::to_owned);
    Publication {
        resource: resource.clone(),
        payload,
        extension: args
            .ext
            .clone()
            .or(of_file.filter(|_| file != Path::new("-"))),
        release: release(args),
        reason: args.write.reason().cloned(),
    }
}

/// Publishing straight into production is confirmed like a promotion; into any other environment it is what one does all day.
fn confirmation(rehearsal: &Rehearsal) -> Confirmation {
    let project = &rehearsal.before.project;
    let into_production = rehearsal.plan.moves.iter().find(|moved| {
        project
            .environments
            .get(&moved.environment)
            .is_some_and(|environment| environment.production)
    });
    match (into_production, &rehearsal.plan.published) {
        (Some(moved), Some(published)) => {
            let question = format!(
                "Publish {} straight to {}?",
                published.version, moved.environment
            );
            Confirmation::about(question, &moved.environment, project)
        }
        _ => Confirmation::None,
    }
}

fn say(app: &mut App, outcome: &WriteOutcome, version: &VersionId, new: bool) {
    let plan = &outcome.rehearsal.plan;
    if plan.waits_in().is_some() && !outcome.changed() {
        return;
    }
    let moved = plan.moves.first();
    let what = if new {
        format!("published {version}")
    } else {
        format!("{version} has these bytes already")
    };
    let done = match moved {
        Some(moved) => format!("{what}, live in {}", moved.environment),
        None => what,
    };
    if outcome.changed() {
        outcome.say(app, &done, outcome.move_back(app).as_deref());
    } else {
        app.output.say(format!("{done}: nothing to do"));
    }
    if let (Some(moved), Some(_)) = (moved, outcome.commit) {
        for next in outcome
            .rehearsal
            .after
            .project
            .requiring(&moved.environment)
        {
            app.output.say(format!(
                "next: envctl promote {} {next} {}",
                moved.environment, version.resource
            ));
        }
    }
}

/// The bytes of `file`, or of standard input. One byte more than the limit is enough to know that it is too large.
fn payload(file: &Path, app: &mut App) -> anyhow::Result<Vec<u8>> {
    if file == Path::new("-") {
        return patience::read_stdin(MAX_PAYLOAD, &mut app.output)
            .context("cannot read standard input");
    }
    let path = app.folder()?.join(file);
    patience::read_file(&path, MAX_PAYLOAD, &mut app.output)
        .with_context(|| format!("cannot read {}", file.display()))
}
