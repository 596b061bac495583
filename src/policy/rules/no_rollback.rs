use crate::diag::Code;
use crate::model::PolicyKey;
use crate::policy::evaluator::Evaluator;
use crate::policy::move_kind::MoveKind;
use crate::policy::rule::{Applies, Exempt, Opinion, Rule, RuleCase};
use crate::policy::timeline::Reach;
use crate::policy::verdict::to_the_second;
use crate::policy::wait::Wait;

/// No lower number moves in for as long as the policy's window, after a higher one became live.
pub(super) const RULE: Rule = Rule {
    code: Code::NO_ROLLBACK,
    applies: Applies {
        kinds: MoveKind::ALL,
        removals: false,
        branches: false,
        exempt: Exempt::Nothing,
    },
    waits_for: Wait::Window,
    lifted_by: &[(PolicyKey::NoRollback, "false")],
    evaluate,
};

/// Counts every higher number that became live within the window, not only the current one. Otherwise
/// retiring the pointer first, or stepping back by an allowed move, would get around the rule.
fn evaluate(evaluator: &mut Evaluator<'_>, case: &RuleCase<'_>) -> Opinion {
    let moved = case.moved;
    let window = case.demands.span(PolicyKey::RollbackWindow);
    let (Some(within), Some(number)) = (window, moved.after) else {
        return Opinion::Silent;
    };
    let environment = &moved.environment;
    let opens = within.before(evaluator.now());
    let timeline = evaluator.timeline(environment, &moved.resource, Reach::Since(opens));
    let higher = timeline.and_then(|timeline| {
        let recent = timeline
            .stretches
            .iter()
            .filter(|stretch| stretch.since > opens);
        recent
            .filter_map(|stretch| Some((stretch.live.filter(|live| *live > number)?, *stretch)))
            .next()
    });
    let Some((live, stretch)) = higher else {
        return Opinion::Final(case.pass(format!(
            "no higher number became live in `{environment}` within {within}"
        )));
    };
    let sentence = format!(
        "{} became live in `{environment}` at {}; the policy allows no lower number for {within} after that",
        moved.resource.at(live),
        to_the_second(stretch.since)
    );
    let verdict = case.wait(Some(within.after(stretch.since)), sentence);
    Opinion::Final(
        verdict
            .help("publish what should be served as the next version")
            .proven_by(stretch.commit),
    )
}

#[cfg(test)]
mod tests {
    use crate::model::PolicyKey;
    use crate::policy::router::{NO_ROLLBACK, assert_verdicts};

    #[test]
    fn a_lower_number_waits_while_a_higher_one_is_young() {
        assert_verdicts(&[
            // The way back is barred while a higher number is young, also when it is not live any
            // more.
            (
                &[NO_ROLLBACK],
                &[("prod", 2)],
                1,
                &[("prod", &[(2, 24), (1, 90)])],
                &["no-rollback pass"],
            ),
            (
                &[NO_ROLLBACK],
                &[("prod", 2)],
                1,
                &[("prod", &[(2, 23), (1, 90)])],
                &["no-rollback wait 1h"],
            ),
            (
                &[NO_ROLLBACK],
                &[],
                1,
                &[("prod", &[(0, 1), (2, 23), (1, 90)])],
                &["no-rollback wait 1h"],
            ),
            (
                &[NO_ROLLBACK],
                &[("prod", 2)],
                3,
                &[("prod", &[(2, 1)])],
                &["no-rollback pass"],
            ),
            (
                &[NO_ROLLBACK, (PolicyKey::RollbackWindow, "2h")],
                &[("prod", 2)],
                1,
                &[("prod", &[(2, 3), (1, 90)])],
                &["no-rollback pass"],
            ),
        ]);
    }
}
