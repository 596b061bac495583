use crate::diag::Code;
use crate::policy::evaluator::Evaluator;
use crate::policy::move_kind::MoveKind;
use crate::policy::rule::{Applies, Exempt, Opinion, Rule, RuleCase};
use crate::policy::verdict::to_the_second;
use crate::policy::wait::Wait;

/// Pointers move only inside the windows of the policy, if it has any.
pub(super) const RULE: Rule = Rule {
    code: Code::WINDOWS,
    applies: Applies {
        kinds: MOVES,
        removals: true,
        branches: false,
        exempt: Exempt::BackToPrevious { unless: None },
    },
    waits_for: Wait::Window,
    lifted_by: &[],
    evaluate,
};

/// How moves come about that windows and freezes apply to. What is only asked for moves later.
pub(super) const MOVES: &[MoveKind] = &[
    MoveKind::Direct,
    MoveKind::BypassingPending,
    MoveKind::Approved,
];

fn evaluate(evaluator: &mut Evaluator<'_>, case: &RuleCase<'_>) -> Opinion {
    let (step, environment) = (evaluator.step, &case.moved.environment);
    let calendar = step.calendar(environment);
    if !calendar.has_windows() {
        return Opinion::Silent;
    }
    let latest = step.moments().fold(step.at, Ord::max);
    let closed = |moment: &_| calendar.window_around(*moment).is_none();
    if !step.moments().any(|moment| closed(&moment)) {
        let (name, until) = calendar
            .window_around(latest)
            .map_or((String::new(), latest), |(name, until)| {
                (name.to_string(), until)
            });
        return Opinion::Final(case.pass(format!(
            "the window `{name}` of `{environment}` is open until {until}"
        )));
    }
    // When it opens counts the freezes, too: a window that opens while nothing may move is none to wait for. A
    // freeze without an end refuses by itself.
    let moves = format!("`{environment}` moves only inside its windows");
    let opens = calendar.opens(latest);
    let Some(opens) = opens.or_else(|| calendar.without_freezes().opens(latest)) else {
        return Opinion::UnlessExempt(case.refuse(format!("{moves}, and none opens")));
    };
    // Only the date of the commit is outside, and its effective time is not.
    let name = calendar
        .window_around(opens)
        .map(|(name, _)| name.to_string());
    let sentence = format!(
        "{moves}; the next, `{}`, opens at {opens}",
        name.unwrap_or_default()
    );
    let opens = to_the_second(opens);
    let help = format!("wait until {opens}; --wait does that");
    Opinion::UnlessExempt(case.wait(Some(opens), sentence).help(help))
}
