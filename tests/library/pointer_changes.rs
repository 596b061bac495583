use std::fs;

use envctl::files::FileChange;
use envctl::model::{CommitId, VersionNumber};
use envctl::ops::{PointerChange, Selection, Session};
use envctl::store::{NewCommit, ProjectFolder};
use jiff::Timestamp;

use crate::project::slug;
use crate::sandbox::{Sandbox, WRITING, alice, gone, put};

/// Long after everything that happens here.
const NOW: i64 = 2_000_000;

/// A project with prod, whose past a test writes commit by commit.
struct Past {
    sandbox: Sandbox,
    tip: Option<CommitId>,
}

impl Past {
    /// A project whose first commit, at second 1000, makes prod.
    fn new() -> Self {
        let mut past = Self {
            sandbox: Sandbox::unborn(),
            tip: None,
        };
        past.commit(
            1000,
            &[
                put("envctl.toml", "schema = 1\n"),
                put("environments/prod.toml", "name = \"Prod\"\n"),
            ],
        );
        past
    }

    /// Commits at `second`, as whoever's clock said.
    fn commit(&mut self, second: i64, changes: &[FileChange]) -> CommitId {
        let at = Timestamp::from_second(second).unwrap();
        let new = NewCommit {
            parent: self.tip,
            folder: &ProjectFolder::root(),
            changes,
            message: "by hand\n",
            author: &alice(),
            committer: &alice(),
            author_time: at.into(),
            committer_time: at.into(),
        };
        let commit = self.sandbox.store().write_commit(&new, &WRITING).unwrap();
        self.sandbox
            .git(&["update-ref", "refs/heads/main", &commit.to_string()]);
        self.tip = Some(commit);
        commit
    }

    /// Commits that prod serves these numbers of the prompts a, b, …
    fn serve(&mut self, second: i64, numbers: &[u32]) -> CommitId {
        self.commit(second, &[put("pointers/prod.toml", &pointers(numbers))])
    }

    fn session(&self) -> Session {
        let now = Timestamp::from_second(NOW).unwrap();
        Session::open(
            self.sandbox.store(),
            &Selection::from(self.sandbox.repo(), now),
        )
        .unwrap()
    }

    /// What happened to prod, newest first.
    fn told(&self) -> Vec<(CommitId, i64, String)> {
        let session = self.session();
        let history = session.history(session.tip().unwrap()).unwrap();
        let changes = history.pointer_changes(&slug("prod")).unwrap();
        changes.map(|change| told(&change.unwrap())).collect()
    }
}

fn pointers(numbers: &[u32]) -> String {
    let table = |(name, number)| format!("[prompts.{name}]\nversion = {number}\n");
    ('a'..)
        .zip(numbers)
        .map(table)
        .collect::<Vec<_>>()
        .join("\n")
}

fn told(change: &PointerChange) -> (CommitId, i64, String) {
    let number = |number: Option<VersionNumber>| number.map_or(0, VersionNumber::value);
    let moved = |moved: &envctl::model::Move| {
        let (before, after) = (number(moved.before), number(moved.after));
        format!("{} {before}-{after}", moved.resource.name.as_str())
    };
    let moves: Vec<_> = change.moves.iter().map(moved).collect();
    (change.commit, change.at.as_second(), moves.join(", "))
}

fn entry(commit: CommitId, second: i64, moves: &str) -> (CommitId, i64, String) {
    (commit, second, moves.to_owned())
}

#[test]
fn only_values_count_and_the_beginning_comes_last() {
    let mut past = Past::new();
    let began = past.tip.unwrap();
    let first = past.serve(2000, &[1, 1]);
    past.commit(
        3000,
        &[put(
            "pointers/prod.toml",
            &(pointers(&[1, 1]) + "# settled\n"),
        )],
    );
    past.commit(
        4000,
        &[put(
            "pointers/prod.toml",
            "[prompts]\na.version=1\nb = { version = 1 }\n",
        )],
    );
    past.commit(
        5000,
        &[
            put("pointers/staging.toml", &pointers(&[7])),
            put("app.py", "1\n"),
        ],
    );
    past.commit(6000, &[]);
    let second = past.serve(7000, &[2, 1]);
    past.commit(
        8000,
        &[put("environments/prod.toml", "name = \"Production\"\n")],
    );
    let expected = [
        entry(second, 7000, "a 1-2"),
        entry(first, 2000, "a 0-1, b 0-1"),
        entry(began, 1000, ""),
    ];
    assert_eq!(past.told(), expected);
}

