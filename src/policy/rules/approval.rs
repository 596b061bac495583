use crate::diag::Code;
use crate::model::PolicyKey;
use crate::policy::evaluator::Evaluator;
use crate::policy::lapse::Lapse;
use crate::policy::move_kind::MoveKind;
use crate::policy::rule::{Applies, Exempt, Opinion, Rule, RuleCase};
use crate::policy::wait::Wait;

/// Where the policy demands approval, a pointer moves only by the decision on a pending release.
pub(super) const RULE: Rule = Rule {
    code: Code::APPROVAL,
    applies: Applies {
        kinds: &[MoveKind::Direct, MoveKind::Requested, MoveKind::Approved],
        removals: true,
        branches: true,
        exempt: Exempt::BackToPrevious {
            unless: Some(PolicyKey::ApproveRollbacks),
        },
    },
    waits_for: Wait::Approval,
    lifted_by: &[
        (PolicyKey::RequiresApproval, "false"),
        (PolicyKey::SeparationOfDuties, "false"),
    ],
    evaluate,
};

fn evaluate(evaluator: &mut Evaluator<'_>, case: &RuleCase<'_>) -> Opinion {
    let what = case.what();
    match case.kind {
        // Finishing a release is always possible, even if the policy has changed since: whether an
        // approval was needed was decided when it was asked for.
        MoveKind::Approved => Opinion::Final(case.pass(format!("{what} is approved as requested"))),
        MoveKind::Requested => Opinion::Final(case.pass(format!("{what} waits for approval"))),
        MoveKind::Direct | MoveKind::BypassingPending
            if !case.demands.switch(PolicyKey::RequiresApproval) =>
        {
            Opinion::Silent
        }
        MoveKind::Direct | MoveKind::BypassingPending => {
            let slug = &case.moved.environment;
            let again = "request it again on the live branch, and let somebody approve it there";
            Opinion::UnlessExempt(match evaluator.step.lapse(case.moved) {
                None => case
                    .wait(None, format!("the policy of `{slug}` requires approval of {what}"))
                    // A pointer that goes with its environment cannot be asked for, as a request in
                    // a deleted environment could never be approved.
                    .help(match evaluator.step.after.environments.contains_key(slug) {
                        true => "request it with `envctl promote`; the approval is a later commit".to_owned(),
                        false => format!("retire it first, so that the removal can be approved: envctl retire {slug} {}", case.moved.resource),
                    }),
                Some(Lapse::Decided) => case
                    .refuse(format!(
                        "{what} was approved on a branch, but its request is no longer pending in `{slug}`"
                    ))
                    .help(again),
                Some(Lapse::Old) => case
                    .refuse(format!(
                        "{what} was requested or approved on a branch more than 7 days before the merge that brings it"
                    ))
                    .help(again),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::PolicyKey;
    use crate::policy::router::{APPROVAL, PROD_1, assert_verdicts};

    #[test]
    fn somebody_approves_all_but_a_return_to_the_previous_version() {
        assert_verdicts(&[
            // Approval, but not for what was live right before.
            (
                &[APPROVAL],
                &[("prod", 1), ("staging", 2)],
                2,
                &[("prod", PROD_1)],
                &["approval wait"],
            ),
            (
                &[APPROVAL],
                &[("prod", 1)],
                0,
                &[("prod", PROD_1)],
                &["approval wait"],
            ),
            (
                &[APPROVAL],
                &[("prod", 2)],
                0,
                &[("prod", &[(2, 1), (1, 90)])],
                &["approval wait"],
            ),
            (
                &[APPROVAL],
                &[("prod", 2)],
                1,
                &[("prod", &[(2, 1), (1, 90)])],
                &["approval pass"],
            ),
            (
                &[APPROVAL],
                &[("prod", 3)],
                1,
                &[("prod", &[(3, 1), (2, 2), (1, 90)])],
                &["approval wait"],
            ),
            (
                &[APPROVAL, (PolicyKey::ApproveRollbacks, "true")],
                &[("prod", 2)],
                1,
                &[("prod", &[(2, 1), (1, 90)])],
                &["approval wait"],
            ),
            (
                &[(PolicyKey::SeparationOfDuties, "true")],
                &[("prod", 1)],
                2,
                &[("prod", PROD_1)],
                &["approval wait"],
            ),
        ]);
    }
}
