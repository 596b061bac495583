//! A state is the same whichever way it was reached, and so is what is found in a step.

use std::collections::BTreeMap;

use envctl::diag::Finding;
use envctl::files::{FileChange, PayloadTexts, Snapshot, State};
use envctl::model::CommitId;
use envctl::ops::{Pin, Range, check_range};
use envctl::store::{NewCommit, Reading};
use proptest::prelude::*;
use proptest::sample::select;

use crate::project::{World, time};
use crate::sandbox::{WRITING, alice};

const RULE: &str = "endpoint = \"chat\"\nmodels = [\"gpt-5\"]\nstrategy = \"single\"\n\n[targets.main]\nprovider = \"openai\"\nmodel = \"gpt-5\"\n";
const OTHER_RULE: &str = "endpoint = \"chat\"\nmodels = [\"gpt-5\"]\nstrategy = \"single\"\n\n[targets.main]\nprovider = \"missing\"\nmodel = \"gpt-4\"\n";
const PROVIDER: &str = "base_url = \"https://api.openai.com/v1\"\ncredential = \"env::OPENAI_API_KEY\"\nmodels = [\"gpt-5\"]\n";
const SECRET: &str = "base_url = \"https://api.openai.com/v1\"\ncredential = \"hunter2hunter2\"\nmodels = [\"gpt-5\"]\n";
const QA: &str = "[prompts.router]\nversion = 2\n\n[routing.primary]\nrelease = 3\n\n[providers.openai]\nactivation = 2\n";
const REQUEST: &str =
    "from = \"staging\"\n\n[prompts.router]\nversion = 4\n\n[routing.primary]\nrelease = 3\n";

/// What may be done to a file: these bytes, or `None` to remove it. Some are sound and some are not.
fn edit() -> impl Strategy<Value = (&'static str, Option<&'static [u8]>)> {
    let text = |text: &'static str| Some(text.as_bytes());
    let latin: Option<&'static [u8]> = Some(b"caf\xe9\n");
    let versions = prop_oneof![
        (
            select(
                &[
                    "routing/primary/1.toml",
                    "routing/primary/2.toml",
                    "routing/primary/3.toml"
                ][..]
            ),
            select(vec![
                text(RULE),
                text(OTHER_RULE),
                text("endpoint = \n"),
                latin,
                None
            ]),
        ),
        (
            select(&["providers/openai/1.toml", "providers/openai/2.toml"][..]),
            select(vec![
                text(PROVIDER),
                text(SECRET),
                text("models = 1\n"),
                None
            ]),
        ),
        (
            select(
                &[
                    "prompts/router/2.md",
                    "prompts/router/4.md",
                    "prompts/router/4.txt"
                ][..]
            ),
            select(vec![text("Hello {{name}}\n"), latin, None]),
        ),
    ];
    let pointers = (
        select(
            &[
                "pointers/qa.toml",
                "pointers/staging.toml",
                "pointers/prod.toml",
            ][..],
        ),
        select(vec![
            text(QA),
            text("[prompts.router]\nversion = 4\n"),
            text("[routing.primary]\nrelease = 1\n"),
            text("[routing.primary\n"),
            None,
        ]),
    );
    let others = prop_oneof![
        (Just("pending/prod.toml"), select(vec![text(REQUEST), None])),
        (
            Just("routing/primary/next.toml"),
            select(vec![text(RULE), None])
        ),
    ];
    prop_oneof![5 => versions, 5 => pointers, 1 => others]
}

/// The edits of one commit.
fn step() -> impl Strategy<Value = Vec<(&'static str, Option<&'static [u8]>)>> {
    prop::collection::vec(edit(), 1..4)
}

