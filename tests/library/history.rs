//! What history says of one pointer, prompts/a in prod: since when, and which commit set it.

use std::fs;

use envctl::model::{CommitId, VersionNumber};
use envctl::ops::{History, Moment, ReadError, Selection, Session, TimedLine};
use envctl::policy::{Beyond, Facts, Question, Reach, Stretch, Timeline};
use envctl::store::{Discovery, ProjectFolder, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::cases::cases;
use crate::project::{resource, slug};
use crate::sandbox::Sandbox;

struct Past {
    sandbox: Sandbox,
}

/// So many seconds after everything began.
fn second(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

fn now() -> Timestamp {
    second(1_000_000)
}

fn number(number: u32) -> Option<VersionNumber> {
    VersionNumber::new(number)
}

fn stretch(live: u32, since: i64, commit: CommitId) -> Stretch {
    Stretch {
        live: number(live),
        since: second(since),
        commit,
    }
}

impl Past {
    /// A project with an empty prod.
    fn new() -> Self {
        let past = Self {
            sandbox: Sandbox::unborn(),
        };
        past.sandbox.write("envctl.toml", "schema = 1\n");
        past.sandbox.write("environments/prod.toml", "");
        past.commit(0);
        past
    }

    /// Commits everything.
    fn commit(&self, at: i64) -> CommitId {
        self.sandbox.git(&["add", "-A"]);
        self.sandbox
            .git_at(second(at), &["commit", "-q", "--allow-empty", "-m", "x"]);
        self.sandbox.head()
    }

    /// Lets the pointer name `number`, or nothing if that is 0.
    fn set(&self, number: u32) {
        let text = if number == 0 {
            String::new()
        } else {
            format!("[prompts.a]\nversion = {number}\n")
        };
        self.sandbox.write("pointers/prod.toml", &text);
    }

    fn moved(&self, number: u32, at: i64) -> CommitId {
        self.set(number);
        self.commit(at)
    }

    fn checkout(&self, arguments: &[&str]) {
        self.sandbox.git(&[&["checkout", "-q"], arguments].concat());
    }

    fn merge(&self, branch: &str, at: i64) -> CommitId {
        self.sandbox
            .git_at(second(at), &["merge", "-q", "--no-ff", "--no-edit", branch]);
        self.sandbox.head()
    }

    fn timeline(&self, reach: Reach) -> Timeline {
        let (store, root) = (self.sandbox.store(), ProjectFolder::root());
        let history = History::of(&store, &root, self.sandbox.head()).unwrap();
        let (environment, resource) = (slug("prod"), resource("prompts/a"));
        let question = Question::Live {
            environment: environment.clone(),
            resource: resource.clone(),
            reach,
        };
        let mut facts = Facts::default();
        history.answer(&[question], &mut facts).unwrap();
        facts.timeline(&environment, &resource).unwrap().clone()
    }

    fn current(&self) -> Stretch {
        *self.timeline(Reach::Stretches(1)).current().unwrap()
    }

    /// Asks for that number, and commits.
    fn ask(&self, number: u32, note: &str, at: i64) -> CommitId {
        self.sandbox.write(
            "pending/prod.toml",
            &format!("{note}[prompts.a]\nversion = {number}\n"),
        );
        self.commit(at)
    }

    /// The commit that asked for the release that waits, and since when it waits.
    fn request(&self) -> (CommitId, Timestamp) {
        let (store, root) = (self.sandbox.store(), ProjectFolder::root());
        let history = History::of(&store, &root, self.sandbox.head()).unwrap();
        let request = history.request(&slug("prod")).unwrap().unwrap();
        (request.commit, request.since)
    }

    /// The commit that set what is live now.
    fn setter(&self) -> CommitId {
        let (store, root, current) = (self.sandbox.store(), ProjectFolder::root(), self.current());
        let history = History::of(&store, &root, self.sandbox.head()).unwrap();
        history
            .setter(current.commit, &slug("prod"), &resource("prompts/a"))
            .unwrap()
    }
}

#[test]
fn of_two_moves_in_one_second_the_later_commit_is_live() {
    let past = Past::new();
    let one = past.moved(1, 10);
    let two = past.moved(2, 10);
    let timeline = past.timeline(Reach::Stretches(2));
    assert_eq!(
        timeline.stretches,
        [stretch(2, 10, two), stretch(1, 10, one)]
    );
    assert_eq!(timeline.beyond, Beyond::Live(None));
}

#[test]
fn a_clock_that_steps_back_makes_nothing_older() {
    let past = Past::new();
    past.moved(1, 100);
    let two = past.moved(2, 50);
    assert_eq!(past.current(), stretch(2, 100, two));
}

#[test]
fn a_version_that_left_and_came_back_is_live_since_it_came_back() {
    let past = Past::new();
    past.moved(1, 10);
    let left = past.moved(2, 20);
    let back = past.moved(1, 30);
    let timeline = past.timeline(Reach::Earlier(VersionNumber::FIRST));
    assert_eq!(timeline.current(), Some(&stretch(1, 30, back)));
    assert_eq!(timeline.previous(), Some(number(2)));
    assert_eq!(timeline.earlier(VersionNumber::FIRST), Some(left));
}

#[test]
fn other_layouts_and_other_pointers_reset_nothing() {
    let past = Past::new();
    let one = past.moved(1, 10);
    for text in [
        "# first\nprompts.a.version = 1\n",
        "[prompts.a]\nversion = 0x1\n\n[prompts.b]\nversion = 7\n",
    ] {
        past.sandbox.write("pointers/prod.toml", text);
        past.commit(20);
    }
    past.sandbox
        .write("environments/prod.toml", "name = \"Production\"\n");
    past.commit(30);
    assert_eq!(past.current(), stretch(1, 10, one));
}

#[test]
fn an_environment_that_is_made_again_begins_anew() {
    let past = Past::new();
    past.moved(1, 10);
    fs::remove_dir_all(past.sandbox.repo().join("environments")).unwrap();
    fs::remove_dir_all(past.sandbox.repo().join("pointers")).unwrap();
    past.commit(20);
    past.sandbox.write("environments/prod.toml", "");
    let again = past.commit(30);
    let one = past.moved(1, 40);
    let timeline = past.timeline(Reach::Earlier(VersionNumber::FIRST));
    assert_eq!(
        timeline.stretches,
        [stretch(1, 40, one), stretch(0, 30, again)]
    );
    assert_eq!(
        (timeline.beyond, timeline.earlier(VersionNumber::FIRST)),
        (Beyond::Nothing, None)
    );
}

#[test]
fn a_date_in_the_future_counts() {
    let past = Past::new();
    let one = past.moved(1, 900_000_000);
    assert_eq!(past.current(), stretch(1, 900_000_000, one));
    let two = past.moved(2, 500);
    assert_eq!(past.current(), stretch(2, 900_000_000, two));
}

#[test]
fn a_merge_brings_a_move_when_it_is_merged_and_its_side_says_who() {
    let past = Past::new();
    past.moved(1, 10);
    past.checkout(&["-b", "topic"]);
    past.moved(3, 15);
    past.moved(1, 17);
    let set = past.moved(2, 20);
    past.sandbox.write("topic.txt", "x");
    past.commit(25);
    past.checkout(&["main"]);
    past.sandbox.write("main.txt", "x");
    past.commit(30);
    let merge = past.merge("topic", 40);
    assert_eq!(past.current(), stretch(2, 40, merge));
    assert_eq!(past.setter(), set);
    past.sandbox.write("main.txt", "y");
    past.commit(50);
    assert_eq!(
        (past.current(), past.setter()),
        (stretch(2, 40, merge), set)
    );
}

#[test]
fn who_changes_what_waits_asks_for_it_and_who_only_writes_it_otherwise_does_not() {
    let past = Past::new();
    let asked = past.ask(2, "", 10);
    past.ask(2, "# please\n", 20);
    assert_eq!(past.request(), (asked, second(10)));
    let changed = past.ask(3, "", 30);
    past.ask(3, "# please\n", 40);
    assert_eq!(past.request(), (changed, second(30)));
}

#[test]
fn a_merge_asks_for_what_no_side_of_it_asks_for() {
    let past = Past::new();
    past.checkout(&["-b", "topic"]);
    let asked = past.ask(2, "", 10);
    past.checkout(&["main"]);
    let merge = past.merge("topic", 40);
    assert_eq!(past.request(), (asked, second(40)));
    past.sandbox.git(&["reset", "-q", "--hard", "HEAD~1"]);
    past.sandbox
        .git(&["merge", "-q", "--no-ff", "--no-commit", "topic"]);
    let evil = past.ask(3, "", 40);
    assert_ne!(evil, merge);
    assert_eq!(past.request(), (evil, second(40)));
}

#[test]
fn merges_in_merges_lead_to_the_commit_that_is_none() {
    let past = Past::new();
    past.moved(1, 10);
    past.checkout(&["-b", "outer"]);
    past.checkout(&["-b", "inner"]);
    let set = past.moved(2, 20);
    past.checkout(&["outer"]);
    past.sandbox.write("outer.txt", "x");
    past.commit(25);
    past.merge("inner", 30);
    past.checkout(&["main"]);
    past.sandbox.write("main.txt", "x");
    past.commit(35);
    past.checkout(&["outer"]);
    past.merge("main", 36);
    past.checkout(&["main"]);
    let merge = past.merge("outer", 40);
    assert_eq!(
        (past.current(), past.setter()),
        (stretch(2, 40, merge), set)
    );
}

#[test]
fn a_merge_that_sets_what_no_side_has_is_its_own_origin() {
    let past = Past::new();
    past.moved(1, 10);
    past.checkout(&["-b", "topic"]);
    past.moved(2, 20);
    past.checkout(&["main"]);
    past.sandbox.write("main.txt", "x");
    past.commit(30);
    past.sandbox
        .git(&["merge", "-q", "--no-ff", "--no-commit", "topic"]);
    let merge = past.moved(3, 40);
    assert_eq!(
        (past.current(), past.setter()),
        (stretch(3, 40, merge), merge)
    );
}

#[test]
fn what_a_side_kept_from_before_it_branched_off_is_the_merges_own() {
    let past = Past::new();
    past.moved(1, 10);
    past.checkout(&["-b", "topic"]);
    past.sandbox.write("topic.txt", "x");
    past.commit(15);
    past.checkout(&["main"]);
    past.moved(2, 20);
    past.sandbox
        .git(&["merge", "-q", "--no-ff", "--no-commit", "topic"]);
    let merge = past.moved(1, 40);
    assert_eq!(
        (past.current(), past.setter()),
        (stretch(1, 40, merge), merge)
    );
}

#[test]
fn a_shallow_clone_has_no_history() {
    let past = Past::new();
    past.moved(1, 10);
    let url = format!("file://{}", past.sandbox.repo().display());
    past.sandbox
        .git(&["clone", "-q", "--depth", "1", &url, "../shallow"]);
    let store = Store::open(Discovery::From(&past.sandbox.path("shallow"))).unwrap();
    let root = ProjectFolder::root();
    let history = History::of(&store, &root, past.sandbox.head());
    assert!(matches!(
        history,
        Err(ReadError::Store(StoreError::Shallow { .. }))
    ));
}

#[test]
fn what_is_there_is_live_now_even_if_its_clock_is_a_little_ahead() {
    let past = Past::new();
    let one = past.moved(1, 10);
    let ahead = past.moved(2, 1_000_200);
    let session = Session::open(
        past.sandbox.store(),
        &Selection::from(past.sandbox.repo(), now()),
    )
    .unwrap();
    let at = |seconds: i64| {
        session
            .view(Some(&Moment::Time(
                now() + SignedDuration::from_secs(seconds),
            )))
            .unwrap()
            .commit
    };
    assert_eq!(
        [at(-1), at(0), at(199), at(10_000)],
        [one, ahead, ahead, ahead]
    );
    let before = session.view(Some(&Moment::Time(second(-1))));
    assert!(matches!(before, Err(ReadError::BeforeTheBeginning { .. })));
}

#[test]
fn a_commit_has_the_same_times_whatever_follows_it() {
    let past = Past::new();
    let ahead = past.moved(1, 900_000_000);
    let session = || {
        let selection = Selection::from(past.sandbox.repo(), now());
        Session::open(past.sandbox.store(), &selection).unwrap()
    };
    let reached = || session().history(ahead).unwrap().line().reached();
    assert_eq!(reached(), Some(second(900_000_000)));
    let next = past.moved(2, 500);
    assert_eq!(reached(), Some(second(900_000_000)));
    let line = session().history(next).unwrap().line().clone();
    assert_eq!(line.own(0), Some(second(500)));
    assert_eq!(line.latest(0), Some((ahead, second(900_000_000))));
}

#[test]
fn what_is_older_than_the_project_makes_nothing_later() {
    let sandbox = Sandbox::unborn();
    let commit = |at: i64| {
        sandbox.git(&["add", "-A"]);
        sandbox.git_at(second(at), &["commit", "-q", "-m", "act"]);
        sandbox.head()
    };
    sandbox.write("README.md", "ours\n");
    commit(900_000_000);
    sandbox.write("a/envctl.toml", "schema = 1\n");
    let began = commit(100);
    sandbox.write("README.md", "theirs\n");
    let next = commit(50);
    sandbox.git(&["mv", "a", "b"]);
    let moved = commit(70);
    let times = |folder: &str, tip| {
        let line = TimedLine::of(&sandbox.store(), &folder.parse().unwrap(), tip).unwrap();
        let times = line.iter().map(|(_, effective)| effective.as_second());
        times
            .map(|at| at - second(0).as_second())
            .collect::<Vec<_>>()
    };
    assert_eq!(times("a", next)[..2], [100, 100]);
    assert_eq!(times("b", moved)[..3], [100, 100, 100]);
    assert_eq!(times("a", began)[..1], [100]);
}

proptest! {
    #![proptest_config(cases(12))]

    /// Whatever moved, a timeline of all stretches is what a reader of the commits in their order would write down.
    #[test]
    fn stretches_are_what_the_commits_did(steps in proptest::collection::vec((0..3_u32, -50..100_i64), 1..8)) {
        let past = Past::new();
        let (mut clock, mut reached, mut live) = (0, 0, 0);
        let begin = past.sandbox.head();
        let mut expected = vec![stretch(0, 0, begin)];
        for (number, step) in steps {
            clock = (clock + step).max(-1000);
            reached = reached.max(clock);
            let commit = past.moved(number, clock);
            if number != live {
                expected.insert(0, stretch(number, reached, commit));
                live = number;
            }
        }
        let timeline = past.timeline(Reach::Stretches(100));
        prop_assert_eq!((timeline.stretches, timeline.beyond), (expected, Beyond::Nothing));
    }
}
