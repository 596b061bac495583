use std::collections::BTreeSet;

use envctl::model::{CommitId, EnvironmentSlug, Move, Resource, Tense};
use envctl::ops::{Explanation, Moment, explain};
use envctl::plan::{Narrowing, Outlook, Promotion, promote};
use envctl::policy::{Judged, Outcome, Wait};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::outlook;
use crate::app::{Answer, App};
use crate::commands::moves::JudgedMove;
use crate::context::Context;
use crate::options::At;
use crate::render::when::{When, rfc3339, until};
use crate::render::{Cell, Table};
use crate::ui::{ShownLines, style};

/// Explain what the policy of TO says about promoting FROM to TO: for every move and every rule, pass, refuse or wait.
///
/// Each verdict has its reason, the commit that proves it, and for a wait the time that ends it.
/// This command changes nothing, and exits with 0 whatever the verdicts; `envctl promote FROM TO
/// --dry-run` exits as a promotion would, and also judges rules that are not part of a policy.
/// GIT_COMMITTER_DATE sets the present time, as for a commit.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl policy explain staging prod
  envctl policy explain staging prod prompts/support-router
  envctl policy explain staging prod --at \"3h ago\"                  why it was refused then
  envctl policy explain staging prod --at 2026-11-27T08:00:00Z      a future time, if nothing moves until then
  envctl policy explain staging prod --json | jq .outcome")]
pub struct PolicyExplainArgs {
    /// The environment whose versions would move.
    from: EnvironmentSlug,
    /// The environment that they would move into; its policy judges.
    to: EnvironmentSlug,
    /// Only these, such as prompts/support-router.
    #[arg(value_name = "RESOURCE")]
    resources: Vec<Resource>,
    #[command(flatten)]
    at: At,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    commit: CommitId,
    from: &'a EnvironmentSlug,
    to: &'a EnvironmentSlug,
    /// The outcome of a promotion: nothing, pass, request, requested, wait or refuse.
    outcome: &'static str,
    wait: Option<Wait>,
    eligible: Option<When>,
    moves: Vec<JudgedMove>,
    commands: Vec<String>,
}

pub fn run(args: &PolicyExplainArgs, app: &mut App) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let moment = app.moment(args.at.at.as_deref(), Tense::Either)?;
    let at = match &moment {
        None => Some(app.process.recorded()?.at),
        Some(Moment::Time(at)) => Some(*at),
        Some(Moment::Revision(_)) => None,
    };
    let view = app.view_at(&session, moment.as_ref())?;
    let project = &view.state.project;
    let context = app.context(&session, project.settings.branch.as_ref());
    let PolicyExplainArgs {
        from,
        to,
        resources,
        ..
    } = args;
    let promotion = Promotion {
        from: from.clone(),
        to: to.clone(),
        resources: resources.iter().cloned().map(Into::into).collect(),
        prune: false,
        narrowing: Narrowing::default(),
        request: false,
        reason: None,
    };
    let explanation = explain(&session, &view, &promote(project, &promotion)?, at)?;
    show_verdicts(app, &explanation);
    let commands = if args.at.at.is_some() {
        if let Some(Moment::Revision(_)) = moment {
            let at = rfc3339(explanation.at);
            app.output.say(format!("as of {at}"));
        }
        // Commands that were right then may be wrong now.
        Vec::new()
    } else {
        outlook::commands(&promotion, project, &explanation)
    };
    say_outlook(app, &promotion, &explanation);
    for (command, note) in &commands {
        app.output.say(format!("  {command}  # {note}"));
    }
    let commands = commands.into_iter().map(|(command, _)| command).collect();
    let Explanation { at, outlook, .. } = explanation;
    let until = if let Outlook::Waits { until, .. } = outlook {
        Some(until)
    } else {
        None
    };
    let moves = explanation.judged.iter().map(JudgedMove::of).collect();
    let (outcome, wait, eligible) = (
        outlook::word(outlook),
        outlook::wait(outlook),
        until.map(When),
    );
    let context = Context {
        at: Some(When(at)),
        ..context
    };
    Ok(app.done(&Body {
        context,
        commit: view.commit,
        from,
        to,
        outcome,
        wait,
        eligible,
        moves,
        commands,
    }))
}

/// Shows the verdicts on every move, and what the promotion would do.
pub fn show(app: &mut App, promotion: &Promotion, explanation: &Explanation) {
    show_verdicts(app, explanation);
    say_outlook(app, promotion, explanation);
}

