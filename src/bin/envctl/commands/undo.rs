use std::collections::BTreeSet;

use envctl::diag::Code;
use envctl::model::{CommitId, EnvironmentSlug, Move, OverridableRule, PolicyValue, Resource};
use envctl::ops::{
    Basis, Rehearsal, Session, UndoneCommit, VariableChange, WriteError, commit_to_undo, undo,
};
use envctl::plan::{Plan, undone_settings};
use envctl::policy::Judged;
use schemars::JsonSchema;
use serde::Serialize;

use super::moves::{self, JudgedMove};
use super::writing::arguments::{OverrideArgs, WriteArgs};
use super::writing::body::WriteBody;
use super::writing::command::WriteCommand;
use super::writing::confirmation::Confirmation;
use super::writing::outcome::WriteOutcome;
use super::writing::runner;
use super::writing::session::{ChangeSession, session};
use crate::app::{Answer, App};
use crate::error::Failure;
use crate::render::{Cell, Table, going_back};

/// Take back what a commit did, as a new commit.
///
/// What the commit changed gets the value that it had before: pointers, settings, policies,
/// environments, members, and requests that still wait. What others have changed since stays; if
/// one of them changed the same thing, nothing happens and the commit is named. Versions stay. A
/// request that was approved, rejected or withdrawn never comes back by itself.
///
/// Without COMMIT it is your newest commit that changed the project.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl undo                          take back your newest change
  envctl undo 7c1d0e5b1f               take back that commit
  envctl undo 7c1d0e5b1f -n            show what would change
  envctl undo 7c1d0e5b1f -y --push     in CI")]
pub struct UndoArgs {
    /// The commit to take back, such as 7c1d0e5b1f or HEAD~2.
    #[arg(value_name = "COMMIT")]
    commit: Option<String>,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    overriding: OverrideArgs,
}

#[derive(Serialize, JsonSchema)]
pub struct Body {
    #[serde(flatten)]
    write: WriteBody,
    /// The commit that is taken back.
    undone: CommitId,
    moves: Vec<JudgedMove>,
    settings: Vec<SettingBody>,
    /// The prompts whose callers have to change; null: it could not be determined.
    variable_changes: Option<Vec<VariableChange>>,
}

/// A setting, or anything else that is neither a pointer nor a version.
#[derive(Serialize, JsonSchema)]
struct SettingBody {
    /// Null: it belongs to the project.
    environment: Option<EnvironmentSlug>,
    key: String,
    /// Null: it was not set.
    #[schemars(with = "Option<PolicyValue>")]
    old: Option<String>,
    /// Null: it is not set.
    #[schemars(with = "Option<PolicyValue>")]
    new: Option<String>,
}

pub fn run(args: &UndoArgs, app: &mut App) -> anyhow::Result<Answer> {
    let session = session(app, &args.write)?;
    let opened = ChangeSession::of(app, session)?;
    let session = &opened.session;
    let operation = app.process.operation(&session.store, args.write.hooks())?;
    // What HEAD~1 names, and which commit is the newest, is what it was when the command was typed,
    // however often the write is tried.
    let commit = commit_to_undo(session, &operation.author, args.commit.as_deref())?;
    let undoing = Undo {
        args,
        session,
        commit: &commit,
    };
    let outcome = runner::make(&undoing, app, session)?;
    Ok(runner::finish(&undoing, app, &opened, &outcome))
}

/// An undo of one commit.
struct Undo<'a> {
    args: &'a UndoArgs,
    session: &'a Session,
    commit: &'a UndoneCommit,
}

