//! What `publish` asks and answers, of one version and of a tree.

use std::fmt::Display;

use envctl::model::EnvironmentSlug;
use envctl::ops::{Rehearsal, VariableChange};
use envctl::plan::Published;
use schemars::JsonSchema;
use serde::Serialize;

use super::moves::{JudgedMove, VersionBody};
use super::writing::body::WriteBody;
use super::writing::command::{self, WriteCommand};
use super::writing::confirmation::Confirmation;
use super::writing::outcome::WriteOutcome;
use crate::app::App;

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    pub write: WriteBody,
    /// The versions that were published or existed already.
    pub versions: Vec<PublishedBody>,
    /// The environment whose pointers move; null: none.
    pub environment: Option<&'a EnvironmentSlug>,
    pub moves: Vec<JudgedMove>,
    /// The prompts whose callers have to change; null: it could not be determined.
    pub variable_changes: Option<Vec<VariableChange>>,
}

/// A version that was published or existed already.
#[derive(Serialize, JsonSchema)]
pub struct PublishedBody {
    #[serde(flatten)]
    version: VersionBody,
    /// Whether it is new.
    is_new: bool,
}

impl PublishedBody {
    pub fn of(published: &Published) -> Self {
        Self {
            version: VersionBody::of(&published.version),
            is_new: published.new,
        }
    }
}

/// Returns the question before `what` goes straight to production. Into any other environment it is everyday work.
pub fn before_production(what: impl Display, rehearsal: &Rehearsal) -> Confirmation {
    let project = &rehearsal.before.project;
    let mut places = rehearsal.plan.moves.iter().map(|moved| &moved.environment);
    places
        .find(|slug| project.serves_production(slug))
        .map_or(Confirmation::None, |slug| {
            let question = format!("Publish {what} straight to {slug}?");
            Confirmation::of_environment(question, slug, project)
        })
}

/// Prints what came of the publication `change`; `unchanged` says what is there already if nothing is new.
pub fn say(
    change: &impl WriteCommand,
    app: &mut App,
    outcome: &WriteOutcome,
    undo: Option<&str>,
    unchanged: &str,
) {
    let waits = outcome.rehearsal.plan.waits_in().is_some();
    match (outcome.changed(), waits) {
        (false, true) => {}
        (false, false) => app.output.say(format!("{unchanged}: nothing to do")),
        // What is new is published, even if its pointer has to wait. The usual words would say only
        // that it waits.
        (true, true) => outcome.say(app, &change.done(outcome), undo),
        (true, false) => command::say(change, app, outcome, undo),
    }
}
