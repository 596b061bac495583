use super::router::{
    DWELL, HOUR, NO_ROLLBACK, SOURCE, assert_verdicts, facts, judged, project, router, seconds,
    slug, with,
};
use super::{Facts, Outcome, Question, RULES, Reception, rule};
use crate::diag::Code;
use crate::model::CommitId;

#[test]
fn no_rule_about_versions_is_about_removals() {
    assert_verdicts(&[
        (&[], &[("prod", 1)], 2, &[], &[]),
        // Removing a pointer does not depend on what it named.
        (&[SOURCE, DWELL, NO_ROLLBACK], &[("prod", 2)], 0, &[], &[]),
    ]);
}

#[test]
fn every_rule_has_a_code_of_its_own_and_most_are_lifted_by_a_key() {
    for listed in RULES {
        assert_eq!(rule(listed.code).unwrap().lifted_by, listed.lifted_by);
        let lifted = !listed.lifted_by.is_empty();
        // A window is removed, a freeze is thawed and a veto is lifted; nothing moves past a pending release.
        let unlifted = [
            Code::PENDING_RELEASE,
            Code::VETO,
            Code::WINDOWS,
            Code::FREEZES,
        ];
        assert_eq!(lifted, !unlifted.contains(&listed.code));
    }
}

#[test]
fn what_is_not_known_is_asked_for() {
    let before = with(&project(&[SOURCE, DWELL]), &[("prod", 1), ("staging", 2)]);
    let after = with(&before, &[("prod", 2)]);
    let Err(questions) = judged(&before, &after, &Facts::default()) else {
        panic!("nothing was asked")
    };
    let [Question::Live { environment, .. }] = &questions[..] else {
        panic!("{questions:?}")
    };
    assert_eq!(environment.as_str(), "staging");
    // Nobody looks at history for what the trees show.
    let after = with(&before, &[("qa", 9)]);
    assert!(judged(&before, &after, &Facts::default()).is_ok());
}

#[test]
fn dwell_that_begins_in_a_push_counts_from_its_reception() {
    let before = with(&project(&[DWELL]), &[("staging", 2)]);
    let after = with(&before, &[("prod", 2)]);
    let mut facts = facts(&[("staging", &[(2, 30)]), ("prod", &[(0, 99)])]);
    let begun = facts.timeline(&slug("staging"), &router()).unwrap();
    let commit = begun.current().unwrap().commit;
    assert!(judged(&before, &after, &facts).unwrap()[0].verdicts[0].passes());
    let at = seconds(0);
    let received = |commits: &[CommitId]| {
        let commits = commits.iter().copied().collect();
        Some(Reception { at, commits }.into())
    };
    facts.reception = received(&[]);
    assert!(judged(&before, &after, &facts).unwrap()[0].verdicts[0].passes());
    facts.reception = received(&[commit]);
    let judged = judged(&before, &after, &facts).unwrap();
    let Outcome::Wait(Some(eligible)) = judged[0].verdicts[0].outcome else {
        panic!("{judged:?}")
    };
    assert_eq!(eligible, seconds(-24 * HOUR));
}

#[test]
fn a_created_environment_has_no_past_and_brings_its_policy() {
    let mut before = project(&[DWELL]);
    let after = with(&before, &[("prod", 2)]);
    before.environments.remove(&slug("prod"));
    let judged = judged(&before, &after, &Facts::default()).unwrap();
    assert_eq!(judged[0].verdicts[0].outcome, Outcome::Refuse);
}
