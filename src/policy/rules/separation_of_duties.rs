use crate::diag::Code;
use crate::model::{Entry, PolicyKey};
use crate::policy::evaluator::Evaluator;
use crate::policy::facts::Question;
use crate::policy::move_kind::MoveKind;
use crate::policy::rule::{Applies, Exempt, Opinion, Rule, RuleCase};
use crate::policy::step::Scope;
use crate::policy::wait::Wait;

/// If the policy requires it, the approver must be another person than the requester.
pub(super) const RULE: Rule = Rule {
    code: Code::SEPARATION_OF_DUTIES,
    applies: Applies {
        kinds: &[MoveKind::Approved],
        removals: true,
        branches: true,
        exempt: Exempt::Nothing,
    },
    waits_for: Wait::Approval,
    lifted_by: &[(PolicyKey::SeparationOfDuties, "false")],
    evaluate,
};

fn evaluate(evaluator: &mut Evaluator<'_>, case: &RuleCase<'_>) -> Opinion {
    let (step, moved) = (evaluator.step, case.moved);
    if !case.demands.switch(PolicyKey::SeparationOfDuties) {
        return Opinion::Silent;
    }
    let (slug, resource) = (&moved.environment, &moved.resource);
    // A merge takes an approval from another side, where it is known who had asked.
    if step.origins.of_pointer(slug, resource).is_none() {
        evaluator.knows(Question::Request(slug.clone()));
    }
    let what = case.what();
    let refuse = |sentence| {
        case.refuse(sentence)
            .help("somebody else has to run `envctl approve`")
    };
    let demand = format!("the policy of `{slug}` requires approval by somebody else");
    let entry = Entry::Pointer(slug.clone(), resource.clone());
    let verdict = match (step.request(moved), step.actor(&entry)) {
        (Some(request), Some(author)) => {
            let requester = request.author.email();
            let merged = step.origins.of_pointer(slug, resource).is_some();
            // The request was never visible on the live line, so nobody there could have objected
            // to it.
            let unseen = merged && step.scope == Scope::Live && !step.origins.knows(request);
            let by_bot = step.is_bot(&request.author);
            let requesters = evaluator.requesters(moved, request);
            let mut people = requesters.people.iter();
            let own = people.any(|one| step.is_same_person(one, author));
            let verdict = match own {
                _ if unseen => case
                    .refuse(format!(
                        "{requester} requested {what} on the branch that also approves it; the policy of `{slug}` requires the request to be live before somebody else approves it"
                    ))
                    .help("land the request in its own pull request, and the approval in a later one"),
                _ if requesters.unwritten.is_some() => case
                    .refuse(format!(
                        "{requester}, a bot, requested {what}, and no person is known to have written all of it; {demand}"
                    ))
                    .help("a version has to be published by a person"),
                true if by_bot => refuse(format!(
                    "{requester}, a bot, requested {what}, and {} published what is in it; {demand}",
                    author.email()
                )),
                true => refuse(format!("{requester} requested {what}; {demand}")),
                false => case.pass(format!(
                    "{requester} requested {what}, and somebody else approves"
                )),
            };
            verdict.proven_by(request.commit)
        }
        // That two people were at work has to be shown. Whoever is not known could be the one who
        // approves.
        _ => refuse(format!("the requester of {what} is unknown; {demand}")),
    };
    Opinion::Final(verdict)
}

#[cfg(test)]
mod tests {
    use crate::diag::Code;
    use crate::model::PolicyKey;
    use crate::policy::router::{judged, project, requested_by, slug, waiting, with};
    use crate::policy::{Facts, Outcome};

    #[test]
    fn duties_are_separated_by_e_mail_address() {
        let mut before = with(
            &project(&[(PolicyKey::SeparationOfDuties, "true")]),
            &[("prod", 1)],
        );
        let after = with(&before, &[("prod", 2)]);
        before.pending.insert(slug("prod"), waiting(1, 2));
        let duties = |facts: &Facts| {
            let judged = judged(&before, &after, facts).unwrap();
            let verdict = judged[0]
                .verdicts
                .iter()
                .find(|verdict| verdict.rule == Code::SEPARATION_OF_DUTIES)
                .unwrap();
            (verdict.outcome, verdict.sentence.clone())
        };
        let refused = "the policy of `prod` requires approval by somebody else";
        for (email, outcome, sentence) in [
            (
                "ana@example.org",
                Outcome::Pass,
                "ana@example.org requested prompts/router@2, and somebody else approves".to_owned(),
            ),
            (
                "ben@EXAMPLE.org",
                Outcome::Refuse,
                format!("ben@EXAMPLE.org requested prompts/router@2; {refused}"),
            ),
        ] {
            assert_eq!(duties(&requested_by(email)), (outcome, sentence));
        }
        let mut nobody = requested_by("ana@example.org");
        nobody.record_request(slug("prod"), None);
        let unknown = format!("the requester of prompts/router@2 is unknown; {refused}");
        assert_eq!(duties(&nobody), (Outcome::Refuse, unknown));
    }
}
