use crate::diag::Code;
use crate::model::{EnvironmentSlug, PolicyKey, TimeSpan};
use crate::policy::evaluator::Evaluator;
use crate::policy::move_kind::MoveKind;
use crate::policy::rule::{Applies, Exempt, Opinion, Rule, RuleCase};
use crate::policy::rules::required_source::not_in_source;
use crate::policy::source::{dwelling_places, longest_dwell};
use crate::policy::timeline::Reach;
use crate::policy::verdict::{Verdict, to_the_second};
use crate::policy::wait::Wait;

/// What moves into an environment has been live in its source for at least as long as the policy demands.
pub(super) const RULE: Rule = Rule {
    code: Code::MIN_DWELL,
    applies: Applies {
        kinds: MoveKind::ALL,
        removals: false,
        branches: false,
        exempt: Exempt::Returns,
    },
    waits_for: Wait::Dwell,
    lifted_by: &[(PolicyKey::MinDwell, "0s")],
    evaluate,
};

fn evaluate(evaluator: &mut Evaluator<'_>, case: &RuleCase<'_>) -> Opinion {
    let (moved, project) = (case.moved, evaluator.step.before);
    let (Some(least), Some(number)) = (case.demands.span(PolicyKey::MinDwell), moved.after) else {
        return Opinion::Silent;
    };
    let (what, environment) = (case.what(), &moved.environment);
    let required = case.demands.source(PolicyKey::RequiredSource);
    let places = dwelling_places(project, moved, number, required);
    // For all places before any answer is used, so that one round answers all of them.
    for place in &places {
        evaluator.timeline(place, &moved.resource, Reach::Stretches(1));
    }
    let Some((source, stretch)) = longest_dwell(evaluator.step.facts, &places, moved) else {
        let verdict = match required {
            Some(source) => {
                let live = project.live(source, &moved.resource);
                not_in_source(evaluator, case, source, live)
            }
            None => case
                .refuse(format!(
                    "{what} is not live in any other environment; the policy of `{environment}` requires {least} in one"
                ))
                .help("let another environment serve it first: publish with --to ENV, or with --no-release"),
        };
        // If it is live in one of these places, but its stretch is not known yet, the question is
        // open and the verdict does not count: an exemption must not be looked for on its behalf.
        return match places.is_empty() {
            true => {
                Opinion::UnlessExempt(dwelled_when_asked(evaluator, case, least).unwrap_or(verdict))
            }
            false => Opinion::Final(verdict),
        };
    };
    let counted = evaluator.step.facts.counts_since(&stretch);
    let (since, eligible) = (to_the_second(counted), least.after(counted));
    if eligible <= evaluator.now() {
        let sentence =
            format!("{what} has been live in `{source}` since {since}, which is {least} or more");
        return Opinion::Final(case.pass(sentence).proven_by(stretch.commit));
    }
    // Second, since it takes the request and a walk back to its time. Mostly the source still
    // serves the version, and that has been answered above.
    if let Some(verdict) = dwelled_when_asked(evaluator, case, least) {
        return Opinion::Final(verdict);
    }
    let sentence = format!(
        "{what} has been live in `{source}` since {since}; the policy of `{environment}` requires {least}"
    );
    let verdict = case.wait(Some(eligible), sentence);
    Opinion::UnlessExempt(
        verdict
            .help(format!("wait until {eligible}"))
            .proven_by(stretch.commit),
    )
}

/// Returns a pass if the version had been live for long enough when it was asked for, and has not been rolled
/// back there since.
///
/// The dwell is compared with the time of the request, because the source may serve something newer by the
/// time of the approval.
fn dwelled_when_asked(
    evaluator: &mut Evaluator<'_>,
    case: &RuleCase<'_>,
    least: TimeSpan,
) -> Option<Verdict> {
    if case.kind != MoveKind::Approved {
        return None;
    }
    let (moved, project) = (case.moved, evaluator.step.before);
    let places: Vec<&EnvironmentSlug> = match case.demands.source(PolicyKey::RequiredSource) {
        Some(source) => vec![source],
        None => project.environments.keys().collect(),
    };
    let elsewhere = places
        .into_iter()
        .filter(|place| **place != moved.environment);
    for place in elsewhere {
        let Some((stretch, asked)) = evaluator.when_asked(moved, place) else {
            continue;
        };
        let counted = evaluator.step.facts.counts_since(&stretch);
        if least.after(counted) <= asked {
            let sentence = format!(
                "{} had been live in `{place}` for {least} or more when it was requested, at {}",
                case.what(),
                to_the_second(asked)
            );
            return Some(case.pass(sentence).proven_by(stretch.commit));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::policy::router::{DWELL, PROD_1, SOURCE, assert_verdicts};

    #[test]
    fn time_counts_in_the_source_or_where_it_is_longest() {
        assert_verdicts(&[
            (
                &[DWELL],
                &[("prod", 3)],
                1,
                &[("prod", &[(3, 1), (2, 2), (1, 90), (0, 99)])],
                &["min-dwell pass"],
            ),
            // The time in the source, and to the second.
            (
                &[SOURCE, DWELL],
                &[("prod", 1), ("staging", 2)],
                2,
                &[("staging", &[(2, 24)])],
                &["required-source pass", "min-dwell pass"],
            ),
            (
                &[SOURCE, DWELL],
                &[("prod", 1), ("staging", 2)],
                2,
                &[("staging", &[(2, 23)]), ("prod", PROD_1)],
                &["required-source pass", "min-dwell wait 1h"],
            ),
            (
                &[SOURCE, DWELL],
                &[("prod", 1), ("qa", 2)],
                2,
                &[("qa", &[(2, 80)]), ("prod", PROD_1)],
                &["required-source refuse", "min-dwell refuse"],
            ),
            // Without a required source, time in any other environment counts, and the longest.
            (
                &[DWELL],
                &[("prod", 1), ("qa", 2), ("staging", 2)],
                2,
                &[("qa", &[(2, 30)]), ("staging", &[(2, 3)])],
                &["min-dwell pass"],
            ),
            (
                &[DWELL],
                &[("prod", 1), ("qa", 2), ("staging", 2)],
                2,
                &[("qa", &[(2, 20)]), ("staging", &[(2, 3)]), ("prod", PROD_1)],
                &["min-dwell wait 4h"],
            ),
            (
                &[DWELL],
                &[("prod", 1)],
                2,
                &[("prod", PROD_1)],
                &["min-dwell refuse"],
            ),
        ]);
    }
}
