use envctl::files::PolicySetting;
use envctl::model::{EnvironmentSlug, Kind, PolicyKey, PolicyValue, Project};
use envctl::ops::{Basis, Rehearsal, WriteError};
use envctl::plan::{Plan, PolicyChange, policy_changes, set_policy};
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::{Answer, App};
use crate::commands::writing::arguments::WriteArgs;
use crate::commands::writing::body::WriteBody;
use crate::commands::writing::command::WriteCommand;
use crate::commands::writing::outcome::WriteOutcome;
use crate::commands::writing::runner;
use crate::render::{Cell, Table};
use crate::ui::style;

/// Set keys of an environment's policy, in one commit.
///
/// key=value applies to every kind; prompts.key=value (or routing., providers.) overrides it for
/// that kind. key= removes the key; `false`, or `0s` for a duration, switches a rule off. `envctl
/// help policy` explains the keys. windows.NAME="DAYS FROM-TO ZONE" adds a window in which moves may
/// happen.
///
/// The commit itself is judged by the old rules, and every later move by the new ones.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl policy set prod required_source=staging min_dwell=24h
  envctl policy set prod prompts.requires_approval=true -m \"Legal reads prompts\"
  envctl policy set prod providers.min_dwell=0s     no dwell for providers
  envctl policy set prod min_dwell=                 no such key any more
  envctl policy set prod windows.office=\"mon-thu 09:00-16:00 Europe/Berlin\"
  envctl policy set prod windows.office=            no such window any more")]
pub struct PolicySetArgs {
    /// The environment.
    #[arg(value_name = "ENV")]
    slug: EnvironmentSlug,
    /// The keys to set, such as min_dwell=24h or prompts.min_dwell=1h.
    #[arg(value_name = "KEY=VALUE", required = true)]
    settings: Vec<PolicySetting>,
    #[command(flatten)]
    write: WriteArgs,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    write: WriteBody,
    environment: &'a EnvironmentSlug,
    settings: Vec<PolicyChangeBody>,
}

#[derive(Serialize, JsonSchema)]
pub struct PolicyChangeBody {
    kind: Option<&'static str>,
    key: String,
    old: Option<PolicyValue>,
    new: Option<PolicyValue>,
}

pub fn run(args: &PolicySetArgs, app: &mut App) -> anyhow::Result<Answer> {
    runner::run(args, app)
}

impl WriteCommand for PolicySetArgs {
    fn arguments(&self) -> &WriteArgs {
        &self.write
    }

    fn plan(&self, basis: &Basis<'_>) -> Result<Plan, WriteError> {
        let reason = self.write.reason();
        Ok(set_policy(
            basis.project,
            &self.slug,
            &self.settings,
            reason,
        )?)
    }

    fn show(&self, app: &mut App, rehearsal: &Rehearsal) {
        app.answer_table(&table(&changes(self, rehearsal)));
    }

    fn done(&self, outcome: &WriteOutcome) -> String {
        outcome.rehearsal.plan.message.subject().to_owned()
    }

    fn say(&self, app: &mut App, outcome: &WriteOutcome, undo: Option<&str>) {
        outcome.say(app, &self.done(outcome), undo);
        let project = &outcome.rehearsal.after.project;
        for note in notes(project, &self.slug, &changes(self, &outcome.rehearsal)) {
            app.output.say(note);
        }
        if outcome.commit.is_some() {
            say_what_is_next(app, project, &self.slug);
        }
    }

    fn answer(&self, app: &App, write: WriteBody, outcome: &WriteOutcome) -> Answer {
        let settings = changes(self, &outcome.rehearsal);
        app.done(&Body {
            write,
            environment: &self.slug,
            settings: settings.into_iter().map(body).collect(),
        })
    }
}

fn changes(args: &PolicySetArgs, rehearsal: &Rehearsal) -> Vec<PolicyChange> {
    let before = rehearsal.before.project.environments.get(&args.slug);
    before
        .map(|environment| policy_changes(&environment.policy, &args.settings))
        .unwrap_or_default()
}

fn body(change: PolicyChange) -> PolicyChangeBody {
    let PolicyChange { setting, before } = change;
    let (kind, key) = match &setting {
        PolicySetting::Key { kind, key, .. } => (*kind, key.to_string()),
        PolicySetting::Window { .. } => (None, setting.name()),
    };
    PolicyChangeBody {
        kind: kind.map(Kind::folder),
        key,
        old: before,
        new: setting.value(),
    }
}

fn table(changes: &[PolicyChange]) -> Table {
    let mut table = Table::new(&["KEY", "NOW", "THEN"]);
    for PolicyChange { setting, before } in changes {
        let value =
            |value: &Option<PolicyValue>| value.as_ref().map_or_else(Cell::nothing, Cell::new);
        table.row([
            Cell::new(setting.name()),
            value(before),
            value(&setting.value()).style(style::STRONG),
        ]);
    }
    table
}

/// Returns the differences between what was set and what is in force.
fn notes(project: &Project, slug: &EnvironmentSlug, changes: &[PolicyChange]) -> Vec<String> {
    let Some(policy) = project
        .environments
        .get(slug)
        .map(|environment| &environment.policy)
    else {
        return Vec::new();
    };
    let mut notes = Vec::new();
    for setting in changes.iter().map(|change| &change.setting) {
        let PolicySetting::Key { kind, key, .. } = setting else {
            continue;
        };
        let set_too = |over: &Kind| {
            changes.iter().any(|it| {
                matches!(&it.setting, PolicySetting::Key { kind: Some(kind), key: set, .. }
                    if kind == over && set == key)
            })
        };
        for over in Kind::ALL
            .into_iter()
            .filter(|over| kind.is_none() && !set_too(over))
        {
            notes.extend(
                policy
                    .says(Some(over), *key)
                    .map(|value| format!("for {over} it stays {over}.{key}={value}")),
            );
        }
        if let (Some(kind), Some((only, because))) = (kind, key.only())
            && *kind != only
        {
            notes.push(format!("{because}: {kind}.{key} has no effect"));
        }
        let kinds = Kind::ALL
            .into_iter()
            .filter(|over| kind.is_none_or(|kind| kind == *over));
        if let Some((by, what)) = key.implied_by() {
            let implied = |kind: &Kind| {
                let said = policy.value(*kind, *key) == Some(&PolicyValue::Switch(true));
                !said && policy.demands(*kind).switch(by)
            };
            notes.extend(
                kinds
                    .filter(implied)
                    .map(|kind| format!("for {kind}, {by} still requires {what}")),
            );
        }
    }
    notes
}

/// Prints that the new rules apply to a pending release, and the command that shows what they do to the next moves.
fn say_what_is_next(app: &mut App, project: &Project, slug: &EnvironmentSlug) {
    if project.pending.contains_key(slug) {
        app.output.say(format!(
            "a release is pending in {slug}: when it is approved, it is judged by these rules"
        ));
    }
    let policy = project
        .environments
        .get(slug)
        .map(|environment| &environment.policy);
    let source = policy.and_then(|policy| {
        Kind::ALL
            .into_iter()
            .find_map(|kind| policy.demands(kind).source(PolicyKey::RequiredSource))
    });
    match source {
        Some(source) => app
            .output
            .say(format!("next: envctl policy explain {source} {slug}")),
        None => app.output.say(format!("next: envctl policy show {slug}")),
    }
}
