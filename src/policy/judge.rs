use super::evaluator::Evaluator;
use super::facts::Question;
use super::move_kind::MoveKind;
use super::overriding::{Overriding, overridable, overriding};
use super::release::{Release, approved_on_a_side, releases};
use super::rule::RuleCase;
use super::rules::RULES;
use super::step::Step;
use super::verdict::{Outcome, Verdict};
use crate::diag::Code;
use crate::model::{Move, OverridableRule};

/// A move, its kind, and the verdict of every rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What moves, or is asked to move.
    pub moved: Move,
    /// How.
    pub kind: MoveKind,
    /// A verdict for each rule that has something to say.
    pub verdicts: Vec<Verdict>,
}

impl Judged {
    /// Reports whether every rule is kept.
    pub fn passes(&self) -> bool {
        self.verdicts.iter().all(Verdict::passes)
    }

    /// Returns the outcome of all verdicts together.
    pub fn outcome(&self) -> Outcome {
        self.verdicts
            .iter()
            .fold(Outcome::Pass, |decided, verdict| {
                decided.outranking(verdict.outcome)
            })
    }
}

/// Returns what the policies say about every move of `step`, and about every move that it asks for.
///
/// # Errors
///
/// The questions to history that have to be answered first.
pub fn judge(step: &Step<'_>) -> Result<Vec<Judged>, Vec<Question>> {
    let mut evaluator = Evaluator::new(step);
    // Whether an approval counts that a merge takes decides how its moves come about.
    for (slug, request) in step.origins.approved() {
        if step.origins.knows(request) {
            evaluator.knows(Question::Request(slug.clone()));
        }
    }
    let judged = releases(step)
        .into_iter()
        .flat_map(|(_, release)| {
            let undone = undone(&release);
            let undone = move |moved: &Move| undone.contains(moved);
            moves(release)
                .into_iter()
                .map(move |(moved, kind)| (undone(&moved), moved, kind))
        })
        .chain(taken_along(step).map(|(moved, kind)| (false, moved, kind)))
        .map(|(undone, moved, kind)| Judged {
            verdicts: verdicts(&mut evaluator, &moved, kind, undone),
            moved,
            kind,
        })
        .collect();
    evaluator.finish().map(|()| judged)
}

/// Returns the moves of a release, and how each comes about.
fn moves(release: Release) -> Vec<(Move, MoveKind)> {
    let all = |moves: Vec<Move>, kind| moves.into_iter().map(move |moved| (moved, kind));
    match release {
        Release::Direct(moves) | Release::Tampered(moves) => all(moves, MoveKind::Direct).collect(),
        Release::Past(moves) => all(moves, MoveKind::BypassingPending).collect(),
        Release::Requested { moves, beside } => all(moves, MoveKind::Requested)
            .chain(all(beside, MoveKind::BypassingPending))
            .collect(),
        Release::Approved(moves) => all(moves, MoveKind::Approved).collect(),
        Release::Closed(_) => Vec::new(),
    }
}

/// Returns which moves a release asks for that the same step undoes, as a reverted approval does.
fn undone(release: &Release) -> Vec<Move> {
    let Release::Requested { moves, beside } = release else {
        return Vec::new();
    };
    let undoes = |moved: &Move, back: &Move| {
        (back.environment == moved.environment && back.resource == moved.resource)
            && (back.before, back.after) == (moved.after, moved.before)
    };
    let undone = |moved: &&Move| beside.iter().any(|back| undoes(moved, back));
    moves.iter().filter(undone).cloned().collect()
}

/// Reports whether the rule is asked about what the step undoes and asks for again. An incident
/// must not wait for a source that has moved on: the rest is judged when somebody approves.
fn is_about_undone(rule: Code) -> bool {
    [Code::PENDING_RELEASE, Code::APPROVAL, Code::ROLLED_BACK].contains(&rule)
}

/// Returns the removals of the pointers that disappear together with their environment, which are not part of
/// a release. If the whole project is removed, no environment counts as deleted.
fn taken_along(step: &Step<'_>) -> impl Iterator<Item = (Move, MoveKind)> {
    let goes = |moved: &&Move| {
        step.after.exists && !step.after.environments.contains_key(&moved.environment)
    };
    let kind = |moved: &Move| match approved_on_a_side(step, moved) {
        true => MoveKind::Approved,
        false => MoveKind::Direct,
    };
    let gone = step.changes.moves.iter().filter(goes);
    gone.map(move |moved| (moved.clone(), kind(moved)))
}

/// Returns the verdict of each rule that applies to `moved`, in the order of the table.
fn verdicts(
    evaluator: &mut Evaluator<'_>,
    moved: &Move,
    kind: MoveKind,
    undone: bool,
) -> Vec<Verdict> {
    let step = evaluator.step;
    let Some(policy) = step.policy(&moved.environment) else {
        return Vec::new();
    };
    let demands = policy.demands(moved.resource.kind);
    let rules = RULES
        .iter()
        .filter(|rule| rule.applies.to(moved, kind, step.scope))
        .filter(|rule| !undone || is_about_undone(rule.code));
    let mut verdicts: Vec<Verdict> = rules
        .filter_map(|rule| {
            let case = RuleCase {
                rule: rule.code,
                moved,
                kind,
                demands,
            };
            let verdict = rule.judge(evaluator, &case)?;
            Some(overridden(step, &case, verdict))
        })
        .collect();
    if verdicts.iter().any(refuses_for_good) {
        only_that_helps(&mut verdicts);
    }
    verdicts
}

/// Returns the verdict, or in its place that the rule is overridden.
fn overridden(step: &Step<'_>, case: &RuleCase<'_>, verdict: Verdict) -> Verdict {
    if verdict.passes() {
        return verdict;
    }
    match overriding(step, &case.entry(), case.moved, verdict.rule) {
        Overriding::None => verdict,
        Overriding::Void(why) => Verdict {
            sentence: format!("{}; the override does not count: {why}", verdict.sentence),
            ..verdict
        },
        Overriding::Counts(by, why) => {
            let rule = overridable(verdict.rule).map_or("", OverridableRule::as_str);
            let why = why.map_or_else(String::new, |why| format!(": {why}"));
            let sentence = format!("{} overrides {rule}{why} ({})", by.name(), verdict.sentence);
            Verdict {
                rule: Code::OVERRIDDEN,
                outcome: Outcome::Warn,
                sentence,
                help: None,
                missing_in: None,
                overridden: Some(verdict.rule),
                ..verdict
            }
        }
    }
}

/// Reports whether a rule is broken that is about the version itself.
fn refuses_for_good(verdict: &Verdict) -> bool {
    [Code::ROLLED_BACK, Code::VETO].contains(&verdict.rule) && !verdict.passes()
}

/// Leaves no help but that of rules about the version itself: what helps against another rule would propose
/// what these refuse.
fn only_that_helps(verdicts: &mut [Verdict]) {
    for verdict in verdicts {
        if !refuses_for_good(verdict) {
            verdict.help = None;
            verdict.missing_in = None;
        }
    }
}
