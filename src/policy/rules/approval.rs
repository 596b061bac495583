use crate::diag::Code;
use crate::model::PolicyKey;
use crate::policy::evaluator::Evaluator;
use crate::policy::move_kind::MoveKind;
use crate::policy::rule::{Applies, Case, Exempt, Opinion, Rule};
use crate::policy::wait::Wait;

/// Where the policy demands approval, a pointer moves by the decision on a release that waited.
pub(super) const RULE: Rule = Rule {
    code: Code::APPROVAL,
    applies: Applies {
        kinds: &[MoveKind::Direct, MoveKind::Requested, MoveKind::Approved],
        removals: true,
        branches: true,
        exempt: Exempt::BackToPrevious {
            unless: PolicyKey::ApproveRollbacks,
        },
    },
    waits_for: Wait::Approval,
    lifted_by: &[
        (PolicyKey::RequiresApproval, "false"),
        (PolicyKey::SeparationOfDuties, "false"),
    ],
    evaluate,
};

fn evaluate(_: &mut Evaluator<'_>, case: &Case<'_>) -> Opinion {
    let what = case.what();
    match case.kind {
        // Finishing a release is always possible, whatever became of the rule that made it wait.
        MoveKind::Approved => {
            Opinion::Final(case.pass(format!("{what} is approved as it was asked for")))
        }
        MoveKind::Requested => Opinion::Final(case.pass(format!("{what} waits for approval"))),
        MoveKind::Direct | MoveKind::BypassingPending
            if !case.demands.switch(PolicyKey::RequiresApproval) =>
        {
            Opinion::Silent
        }
        MoveKind::Direct | MoveKind::BypassingPending => {
            let sentence = format!(
                "the policy of `{}` demands that somebody approves {what}",
                case.moved.environment
            );
            Opinion::UnlessExempt(
                case.wait(None, sentence).help(
                    "ask for it with `envctl promote`, in a commit before the one that approves",
                ),
            )
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
                &["approval pass"],
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