/// Commits `edits` on `parent`, asking nobody; `None` if they change nothing.
fn commit(
    world: &World,
    parent: CommitId,
    edits: &[(&'static str, Option<&'static [u8]>)],
) -> Option<CommitId> {
    let store = &world.session.store;
    let here = snapshot(world, parent, Reading::Control);
    let mut after = here.clone();
    let mut changes: Vec<FileChange> = Vec::new();
    for (path, bytes) in edits {
        changes.retain(|change| change.path != *path);
        if bytes.is_some() || here.get(path).is_some() {
            changes.push(FileChange {
                path: (*path).to_owned(),
                bytes: bytes.map(Into::into),
            });
        }
    }
    after = after.with(&changes, envctl::store::Store::content_id);
    let content = |snapshot: &Snapshot| -> BTreeMap<_, _> {
        let files = snapshot.files();
        files.map(|(path, entry)| (path, entry.content)).collect()
    };
    if content(&after) == content(&here) {
        return None;
    }
    let (who, at) = (alice(), time());
    let new = NewCommit {
        parent: Some(parent),
        folder: &world.session.folder,
        changes: &changes,
        message: "by hand\n",
        author: &who,
        committer: &who,
        author_time: at.into(),
        committer_time: at.into(),
    };
    Some(store.write_commit(&new, &WRITING).unwrap())
}

fn snapshot(world: &World, commit: CommitId, reading: Reading) -> Snapshot {
    let folder = &world.session.folder;
    world
        .session
        .store
        .snapshot(commit, folder, reading)
        .unwrap()
}

/// What is found in each of the commits that lead from `base` to `head`.
fn found(world: &World, base: CommitId, head: CommitId) -> Vec<(CommitId, Vec<Finding>)> {
    let range = Range {
        base: Some(base),
        head,
    };
    let report = check_range(&mut world.another_session(), range, Pin::Line).unwrap();
    report
        .findings
        .into_iter()
        .map(|found| (found.commit, found.findings))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_state_is_the_same_by_every_route(steps in prop::collection::vec(step(), 1..7)) {
        let world = World::of("support");
        let (store, folder) = (&world.session.store, &world.session.folder);
        let mut commits = vec![world.sandbox.head()];
        for edits in &steps {
            commits.extend(commit(&world, commits[commits.len() - 1], edits));
        }
        let mut held = snapshot(&world, commits[0], Reading::Control);
        let mut walked = State::read(&held, store).unwrap();
        for pair in commits.windows(2) {
            // As a walk through a range goes on.
            let trees = [pair[0], pair[1]].map(|commit| store.folder_tree(commit, folder).unwrap());
            let paths = store.advance(&mut held, folder, trees[0], trees[1]).unwrap();
            walked = walked.after(paths.iter().map(String::as_str), &held, store).unwrap();
            // By another process, which has nothing in memory.
            let fresh = world.sandbox.store();
            let listed = fresh.snapshot(pair[1], folder, Reading::Control).unwrap();
            prop_assert_eq!(&State::read(&listed, &fresh).unwrap(), &walked);
            // From bytes, all of which are in memory.
            let loaded = snapshot(&world, pair[1], Reading::Everything);
            prop_assert_eq!(&State::in_memory(&loaded).unwrap(), &walked);
            // As a write reads what it is about to commit.
            let before = State::read(&snapshot(&world, pair[0], Reading::Control), &fresh).unwrap();
            let texts = PayloadTexts::at(paths.iter().map(String::as_str), &loaded).over(&fresh);
            let written = before.after(paths.iter().map(String::as_str), &loaded, &texts).unwrap();
            prop_assert_eq!(&written, &walked);
        }
    }

    #[test]
    fn what_is_found_in_a_step_does_not_depend_on_where_the_walk_began(
        steps in prop::collection::vec(step(), 2..6),
    ) {
        let world = World::of("support");
        let mut commits = vec![world.sandbox.head()];
        for edits in &steps {
            commits.extend(commit(&world, commits[commits.len() - 1], edits));
        }
        let head = commits[commits.len() - 1];
        let all = found(&world, commits[0], head);
        for (index, base) in commits.iter().enumerate().skip(1) {
            let later = &commits[index + 1..];
            let expected: Vec<_> = all.iter().filter(|(commit, _)| later.contains(commit)).cloned().collect();
            prop_assert_eq!(found(&world, *base, head), expected);
        }
    }
}
