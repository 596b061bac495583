//! Every file that a project has, with anything in it: settings, access, environments, pointers,
//! releases that wait, routing rules and providers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use envctl::check::{Meta, Report, Stand, Transition, check_state, check_transition};
use envctl::files::{
    EnvironmentEdit, EnvironmentRole, Outline, PayloadTexts, Payloads, Snapshot, SnapshotEntry,
    State, apply,
};
use envctl::model::{Comment, EnvironmentKey, Identity, Project};
use envctl::plan::{Plan, Promotion, create_environment, edit_environment, promote};
use envctl::policy::{Beyond, Facts, Lifeline, Question, Stretch, Timeline};
use envctl::store::Store;
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestCaseError;

use super::mutation::{Bytes, mutated};
use crate::cases::cases;
use crate::fixtures::{self, Files, project, snapshot};
use crate::project::slug;

/// What means something to TOML, to a terminal, or to a reader of ours.
pub const WORDS: &[&str] = &[
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ".",
    ",",
    "#",
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "\\",
    "\\u001b",
    "\\e",
    "\\x1b",
    "\\u202e",
    "\\U0010FFFF",
    "\n",
    "\r\n",
    "\r",
    "\0",
    "\t",
    "\u{feff}",
    "\u{1b}[2J",
    "\u{202e}",
    "\u{200b}",
    "é",
    "nan",
    "-inf",
    "0x7f",
    "1e400",
    "1979-05-27T25:00:00Z",
    "2147483648",
    "4294967296",
    "9223372036854775808",
    "-1",
    "0",
    "true",
    "\"\"",
    "[]",
    "{}",
    "[\"prod\", \"prod\"]",
    "<<<<<<< ours\n",
    "=======\n",
    ">>>>>>> theirs\n",
    "schema = 2\n",
    "version = 1\n",
    "version = 0\n",
    "[prompts.router]\n",
    "[policy]\n",
    "[members.eve]\n",
    "[roles.x]\n",
    "name = \"x\"\n",
    "roles = [\"owner\"]\n",
    "emails = [\"eve@example.org\"]\n",
    "order = [\"prod\"]\n",
    "from = \"staging\"\n",
    "seen = 1\n",
    "removed = true\n",
    "signatures = \"required\"\n",
    "min_dwell = \"24h\"\n",
    "required_source = \"qa\"\n",
    "credential = \"sk-live-0123456789abcdef\"\n",
];

/// Where a file stands: what comes before the first slash, or its whole name.
fn kind(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

const KINDS: [&str; 7] = [
    "envctl.toml",
    "access.toml",
    "environments",
    "pointers",
    "pending",
    "routing",
    "providers",
];

/// What stands in files of each kind, in every state that the fixtures have.
fn corpus() -> &'static BTreeMap<&'static str, Vec<Vec<u8>>> {
    static CORPUS: OnceLock<BTreeMap<&'static str, Vec<Vec<u8>>>> = OnceLock::new();
    CORPUS.get_or_init(|| {
        let mut found: BTreeMap<&str, BTreeSet<Vec<u8>>> = BTreeMap::new();
        for case in fixtures::cases() {
            for (path, entry) in &case.after.entries {
                let known = KINDS.iter().find(|known| **known == kind(path));
                // What is long is so for the sake of a limit, which would be all that is tried.
                if let (Some(known), Some(bytes)) = (
                    known,
                    entry.bytes.as_deref().filter(|bytes| bytes.len() < 8192),
                ) {
                    found.entry(known).or_default().insert(bytes.to_vec());
                }
            }
        }
        assert_eq!(found.len(), KINDS.len());
        found
            .into_iter()
            .map(|(kind, bytes)| (kind, bytes.into_iter().collect()))
            .collect()
    })
}

/// A project that has files of every kind.
fn base() -> &'static Snapshot {
    static BASE: OnceLock<Snapshot> = OnceLock::new();
    BASE.get_or_init(|| {
        let mut files: Files = project("support+team");
        let waiting = b"from = \"staging\"\n\n[prompts.router]\nversion = 3\nseen = 2\n";
        files.insert("pending/qa.toml".to_owned(), Arc::from(&waiting[..]));
        snapshot(&files)
    })
}

