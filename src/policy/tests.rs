use std::collections::BTreeMap;

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    Beyond, Facts, Judged, Outcome, PolicyRule, Question, Reception, Request, Step, Stretch,
    Timeline, Why, judge,
};
use crate::model::{
    Changes, CommitId, ContentId, Environment, EnvironmentSlug, Extension, Identity, Kind,
    PendingMove, PendingRelease, PolicyKey, Project, Resource, Version, VersionNumber, changes,
};

const NOW: i64 = 1_000_000;
const HOUR: i64 = 3600;

/// A project with prod, staging and qa, in which nothing is live.
fn project(policy: &[(PolicyKey, &str)]) -> Project {
    let environment = |name: &str| (slug(name), Environment::named_after(&slug(name)));
    let mut project = Project {
        exists: true,
        ..Project::default()
    };
    project
        .environments
        .extend(["prod", "staging", "qa"].map(environment));
    let prod = project.environments.get_mut(&slug("prod")).unwrap();
    for (key, value) in policy {
        prod.policy.base.set(*key, Some(key.value(value).unwrap()));
    }
    project
}

fn slug(text: &str) -> EnvironmentSlug {
    text.parse().unwrap()
}

fn router() -> Resource {
    "prompts/router".parse().unwrap()
}

fn with(project: &Project, live: &[(&str, u32)]) -> Project {
    let mut project = project.clone();
    for (environment, number) in live {
        let pointers = project.pointers.entry(slug(environment)).or_default();
        match VersionNumber::new(*number) {
            Some(number) => drop(pointers.insert(router(), number)),
            None => drop(pointers.remove(&router())),
        }
    }
    project
}

fn seconds(ago: i64) -> Timestamp {
    Timestamp::from_second(NOW - ago).unwrap()
}

/// Stretches, newest first: the number (0 for none) and how many hours ago it became live.
fn timeline(stretches: &[(u32, i64)]) -> Timeline {
    let stretch = |(number, ago): &(u32, i64)| Stretch {
        live: VersionNumber::new(*number),
        since: seconds(ago * HOUR),
        commit: commit(u8::try_from(*ago).unwrap()),
    };
    Timeline {
        stretches: stretches.iter().map(stretch).collect(),
        beyond: Beyond::Nothing,
    }
}

fn commit(byte: u8) -> CommitId {
    CommitId::from_bytes([byte; 20])
}

fn facts(timelines: &[(&str, &[(u32, i64)])]) -> Facts {
    let mut facts = Facts::default();
    for (environment, stretches) in timelines {
        facts.tell(slug(environment), router(), timeline(stretches));
    }
    facts
}

fn person(email: &str) -> Identity {
    Identity::new("Somebody", email).unwrap()
}

fn judged(before: &Project, after: &Project, facts: &Facts) -> Result<Vec<Judged>, Vec<Question>> {
    let changes: Changes = changes(before, after);
    let author = person("Ben@example.org");
    judge(&Step::live(
        (before, after),
        &changes,
        Some(&author),
        seconds(0),
        facts,
    ))
}

/// The verdicts on a move of the router in prod, as one text each.
fn verdicts(
    policy: &[(PolicyKey, &str)],
    live: &[(&str, u32)],
    to: u32,
    history: &[(&str, &[(u32, i64)])],
) -> Vec<String> {
    let before = with(&project(policy), live);
    let after = with(&before, &[("prod", to)]);
    let judged = judged(&before, &after, &facts(history)).unwrap();
    judged
        .iter()
        .flat_map(|judged| &judged.verdicts)
        .map(|verdict| {
            let wait = verdict
                .outcome
                .eligible()
                .map(|at| format!(" {}h", (at.as_second() - NOW) / HOUR));
            format!(
                "{} {}{}",
                verdict.rule,
                verdict.outcome.as_str(),
                wait.unwrap_or_default()
            )
        })
        .collect()
}

