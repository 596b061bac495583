//! Finds the command that would pass after a refusal.

use envctl::diag::Code;
use envctl::model::{Move, Resource};
use envctl::ops::{Rehearsal, Session, rolled_back};
use envctl::plan::{self, Narrowing, Promotion};
use envctl::policy::{Judged, Verdict};
use envctl::store::shell_word;

use crate::commands::moves;
use crate::error::Failure;
use crate::render::joined;

/// Returns the refusal of `promotion`, with a command that would pass, if there is one.
pub fn with_a_way_out(
    failure: Failure,
    refused: &Rehearsal,
    (promotion, with_dependencies): (&Promotion, bool),
    session: &Session,
) -> Failure {
    let mut introduced = refused.report.introduced.iter();
    match introduced.any(|finding| finding.code == Code::COHERENCE) {
        true => {
            let brings_back = |moves: &[Move]| brought_back(session, moves);
            beside_dependencies(
                failure,
                refused,
                (promotion, with_dependencies),
                brings_back,
            )
        }
        false => beside_what_is_eligible(failure, refused, promotion),
    }
}

/// Adds the command for the pointers that may move now, if there are any.
fn beside_what_is_eligible(
    failure: Failure,
    refused: &Rehearsal,
    promotion: &Promotion,
) -> Failure {
    let judged = &refused.report.judged;
    let passes = judged.iter().filter(|judged| judged.passes());
    let passes = passes.map(|judged| judged.moved.clone()).collect();
    let (project, configuration) = (&refused.before.project, &refused.before.configuration);
    // Moves that depend on the rest are left out too.
    let eligible = plan::coherent_part(project, configuration, &promotion.to, passes);
    let eligible: Vec<&Resource> = eligible.iter().map(|moved| &moved.resource).collect();
    if eligible.is_empty() || eligible.len() == judged.len() {
        return failure;
    }
    let stays = |judged: &&Judged| !eligible.contains(&&judged.moved.resource);
    let staying: Vec<&Resource> = judged
        .iter()
        .filter(stays)
        .map(|judged| &judged.moved.resource)
        .collect();
    let refused: Vec<&Judged> = judged.iter().filter(|judged| !judged.passes()).collect();
    let was_rolled_back = |judged: &&Judged| {
        let mut broken = judged.verdicts.iter().filter(|verdict| !verdict.passes());
        broken.all(|verdict: &Verdict| verdict.rule == Code::ROLLED_BACK)
    };
    let named = match promotion.resources.is_empty() && refused.iter().all(was_rolled_back) {
        true => narrowed(promotion, &staying),
        false => {
            // What was named with a version is proposed with it.
            let named = |resource: &&Resource| {
                let mut named = promotion.resources.iter();
                let named =
                    named.find(|named| named.resource == **resource && named.number.is_some());
                named.map_or_else(|| resource.to_string(), ToString::to_string)
            };
            format!(" {}", joined(eligible.iter().map(named), " "))
        }
    };
    let (from, to) = (&promotion.from, &promotion.to);
    failure.hint(format!(
        "nothing moved; these may move: envctl promote {from} {to}{named}"
    ))
}

/// Returns those of `moves` that would bring back what was rolled back, with when that was, by whom and why.
fn brought_back(session: &Session, moves: &[Move]) -> Vec<(Move, Verdict)> {
    // No author is given: an undo that only its author may do is not proposed.
    let back = session
        .view(None)
        .and_then(|view| rolled_back(session, &view, moves, None));
    let mut back = back.unwrap_or_default();
    back.retain(|(_, verdict)| !verdict.passes());
    back
}

/// The options of `promotion`, without the versions that were rolled back and the moves that depend on them.
fn narrowed(promotion: &Promotion, staying: &[&Resource]) -> String {
    let Narrowing { only, except } = &promotion.narrowing;
    let only = only
        .iter()
        .map(|pattern| format!(" --only {}", shell_word(&pattern.to_string())));
    let except = except
        .iter()
        .map(|pattern| format!(" --except {}", shell_word(&pattern.to_string())));
    let staying = staying
        .iter()
        .map(|resource| format!(" --except {resource}"));
    let prune = promotion.prune.then(|| " --prune".to_owned());
    let request = promotion.request.then(|| " --request".to_owned());
    only.chain(except)
        .chain(staying)
        .chain(prune)
        .chain(request)
        .collect()
}

/// Adds what has to move along so that the target stays coherent, and the command for it.
///
/// If nothing else helps, pointers that only the target has are removed too: for example a rule that was renamed.
fn beside_dependencies(
    failure: Failure,
    refused: &Rehearsal,
    (promotion, tried): (&Promotion, bool),
    brought_back: impl Fn(&[Move]) -> Vec<(Move, Verdict)>,
) -> Failure {
    let named = match promotion.resources.is_empty() {
        true => refused
            .plan
            .wanted()
            .iter()
            .map(|moved| moved.resource.clone().into())
            .collect(),
        false => promotion.resources.clone(),
    };
    let pruning = Promotion {
        resources: named,
        prune: true,
        ..promotion.clone()
    };
    let attempts = [
        (!tried).then_some(promotion),
        (!promotion.prune).then_some(&pruning),
    ];
    let before = &refused.before;
    let needed = |promotion| plan::dependencies(&before.project, &before.configuration, promotion);
    let mut outcomes = attempts
        .into_iter()
        .flatten()
        .map(|promotion| (promotion, needed(promotion)));
    let Some((promotion, needed)) =
        outcomes.find(|(_, needed)| !needed.moves.is_empty() && needed.suffice)
    else {
        return failure;
    };
    let mut failure = failure.hint(format!(
        "these have to move with it: {}",
        joined(&needed.moves, ", ")
    ));
    let mut together = refused.plan.wanted().to_vec();
    together.extend(needed.moves.iter().cloned());
    let back = brought_back(&together);
    if !back.is_empty() {
        for (_, verdict) in &back {
            failure = failure.hint(&verdict.sentence);
        }
        return failure.hint("publish what should be served as the next version, and promote both");
    }
    let mut failure = failure.hint(format!("together: {}", command(promotion)));
    let needed = serde_json::to_value(moves::bodies(&needed.moves)).unwrap_or_default();
    failure.data.insert("dependencies".to_owned(), needed);
    failure
}

/// Returns the command that promotes with dependencies.
fn command(promotion: &Promotion) -> String {
    let Promotion {
        from,
        to,
        resources,
        prune,
        ..
    } = promotion;
    let prune = if *prune { " --prune" } else { "" };
    format!(
        "envctl promote {from} {to} {} --with-dependencies{prune}",
        joined(resources, " ")
    )
}
