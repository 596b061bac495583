use std::collections::BTreeSet;

use crate::diag::Code;
use crate::files::variable_list;
use crate::model::{ContentId, Extension, PolicyKey, Project, VersionNumber};
use crate::policy::evaluator::Evaluator;
use crate::policy::facts::Question;
use crate::policy::move_kind::MoveKind;
use crate::policy::rule::{Applies, Exempt, Opinion, Rule, RuleCase};
use crate::policy::verdict::Verdict;
use crate::policy::wait::Wait;

/// A prompt that moves into an environment has the same variables as the one that is live there, so that
/// callers need not change.
pub(super) const RULE: Rule = Rule {
    code: Code::SAME_VARIABLES,
    applies: Applies {
        kinds: MoveKind::ALL,
        removals: false,
        branches: false,
        exempt: Exempt::Returns,
    },
    waits_for: Wait::Dwell,
    lifted_by: &[(PolicyKey::SameVariables, "false")],
    evaluate,
};

/// Compares with what is live before the step, regardless of which version a request recorded as live.
fn evaluate(evaluator: &mut Evaluator<'_>, case: &RuleCase<'_>) -> Opinion {
    let (step, resource) = (evaluator.step, &case.moved.resource);
    let demanded = case.demands.switch(PolicyKey::SameVariables);
    let Some(number) = case.moved.after.filter(|_| demanded) else {
        return Opinion::Silent;
    };
    let environment = &case.moved.environment;
    let Some(live) = step.before.live(environment, resource) else {
        return Opinion::Final(case.pass(format!(
            "no version of {resource} is live in `{environment}`, so no caller relies on its variables there"
        )));
    };
    let content = |project: &Project, number| {
        project
            .version(&resource.at(number))
            .map(|version| (version.content, version.extension.clone()))
    };
    let same = || {
        Opinion::Final(case.pass(format!(
            "{} has the variables of {}",
            case.what(),
            resource.at(live)
        )))
    };
    match (content(step.before, live), content(step.after, number)) {
        // A version that the tree does not contain cannot be a return either.
        (_, None) => Opinion::Final(unknown(case, number)),
        // Equal bytes in the same grammar have equal variables, so their text need not be read.
        (old, new) if old == new => same(),
        // Whether the move is a return is asked only if the variables differ, since it can take all
        // of history to find out.
        (old, Some(new)) if !know(evaluator, old.iter().chain([&new])) => {
            Opinion::Final(unknown(case, number))
        }
        (old, Some(new)) => {
            let variables =
                |(content, extension): &Template| step.facts.variables(*content, extension);
            match (old.as_ref().and_then(variables), variables(&new)) {
                (Some(old), Some(new)) if old == new => same(),
                (Some(old), Some(new)) => Opinion::UnlessExempt(other(case, live, old, new)),
                (None, _) => Opinion::UnlessExempt(unknown(case, live)),
                (_, None) => Opinion::UnlessExempt(unknown(case, number)),
            }
        }
    }
}

/// The bytes of a prompt, and the extension that decides by which grammar they are read.
type Template = (ContentId, Extension);

/// Reports whether the variables of all `templates` are known, and asks for those that are not.
fn know<'t>(evaluator: &mut Evaluator<'_>, templates: impl Iterator<Item = &'t Template>) -> bool {
    // All questions are noted at once: `all` would stop at the first and cost a round for each.
    templates
        .filter(|(content, extension)| {
            !evaluator.knows(Question::Variables(*content, extension.clone()))
        })
        .count()
        == 0
}

/// Returns the refusal of a prompt with the variables `new`, where callers give those of `live`, which are `old`.
fn other(
    case: &RuleCase<'_>,
    live: VersionNumber,
    old: &BTreeSet<String>,
    new: &BTreeSet<String>,
) -> Verdict {
    refused(
        case,
        format!(
            "{} {}; the policy of `{}` requires the variables of {}, which is live there",
            case.what(),
            added_and_dropped(&(new - old), &(old - new)),
            case.moved.environment,
            case.moved.resource.at(live)
        ),
    )
}

/// Returns the refusal of a move where the variables of `number` are unknown: it was never published, is not
/// text, is too large, or is no template of one grammar. Unknown variables are never taken as equal.
fn unknown(case: &RuleCase<'_>, number: VersionNumber) -> Verdict {
    refused(
        case,
        format!(
            "the variables of {} cannot be determined: it is missing, too large, not UTF-8 text, or \
             not a valid template of one language; the policy of `{}` requires them to stay the same",
            case.moved.resource.at(number),
            case.moved.environment
        ),
    )
}

fn refused(case: &RuleCase<'_>, sentence: String) -> Verdict {
    case.refuse(sentence).help(
        "publish it as a prompt with another name, and let callers switch to that one when they are ready",
    )
}

/// Returns `adds {{ a }} and drops {{ b }}`.
fn added_and_dropped(added: &BTreeSet<String>, dropped: &BTreeSet<String>) -> String {
    let parts = [("adds", added), ("drops", dropped)]
        .into_iter()
        .filter(|(_, names)| !names.is_empty());
    parts
        .map(|(verb, names)| format!("{verb} {}", variable_list(names)))
        .collect::<Vec<_>>()
        .join(" and ")
}

#[cfg(test)]
mod tests;
