use crate::diag::Code;
use crate::model::{EnvironmentSlug, Move, PolicyKey, VersionNumber};
use crate::policy::evaluator::Evaluator;
use crate::policy::move_kind::MoveKind;
use crate::policy::rule::{Applies, Exempt, Opinion, Rule, RuleCase};
use crate::policy::timeline::Timeline;
use crate::policy::verdict::{Verdict, to_the_second};
use crate::policy::wait::Wait;

/// What moves into an environment is live in the source that its policy requires.
pub(super) const RULE: Rule = Rule {
    code: Code::REQUIRED_SOURCE,
    applies: Applies {
        kinds: MoveKind::ALL,
        removals: false,
        branches: false,
        exempt: Exempt::Returns,
    },
    waits_for: Wait::Dwell,
    lifted_by: &[(PolicyKey::RequiredSource, "false")],
    evaluate,
};

/// Compares with what is live before the step: a step that moves the source as well must not satisfy its own
/// condition.
fn evaluate(evaluator: &mut Evaluator<'_>, case: &RuleCase<'_>) -> Opinion {
    let (step, moved) = (evaluator.step, case.moved);
    let Some(source) = case.demands.source(PolicyKey::RequiredSource) else {
        return Opinion::Silent;
    };
    let live = step.before.live(source, &moved.resource);
    if live != moved.after {
        // The source may have gone on since the request. What it served when the version was asked
        // for counts.
        if case.kind == MoveKind::Approved
            && let Some((stretch, asked)) = evaluator.when_asked(moved, source)
        {
            let sentence = format!(
                "{} was live in `{source}` when it was requested, at {}",
                case.what(),
                to_the_second(asked)
            );
            return Opinion::Final(case.pass(sentence).proven_by(stretch.commit));
        }
        return Opinion::UnlessExempt(not_in_source(evaluator, case, source, live));
    }
    let since = step
        .facts
        .timeline(source, &moved.resource)
        .and_then(Timeline::current);
    let sentence = format!("{} is live in `{source}`", case.what());
    Opinion::Final(
        case.pass(sentence)
            .proven_by(since.map(|stretch| stretch.commit)),
    )
}

/// Returns the refusal of a version that `source`, where `live` is, does not serve.
pub(super) fn not_in_source(
    evaluator: &mut Evaluator<'_>,
    case: &RuleCase<'_>,
    source: &EnvironmentSlug,
    live: Option<VersionNumber>,
) -> Verdict {
    let (what, moved) = (case.what(), case.moved);
    let instead = live.map_or_else(String::new, |live| format!("; {live} is live there"));
    let sentence = format!(
        "{what} is not live in `{source}`, which the policy of `{}` requires{instead}",
        moved.environment
    );
    let there = Move {
        environment: source.clone(),
        before: live,
        ..moved.clone()
    };
    // Nothing proposes what was rolled back.
    let mark = moved
        .after
        .and_then(|number| evaluator.rolled_back(&there, number));
    if let Some(mark) = mark {
        let clause = evaluator.rolled_back_clause(&there, &mark);
        let help = format!("{clause}: publish what should be served as the next version");
        return case.refuse(sentence).help(help).proven_by(mark.commit);
    }
    case.refuse(sentence)
        .help(how_to_get_there(evaluator, moved, source))
        .missing_in(source)
}

/// Returns how the version that `moved` leads to becomes live in `source`.
fn how_to_get_there(evaluator: &Evaluator<'_>, moved: &Move, source: &EnvironmentSlug) -> String {
    let step = evaluator.step;
    let (resource, before, after) = (&moved.resource, step.before, step.after);
    if after.live(source, resource) == moved.after {
        return format!(
            "it becomes live in `{source}` with this step: move it to `{}` in a later one",
            moved.environment
        );
    }
    let serves = |slug: &&EnvironmentSlug| {
        **slug != moved.environment && before.live(slug, resource) == moved.after
    };
    match (before.environments.keys().find(serves), moved.after) {
        (Some(from), _) => {
            format!("promote it there first: envctl promote {from} {source} {resource}")
        }
        (None, Some(number)) => format!(
            "make it live in `{source}` first: envctl point {source} {}",
            resource.at(number)
        ),
        (None, None) => format!("let `{source}` serve it first"),
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::router::{PROD_1, SOURCE, assert_verdicts};

    #[test]
    fn the_source_serves_the_exact_version_before_the_step() {
        assert_verdicts(&[
            // The source: the exact version, as it is before the step.
            (
                &[SOURCE],
                &[("prod", 1), ("staging", 2)],
                2,
                &[],
                &["required-source pass"],
            ),
            (
                &[SOURCE],
                &[("prod", 1), ("staging", 3)],
                2,
                &[("prod", PROD_1)],
                &["required-source refuse"],
            ),
            (
                &[SOURCE],
                &[("prod", 1), ("qa", 2)],
                2,
                &[("prod", PROD_1)],
                &["required-source refuse"],
            ),
            // A version that was live in the target before may come back.
            (
                &[SOURCE],
                &[("prod", 2), ("staging", 2)],
                1,
                &[("prod", &[(2, 1), (1, 90), (0, 99)])],
                &["required-source pass"],
            ),
        ]);
    }
}
