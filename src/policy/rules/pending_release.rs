use crate::diag::Code;
use crate::model::{EnvironmentSlug, PolicyKey};
use crate::policy::evaluator::Evaluator;
use crate::policy::facts::Question;
use crate::policy::move_kind::MoveKind;
use crate::policy::rule::{Applies, Exempt, Opinion, Rule, RuleCase};
use crate::policy::step::{Scope, Step};
use crate::policy::timeline::{Reach, Timeline};
use crate::policy::wait::Wait;

/// Nothing moves past a pending release. No policy lifts this rule.
pub(super) const RULE: Rule = Rule {
    code: Code::PENDING_RELEASE,
    applies: Applies {
        kinds: &[
            MoveKind::BypassingPending,
            MoveKind::Requested,
            MoveKind::Approved,
        ],
        removals: true,
        branches: true,
        exempt: Exempt::BackToPrevious {
            unless: Some(PolicyKey::ApproveRollbacks),
        },
    },
    waits_for: Wait::Approval,
    lifted_by: &[],
    evaluate,
};

fn evaluate(evaluator: &mut Evaluator<'_>, case: &RuleCase<'_>) -> Opinion {
    let environment = &case.moved.environment;
    if case.kind == MoveKind::Requested {
        return old_request(evaluator.step, case);
    }
    if case.kind == MoveKind::Approved {
        return moved_since(evaluator, case);
    }
    let sentence = match case.moved.after {
        None => format!(
            "{} cannot be retired while a release waits for approval in `{environment}`",
            case.moved.resource
        ),
        Some(_) => format!(
            "{} cannot move while a release waits for approval in `{environment}`",
            case.what()
        ),
    };
    Opinion::UnlessExempt(case.refuse(sentence).help(decide_first(environment)))
}

/// Refuses an approved move whose pointer has moved since it was asked for, even if it has moved back: what
/// the requester compared with is not what is replaced.
fn moved_since(evaluator: &mut Evaluator<'_>, case: &RuleCase<'_>) -> Opinion {
    let (step, moved) = (evaluator.step, case.moved);
    let (environment, resource) = (&moved.environment, &moved.resource);
    // What a merge takes was approved where the request waited.
    if step.origins.of_pointer(environment, resource).is_some()
        || !evaluator.knows(Question::Request(environment.clone()))
    {
        return Opinion::Silent;
    }
    let timeline = evaluator.timeline(environment, resource, Reach::Stretches(1));
    let current = timeline
        .and_then(Timeline::current)
        .map(|stretch| stretch.commit);
    // An environment that comes with this step has no timeline, and a request that history does not
    // show is refused by separation of duties and access.
    let (Some(current), Some(request)) = (current, step.facts.request(environment)) else {
        return Opinion::Silent;
    };
    if evaluator.leads_to(current, request.landed) {
        return Opinion::Silent;
    }
    let sentence = format!(
        "{resource} has moved in `{environment}` since {} was requested",
        case.what()
    );
    let help = format!("withdraw it and request it again: envctl withdraw {environment}");
    Opinion::Final(case.refuse(sentence).help(help).proven_by(current))
}

/// Refuses a request that lay on a branch for too long and would begin to wait by a merge.
fn old_request(step: &Step<'_>, case: &RuleCase<'_>) -> Opinion {
    let old = step
        .origins
        .old_request(&case.moved.environment, step.lands);
    let Some(origin) = old.filter(|_| step.scope == Scope::Live) else {
        return Opinion::Silent;
    };
    let sentence = format!(
        "{} was requested on a branch more than 7 days before the merge that brings it",
        case.what()
    );
    let verdict = case
        .refuse(sentence)
        .help("request it again with `envctl promote`");
    Opinion::Final(verdict.proven_by(origin.commit))
}

/// Returns a hint that says how to decide on the pending release in `slug`.
pub fn decide_first(slug: &EnvironmentSlug) -> String {
    format!(
        "decide on it first: envctl approve {slug}, envctl reject {slug}, or envctl withdraw {slug}"
    )
}

#[cfg(test)]
mod tests {
    use crate::policy::Outcome;
    use crate::policy::router::{facts, judged, project, slug, waiting, with};

    #[test]
    fn nothing_but_a_return_moves_past_a_release_that_waits() {
        let mut before = with(&project(&[]), &[("prod", 2)]);
        before.pending.insert(slug("prod"), waiting(2, 3));
        let history = facts(&[("prod", &[(2, 5), (1, 90)])]);
        let outcome = |to: u32| {
            judged(&before, &with(&before, &[("prod", to)]), &history).unwrap()[0].verdicts[0]
                .outcome
        };
        assert_eq!(
            [outcome(1), outcome(3), outcome(0)],
            [Outcome::Pass, Outcome::Refuse, Outcome::Refuse]
        );
    }

    #[test]
    fn what_is_to_go_is_not_said_to_move() {
        let mut before = with(&project(&[]), &[("prod", 1)]);
        before.pending.insert(slug("prod"), waiting(1, 3));
        let history = facts(&[("prod", &[(1, 90)])]);
        let sentence = |to: u32| {
            let after = with(&before, &[("prod", to)]);
            judged(&before, &after, &history).unwrap()[0].verdicts[0]
                .sentence
                .clone()
        };
        assert!(sentence(2).starts_with("prompts/router@2 cannot move while "));
        assert!(sentence(0).starts_with("prompts/router cannot be retired while "));
    }
}