const SOURCE: (PolicyKey, &str) = (PolicyKey::RequiredSource, "staging");
const DWELL: (PolicyKey, &str) = (PolicyKey::MinDwell, "24h");
const NO_ROLLBACK: (PolicyKey, &str) = (PolicyKey::NoRollback, "true");
const APPROVAL: (PolicyKey, &str) = (PolicyKey::RequiresApproval, "true");

#[test]
fn every_rule_passes_refuses_and_waits() {
    type Row<'a> = (
        &'a [(PolicyKey, &'a str)],
        &'a [(&'a str, u32)],
        u32,
        &'a [(&'a str, &'a [(u32, i64)])],
        &'a [&'a str],
    );
    let prod_1: &[(u32, i64)] = &[(1, 90), (0, 99)];
    let rows: &[Row<'_>] = &[
        (&[], &[("prod", 1)], 2, &[], &[]),
        // The source: the exact version, as it is before the step.
        (
            &[SOURCE],
            &[("prod", 1), ("staging", 2)],
            2,
            &[],
            &["required-source pass"],
        ),
        (
            &[SOURCE],
            &[("prod", 1), ("staging", 3)],
            2,
            &[("prod", prod_1)],
            &["required-source refuse"],
        ),
        (
            &[SOURCE],
            &[("prod", 1), ("qa", 2)],
            2,
            &[("prod", prod_1)],
            &["required-source refuse"],
        ),
        // A version that was live in the target before may come back.
        (
            &[SOURCE],
            &[("prod", 2), ("staging", 2)],
            1,
            &[("prod", &[(2, 1), (1, 90), (0, 99)])],
            &["required-source pass"],
        ),
        (
            &[DWELL],
            &[("prod", 3)],
            1,
            &[("prod", &[(3, 1), (2, 2), (1, 90), (0, 99)])],
            &["min-dwell pass"],
        ),
        // The time in the source, and to the second.
        (
            &[SOURCE, DWELL],
            &[("prod", 1), ("staging", 2)],
            2,
            &[("staging", &[(2, 24)])],
            &["required-source pass", "min-dwell pass"],
        ),
        (
            &[SOURCE, DWELL],
            &[("prod", 1), ("staging", 2)],
            2,
            &[("staging", &[(2, 23)]), ("prod", prod_1)],
            &["required-source pass", "min-dwell wait 1h"],
        ),
        (
            &[SOURCE, DWELL],
            &[("prod", 1), ("qa", 2)],
            2,
            &[("qa", &[(2, 80)]), ("prod", prod_1)],
            &["required-source refuse", "min-dwell refuse"],
        ),
        // Without a required source, time in any other environment counts, and the longest.
        (
            &[DWELL],
            &[("prod", 1), ("qa", 2), ("staging", 2)],
            2,
            &[("qa", &[(2, 30)]), ("staging", &[(2, 3)])],
            &["min-dwell pass"],
        ),
        (
            &[DWELL],
            &[("prod", 1), ("qa", 2), ("staging", 2)],
            2,
            &[("qa", &[(2, 20)]), ("staging", &[(2, 3)]), ("prod", prod_1)],
            &["min-dwell wait 4h"],
        ),
        (
            &[DWELL],
            &[("prod", 1)],
            2,
            &[("prod", prod_1)],
            &["min-dwell refuse"],
        ),
        // The way back is barred while a higher number is young, also when it is not live any more.
        (
            &[NO_ROLLBACK],
            &[("prod", 2)],
            1,
            &[("prod", &[(2, 24), (1, 90)])],
            &["no-rollback pass"],
        ),
        (
            &[NO_ROLLBACK],
            &[("prod", 2)],
            1,
            &[("prod", &[(2, 23), (1, 90)])],
            &["no-rollback wait 1h"],
        ),
        (
            &[NO_ROLLBACK],
            &[],
            1,
            &[("prod", &[(0, 1), (2, 23), (1, 90)])],
            &["no-rollback wait 1h"],
        ),
        (
            &[NO_ROLLBACK],
            &[("prod", 2)],
            3,
            &[("prod", &[(2, 1)])],
            &["no-rollback pass"],
        ),
        (
            &[NO_ROLLBACK, (PolicyKey::RollbackWindow, "2h")],
            &[("prod", 2)],
            1,
            &[("prod", &[(2, 3), (1, 90)])],
            &["no-rollback pass"],
        ),
        // Approval, but not for what was live right before.
        (
            &[APPROVAL],
            &[("prod", 1), ("staging", 2)],
            2,
            &[("prod", prod_1)],
            &["approval wait"],
        ),
        (
            &[APPROVAL],
            &[("prod", 1)],
            0,
            &[("prod", prod_1)],
            &["approval pass"],
        ),
        (
            &[APPROVAL],
            &[("prod", 2)],
            0,
            &[("prod", &[(2, 1), (1, 90)])],
            &["approval wait"],
        ),
        (
            &[APPROVAL],
            &[("prod", 2)],
            1,
            &[("prod", &[(2, 1), (1, 90)])],
            &["approval pass"],
        ),
        (
            &[APPROVAL],
            &[("prod", 3)],
            1,
            &[("prod", &[(3, 1), (2, 2), (1, 90)])],
            &["approval wait"],
        ),
        (
            &[APPROVAL, (PolicyKey::ApproveRollbacks, "true")],
            &[("prod", 2)],
            1,
            &[("prod", &[(2, 1), (1, 90)])],
            &["approval wait"],
        ),
        (
            &[(PolicyKey::SeparationOfDuties, "true")],
            &[("prod", 1)],
            2,
            &[("prod", prod_1)],
            &["approval wait"],
        ),
        // Taking a pointer away is a question of approval only.
        (&[SOURCE, DWELL, NO_ROLLBACK], &[("prod", 2)], 0, &[], &[]),
    ];
    for (policy, live, to, history, expected) in rows {
        assert_eq!(
            verdicts(policy, live, *to, history),
            *expected,
            "{policy:?} {live:?} → {to} with {history:?}"
        );
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

fn waiting(seen: u32, target: u32) -> PendingRelease {
    let moved = PendingMove {
        target: VersionNumber::new(target),
        seen: VersionNumber::new(seen),
    };
    PendingRelease {
        from: None,
        moves: [(router(), moved)].into(),
    }
}

fn requested_by(email: &str) -> Facts {
    let mut facts = facts(&[("prod", &[(1, 90), (0, 99)])]);
    let request = Request {
        commit: commit(7),
        author: person(email),
        since: seconds(HOUR),
    };
    facts.tell_request(slug("prod"), Some(request));
    facts
}

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
            .find(|verdict| verdict.rule == PolicyRule::SeparationOfDuties);
        verdict
            .map(|verdict| (verdict.outcome, verdict.why.clone()))
            .unwrap()
    };
    let requester = |email: &str| email.to_owned();
    let ana = Why::AnotherPerson {
        requester: requester("ana@example.org"),
    };
    assert_eq!(
        duties(&requested_by("ana@example.org")),
        (Outcome::Pass, ana)
    );
    let ben = Why::SamePerson {
        requester: requester("ben@EXAMPLE.org"),
    };
    assert_eq!(
        duties(&requested_by("ben@EXAMPLE.org")),
        (Outcome::Refuse, ben)
    );
    let mut nobody = requested_by("ana@example.org");
    nobody.tell_request(slug("prod"), None);
    assert_eq!(duties(&nobody), (Outcome::Refuse, Why::UnknownPerson));
}

