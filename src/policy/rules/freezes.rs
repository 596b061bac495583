use super::windows::MOVES;
use crate::diag::Code;
use crate::files::OwnedPath;
use crate::policy::calendar::NamedFreeze;
use crate::policy::evaluator::Evaluator;
use crate::policy::rule::{Applies, Exempt, Opinion, Rule, RuleCase};
use crate::policy::verdict::Verdict;
use crate::policy::wait::Wait;

/// Nothing moves while an environment is frozen, except back to the previous version.
pub(super) const RULE: Rule = Rule {
    code: Code::FREEZES,
    applies: Applies {
        kinds: MOVES,
        removals: true,
        branches: false,
        // Unless the freeze bars that as well, which `evaluate` decides.
        exempt: Exempt::BackToPrevious { unless: None },
    },
    waits_for: Wait::Window,
    lifted_by: &[],
    evaluate,
};

fn evaluate(evaluator: &mut Evaluator<'_>, case: &RuleCase<'_>) -> Opinion {
    let (step, environment) = (evaluator.step, &case.moved.environment);
    let calendar = step.calendar(environment);
    let holds = |(_, freeze): &NamedFreeze<'_>| step.moments().any(|moment| freeze.bars(moment));
    let all: Vec<NamedFreeze<'_>> = calendar.freezes().filter(holds).collect();
    let strict: Vec<NamedFreeze<'_>> = all
        .iter()
        .filter(|(_, freeze)| freeze.rollbacks)
        .copied()
        .collect();
    match (all.is_empty(), strict.is_empty()) {
        (true, _) => Opinion::Silent,
        (false, true) => Opinion::UnlessExempt(verdict(evaluator, case, &all)),
        // A return waits only for those freezes that bar it; looked up only where that matters.
        (false, false) => {
            let returns =
                strict.len() < all.len() && evaluator.back_to_previous(case.moved).is_some();
            let holding = if returns { strict } else { all };
            Opinion::Final(verdict(evaluator, case, &holding))
        }
    }
}

/// Returns the verdict on a move that the freezes `holding` bar, of which there is at least one.
fn verdict(evaluator: &Evaluator<'_>, case: &RuleCase<'_>, holding: &[NamedFreeze<'_>]) -> Verdict {
    let (step, slug) = (evaluator.step, &case.moved.environment);
    let longest = holding
        .iter()
        .max_by_key(|(_, freeze)| (freeze.unreadable, freeze.until.is_none(), freeze.until));
    let Some((id, freeze)) = longest else {
        return case.pass(format!("`{slug}` is not frozen"));
    };
    if freeze.unreadable {
        let file = OwnedPath::Freeze(slug.clone(), (*id).clone());
        let sentence = format!("`{slug}` counts as frozen: {file} cannot be read");
        let help = format!("fix it, or remove it: envctl thaw {slug} --freeze {id}");
        return case.refuse(sentence).help(help);
    }
    let why = freeze
        .reason
        .as_ref()
        .map_or_else(String::new, |reason| format!(": {}", reason.as_str()));
    let Some(until) = freeze.until else {
        let sentence = format!("`{slug}` is frozen by `{id}` until somebody thaws it{why}");
        let help = format!("somebody who may has to thaw it: envctl thaw {slug} --freeze {id}");
        return case.refuse(sentence).help(help);
    };
    // When it ends, the windows may be closed.
    let latest = step.moments().fold(until, Ord::max);
    let opens = step.calendar(slug).without_freezes().opens(latest);
    let sentence = format!("`{slug}` is frozen by `{id}` until {until}{why}");
    match opens {
        Some(opens) => case
            .wait(Some(opens), sentence)
            .help(format!("wait until {opens}; --wait does that")),
        None => case.refuse(sentence),
    }
}