/// A file of the project and what stands in it now.
fn changed(kinds: &'static [&'static str]) -> impl Strategy<Value = (String, Bytes)> {
    (select(kinds), any::<Index>()).prop_flat_map(|(chosen, index)| {
        let of_kind: Vec<&String> = base()
            .entries
            .keys()
            .filter(|path| kind(path) == chosen)
            .collect();
        let path = (*index.get(&of_kind)).clone();
        mutated(corpus()[chosen].clone(), WORDS).prop_map(move |bytes| (path.clone(), bytes))
    })
}

fn with(path: &str, bytes: &[u8]) -> Snapshot {
    let mut after = base().clone();
    after.entries.insert(
        path.to_owned(),
        SnapshotEntry::of(bytes.into(), Store::content_id(bytes)),
    );
    after
}

fn now() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().unwrap()
}

/// The judge's word on the step from the base, by ana, in a project whose past is short and innocent.
fn judged(before: &State, after: &State, texts: &PayloadTexts) -> Report {
    let meta = Meta::unsigned(
        Some(Identity::new("Ana", "ana@example.org").unwrap()),
        now(),
    );
    let mut facts = Facts::default();
    for _ in 0..8 {
        let transition = Transition {
            before,
            after,
            meta: &meta,
            wrong_before: None,
            published: None,
            facts: &facts,
            stand: Stand::Live,
        };
        match check_transition(&transition) {
            Ok(report) => return report,
            Err(questions) => questions
                .iter()
                .for_each(|question| answer(question, &before.project, texts, &mut facts)),
        }
    }
    panic!("the judge never stops asking");
}

fn answer(question: &Question, before: &Project, texts: &PayloadTexts, facts: &mut Facts) {
    match question {
        Question::Live {
            environment,
            resource,
            ..
        } => {
            let commit = envctl::model::CommitId::from_bytes([0xff; 20]);
            let live = before.live(environment, resource);
            let stretches = vec![Stretch {
                live,
                since: Timestamp::from_second(1_700_000_000).unwrap(),
                commit,
            }];
            facts.record_timeline(
                environment.clone(),
                resource.clone(),
                Timeline {
                    stretches,
                    beyond: Beyond::Nothing,
                },
            );
        }
        Question::Lifeline {
            environment,
            resource,
            ..
        } => facts.record_lifeline(environment.clone(), resource.clone(), Lifeline::default()),
        Question::Publisher(version, _) => facts.record_publisher(version.clone(), None),
        Question::Leads(older, newer) => facts.record_leads(*older, *newer, true),
        Question::Made(..) => panic!("nothing was rolled back"),
        Question::Vetoed(version) => facts.record_vetoed(version.clone(), None),
        Question::SoundVetoes => facts.record_sound_vetoes(std::collections::BTreeMap::new()),
        Question::Attested(version, check) => {
            facts.record_attested(version.clone(), check.clone(), None);
        }
        Question::Request(environment) => facts.record_request(environment.clone(), None),
        Question::Variables(content, extension) => {
            facts.record_variables(*content, extension.clone(), None);
        }
        Question::Payload(kind, content) => {
            let parsed = texts.parsed(*kind, *content).unwrap();
            facts.record_payload(*kind, *content, parsed);
        }
    }
}

proptest! {
    #![proptest_config(cases(1200))]

    #[test]
    fn whatever_stands_in_a_file_is_read_and_judged((path, bytes) in changed(&KINDS)) {
        let after = with(&path, &bytes.0);
        let (before, state) = (State::in_memory(base()).unwrap(), State::in_memory(&after).unwrap());
        prop_assert!(before.after([path.as_str()].into_iter(), &after, &PayloadTexts::of(&after)).unwrap() == state, "read anew it is another state");
        let text = std::str::from_utf8(&bytes.0);
        let toml = text.is_ok_and(|text| toml::from_str::<toml::Table>(text).is_ok());
        let live = kind(&path) != "routing" && kind(&path) != "providers" || !state.findings.is_empty();
        prop_assert!(toml || !live || !state.findings.is_empty(), "it is no TOML, and nobody says so");
        for finding in check_state(&state) {
            if let (true, Ok(text)) = (finding.place.file == path, text) {
                let span = Outline::of(text).locate(&finding.place.spot);
                prop_assert!(span.is_none_or(|span| text.get(span).is_some()), "{:?}", finding);
            }
        }
        let report = judged(&before, &state, &PayloadTexts::of(&after));
        prop_assert!(report.findings().all(|finding| !finding.message.is_empty()));
        prop_assert!(toml || !report.allows_write(), "what is no TOML may not be written");
    }
}

