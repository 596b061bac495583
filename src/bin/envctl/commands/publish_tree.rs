//! `publish --from`: a whole tree in one commit.

use std::path::Path;

use envctl::model::{EnvironmentSlug, OverridableRule, Reason};
use envctl::ops::{Basis, Rehearsal, WriteError};
use envctl::plan::{self, Plan, Publication, PublishTarget, Published};
use envctl::store::Store;

use super::moves;
use super::publish::refusal::beside_other_targets;
use super::published::{Body, PublishedBody, before_production, say};
use super::writing::arguments::{AcceptPendingArgs, OverrideArgs, WaitArgs, WriteArgs};
use super::writing::body::WriteBody;
use super::writing::command::WriteCommand;
use super::writing::confirmation::Confirmation;
use super::writing::outcome::WriteOutcome;
use super::writing::runner;
use crate::app::{Answer, App};
use crate::error::Failure;
use crate::render::{count, joined};
use crate::tree;

/// The options for publishing a tree.
pub struct Tree<'a> {
    pub folder: &'a Path,
    pub release: PublishTarget,
    pub write: &'a WriteArgs,
    pub overriding: &'a OverrideArgs,
    pub waiting: WaitArgs,
    pub pending: AcceptPendingArgs,
}

pub fn run(args: &Tree<'_>, app: &mut App) -> anyhow::Result<Answer> {
    let folder = app.folder()?.join(args.folder);
    let reason = args.write.reason();
    let tree = Publications {
        args,
        publications: publications(&folder, &args.release, reason)?,
    };
    runner::run(&tree, app)
}

/// The publication of a whole tree.
struct Publications<'a> {
    args: &'a Tree<'a>,
    publications: Vec<Publication>,
}

impl Publications<'_> {
    /// Returns the outcome for each file.
    fn published(&self, outcome: &WriteOutcome) -> Vec<Published> {
        let before = &outcome.rehearsal.before.project;
        let published = |publication: &Publication| {
            let content = Store::content_id(&publication.payload);
            // Files that could be planned together can be planned one by one.
            let plan = plan::publish(before, publication, |other| other == content);
            plan.ok()?.published
        };
        self.publications.iter().filter_map(published).collect()
    }
}

impl WriteCommand for Publications<'_> {
    fn arguments(&self) -> &WriteArgs {
        self.args.write
    }

    fn overrides(&self) -> &[OverridableRule] {
        &self.args.overriding.rules
    }

    fn waiting(&self) -> WaitArgs {
        self.args.waiting
    }

    fn plan(&self, basis: &Basis<'_>) -> Result<Plan, WriteError> {
        Ok(plan::publish_all(
            basis.project,
            &self.publications,
            self.args.write.reason(),
            Store::content_id,
        )?)
    }

    /// Shows the moves on a terminal; in a pipe the new versions are the whole answer.
    fn show(&self, app: &mut App, rehearsal: &Rehearsal) {
        if app.output.medium().terminal {
            app.answer_table(&moves::table(rehearsal.plan.wanted()));
        }
    }

    fn confirmation(&self, rehearsal: &Rehearsal) -> Confirmation {
        let versions = count(rehearsal.plan.moves.len(), "version");
        before_production(versions, rehearsal)
    }

    fn explain(&self, failure: Failure, refused: &Rehearsal) -> Failure {
        beside_other_targets(failure, refused)
    }

    fn done(&self, outcome: &WriteOutcome) -> String {
        let published = self.published(outcome);
        let environment = environment(&published);
        let new = published.iter().filter(|published| published.new).count();
        let waits = outcome.rehearsal.plan.waits_in().is_some();
        match (new, environment) {
            (0, environment) => format!(
                "{} moved in {}",
                count(outcome.rehearsal.plan.moves.len(), "pointer"),
                environment.map_or("no environment", EnvironmentSlug::as_str)
            ),
            (new, Some(live)) if !waits => {
                format!("published {}, live in {live}", count(new, "version"))
            }
            (new, _) => format!("published {}", count(new, "version")),
        }
    }

    /// Returns the promotions that take the versions further.
    fn next(&self, outcome: &WriteOutcome) -> Vec<String> {
        let published = self.published(outcome);
        let Some(from) = environment(&published) else {
            return Vec::new();
        };
        let promotion = |next| format!("envctl promote {from} {next}");
        let project = &outcome.rehearsal.after.project;
        project.requiring(from).map(promotion).collect()
    }

    fn say(&self, app: &mut App, outcome: &WriteOutcome, undo: Option<&str>) {
        let published = self.published(outcome);
        let (new, unchanged): (Vec<_>, Vec<_>) =
            published.iter().partition(|published| published.new);
        for published in new {
            app.answer(&published.version);
        }
        if !unchanged.is_empty() {
            let versions = unchanged.iter().map(|published| &published.version);
            app.output
                .say(format!("unchanged: {}", joined(versions, ", ")));
        }
        let unchanged = format!("{} unchanged", count(unchanged.len(), "file"));
        say(self, app, outcome, undo, &unchanged);
    }

    fn answer(&self, app: &App, write: WriteBody, outcome: &WriteOutcome) -> Answer {
        let published = self.published(outcome);
        app.done(&Body {
            write,
            versions: published.iter().map(PublishedBody::of).collect(),
            environment: environment(&published),
            moves: outcome.moves(),
            variable_changes: outcome.variable_changes.clone(),
        })
    }

    fn wanted(&self, outcome: &WriteOutcome) -> String {
        let versions = count(outcome.rehearsal.plan.wanted().len(), "version");
        format!("the release of {versions}")
    }

    fn accept_pending(&self) -> AcceptPendingArgs {
        self.args.pending
    }
}

/// Returns the environment whose pointers move to the published versions.
fn environment(published: &[Published]) -> Option<&EnvironmentSlug> {
    let mut environments = published.iter();
    environments.find_map(|published| published.environment.as_ref())
}

fn publications(
    folder: &Path,
    release: &PublishTarget,
    reason: Option<&Reason>,
) -> anyhow::Result<Vec<Publication>> {
    let publication = |found: tree::TreeFile| Publication {
        resource: found.resource,
        payload: found.bytes.into(),
        extension: Some(found.extension.to_string()),
        release: release.clone(),
        reason: reason.cloned(),
    };
    Ok(tree::gather(folder)?.into_iter().map(publication).collect())
}