#[test]
fn order_is_ancestry_whatever_the_clocks_say() {
    let mut past = Past::new();
    let one = past.serve(2000, &[1]);
    let two = past.serve(2000, &[2]);
    let three = past.serve(1500, &[3]);
    let four = past.serve(NOW + 99_000, &[4]);
    let five = past.serve(3000, &[5]);
    let told = past.told();
    let times: Vec<_> = told
        .iter()
        .map(|(commit, at, _)| (*commit, *at))
        .take(5)
        .collect();
    assert_eq!(
        times,
        [
            (five, NOW + 99_000),
            (four, NOW + 99_000),
            (three, 2000),
            (two, 2000),
            (one, 2000)
        ]
    );
}

#[test]
fn a_version_that_left_and_came_back_is_three_changes() {
    let mut past = Past::new();
    for number in [1, 2, 1] {
        past.serve(2000, &[number]);
    }
    let moves: Vec<_> = past.told().into_iter().map(|(_, _, moves)| moves).collect();
    assert_eq!(moves, ["a 2-1", "a 1-2", "a 0-1", ""]);
}

#[test]
fn what_a_merge_brings_is_the_change_of_the_merge() {
    let mut past = Past::new();
    let first = past.serve(2000, &[1]);
    past.sandbox
        .git(&["checkout", "-q", "-f", "-b", "topic", &first.to_string()]);
    past.sandbox.write("pointers/prod.toml", &pointers(&[2]));
    past.sandbox.commit_all("on the side");
    past.sandbox.git(&["checkout", "-q", "-f", "main"]);
    past.sandbox
        .git(&["merge", "-q", "--no-ff", "-m", "bring", "topic"]);
    let changes = past.told();
    assert_eq!(
        (changes[0].0, &*changes[0].2),
        (past.sandbox.head(), "a 1-2")
    );
    assert_eq!(changes[1], entry(first, 2000, "a 0-1"));
}

#[test]
fn an_environment_that_is_made_anew_has_no_past() {
    let mut past = Past::new();
    past.serve(2000, &[1]);
    past.serve(3000, &[2]);
    past.commit(
        4000,
        &[gone("environments/prod.toml"), gone("pointers/prod.toml")],
    );
    assert_eq!(past.told(), []);
    let anew = past.commit(5000, &[put("environments/prod.toml", "name = \"Prod\"\n")]);
    assert_eq!(past.told(), [entry(anew, 5000, "")]);
    let first = past.serve(6000, &[2]);
    assert_eq!(
        past.told(),
        [entry(first, 6000, "a 0-2"), entry(anew, 5000, "")]
    );
}

#[test]
fn an_environment_may_begin_with_pointers() {
    let mut past = Past::new();
    past.commit(2000, &[gone("environments/prod.toml")]);
    let anew = past.commit(
        3000,
        &[
            put("environments/prod.toml", "name = \"Prod\"\n"),
            put("pointers/prod.toml", &pointers(&[3])),
        ],
    );
    assert_eq!(past.told(), [entry(anew, 3000, "a 0-3")]);
}

#[test]
fn nothing_is_read_that_the_answer_does_not_need() {
    let mut past = Past::new();
    past.serve(2000, &[1]);
    let lost = past.sandbox.git(&["rev-parse", "main:pointers/prod.toml"]);
    past.serve(3000, &[2]);
    past.serve(4000, &[3]);
    let (folder, name) = lost.split_at(2);
    fs::remove_file(
        past.sandbox
            .repo()
            .join(".git/objects")
            .join(folder)
            .join(name),
    )
    .unwrap();
    let session = past.session();
    let history = session.history(session.tip().unwrap()).unwrap();
    let mut changes = history.pointer_changes(&slug("prod")).unwrap();
    assert_eq!(told(&changes.next().unwrap().unwrap()).2, "a 2-3");
    assert!(changes.next().unwrap().is_err());
    assert!(changes.next().is_none());
}