impl WriteCommand for Undo<'_> {
    fn arguments(&self) -> &WriteArgs {
        &self.args.write
    }

    fn overrides(&self) -> &[OverridableRule] {
        &self.args.overriding.rules
    }

    fn plan(&self, basis: &Basis<'_>) -> Result<Plan, WriteError> {
        undo(self.session, basis, self.commit, self.args.write.reason())
    }

    fn show(&self, app: &mut App, rehearsal: &Rehearsal) {
        let moves = &rehearsal.plan.moves;
        for moves in moves.chunk_by(|one, other| one.environment == other.environment) {
            app.answer_table(&moves::table(moves));
        }
        let settings = settings(rehearsal);
        if !settings.is_empty() {
            app.answer_table(&table(&settings));
        }
    }

    fn confirmation(&self, rehearsal: &Rehearsal) -> Confirmation {
        let commit = self.commit.record.id.short();
        let question = format!("Undo {commit} ({})?", self.commit.subject());
        let project = &rehearsal.before.project;
        let moves = rehearsal.plan.moves.iter().map(|moved| &moved.environment);
        let serves = |slug: &&EnvironmentSlug| {
            let found = project.environments.get(*slug);
            found.is_some_and(|environment| environment.production)
        };
        match moves.into_iter().find(serves) {
            Some(slug) => Confirmation::Slug(question, slug.clone()),
            None => Confirmation::Question(question),
        }
    }

    fn explain(&self, failure: Failure, refused: &Rehearsal) -> Failure {
        let Some(parent) = self.commit.parent() else {
            return failure;
        };
        let requests = requests(refused, parent);
        requests.into_iter().fold(failure, |failure, command| {
            failure.hint(format!("request it: {command}"))
        })
    }

    fn done(&self, outcome: &WriteOutcome) -> String {
        let subject = outcome.rehearsal.plan.message.subject();
        match subject.strip_prefix("undo ") {
            Some(rest) => format!("undone {rest}"),
            None => subject.to_owned(),
        }
    }

    fn nothing_to_do(&self) -> String {
        let commit = self.commit.record.id.short();
        format!("{commit} is undone already: nothing to do")
    }

    fn next(&self, _: &WriteOutcome) -> Vec<String> {
        vec!["envctl status".to_owned()]
    }

    fn answer(&self, app: &App, write: WriteBody, outcome: &WriteOutcome) -> Answer {
        app.done(&Body {
            write,
            undone: self.commit.record.id,
            moves: outcome.moves(),
            settings: settings(&outcome.rehearsal),
            variable_changes: outcome.variable_changes.clone(),
        })
    }
}

fn settings(rehearsal: &Rehearsal) -> Vec<SettingBody> {
    let (before, after) = (&rehearsal.before.project, &rehearsal.after.project);
    let settings = undone_settings(before, after).into_iter();
    settings
        .map(|setting| SettingBody {
            environment: setting.environment,
            key: setting.key,
            old: setting.old,
            new: setting.new,
        })
        .collect()
}

fn table(settings: &[SettingBody]) -> Table {
    let mut table = Table::new(&["ENVIRONMENT", "SETTING", "NOW", "THEN"]);
    let value = |value: &Option<String>| value.as_ref().map_or_else(Cell::nothing, Cell::new);
    for setting in settings {
        let environment = setting.environment.as_ref();
        table.row([
            environment.map_or_else(Cell::nothing, Cell::new),
            Cell::new(&setting.key),
            value(&setting.old),
            value(&setting.new),
        ]);
    }
    table
}

/// Returns the commands that request the moves of which the judge says that they need approval: back to `then`.
fn requests(refused: &Rehearsal, then: CommitId) -> Vec<String> {
    let waits: BTreeSet<&EnvironmentSlug> = refused
        .report
        .judged
        .iter()
        .filter(|judged| refusing(judged).any(|rule| rule == Code::APPROVAL))
        .map(|judged| &judged.moved.environment)
        .collect();
    // A request would be refused, too, where another rule refuses one of the moves.
    let hopeless: BTreeSet<&EnvironmentSlug> = refused
        .report
        .judged
        .iter()
        .filter(|judged| refusing(judged).any(|rule| rule != Code::APPROVAL))
        .map(|judged| &judged.moved.environment)
        .collect();
    let request = |environment: &&EnvironmentSlug| {
        let into = |moved: &&Move| moved.environment == **environment;
        let moves = refused.plan.moves.iter().filter(into);
        let resources: Vec<Resource> = moves.map(|moved| moved.resource.clone()).collect();
        going_back::to_state(environment, &resources, then)
    };
    waits.difference(&hopeless).map(request).collect()
}

/// Returns the rules that refuse a move.
fn refusing(judged: &Judged) -> impl Iterator<Item = Code> {
    let verdicts = judged.verdicts.iter();
    verdicts
        .filter(|verdict| !verdict.passes())
        .map(|verdict| verdict.rule)
}