#[test]
fn nothing_but_a_return_moves_past_a_release_that_waits() {
    let mut before = with(&project(&[]), &[("prod", 2)]);
    before.pending.insert(slug("prod"), waiting(2, 3));
    let history = facts(&[("prod", &[(2, 5), (1, 90)])]);
    let outcome = |to: u32| {
        judged(&before, &with(&before, &[("prod", to)]), &history).unwrap()[0].verdicts[0].outcome
    };
    assert_eq!(
        [outcome(1), outcome(3), outcome(0)],
        [Outcome::Pass, Outcome::Refuse, Outcome::Refuse]
    );
}

const VARIABLES: (PolicyKey, &str) = (PolicyKey::SameVariables, "true");

/// A project that knows so many versions of the router, each with bytes of its own.
fn published(policy: &[(PolicyKey, &str)], live: &[(&str, u32)], count: u8) -> Project {
    let mut project = with(&project(policy), live);
    let extension = Extension::of(Kind::Prompts, "md").unwrap();
    let version = |number: u8| {
        let version = Version {
            extension: extension.clone(),
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

fn content(byte: u8) -> ContentId {
    ContentId::from_bytes([byte; 20])
}

/// The variables of each version of the router, in their order; none is no text.
fn tell_variables(facts: &mut Facts, versions: &[Option<&str>]) {
    let names = |names: &str| names.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
    for (number, variables) in (1..).zip(versions) {
        facts.tell_variables(content(number), variables.map(names));
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
            "pass: nothing of prompts/router is live in `prod`",
        ),
        (
            0,
            2,
            [a, b, a],
            &[(0, 1), (1, 90)],
            "pass: nothing of prompts/router is live in `prod`",
        ),
        // What nobody can read may be anything.
        (
            1,
            2,
            [a, none, a],
            first,
            "refuse: which variables prompts/router@2 has cannot be told",
        ),
        (
            1,
            2,
            [none, a, a],
            first,
            "refuse: which variables prompts/router@1 has cannot be told",
        ),
        (
            1,
            2,
            [none, none, a],
            first,
            "refuse: which variables prompts/router@1 has cannot be told",
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
            "refuse: which variables prompts/router@4 has cannot be told",
        ),
    ];
    for (live, to, variables, history, expected) in rows {
        let before = published(&[VARIABLES], &[("prod", *live)], 3);
        let mut facts = facts(&[("prod", history)]);
        tell_variables(&mut facts, variables);
        let judged = judged(&before, &with(&before, &[("prod", *to)]), &facts).unwrap();
        let [verdict] = &judged[0].verdicts[..] else {
            panic!("{judged:#?}")
        };
        let said = format!(
            "{}: {}",
            verdict.outcome.as_str(),
            verdict.sentence(&judged[0].moved)
        );
        assert!(said.starts_with(expected), "{live} → {to}: {said}");
    }
}

#[test]
fn texts_are_asked_for_first_and_history_only_where_they_differ() {
    let before = published(&[VARIABLES], &[("prod", 1)], 2);
    let after = with(&before, &[("prod", 2)]);
    let mut facts = Facts::default();
    let texts = vec![
        Question::Variables(content(1)),
        Question::Variables(content(2)),
    ];
    assert_eq!(judged(&before, &after, &facts), Err(texts));
    tell_variables(&mut facts, &[Some("a"), Some("a")]);
    assert!(judged(&before, &after, &facts).unwrap()[0].passes());
    tell_variables(&mut facts, &[Some("a"), Some("b")]);
    let Err(questions) = judged(&before, &after, &facts) else {
        panic!("nothing was asked")
    };
    assert!(
        matches!(questions[..], [Question::Live { .. }]),
        "{questions:?}"
    );
    // The same bytes have the same variables, whatever they are; and where nobody demands it nobody reads.
    let mut same = after.clone();
    same.versions
        .get_mut(&router())
        .unwrap()
        .values_mut()
        .for_each(|version| version.content = content(1));
    let mut same_before = same.clone();
    same_before.pointers.clone_from(&before.pointers);
    assert!(judged(&same_before, &same, &Facts::default()).unwrap()[0].passes());
    let free = published(&[], &[("prod", 1)], 2);
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
    tell_variables(&mut facts, &[Some("a"), Some(&many.join(" "))]);
    let judged = judged(&before, &with(&before, &[("prod", 2)]), &facts).unwrap();
    let said = judged[0].verdicts[0].sentence(&judged[0].moved);
    assert!(
        said.len() < 1200 && said.contains("… }} and 4992 more and drops {{ a }}"),
        "{said}"
    );
}
