use std::collections::BTreeMap;

use super::*;
use crate::model::{Extension, Kind, Version, VersionNumber};
use crate::policy::router::{commit, facts, judged, person, project, router, seconds, with};
use crate::policy::{Facts, Outcome, Setter};

const EVALS: (PolicyKey, &str) = (PolicyKey::RequiredChecks, "evals");
const DUTIES: (PolicyKey, &str) = (PolicyKey::SeparationOfDuties, "true");

fn id(number: u32) -> VersionId {
    router().at(VersionNumber::new(number).unwrap())
}

fn evals() -> CheckName {
    "evals".parse().unwrap()
}

/// Versions 1 to 3, of which 1 is live in prod. Version 3 says `attested` about bytes with that number.
fn attested(policy: &[(PolicyKey, &str)], attested: Option<(u8, bool)>) -> Project {
    let mut project = with(&project(policy), &[("prod", 1)]);
    let version = |number: u32| {
        let version = Version {
            extension: Extension::of(Kind::Prompts, "md").unwrap(),
            content: ContentId::from_bytes([u8::try_from(number).unwrap(); 20]),
        };
        (VersionNumber::new(number).unwrap(), version)
    };
    let numbers: BTreeMap<_, _> = (1..=3).map(version).collect();
    project.versions.insert(router(), numbers.into());
    if let Some((bytes, passed)) = attested {
        attest(&mut project, bytes, passed);
    }
    project
}

fn attest(project: &mut Project, bytes: u8, passed: bool) {
    let attestation = Attestation {
        content: ContentId::from_bytes([bytes; 20]),
        passed,
        score: None,
        cases: Some(120),
        failures: Some(if passed { 0 } else { 3 }),
        link: "https://ci.example.com/42".parse().ok(),
    };
    let tables = [(evals(), attestation)].into();
    project.attestations.insert(id(3), tables);
}

/// What is known where Eve attested and Ana wrote every version. The table is so many hours old, and `merged` so many hours
/// after that.
fn known(hours: i64, merged: Option<i64>, replaced: Option<i64>) -> Facts {
    let mut facts = facts(&[("prod", &[(1, 90), (0, 99)]), ("staging", &[(0, 99)])]);
    let setter = Setter {
        commit: commit(8),
        author: Some(person("eve@example.org")),
        at: seconds(hours * 3600),
        landed: commit(if merged.is_some() { 9 } else { 8 }),
        since: seconds((hours - merged.unwrap_or(0)) * 3600),
        replaced: replaced.map(|hours| seconds(hours * 3600)),
    };
    facts.record_attested(id(3), evals(), Some(setter));
    facts.record_publisher(id(3), Some(person("ana@example.org")));
    facts
}

/// The verdict of the rule on the move of the router in prod to version 3.
fn verdict(before: &Project, after: &Project, facts: &Facts) -> Option<(Outcome, String)> {
    let judged = judged(before, after, facts).unwrap();
    let mut verdicts = judged.iter().flat_map(|judged| &judged.verdicts);
    let found = verdicts.find(|verdict| verdict.rule == Code::REQUIRED_CHECKS);
    found.map(|verdict| (verdict.outcome, verdict.sentence.clone()))
}

fn promoted(before: &Project, facts: &Facts) -> (Outcome, String) {
    verdict(before, &with(before, &[("prod", 3)]), facts).unwrap()
}

#[test]
fn a_table_counts_for_its_bytes_and_only_if_it_passed() {
    for (attestation, expected, says) in [
        (
            Some((3, true)),
            Outcome::Pass,
            "prompts/router@3 passed `evals` (120 cases; Somebody, https://ci.example.com/42)",
        ),
        (
            Some((3, false)),
            Outcome::Refuse,
            "`evals` failed: 3 of 120 cases (Somebody, https://ci.example.com/42)",
        ),
        (
            Some((2, true)),
            Outcome::Refuse,
            "`evals` was attested for other bytes",
        ),
        (None, Outcome::Refuse, "`evals` is missing"),
    ] {
        let (outcome, sentence) = promoted(&attested(&[EVALS], attestation), &known(5, None, None));
        assert_eq!(outcome, expected, "{sentence}");
        assert!(sentence.contains(says), "{sentence}");
    }
}

#[test]
fn what_the_step_itself_attests_does_not_help_but_may_hurt() {
    let before = attested(&[EVALS], None);
    let mut after = with(&before, &[("prod", 3)]);
    attest(&mut after, 3, true);
    let (outcome, sentence) = verdict(&before, &after, &known(5, None, None)).unwrap();
    assert_eq!(outcome, Outcome::Refuse);
    assert!(
        sentence.contains("by the commit that makes the move"),
        "{sentence}"
    );
    let before = attested(&[EVALS], Some((3, true)));
    let mut after = with(&before, &[("prod", 3)]);
    attest(&mut after, 3, false);
    let (outcome, _) = verdict(&before, &after, &known(5, None, None)).unwrap();
    assert_eq!(outcome, Outcome::Refuse);
}

#[test]
fn a_table_that_a_merge_brought_counts_for_a_week_and_not_over_a_newer_one() {
    let week = 7 * 24;
    let before = attested(&[EVALS], Some((3, true)));
    for (facts, expected) in [
        (known(2 * week, None, None), Outcome::Pass),
        (known(2 * week, Some(week), None), Outcome::Pass),
        (known(2 * week, Some(week + 1), None), Outcome::Refuse),
        (known(5, Some(1), Some(6)), Outcome::Pass),
        (known(5, Some(1), Some(4)), Outcome::Refuse),
    ] {
        let (outcome, sentence) = promoted(&before, &facts);
        assert_eq!(outcome, expected, "{sentence}");
    }
}

#[test]
fn an_author_does_not_attest_where_duties_are_separated() {
    for (policy, writer, expected) in [
        (vec![EVALS], Some("eve@example.org"), Outcome::Pass),
        (vec![EVALS, DUTIES], Some("ana@example.org"), Outcome::Pass),
        (
            vec![EVALS, DUTIES],
            Some("eve@example.org"),
            Outcome::Refuse,
        ),
        (vec![EVALS, DUTIES], None, Outcome::Refuse),
    ] {
        let before = attested(&policy, Some((3, true)));
        let mut facts = known(5, None, None);
        facts.record_publisher(id(3), writer.map(person));
        let (outcome, sentence) = promoted(&before, &facts);
        assert_eq!(outcome, expected, "{sentence}");
    }
}

#[test]
fn a_return_needs_no_check_and_other_kinds_may_switch_it_off() {
    let before = with(&attested(&[EVALS], None), &[("prod", 2)]);
    let facts = {
        let mut facts = facts(&[("prod", &[(2, 1), (1, 90), (0, 99)])]);
        facts.record_publisher(id(1), None);
        facts
    };
    let back = verdict(&before, &with(&before, &[("prod", 1)]), &facts).unwrap();
    assert_eq!(back.0, Outcome::Pass);
    let off = attested(&[(PolicyKey::RequiredChecks, "false")], None);
    let known = known(5, None, None);
    assert_eq!(verdict(&off, &with(&off, &[("prod", 3)]), &known), None);
}