/// What an edit of a file must come to: nothing else of what the project says changes.
fn comes_to(snapshot: &Snapshot, plan: &Plan, expected: &Project) -> Result<(), TestCaseError> {
    // A layout that cannot be edited in place is refused, and says which.
    let Ok(changes) = apply(snapshot, &plan.edits) else {
        return Ok(());
    };
    let mut after = State::in_memory(&snapshot.with(&changes, Store::content_id)).unwrap();
    // Where nothing is live there may be a file or none.
    let mut expected = expected.clone();
    [&mut after.project, &mut expected]
        .into_iter()
        .for_each(|it| it.pointers.retain(|_, live| !live.is_empty()));
    // A comment that stands alone in its file stands on whatever comes first there.
    for (path, comments) in expected.comments.iter_mut() {
        let text = snapshot.text(path).unwrap_or_default();
        let mut lines = text.lines().map(str::trim);
        let alone = lines.all(|line| line.is_empty() || line.starts_with('#'));
        if let Some(found) = after.project.comments.get(path).filter(|_| alone) {
            let texts = |comments: &[Comment]| {
                comments
                    .iter()
                    .map(|comment| comment.text.clone())
                    .collect::<Vec<_>>()
            };
            prop_assert_eq!(texts(found), texts(comments));
            comments.clone_from(found);
        }
    }
    // Neither is printed: two whole projects hide what differs.
    prop_assert!(
        after.project == expected,
        "{:?} says something else, too",
        changes
    );
    prop_assert_eq!(after.findings.len(), 0);
    Ok(())
}

proptest! {
    #![proptest_config(cases(1200))]

    #[test]
    fn an_edit_of_a_file_that_reads_changes_what_it_says_and_nothing_else(
        (path, bytes) in changed(&["envctl.toml", "environments", "pointers", "access.toml"]),
        name in "[A-Z][a-z'\" #é]{0,6}[a-z]",
    ) {
        let snapshot = with(&path, &bytes.0);
        let State { project, configuration, findings } = State::in_memory(&snapshot).unwrap();
        if !findings.is_empty() {
            return Ok(());
        }
        let (staging, prod, new) = (slug("staging"), slug("prod"), slug("another"));
        let promotion = Promotion { prune: true, ..Promotion::between(staging, prod.clone()) };
        if let Ok(plan) = promote(&project, &promotion) {
            let mut expected = project.clone();
            let pointers = expected.pointers.entry(prod.clone()).or_default();
            for moved in &plan.moves {
                match moved.after {
                    Some(number) => drop(pointers.insert(moved.resource.clone(), number)),
                    None => drop(pointers.remove(&moved.resource)),
                }
            }
            if expected.live_configuration().iter().all(|id| configuration.holds(id)) {
                comes_to(&snapshot, &plan, &expected)?;
            }
        }
        let edit = EnvironmentEdit::parse([(EnvironmentKey::Name, name.as_str())]).unwrap();
        if let Ok(plan) = edit_environment(&project, &prod, &edit, &[EnvironmentRole::DefaultPublish], None) {
            let mut expected = project.clone();
            expected.environments.get_mut(&prod).unwrap().name = name.parse().unwrap();
            expected.settings.default_publish = Some(prod.clone());
            comes_to(&snapshot, &plan, &expected)?;
        }
        let environment = envctl::model::Environment::named_after(&new);
        if let Ok(plan) = create_environment(&project, &new, &environment, &[], None) {
            let mut expected = project.clone();
            expected.environments.insert(new.clone(), environment);
            let Ok(changes) = apply(&snapshot, &plan.edits) else { return Ok(()) };
            let after = State::in_memory(&snapshot.with(&changes, Store::content_id)).unwrap().project;
            expected.settings.order.clone_from(&after.settings.order);
            let kept: Vec<_> = after.settings.order.iter().filter(|slug| **slug != new).collect();
            prop_assert_eq!(kept, project.settings.order.iter().collect::<Vec<_>>());
            prop_assert!(after == expected, "{:?} says something else, too", changes);
        }
    }
}
