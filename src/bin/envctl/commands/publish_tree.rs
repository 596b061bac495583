//! `publish --from`: a whole tree in one commit.

use std::path::Path;

use envctl::model::{EnvironmentSlug, Project};
use envctl::ops::{Basis, Rehearsal, Session, VariableChange};
use envctl::plan::{self, Publication, PublishTarget, Published, Reason};
use envctl::store::Store;

use super::moves;
use super::publish::refusal::beside_other_targets;
use super::published::{Body, PublishedBody};
use super::pushing;
use super::variables;
use super::writing::{AcceptPendingArgs, Confirmation, WriteArgs, WriteOutcome, WriteRun};
use crate::app::{Answer, App};
use crate::render::count;
use crate::tree;

/// How a tree is published.
pub struct Tree<'a> {
    pub folder: &'a Path,
    pub release: PublishTarget,
    pub write: &'a WriteArgs,
    pub yes: bool,
    pub pending: AcceptPendingArgs,
}

pub fn run(args: &Tree<'_>, app: &mut App) -> anyhow::Result<Answer> {
    let publications = publications(
        &app.folder()?.join(args.folder),
        &args.release,
        args.write.reason(),
    )?;
    let (session, context) = pushing::start(app, args.write)?;
    let (outcome, variables) = publish(args, app, &session, &publications)?;
    let published = published(&outcome.rehearsal.before.project, &publications)?;
    let environment = published
        .iter()
        .find_map(|published| published.environment.clone());
    if !outcome.is_failed() {
        for published in published.iter().filter(|published| published.new) {
            app.answer(&published.version);
        }
        say(app, &outcome, &published, environment.as_ref());
    }
    let write = outcome.body(&context, outcome.move_back(app));
    let answer = app.done(&Body {
        write,
        versions: published.iter().map(PublishedBody::of).collect(),
        environment: environment.as_ref(),
        moves: outcome.moves(),
        variable_changes: variables,
    });
    let what = format!(
        "the release of {}",
        count(outcome.rehearsal.plan.wanted().len(), "version")
    );
    Ok(outcome.answer(app, answer, &what, args.pending))
}

/// What came of it, and what the callers of its prompts have to change.
fn publish(
    args: &Tree<'_>,
    app: &mut App,
    session: &Session,
    publications: &[Publication],
) -> anyhow::Result<(WriteOutcome, Option<Vec<VariableChange>>)> {
    let reason = args.write.reason();
    let change = WriteRun {
        intent: |basis: &Basis<'_>| {
            Ok(plan::publish_all(
                basis.project,
                publications,
                reason,
                Store::content_id,
            )?)
        },
        args: args.write,
        yes: args.yes,
    };
    let mut variables = None;
    let show = |app: &mut App, rehearsal: &Rehearsal| {
        if app.output.medium().terminal {
            app.answer_table(&moves::table(rehearsal.plan.wanted()));
        }
        variables = variables::told(app, &session.store, rehearsal);
    };
    let outcome = change
        .make(app, session, show, confirmation)?
        .explained(beside_other_targets);
    let variables = variables::known(variables, &session.store, &outcome.rehearsal);
    Ok((outcome, variables))
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

/// What each of them came to.
fn published(
    before: &Project,
    publications: &[Publication],
) -> Result<Vec<Published>, plan::PlanError> {
    let published = |publication: &Publication| {
        let name = Store::content_id(&publication.payload);
        Ok(plan::publish(before, publication, |content| content == name)?.published)
    };
    publications
        .iter()
        .filter_map(|publication| published(publication).transpose())
        .collect()
}

fn confirmation(rehearsal: &Rehearsal) -> Confirmation {
    let project = &rehearsal.before.project;
    let moves = &rehearsal.plan.moves;
    let production = |slug: &EnvironmentSlug| {
        project
            .environments
            .get(slug)
            .is_some_and(|it| it.production)
    };
    match moves.first().filter(|moved| production(&moved.environment)) {
        Some(moved) => {
            let question = format!(
                "Publish {} straight to {}?",
                count(moves.len(), "version"),
                moved.environment
            );
            Confirmation::about(question, &moved.environment, project)
        }
        None => Confirmation::None,
    }
}

fn say(
    app: &mut App,
    outcome: &WriteOutcome,
    published: &[Published],
    environment: Option<&EnvironmentSlug>,
) {
    let (new, unchanged): (Vec<_>, Vec<_>) = published.iter().partition(|published| published.new);
    if !unchanged.is_empty() {
        let names: Vec<String> = unchanged
            .iter()
            .map(|published| published.version.to_string())
            .collect();
        app.output.say(format!("unchanged: {}", names.join(", ")));
    }
    let waits = outcome.rehearsal.plan.waits_in().is_some();
    if waits && !outcome.changed() {
        return;
    }
    let live = environment
        .filter(|_| !waits)
        .map(|slug| format!(", live in {slug}"))
        .unwrap_or_default();
    let done = match new.len() {
        0 => format!(
            "{} moved in {}",
            count(outcome.rehearsal.plan.moves.len(), "pointer"),
            listed(environment)
        ),
        many => format!("published {}{live}", count(many, "version")),
    };
    if outcome.changed() {
        outcome.say(app, &done, outcome.move_back(app).as_deref());
    } else {
        app.output.say(format!(
            "{} unchanged: nothing to do",
            count(unchanged.len(), "file")
        ));
    }
    let Some((slug, _)) = environment.zip(outcome.commit).filter(|_| !waits) else {
        return;
    };
    for next in outcome.rehearsal.after.project.requiring(slug) {
        app.output
            .say(format!("next: envctl promote {slug} {next}"));
    }
}

fn listed(environment: Option<&EnvironmentSlug>) -> &str {
    environment.map_or("no environment", EnvironmentSlug::as_str)
}