/// Prints what the promotion would do, and what helps if a rule refuses it.
fn say_outlook(app: &mut App, promotion: &Promotion, explanation: &Explanation) {
    app.output.say(outlook::sentence(promotion, explanation));
    let verdicts = explanation
        .judged
        .iter()
        .flat_map(|judged| &judged.verdicts);
    let refused = verdicts.filter(|verdict| verdict.outcome == Outcome::Refuse);
    let helps: BTreeSet<&String> = refused
        .filter_map(|verdict| verdict.help.as_ref())
        .collect();
    for help in helps {
        app.output.hint(ShownLines(help));
    }
}

fn show_verdicts(app: &mut App, explanation: &Explanation) {
    if !app.output.medium().terminal {
        app.answer_table(&lines(&explanation.judged));
        return;
    }
    for judged in &explanation.judged {
        if app.output.closed() {
            break;
        }
        let number =
            |number: Option<_>| number.map_or_else(|| "-".to_owned(), |number| format!("{number}"));
        let Move {
            resource,
            before,
            after,
            ..
        } = &judged.moved;
        let strong = style::STRONG;
        app.answer(format!(
            "{strong}{resource}{strong:#}  {} → {}",
            number(*before),
            number(*after)
        ));
        app.answer_table(&paragraph(judged, explanation.at));
        app.answer("");
    }
}

/// Returns the verdicts on one move as text, with the duration of a wait on a separate line.
fn paragraph(judged: &Judged, now: Timestamp) -> Table {
    let mut table = Table::under([]);
    if judged.verdicts.is_empty() {
        table.row([
            outcome(Outcome::Pass, "  "),
            Cell::new("no rule applies to this move").style(style::FAINT),
        ]);
    }
    for verdict in &judged.verdicts {
        let evidence = verdict
            .evidence
            .map_or_else(String::new, |commit| commit.short());
        // As wide as the longest, so that the rules of all moves line up.
        let rule = Cell::new(format!("{:15}", verdict.rule));
        let why = Cell::new(&verdict.sentence);
        let commit = if evidence.is_empty() {
            Cell::new(" ")
        } else {
            Cell::new(evidence).style(style::FAINT)
        };
        table.row([outcome(verdict.outcome, "  "), rule, why, commit]);
        if let Some(at) = verdict.outcome.eligible() {
            let eligible = format!("eligible {}, at {}", until(at, now), rfc3339(at));
            table.row([
                Cell::new(" "),
                Cell::new(" "),
                Cell::new(eligible).style(style::STRONG),
                Cell::new(" "),
            ]);
        }
    }
    table
}

/// Returns one line for each verdict; a move to which no rule applies has one line without a rule.
fn lines(judged: &[Judged]) -> Table {
    let mut table = Table::new(&[
        "RESOURCE", "LIVE", "THEN", "RULE", "OUTCOME", "ELIGIBLE", "COMMIT", "WHY",
    ]);
    for Judged {
        moved, verdicts, ..
    } in judged
    {
        let number = |number: Option<_>| number.map_or_else(Cell::nothing, Cell::new);
        let head = || {
            [
                Cell::new(&moved.resource),
                number(moved.before),
                number(moved.after),
            ]
            .into_iter()
        };
        if verdicts.is_empty() {
            let rest = [
                Cell::nothing(),
                outcome(Outcome::Pass, ""),
                Cell::nothing(),
                Cell::nothing(),
                Cell::nothing(),
            ];
            table.row(head().chain(rest));
        }
        for verdict in verdicts {
            let eligible = verdict
                .outcome
                .eligible()
                .map_or_else(Cell::nothing, |at| Cell::new(rfc3339(at)));
            let commit = verdict.evidence.map_or_else(Cell::nothing, Cell::new);
            let rule = [
                Cell::new(verdict.rule),
                outcome(verdict.outcome, ""),
                eligible,
                commit,
            ];
            table.row(head().chain(rule).chain([Cell::new(&verdict.sentence)]));
        }
    }
    table
}

fn outcome(outcome: Outcome, indent: &str) -> Cell {
    let style = match outcome {
        Outcome::Pass => style::GOOD,
        Outcome::Warn | Outcome::Wait(_) => style::WARNING,
        Outcome::Refuse => style::ERROR,
    };
    Cell::new(format!("{indent}{}", outcome.as_str())).style(style)
}
