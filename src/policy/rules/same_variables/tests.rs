use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ContentId, Extension, Kind, PolicyKey, Project, Version, VersionNumber};
use crate::policy::router::{facts, judged, project, router, with};
use crate::policy::{Facts, Question};

const VARIABLES: (PolicyKey, &str) = (PolicyKey::SameVariables, "true");

/// A project that knows so many versions of the router, each with bytes of its own.
fn published(policy: &[(PolicyKey, &str)], live: &[(&str, u32)], count: u8) -> Project {
    let mut project = with(&project(policy), live);
    let version = |number: u8| {
        let version = Version {
            extension: markdown(),
            content: content(number),
        };
        (VersionNumber::new(number.into()).unwrap(), version)
    };
    project.versions.insert(
        router(),
        (1..=count).map(version).collect::<BTreeMap<_, _>>().into(),
    );
    project
}

fn markdown() -> Extension {
    Extension::of(Kind::Prompts, "md").unwrap()
}

fn content(byte: u8) -> ContentId {
    ContentId::from_bytes([byte; 20])
}

/// The variables of each version of the router, in their order; none is no text.
fn record_variables(facts: &mut Facts, versions: &[Option<&str>]) {
    let names = |names: &str| names.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
    for (number, variables) in (1..).zip(versions) {
        facts.record_variables(content(number), markdown(), variables.map(names));
    }
}

#[test]
fn a_prompt_keeps_the_variables_of_what_is_live() {
    let (a, b, none) = (Some("a"), Some("a b"), None);
    let first: &[(u32, i64)] = &[(1, 90)];
    /// What is live in prod, what moves in, the variables of versions 1, 2 and 3, and what was live when.
    type Row<'a> = (u32, u32, [Option<&'a str>; 3], &'a [(u32, i64)], &'a str);
    let rows: &[Row<'_>] = &[
        (
            1,
            2,
            [a, a, a],
            first,
            "pass: prompts/router@2 has the variables of prompts/router@1",
        ),
        (
            1,
            2,
            [a, b, a],
            first,
            "refuse: prompts/router@2 adds {{ b }}; ",
        ),
        (
            2,
            3,
            [a, b, Some("b c")],
            &[(2, 90)],
            "refuse: prompts/router@3 adds {{ c }} and drops {{ a }}; ",
        ),
        // A return, by whichever way, and what only seems to be one.
        (
            2,
            1,
            [a, b, a],
            &[(2, 1), (1, 90)],
            "pass: prompts/router@1 was live in `prod` before",
        ),
        (
            3,
            1,
            [a, b, b],
            &[(3, 1), (2, 5), (1, 90)],
            "pass: prompts/router@1 was live in `prod` before",
        ),
        (
            2,
            1,
            [a, b, a],
            &[(2, 90)],
            "refuse: prompts/router@1 drops {{ b }}; ",
        ),
        // Nobody relies on what is not live, even if it was.
        (
            0,
            2,
            [a, b, a],
            &[],
            "pass: no version of prompts/router is live in `prod`",
        ),
        (
            0,
            2,
            [a, b, a],
            &[(0, 1), (1, 90)],
            "pass: no version of prompts/router is live in `prod`",
        ),
        // What nobody can read may be anything.
        (
            1,
            2,
            [a, none, a],
            first,
            "refuse: the variables of prompts/router@2 cannot be determined",
        ),
        (
            1,
            2,
            [none, a, a],
            first,
            "refuse: the variables of prompts/router@1 cannot be determined",
        ),
        (
            1,
            2,
            [none, none, a],
            first,
            "refuse: the variables of prompts/router@1 cannot be determined",
        ),
        (
            2,
            1,
            [none, a, a],
            &[(2, 1), (1, 90)],
            "pass: prompts/router@1 was live in `prod` before",
        ),
        (
            1,
            4,
            [a, a, a],
            first,
            "refuse: the variables of prompts/router@4 cannot be determined",
        ),
    ];
    for (live, to, variables, history, expected) in rows {
        let before = published(&[VARIABLES], &[("prod", *live)], 3);
        let mut facts = facts(&[("prod", history)]);
        record_variables(&mut facts, variables);
        let judged = judged(&before, &with(&before, &[("prod", *to)]), &facts).unwrap();
        let [verdict] = &judged[0].verdicts[..] else {
            panic!("{judged:#?}")
        };
        let said = format!("{}: {}", verdict.outcome.as_str(), verdict.sentence);
        assert!(said.starts_with(expected), "{live} → {to}: {said}");
    }
}

#[test]
fn texts_are_asked_for_first_and_history_only_where_they_differ() {
    // History is asked for what was rolled back, unless nothing is kept out.
    let open = (PolicyKey::AllowRolledBack, "true");
    let before = published(&[VARIABLES, open], &[("prod", 1)], 2);
    let after = with(&before, &[("prod", 2)]);
    let mut facts = Facts::default();
    let texts = vec![
        Question::Variables(content(1), markdown()),
        Question::Variables(content(2), markdown()),
    ];
    assert_eq!(judged(&before, &after, &facts), Err(texts));
    record_variables(&mut facts, &[Some("a"), Some("a")]);
    assert!(judged(&before, &after, &facts).unwrap()[0].passes());
    record_variables(&mut facts, &[Some("a"), Some("b")]);
    let Err(questions) = judged(&before, &after, &facts) else {
        panic!("nothing was asked")
    };
    assert!(
        matches!(questions[..], [Question::Live { .. }]),
        "{questions:?}"
    );
    // The same bytes have the same variables; and without the rule, nothing is read.
    let mut same = after.clone();
    same.versions
        .get_mut(&router())
        .unwrap()
        .values_mut()
        .for_each(|version| version.content = content(1));
    let mut same_before = same.clone();
    same_before.pointers.clone_from(&before.pointers);
    assert!(judged(&same_before, &same, &Facts::default()).unwrap()[0].passes());
    let free = published(&[open], &[("prod", 1)], 2);
    assert!(
        judged(&free, &with(&free, &[("prod", 2)]), &Facts::default()).unwrap()[0]
            .verdicts
            .is_empty()
    );
}

#[test]
fn a_sentence_names_some_of_many_variables() {
    let before = published(&[VARIABLES], &[("prod", 1)], 2);
    let mut facts = facts(&[("prod", &[(1, 90)])]);
    let many: Vec<String> = (0..5000)
        .map(|index| format!("v{index}{}", "x".repeat(500)))
        .collect();
    record_variables(&mut facts, &[Some("a"), Some(&many.join(" "))]);
    let judged = judged(&before, &with(&before, &[("prod", 2)]), &facts).unwrap();
    let said = &judged[0].verdicts[0].sentence;
    assert!(
        said.len() < 1200 && said.contains("… }} and 4992 more and drops {{ a }}"),
        "{said}"
    );
}
