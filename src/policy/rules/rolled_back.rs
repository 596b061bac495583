use crate::diag::Code;
use crate::model::{Entry, PolicyKey};
use crate::policy::evaluator::{Evaluator, RolledBack};
use crate::policy::facts::Question;
use crate::policy::move_kind::MoveKind;
use crate::policy::rule::{Applies, Exempt, Opinion, Rule, RuleCase};
use crate::policy::wait::Wait;

/// What was rolled back in an environment comes back there only if somebody asks for it by name and somebody
/// else approves it. Both see a warning of what they bring back.
pub(super) const RULE: Rule = Rule {
    code: Code::ROLLED_BACK,
    applies: Applies {
        kinds: MoveKind::ALL,
        removals: false,
        branches: false,
        exempt: Exempt::Nothing,
    },
    waits_for: Wait::Approval,
    lifted_by: &[(PolicyKey::AllowRolledBack, "true")],
    evaluate,
};

fn evaluate(evaluator: &mut Evaluator<'_>, case: &RuleCase<'_>) -> Opinion {
    let Some(number) = case.moved.after else {
        return Opinion::Silent;
    };
    if case.demands.switch(PolicyKey::AllowRolledBack) {
        return Opinion::Silent;
    }
    let Some(mark) = evaluator.rolled_back(case.moved, number) else {
        return Opinion::Silent;
    };
    let what = evaluator.rolled_back_clause(case.moved, &mark);
    let verdict = match case.kind {
        MoveKind::Requested => case.warn(format!(
            "{what}; somebody other than the requester has to approve it"
        )),
        MoveKind::Approved => return Opinion::Final(approved(evaluator, case, &mark)),
        MoveKind::Direct | MoveKind::BypassingPending => {
            if evaluator.may_take_back(case.moved, &mark) {
                case.pass(format!("{what}; the same person undoes that"))
            } else if evaluator.step.guards(case.moved) {
                case.refuse(what).help(
                    "publish a new version instead, or request this one by name with --request and let somebody else approve it",
                )
            } else {
                case.warn(what)
            }
        }
    };
    Opinion::Final(verdict.proven_by(mark.commit))
}

/// Judges the approval of a version that was rolled back. It must have been asked for after the rollback, and
/// by somebody else than who approves it.
fn approved(
    evaluator: &mut Evaluator<'_>,
    case: &RuleCase<'_>,
    mark: &RolledBack,
) -> crate::policy::verdict::Verdict {
    let (step, moved) = (evaluator.step, case.moved);
    let (slug, resource) = (&moved.environment, &moved.resource);
    let clause = evaluator.rolled_back_clause(moved, mark);
    let origin = step.origins.of_pointer(slug, resource);
    if origin.is_none() && !evaluator.knows(Question::Request(slug.clone())) {
        // The question is open, so this verdict is thrown away. It refuses, for whoever might take
        // it as an answer one day.
        return case.refuse(clause);
    }
    let entry = Entry::Pointer(slug.clone(), resource.clone());
    let (Some(request), Some(author)) = (step.request(moved), step.actor(&entry)) else {
        let help = "withdraw it and request it again";
        return case
            .refuse(format!("{clause}; the requester is unknown"))
            .help(help)
            .proven_by(mark.commit);
    };
    if evaluator.may_take_back(moved, mark) {
        return case
            .pass(format!("{clause}; the same person undoes that"))
            .proven_by(mark.commit);
    }
    // A request or an approval on a branch that had not seen the rollback yet was made without
    // knowing of it. Ancestry decides that, since dates could be anything.
    let mut later = vec![request.commit];
    later.extend(origin.map(|origin| origin.commit));
    let knew = later
        .into_iter()
        .all(|commit| evaluator.leads_to(mark.commit, commit));
    let requester = request.author.email();
    let requesters = evaluator.requesters(moved, request);
    let mut people = requesters.people.iter();
    let verdict = if !knew {
        case.refuse(format!(
            "{clause}, and {requester} had requested it before that"
        ))
        .help(format!(
            "withdraw it and request it again: envctl withdraw {slug}"
        ))
    } else if people.any(|one| step.is_same_person(one, author)) {
        case.refuse(format!(
            "{clause}; neither the requester nor the author of a version that a bot requested can approve it"
        ))
        .help("somebody else has to run `envctl approve`")
    } else if let Some(version) = &requesters.unwritten {
        case.warn(format!(
            "{clause}; {requester}, a bot, requested it, and no person is known to have written {version}"
        ))
    } else {
        case.warn(format!(
            "{clause}; {requester} requested it, and somebody else approves"
        ))
    };
    verdict.proven_by(mark.commit)
}
