use std::collections::BTreeMap;

use envctl::model::{
    CommitId, EnvironmentSlug, Kind, Policy, PolicyKey, PolicyRules, PolicyValue, Window,
};
use envctl::plan::existing;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::{Answer, App};
use crate::commands::frozen::{self, CalendarBody};
use crate::context::Context;
use crate::options::At;
use crate::render::{Cell, Table};
use crate::ui::style;

/// Show the policy of an environment, and what is in force for each kind.
///
/// One line per key: what `[policy]` says, then what is in force for prompts, routing and
/// providers, including overrides, implied values and defaults. `envctl help policy` explains the
/// keys.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl policy show prod
  envctl policy show prod --at \"2 weeks ago\"     what was in force then")]
pub struct PolicyShowArgs {
    /// The environment.
    #[arg(value_name = "ENV")]
    slug: EnvironmentSlug,
    #[command(flatten)]
    at: At,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    commit: CommitId,
    environment: &'a EnvironmentSlug,
    policy: BTreeMap<&'static str, &'a PolicyValue>,
    overrides: BTreeMap<&'static str, BTreeMap<&'static str, &'a PolicyValue>>,
    in_force: BTreeMap<&'static str, BTreeMap<&'static str, Option<PolicyValue>>>,
    waits_for_approval: bool,
    /// When moves may happen, by name; none: at any time.
    windows: BTreeMap<&'a str, &'a Window>,
    /// Whether windows and freezes let pointers move now; null: there are none.
    calendar: Option<CalendarBody>,
}

pub fn run(args: &PolicyShowArgs, app: &mut App) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let view = app.view(&session, &args.at)?;
    let project = &view.state.project;
    let context = app.context(&session, project.settings.branch.as_ref());
    existing(project, &args.slug)?;
    let policy = &project.environments[&args.slug].policy;
    app.answer_table(&table(policy));
    let open = policy.windows.is_empty();
    if open
        && PolicyKey::ALL.iter().all(|key| {
            Kind::ALL
                .iter()
                .all(|kind| policy.demands(*kind).value(*key).is_none())
        })
    {
        app.output
            .say(format!("no rules apply to moves into {}", args.slug));
    }
    for sentence in windows(policy) {
        app.output.say(sentence);
    }
    for sentence in frozen::sentences(project, &args.slug, app.process.now()) {
        app.output.say(sentence);
    }
    let waiting = project.pending.contains_key(&args.slug);
    if waiting {
        app.output
            .say(format!("a release is pending in {}", args.slug));
    }
    Ok(app.done(&Body {
        context,
        commit: view.commit,
        environment: &args.slug,
        policy: says(&policy.base),
        overrides: policy
            .overrides
            .iter()
            .map(|(kind, rules)| (kind.folder(), says(rules)))
            .collect(),
        in_force: Kind::ALL
            .map(|kind| (kind.folder(), in_force(policy, kind)))
            .into(),
        waits_for_approval: waiting,
        windows: policy
            .windows
            .iter()
            .map(|(name, window)| (name.as_str(), window))
            .collect(),
        calendar: CalendarBody::of(project, &args.slug, app.process.now()),
    }))
}

/// Returns the windows as sentences.
fn windows(policy: &Policy) -> Vec<String> {
    let mut sentences = Vec::new();
    for (name, window) in &policy.windows {
        sentences.push(match sentences.is_empty() {
            true => format!("moves happen only {} (window {name})", window.clause()),
            false => format!("or {} (window {name})", window.clause()),
        });
    }
    sentences
}

fn says(rules: &PolicyRules) -> BTreeMap<&'static str, &PolicyValue> {
    rules
        .iter()
        .map(|(key, value)| (key.as_str(), value))
        .collect()
}

fn in_force(policy: &Policy, kind: Kind) -> BTreeMap<&'static str, Option<PolicyValue>> {
    let demands = policy.demands(kind);
    PolicyKey::ALL
        .map(|key| (key.as_str(), demands.value(key)))
        .into()
}

/// Returns a table of the keys that are set, or in force without being set.
fn table(policy: &Policy) -> Table {
    let mut table = Table::new(&["KEY", "[POLICY]", "PROMPTS", "ROUTING", "PROVIDERS"]);
    for key in PolicyKey::ALL {
        let in_force = Kind::ALL.map(|kind| (kind, policy.demands(kind).value(key)));
        let said = policy.tables().any(|(_, rules)| rules.get(key).is_some());
        if !said && in_force.iter().all(|(_, value)| value.is_none()) {
            continue;
        }
        let base = policy.says(None, key).map_or_else(Cell::nothing, Cell::new);
        let cells = in_force.map(|(kind, value)| effective(policy, kind, key, value.as_ref()));
        table.row([Cell::new(key), base].into_iter().chain(cells));
    }
    table
}

/// Returns what is in force, strong where an override sets it and faint where it is not set.
fn effective(policy: &Policy, kind: Kind, key: PolicyKey, value: Option<&PolicyValue>) -> Cell {
    let cell = value.map_or_else(Cell::nothing, Cell::new);
    match (policy.says(Some(kind), key), policy.says(None, key)) {
        (Some(_), _) => cell.style(style::STRONG),
        (None, Some(said)) if value == Some(said) => cell,
        (None, _) => cell.style(style::FAINT),
    }
}
