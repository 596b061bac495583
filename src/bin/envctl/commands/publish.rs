pub mod refusal;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use envctl::files::MAX_PAYLOAD;
use envctl::model::{ContentId, EnvironmentSlug, OverridableRule, Resource};
use envctl::ops::{Basis, Rehearsal, WriteError};
use envctl::plan::{self, Plan, Publication, PublishTarget, Published};
use envctl::store::Store;

use self::refusal::beside_other_targets;
use super::publish_tree::{self, Tree};
use super::published::{Body, PublishedBody, before_production, say};
use super::writing::arguments::{AcceptPendingArgs, OverrideArgs, WaitArgs, WriteArgs};
use super::writing::body::WriteBody;
use super::writing::command::WriteCommand;
use super::writing::confirmation::Confirmation;
use super::writing::outcome::WriteOutcome;
use super::writing::runner;
use crate::app::{Answer, App};
use crate::error::Failure;
use crate::ui::patience;

/// Add the next version of a prompt, a routing rule or a provider, and move a pointer to it.
///
/// The pointer is that of the default publish target, unless --to or --no-release is given. If the
/// bytes are those of the newest version, nothing is published, so a CI job can be repeated. A
/// payload is UTF-8 text of at most 1 MiB. Routing rules and providers are TOML with the keys that
/// `envctl help gateway` describes, and never contain a secret.
///
/// With --from, publishes every file of a folder in one commit: DIR/prompts/NAME.EXT,
/// DIR/routing/NAME.toml, DIR/providers/NAME.toml. Any other file is refused, except README.md and
/// git's own files.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl publish prompts/support-router router.md               the default publish target follows
  envctl publish prompts/support-router router.md --to qa
  envctl publish providers/openai openai.toml --no-release      the version only exists
  envctl publish --from gateway --to staging                    what changed in a whole tree
  render-prompt | envctl publish prompts/support-router - -m \"Shorter greeting\"")]
pub struct PublishArgs {
    /// The resource, such as prompts/support-router.
    #[arg(required_unless_present = "from")]
    resource: Option<Resource>,
    /// The file to publish; - reads standard input.
    #[arg(required_unless_present = "from")]
    file: Option<PathBuf>,
    /// Publish every file of this folder.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["resource", "file", "ext"])]
    from: Option<PathBuf>,
    /// Move the pointer of this environment.
    #[arg(long, value_name = "ENV", conflicts_with = "no_release")]
    to: Option<EnvironmentSlug>,
    /// Move no pointer.
    #[arg(long)]
    no_release: bool,
    /// The extension of the version's file [default: that of FILE, else of the newest version, else md].
    #[arg(long, value_name = "EXT")]
    ext: Option<String>,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    overriding: OverrideArgs,
    #[command(flatten)]
    waiting: WaitArgs,
    #[command(flatten)]
    pending: AcceptPendingArgs,
}

pub fn run(args: &PublishArgs, app: &mut App) -> anyhow::Result<Answer> {
    match (&args.resource, &args.file, &args.from) {
        (_, _, Some(folder)) => {
            let tree = Tree {
                folder,
                release: release(args),
                write: &args.write,
                overriding: &args.overriding,
                waiting: args.waiting,
                pending: args.pending,
            };
            publish_tree::run(&tree, app)
        }
        (Some(resource), Some(file), None) => {
            let payload: Arc<[u8]> = payload(file, app)?.into();
            let one = One {
                args,
                content: Store::content_id(&payload),
                publication: publication(args, resource, file, payload),
            };
            runner::run(&one, app)
        }
        _ => unreachable!("clap wants a resource and a file, or a folder"),
    }
}

/// The publication of one version.
struct One<'a> {
    args: &'a PublishArgs,
    /// The id of the payload's bytes.
    content: ContentId,
    publication: Publication,
}

impl WriteCommand for One<'_> {
    fn arguments(&self) -> &WriteArgs {
        &self.args.write
    }

    fn overrides(&self) -> &[OverridableRule] {
        &self.args.overriding.rules
    }

    fn waiting(&self) -> WaitArgs {
        self.args.waiting
    }

    fn plan(&self, basis: &Basis<'_>) -> Result<Plan, WriteError> {
        let is_published = |content| content == self.content;
        Ok(plan::publish(
            basis.project,
            &self.publication,
            is_published,
        )?)
    }

    /// Shows nothing: the version is the whole answer, so that a script can use it directly.
    fn show(&self, _: &mut App, _: &Rehearsal) {}

    fn confirmation(&self, rehearsal: &Rehearsal) -> Confirmation {
        let published = rehearsal.plan.published.as_ref();
        published.map_or(Confirmation::None, |published| {
            before_production(&published.version, rehearsal)
        })
    }

    fn explain(&self, failure: Failure, refused: &Rehearsal) -> Failure {
        beside_other_targets(failure, refused)
    }

    fn done(&self, outcome: &WriteOutcome) -> String {
        let Published { version, new, .. } = published(outcome);
        let what = match new {
            true => format!("published {version}"),
            false => format!("{version} already has these bytes"),
        };
        match outcome.rehearsal.plan.moves.first() {
            Some(moved) => format!("{what}, live in {}", moved.environment),
            None => what,
        }
    }

    /// Returns the promotions that take the version further.
    fn next(&self, outcome: &WriteOutcome) -> Vec<String> {
        let Some(moved) = outcome.rehearsal.plan.moves.first() else {
            return Vec::new();
        };
        let (from, resource) = (&moved.environment, &self.publication.resource);
        let project = &outcome.rehearsal.after.project;
        let promotion = |next| format!("envctl promote {from} {next} {resource}");
        project.requiring(from).map(promotion).collect()
    }

    fn say(&self, app: &mut App, outcome: &WriteOutcome, undo: Option<&str>) {
        app.answer(&published(outcome).version);
        say(self, app, outcome, undo, &self.done(outcome));
    }

    fn answer(&self, app: &App, write: WriteBody, outcome: &WriteOutcome) -> Answer {
        let published = published(outcome);
        app.done(&Body {
            write,
            versions: vec![PublishedBody::of(published)],
            environment: published.environment.as_ref(),
            moves: outcome.moves(),
            variable_changes: outcome.variable_changes.clone(),
        })
    }

    fn wanted(&self, outcome: &WriteOutcome) -> String {
        format!("the release of {}", published(outcome).version)
    }

    fn accept_pending(&self) -> AcceptPendingArgs {
        self.args.pending
    }
}

fn published(outcome: &WriteOutcome) -> &Published {
    let Some(published) = &outcome.rehearsal.plan.published else {
        unreachable!("the plan of a publication says what it publishes")
    };
    published
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

/// Returns the bytes of `file`, or of standard input.
///
/// No more than one byte above the limit is read: that is enough to know that it is too large.
fn payload(file: &Path, app: &mut App) -> anyhow::Result<Vec<u8>> {
    if file == Path::new("-") {
        return patience::read_stdin(MAX_PAYLOAD, &mut app.output)
            .context("cannot read standard input");
    }
    let path = app.folder()?.join(file);
    patience::read_file(&path, MAX_PAYLOAD, &mut app.output)
        .with_context(|| format!("cannot read {}", file.display()))
}
