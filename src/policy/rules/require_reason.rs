use crate::diag::Code;
use crate::model::{EnvironmentSlug, Move, PolicyKey, Statement};
use crate::policy::evaluator::Evaluator;
use crate::policy::move_kind::MoveKind;
use crate::policy::rule::{Applies, Exempt, Opinion, Rule, RuleCase};
use crate::policy::step::Step;
use crate::policy::wait::Wait;

/// Whoever moves something, asks for a move or decides about one says why.
pub(super) const RULE: Rule = Rule {
    code: Code::REQUIRE_REASON,
    applies: Applies {
        kinds: MoveKind::ALL,
        removals: true,
        branches: false,
        exempt: Exempt::Nothing,
    },
    waits_for: Wait::Approval,
    lifted_by: &[(PolicyKey::RequireReason, "false")],
    evaluate,
};

/// What helps against a missing reason.
pub const GIVE_A_REASON: &str = "say why in the commit message, with -m WHY";

fn evaluate(evaluator: &mut Evaluator<'_>, case: &RuleCase<'_>) -> Opinion {
    let environment = &case.moved.environment;
    if !case.demands.switch(PolicyKey::RequireReason) {
        return Opinion::Silent;
    }
    let entry = case.entry();
    Opinion::Final(match evaluator.step.statement(&entry) {
        Some(statement) if statement.is_reasoned => case.pass("the commit says why".to_owned()),
        Some(_) => case.refuse(lacking(environment)).help(GIVE_A_REASON),
        // Nothing is committed yet, so the reason can still be given.
        None => case.warn(format!(
            "the policy of `{environment}` requires a reason: pass -m WHY"
        )),
    })
}

/// Returns the sentence for a commit that states no reason.
pub fn lacking(environment: &EnvironmentSlug) -> String {
    format!("the policy of `{environment}` requires a reason, and the commit does not give one")
}

/// Reports whether the decision to close the release in `environment`, which asked for `moves`, lacks the
/// reason that the policy requires.
pub fn closes_without_reason(
    step: &Step<'_>,
    environment: &EnvironmentSlug,
    moves: &[Move],
) -> bool {
    let entry = crate::model::Entry::Pending(environment.clone());
    let silent = |statement: &Statement| !statement.is_reasoned;
    let required = step.policy(environment).is_some_and(|policy| {
        let mut kinds = moves.iter().map(|moved| moved.resource.kind);
        kinds.any(|kind| policy.demands(kind).switch(PolicyKey::RequireReason))
    });
    required && step.statement(&entry).is_some_and(silent)
}
