use envctl::model::{EnvironmentSlug, Freeze, FreezeId, Tense, TimeSpan};
use envctl::ops::{Basis, Rehearsal, WriteError};
use envctl::plan::{NewFreeze, Plan, freeze};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::frozen::{FreezeBody, changed_freezes, freezes_table};
use super::writing::arguments::WriteArgs;
use super::writing::body::WriteBody;
use super::writing::command::WriteCommand;
use super::writing::outcome::WriteOutcome;
use super::writing::{reason, runner};
use crate::app::{Answer, App};
use crate::moment;

/// Freeze environments: until the end of the freeze nothing moves there.
///
/// Only the return to what was live right before stays possible, unless --rollbacks is given. Without
/// --until or --for the freeze holds until somebody thaws it. Requires env:freeze or
/// env:policies:manage in each environment.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl freeze prod -m \"Incident 4711: stop the line\"
  envctl freeze prod qa --name holidays --from 2026-12-19 --until 2027-01-04T08:00:00Z -m \"Holiday traffic\"
  envctl freeze prod --for 2h --rollbacks -m \"Database migration\"")]
pub struct FreezeArgs {
    /// The environments.
    #[arg(value_name = "ENV", required = true)]
    environments: Vec<EnvironmentSlug>,
    /// The name of the freeze [default: the present moment, such as 20261219T080000Z].
    #[arg(long, value_name = "ID")]
    name: Option<FreezeId>,
    /// When it begins [default: now].
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// When it ends [default: when somebody thaws it].
    #[arg(long, value_name = "TIME", conflicts_with = "span")]
    until: Option<String>,
    /// How long it holds.
    #[arg(id = "span", long = "for", value_name = "SPAN")]
    span: Option<TimeSpan>,
    /// Also bar the return to what was live right before.
    #[arg(long)]
    rollbacks: bool,
    #[command(flatten)]
    write: WriteArgs,
    /// What the times of the command line mean.
    #[arg(skip)]
    times: (Option<Timestamp>, Option<Timestamp>),
}

#[derive(Serialize, JsonSchema)]
pub struct Body {
    #[serde(flatten)]
    write: WriteBody,
    freezes: Vec<FreezeBody>,
}

pub fn run(args: &FreezeArgs, app: &mut App) -> anyhow::Result<Answer> {
    let present = app.process.present();
    let time = |flag: &str, text: &Option<String>| {
        let read = |text: &String| moment::time(flag, text, &present, Tense::Future);
        text.as_ref().map(read).transpose()
    };
    // A freeze may have begun, as an incident has.
    let from = args.from.as_ref();
    let from = from.map(|text| moment::time("--from", text, &present, Tense::Either));
    let from = from.transpose()?;
    let span = args
        .span
        .map(|span| span.after(from.unwrap_or(present.now)));
    let until = time("--until", &args.until)?.or(span);
    reason::require(app, &args.write, "a freeze")?;
    let args = FreezeArgs {
        environments: args.environments.clone(),
        name: args.name.clone(),
        from: None,
        until: None,
        write: args.write.clone(),
        times: (from, until),
        ..*args
    };
    runner::run(&args, app)
}

impl WriteCommand for FreezeArgs {
    fn arguments(&self) -> &WriteArgs {
        &self.write
    }

    fn plan(&self, basis: &Basis<'_>) -> Result<Plan, WriteError> {
        let whole = |moment: Option<Timestamp>| {
            moment.and_then(|moment| Timestamp::from_second(moment.as_second()).ok())
        };
        let (from, until) = self.times;
        let new = Freeze {
            from: whole(from),
            until: whole(until),
            rollbacks: self.rollbacks,
            reason: self.write.reason().cloned(),
            unreadable: false,
        };
        let new = NewFreeze {
            environments: &self.environments,
            name: self.name.as_ref(),
            freeze: &new,
        };
        Ok(freeze(basis.project, new, basis.at)?)
    }

    fn show(&self, app: &mut App, rehearsal: &Rehearsal) {
        app.answer_table(&freezes_table(&changed_freezes(rehearsal)));
    }

    fn done(&self, outcome: &WriteOutcome) -> String {
        outcome.rehearsal.plan.message.subject().to_owned()
    }

    fn nothing_to_do(&self) -> String {
        "already frozen in this way".to_owned()
    }

    fn next(&self, _: &WriteOutcome) -> Vec<String> {
        let slugs: Vec<&str> = self
            .environments
            .iter()
            .map(EnvironmentSlug::as_str)
            .collect();
        vec![format!("envctl thaw {}", slugs.join(" "))]
    }

    fn answer(&self, app: &App, write: WriteBody, outcome: &WriteOutcome) -> Answer {
        let freezes = changed_freezes(&outcome.rehearsal);
        app.done(&Body { write, freezes })
    }
}
