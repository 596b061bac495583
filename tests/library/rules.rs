use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use envctl::check::{RULES, Stand, Transition, check_transition, check_versions};
use envctl::diag::{Code, Finding};
use envctl::files::{Outline, PayloadTexts, Snapshot, State};
use envctl::policy;

use crate::fixtures::{Case, Expected, answer, cases, folder, folders_in, project, snapshot};

/// Every rule looks at every step, so a step that breaks one rule also shows that no other rule objects.
#[test]
fn every_step_has_exactly_the_findings_that_it_should_have() {
    let wrong: Vec<String> = cases().iter().filter_map(difference).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn steps_that_pass_start_from_sound_states_and_end_in_them() {
    for case in cases().iter().filter(|case| case.name.contains("/pass/")) {
        assert_eq!(all_findings(&case.before), [], "{} before", case.name);
        assert_eq!(all_findings(&case.after), [], "{} after", case.name);
    }
}

#[test]
fn a_step_that_fails_breaks_the_rule_it_stands_under() {
    for case in cases() {
        let (code, rest) = case.name.split_once('/').unwrap();
        let listed = case.expected.iter().any(|expected| expected.code == code);
        assert_eq!(listed, rest.starts_with("fail/"), "{}", case.name);
    }
}

#[test]
fn every_code_has_steps_that_keep_it_and_steps_that_break_it() {
    let of_states = Code::ALL
        .iter()
        .filter(|code| !Code::OF_COMMITS.contains(code) && !Code::OF_IMPORTS.contains(code));
    let codes: Vec<&str> = of_states.map(|code| code.as_str()).collect();
    assert_eq!(folders_in(&folder("rules")), codes);
    for code in codes {
        for (verdict, least) in [("pass", 1), ("fail", 2)] {
            let there = folders_in(&folder("rules").join(code).join(verdict)).len();
            assert!(
                there >= least,
                "{code} has {there} steps that {verdict}, at least {least} are wanted"
            );
        }
    }
}

#[test]
fn every_code_is_explained_under_its_own_name() {
    let explained: BTreeSet<String> =
        fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/diag/codes"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
    let expected: BTreeSet<String> = Code::ALL.iter().map(|code| format!("{code}.md")).collect();
    assert_eq!(explained, expected);
    for code in Code::ALL {
        assert!(
            code.explanation().starts_with(&format!("# {code}\n\n")),
            "{code}"
        );
    }
}

#[test]
fn a_code_is_found_by_the_judge_or_by_the_reader_and_the_table_is_sorted() {
    let judged: Vec<Code> = RULES.iter().map(|rule| rule.code).collect();
    let of_policies: Vec<Code> = policy::RULES.iter().map(|rule| rule.code).collect();
    assert!(
        judged.is_sorted() && judged.iter().all(|code| Code::ALL.contains(code)),
        "{judged:?}"
    );
    // What is not in the table must come from reading the files, without the judge.
    let read: BTreeSet<Code> = cases()
        .iter()
        .flat_map(|case| all_findings(&case.after))
        .map(|finding| finding.code)
        .collect();
    for code in Code::ALL
        .iter()
        .filter(|code| !Code::OF_COMMITS.contains(code) && !Code::OF_IMPORTS.contains(code))
    {
        // What any rule of a policy comes to if it is overridden.
        if *code == Code::OVERRIDDEN {
            continue;
        }
        assert!(
            judged.contains(code) || of_policies.contains(code) || read.contains(code),
            "{code} has no row in RULES and no reader finds it"
        );
    }
}

#[test]
fn what_a_finding_points_at_is_in_its_file() {
    for case in cases() {
        for finding in report(&case) {
            if let Some(text) = case.after.text(&finding.place.file) {
                let span = Outline::of(text).locate(&finding.place.spot);
                assert!(
                    span.is_none_or(|span| text.get(span).is_some()),
                    "{}: {finding:?}",
                    case.name
                );
            }
        }
    }
}

/// What is wrong with a state and all its versions.
fn all_findings(snapshot: &Snapshot) -> Vec<Finding> {
    let texts = PayloadTexts::of(snapshot);
    check_versions(&State::read(snapshot, &texts).unwrap(), snapshot, &texts).unwrap()
}

fn report(case: &Case) -> Vec<Finding> {
    let (before, after) = (
        State::in_memory(&case.before).unwrap(),
        State::in_memory(&case.after).unwrap(),
    );
    let mut facts = case.facts.clone();
    loop {
        let transition = Transition {
            before: &before,
            after: &after,
            meta: &case.meta,
            wrong_before: None,
            published: None,
            facts: &facts,
            stand: Stand::Live,
        };
        match check_transition(&transition) {
            // As of edits in progress, all versions are looked at.
            Ok(report) => {
                let mut findings = all_findings(&case.after);
                findings.extend(report.findings().cloned());
                findings.sort();
                findings.dedup();
                return findings;
            }
            Err(open) => open
                .iter()
                .for_each(|question| answer(question, case, &before.project, &mut facts)),
        }
    }
}

fn difference(case: &Case) -> Option<String> {
    let mut found = report(case);
    found.sort_by_key(summary);
    let mut expected = case.expected.clone();
    expected.sort();
    let same = found.len() == expected.len()
        && found
            .iter()
            .zip(&expected)
            .all(|(found, wanted)| fits(found, wanted));
    (!same).then(|| format!("{}\nexpected {expected:#?}\nfound {found:#?}", case.name))
}

fn summary(finding: &Finding) -> (String, String, Option<String>, String) {
    let Finding {
        place,
        code,
        severity,
        ..
    } = finding;
    (
        code.to_string(),
        place.file.clone(),
        place.dotted_key(),
        severity.to_string(),
    )
}

fn fits(found: &Finding, wanted: &Expected) -> bool {
    let Expected {
        code,
        file,
        key,
        severity,
        wait,
        help,
    } = wanted.clone();
    let says = |help: String| {
        found
            .help
            .as_ref()
            .is_some_and(|found| found.contains(&help))
    };
    summary(found) == (code, file, key, severity)
        && found.eligible.is_some() == wait
        && help.is_none_or(says)
}

/// What the help shows as a provider and as a rule is one.
#[test]
fn the_examples_of_the_help_are_sound() {
    let text = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin/envctl/help/gateway.md"),
    )
    .unwrap();
    let examples = text
        .split("\n    # ")
        .skip(1)
        .filter_map(|part| part.split_once('\n'));
    let mut files = project("support");
    for (path, rest) in examples {
        let lines = rest
            .lines()
            .take_while(|line| line.is_empty() || line.starts_with("    "));
        let example: String = lines
            .map(|line| format!("{}\n", line.trim_start()))
            .collect();
        files.insert(
            path.replace("/2.toml", "/1.toml"),
            example.into_bytes().into(),
        );
    }
    assert_eq!(all_findings(&snapshot(&files)), []);
    assert!(
        files.contains_key("routing/primary-chat/1.toml")
            && files.contains_key("providers/anthropic/1.toml")
    );
}

#[test]
fn the_state_after_a_change_is_what_reading_it_anew_gives() {
    for case in cases() {
        let differs =
            |path: &&String| case.before.entries.get(*path) != case.after.entries.get(*path);
        let paths: BTreeSet<&String> = case
            .before
            .entries
            .keys()
            .chain(case.after.entries.keys())
            .collect();
        let changed: Vec<&str> = paths
            .into_iter()
            .filter(differs)
            .map(String::as_str)
            .collect();
        let after = State::in_memory(&case.before)
            .unwrap()
            .after(
                changed.into_iter(),
                &case.after,
                &PayloadTexts::of(&case.after),
            )
            .unwrap();
        assert_eq!(
            after,
            State::in_memory(&case.after).unwrap(),
            "{}",
            case.name
        );
    }
}
