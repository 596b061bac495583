//! The states that the unit tests of rules start from: one prompt, the router, in prod, staging and qa.

use jiff::Timestamp;

use super::{
    Beyond, Facts, Judged, Lifeline, Lived, Question, Request, Span, Step, Stretch, Timeline,
    Until, judge,
};
use crate::model::{
    Changes, CommitId, Environment, EnvironmentSlug, Identity, PendingMove, PendingRelease,
    PolicyKey, Project, Resource, VersionNumber, changes,
};

pub(super) const SOURCE: (PolicyKey, &str) = (PolicyKey::RequiredSource, "staging");
pub(super) const DWELL: (PolicyKey, &str) = (PolicyKey::MinDwell, "24h");
pub(super) const NO_ROLLBACK: (PolicyKey, &str) = (PolicyKey::NoRollback, "true");
pub(super) const APPROVAL: (PolicyKey, &str) = (PolicyKey::RequiresApproval, "true");

pub(super) const NOW: i64 = 1_000_000;
pub(super) const HOUR: i64 = 3600;

/// A project with prod, staging and qa, in which nothing is live.
pub(super) fn project(policy: &[(PolicyKey, &str)]) -> Project {
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

pub(super) fn slug(text: &str) -> EnvironmentSlug {
    text.parse().unwrap()
}

pub(super) fn router() -> Resource {
    "prompts/router".parse().unwrap()
}

pub(super) fn with(project: &Project, live: &[(&str, u32)]) -> Project {
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

pub(super) fn seconds(ago: i64) -> Timestamp {
    Timestamp::from_second(NOW - ago).unwrap()
}

/// Stretches, newest first: the number (0 for none) and how many hours ago it became live.
pub(super) fn timeline(stretches: &[(u32, i64)]) -> Timeline {
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

pub(super) fn commit(byte: u8) -> CommitId {
    CommitId::from_bytes([byte; 20])
}

pub(super) fn facts(timelines: &[(&str, &[(u32, i64)])]) -> Facts {
    let mut facts = Facts::default();
    for (environment, stretches) in timelines {
        let timeline = timeline(stretches);
        let span = |stretch: &Stretch| Span {
            lived: Lived::of(stretch.live),
            commit: Some(stretch.commit),
        };
        let spans = timeline.stretches.iter().map(span).collect();
        let until = Until::Beginning;
        facts.record_lifeline(slug(environment), router(), Lifeline { spans, until });
        facts.record_timeline(slug(environment), router(), timeline);
    }
    facts
}

pub(super) fn person(email: &str) -> Identity {
    Identity::new("Somebody", email).unwrap()
}

pub(super) fn judged(
    before: &Project,
    after: &Project,
    facts: &Facts,
) -> Result<Vec<Judged>, Vec<Question>> {
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
pub(super) fn verdicts(
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

pub(super) fn waiting(seen: u32, target: u32) -> PendingRelease {
    let moved = PendingMove {
        target: VersionNumber::new(target),
        seen: VersionNumber::new(seen),
    };
    PendingRelease {
        from: None,
        moves: [(router(), moved)].into(),
    }
}

pub(super) fn requested_by(email: &str) -> Facts {
    let mut facts = facts(&[("prod", &[(1, 90), (0, 99)])]);
    let request = Request {
        commit: commit(7),
        author: person(email),
        at: seconds(HOUR),
        since: seconds(HOUR),
        landed: commit(7),
    };
    facts.record_leads(commit(90), commit(7), true);
    facts.record_request(slug("prod"), Some(request));
    facts
}

/// A policy, what is live, the number that moves into prod (0 for none), what was live when, and the verdicts.
pub(super) type RuleRow<'a> = (
    &'a [(PolicyKey, &'a str)],
    &'a [(&'a str, u32)],
    u32,
    &'a [(&'a str, &'a [(u32, i64)])],
    &'a [&'a str],
);

/// Version 1 has been live in prod for long.
pub(super) const PROD_1: &[(u32, i64)] = &[(1, 90), (0, 99)];

/// Each move comes to the verdicts of its row.
pub(super) fn assert_verdicts(rows: &[RuleRow<'_>]) {
    for (policy, live, to, history, expected) in rows {
        assert_eq!(
            verdicts(policy, live, *to, history),
            *expected,
            "{policy:?} {live:?} → {to} with {history:?}"
        );
    }
}
