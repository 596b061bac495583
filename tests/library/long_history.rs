//! A line of commits and the files along it, read with and without git's commit-graph: the answers are the same.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use envctl::files::{pointers_in, release_in};
use envctl::model::{CommitId, ContentId, Resource, VersionNumber};
use envctl::ops::{History, TimedLine};
use envctl::policy::{Beyond, Facts, Question, Reach};
use envctl::store::{Discovery, PathStep, ProjectFolder, Store, StoreError};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::cases::cases;
use crate::project::{resource, slug};
use crate::sandbox::Sandbox;

const BEGIN: i64 = 1_700_000_000;
const PATHS: [&str; 6] = [
    "pointers/prod.toml",
    "environments/prod.toml",
    "pending/prod.toml",
    "pointers/überall.toml",
    "other.txt",
    "pointers/prod.toml/no-file-any-more",
];
const FOLDERS: [&str; 3] = ["", "gateway", "dienste/tür"];
/// The ways that git writes its commit-graph.
const GRAPHS: [&[&str]; 5] = [
    &["commit-graph", "write", "--reachable"],
    &["commit-graph", "write", "--reachable", "--changed-paths"],
    &[
        "-c",
        "commitGraph.changedPathsVersion=2",
        "commit-graph",
        "write",
        "--reachable",
        "--changed-paths",
    ],
    &[
        "commit-graph",
        "write",
        "--reachable",
        "--changed-paths",
        "--split=no-merge",
    ],
    &[
        "-c",
        "commitGraph.generationVersion=1",
        "commit-graph",
        "write",
        "--reachable",
        "--split=no-merge",
    ],
];

#[derive(Clone, Debug)]
struct Commit {
    place: Place,
    date: i64,
    /// Which paths become what; none: they go.
    changes: Vec<(&'static str, Option<u32>)>,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Main,
    Side,
    Merge,
}

fn commits() -> impl Strategy<Value = Vec<Commit>> {
    let place =
        prop_oneof![6 => Just(Place::Main), 2 => Just(Place::Side), 2 => Just(Place::Merge)];
    let date = prop_oneof![20 => BEGIN..BEGIN + 500, 1 => Just(0), 1 => Just(BEGIN * 2), 1 => Just(1 << 33)];
    let change = (
        select(&PATHS[..]),
        prop_oneof![5 => (1..4u32).prop_map(Some), 1 => Just(None)],
    );
    let commit = (place, date, prop::collection::vec(change, 0..4));
    prop::collection::vec(
        commit.prop_map(|(place, date, changes)| Commit {
            place,
            date,
            changes,
        }),
        1..25,
    )
}

/// The commits for git's fast-import, which goes on where it stopped the last time.
fn stream(folder: &ProjectFolder, commits: &[Commit], begun: bool) -> String {
    let (mut stream, mut main, mut side) = (String::new(), false, false);
    for Commit {
        place,
        date,
        changes,
    } in commits
    {
        let to_side = (main || begun) && matches!(place, Place::Side);
        let branch = if to_side { "side" } else { "main" };
        write!(
            stream,
            "commit refs/heads/{branch}\ncommitter C <c@example.org> {date} +0000\ndata 0\n"
        )
        .unwrap();
        // What an earlier stream brought is named with ^0; a branch of this one goes on by itself.
        match (to_side, main, begun) {
            (true, true, _) => stream.push_str("from refs/heads/main\n"),
            (_, false, true) => stream.push_str("from refs/heads/main^0\n"),
            _ => {}
        }
        if side && matches!(place, Place::Merge) {
            stream.push_str("merge refs/heads/side\n");
        }
        for (path, to) in changes {
            let path = folder.join(path);
            match to.map(|number| format!("[prompts.a]\nversion = {number}\n")) {
                Some(text) => {
                    write!(stream, "M 644 inline {path}\ndata {}\n{text}\n", text.len()).unwrap();
                }
                None => writeln!(stream, "D {path}").unwrap(),
            }
        }
        (main, side) = (main || !to_side, side || to_side);
    }
    stream
}

/// A repository of which git's graph knows as much as there is when it is written.
fn repository(folder: &ProjectFolder, parts: &[&[Commit]], graph: Option<&[&str]>) -> Sandbox {
    let sandbox = Sandbox::unborn();
    let mut begun = false;
    for (index, part) in parts.iter().enumerate() {
        sandbox.import(stream(folder, part, begun).as_bytes());
        begun |= !part.is_empty();
        if let Some(graph) = graph.filter(|_| begun && index + 1 < parts.len()) {
            sandbox.git(graph);
        }
    }
    sandbox
}

fn main(sandbox: &Sandbox) -> CommitId {
    sandbox.git(&["rev-parse", "main"]).parse().unwrap()
}

/// The line as git tells it: the commits and their dates.
fn told_by_git(sandbox: &Sandbox) -> Vec<(CommitId, i64)> {
    let told = sandbox.git(&[
        "-c",
        "core.commitGraph=false",
        "log",
        "--first-parent",
        "--format=%H %ct",
        "main",
    ]);
    let point = |line: &str| {
        let (commit, date) = line.split_once(' ').unwrap();
        (commit.parse().unwrap(), date.parse().unwrap())
    };
    told.lines().map(point).collect()
}

fn line(store: &Store, tip: CommitId) -> Result<Vec<(CommitId, i64)>, StoreError> {
    let mut line = store.line(tip)?;
    let recorded = line.take_recorded();
    Ok(line
        .commits()
        .iter()
        .copied()
        .zip(recorded.into_iter().map(Timestamp::as_second))
        .collect())
}

/// Compares what is followed along the line with what each commit says when it is asked alone.
fn require_same_files(store: &Store, tip: CommitId, folder: &ProjectFolder) {
    let line = store.line(tip).unwrap();
    let alone = |commit: CommitId| -> Vec<Option<ContentId>> {
        PATHS
            .iter()
            .map(|path| store.file(commit, folder, path).unwrap())
            .collect()
    };
    for paths in [&PATHS[..], &PATHS[..2], &PATHS[3..4]] {
        let from = PATHS.iter().position(|path| *path == paths[0]).unwrap();
        let mut followed = store.path_history(&line, folder, paths).unwrap().unwrap();
        let mut newer = None;
        for commit in line.commits() {
            let expected = alone(*commit)[from..from + paths.len()].to_vec();
            if let Some(newer) = newer {
                let step = if newer == expected {
                    PathStep::Same
                } else {
                    PathStep::Changed
                };
                assert_eq!(followed.older().unwrap(), Some(step), "{commit}");
            }
            assert_eq!(
                followed.contents().collect::<Vec<_>>(),
                expected,
                "{commit}"
            );
            newer = Some(expected);
        }
        assert_eq!(followed.older().unwrap(), None);
    }
}

/// What was live in `prod` in each commit of the line, asked alone: none, there was no such environment.
fn live(
    store: &Store,
    folder: &ProjectFolder,
    commit: CommitId,
    resource: &Resource,
) -> Option<Option<VersionNumber>> {
    if let Some(content) = store.file(commit, folder, PATHS[0]).unwrap() {
        return Some(
            pointers_in(&store.content(content).unwrap())
                .get(resource)
                .copied(),
        );
    }
    store.file(commit, folder, PATHS[1]).unwrap().map(|_| None)
}

/// Compares the timeline of a pointer, and who asked for a release, with what the commits say one by one.
fn require_same_facts(store: &Store, tip: CommitId, folder: &ProjectFolder) {
    let resource = resource("prompts/a");
    let live_question = Question::Live {
        environment: slug("prod"),
        resource: resource.clone(),
        reach: Reach::Stretches(usize::MAX),
    };
    let history = History::of(store, folder, tip).unwrap();
    let mut facts = Facts::default();
    history
        .answer(
            &[live_question, Question::Request(slug("prod"))],
            &mut facts,
        )
        .unwrap();
    let timeline = facts.timeline(&slug("prod"), &resource).unwrap();

    let line = TimedLine::of(store, folder, tip).unwrap();
    let points: Vec<_> = line.iter().collect();
    let mut current = live(store, folder, tip, &resource).flatten();
    let mut expected = Vec::new();
    for (index, (commit, since)) in points.iter().enumerate() {
        let before = points
            .get(index + 1)
            .and_then(|(commit, _)| live(store, folder, *commit, &resource));
        if before != Some(current) {
            expected.push((current, *since, *commit));
        }
        let Some(before) = before else { break };
        current = before;
    }
    let stretches: Vec<_> = timeline
        .stretches
        .iter()
        .map(|found| (found.live, found.since, found.commit))
        .collect();
    assert_eq!((stretches, timeline.beyond), (expected, Beyond::Nothing));

    let asked = |commit| {
        let content = store.file(commit, folder, PATHS[2]).unwrap()?;
        Some(release_in(PATHS[2], &store.content(content).unwrap()))
    };
    let waits = asked(tip);
    let waiting = |point: &&(CommitId, Timestamp)| waits.is_some() && asked(point.0) == waits;
    let since = points
        .iter()
        .take_while(waiting)
        .last()
        .map(|(_, since)| *since);
    assert_eq!(
        facts.request(&slug("prod")).map(|request| request.since),
        since
    );
}

/// The only file of the graph.
fn graph_file(sandbox: &Sandbox) -> PathBuf {
    sandbox.repo().join(".git/objects/info/commit-graph")
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn every_way_to_read_history_gives_the_same_answers(
        commits in commits(),
        cuts in [any::<Index>(), any::<Index>()],
        folder in select(&FOLDERS[..]),
        graph in select(&GRAPHS[..]),
    ) {
        let folder: ProjectFolder = folder.parse().unwrap();
        let mut cuts = cuts.map(|cut| cut.index(commits.len() + 1));
        cuts.sort_unstable();
        let (first, rest) = commits.split_at(cuts[0]);
        let (second, third) = rest.split_at(cuts[1] - cuts[0]);
        let sandbox = repository(&folder, &[first, second, third], Some(graph));
        let (tip, told) = (main(&sandbox), told_by_git(&sandbox));
        let mut store = sandbox.store();
        prop_assert_eq!(&line(&store, tip).unwrap(), &told);
        require_same_files(&store, tip, &folder);
        require_same_facts(&store, tip, &folder);
        store.ignore_commit_graph();
        prop_assert_eq!(&line(&store, tip).unwrap(), &told);
        require_same_files(&store, tip, &folder);
        require_same_facts(&store, tip, &folder);
    }

    #[test]
    fn a_damaged_graph_does_no_harm(
        at in any::<Index>(),
        flip in 1..=255u8,
        end in prop::option::of(any::<Index>()),
        start in any::<bool>(),
    ) {
        let (sandbox, whole) = damageable();
        let mut bytes = whole.clone();
        // The header and the table of contents are where most can go wrong.
        let at = at.index(if start { 108 } else { bytes.len() });
        bytes[at] ^= flip;
        bytes.truncate(end.map_or(bytes.len(), |end| end.index(bytes.len())));
        replace(&graph_file(sandbox), &bytes);
        let (tip, told) = (main(sandbox), told_by_git(sandbox));
        let root = ProjectFolder::root();
        let store = sandbox.store();
        let read = line(&store, tip).unwrap();
        if bytes.len() < whole.len() {
            // What is cut off is noticed as such.
            prop_assert_eq!(&read, &told);
            require_same_files(&store, tip, &root);
        } else {
            // A changed byte may be a lie that is as well-formed as the truth; it must end all the same.
            let line = store.line(tip).unwrap();
            if let Ok(Some(mut followed)) = store.path_history(&line, &root, &PATHS) {
                while let Ok(Some(_)) = followed.older() {}
            }
        }
    }
}

/// A repository that all cases damage in turn, and its graph.
fn damageable() -> (&'static Sandbox, &'static Vec<u8>) {
    use std::sync::OnceLock;

    static BUILT: OnceLock<(Sandbox, Vec<u8>)> = OnceLock::new();
    let (sandbox, bytes) = BUILT.get_or_init(|| {
        let sandbox = repository(&ProjectFolder::root(), &[&plain(30), &[]], Some(GRAPHS[1]));
        let bytes = fs::read(graph_file(&sandbox)).unwrap();
        (sandbox, bytes)
    });
    (sandbox, bytes)
}

fn replace(path: &PathBuf, bytes: &[u8]) {
    drop(fs::remove_file(path));
    fs::write(path, bytes).unwrap();
}

/// Commits of which each changes one file.
fn plain(count: u32) -> Vec<Commit> {
    let commit = |number: u32| Commit {
        place: Place::Main,
        date: BEGIN + i64::from(number),
        changes: vec![(
            PATHS[if number.is_multiple_of(5) { 0 } else { 4 }],
            Some(number),
        )],
    };
    (0..count).map(commit).collect()
}

/// Makes the graph say that the newest commit is a day older than it is; its only entry in CDAT with that date.
fn lie(sandbox: &Sandbox, date: i64) {
    let mut bytes = fs::read(graph_file(sandbox)).unwrap();
    let truth = u32::try_from(date).unwrap().to_be_bytes();
    let at = bytes.windows(4).position(|window| window == truth).unwrap();
    bytes[at..at + 4].copy_from_slice(&(u32::try_from(date).unwrap() - 86_400).to_be_bytes());
    replace(&graph_file(sandbox), &bytes);
}

#[test]
fn a_graph_is_believed_only_where_git_believes_it_and_nobody_forbids_it() {
    let commits = plain(3);
    let sandbox = repository(&ProjectFolder::root(), &[&commits, &[]], Some(GRAPHS[0]));
    let (tip, told) = (main(&sandbox), told_by_git(&sandbox));
    lie(&sandbox, commits[2].date);
    let mut store = sandbox.store();
    assert_ne!(line(&store, tip).unwrap(), told, "the graph was not read");
    store.ignore_commit_graph();
    assert_eq!(line(&store, tip).unwrap(), told);
    sandbox.git(&["config", "core.commitGraph", "false"]);
    assert_eq!(line(&sandbox.store(), tip).unwrap(), told);
}

#[test]
fn a_shallow_clone_has_no_line_even_with_a_graph_of_all() {
    let sandbox = repository(&ProjectFolder::root(), &[&plain(3), &[]], Some(GRAPHS[0]));
    let tip = main(&sandbox);
    fs::write(sandbox.repo().join(".git/shallow"), format!("{tip}\n")).unwrap();
    let shallow = Store::open(Discovery::From(&sandbox.repo()))
        .unwrap()
        .line(tip)
        .err();
    assert!(
        matches!(shallow, Some(StoreError::Shallow { commit }) if commit == tip),
        "{shallow:?}"
    );
}

#[test]
fn filters_are_asked_where_there_are_some() {
    let sandbox = repository(&ProjectFolder::root(), &[&plain(9), &[]], Some(GRAPHS[1]));
    // Without its tree, only the filters can say that a commit did not change the pointers.
    let tree = sandbox.git(&["rev-parse", "main~2^{tree}"]);
    let object = sandbox
        .repo()
        .join(".git/objects")
        .join(&tree[..2])
        .join(&tree[2..]);
    fs::remove_file(object).unwrap();
    let store = sandbox.store();
    let line = store.line(main(&sandbox)).unwrap();
    let mut followed = store
        .path_history(&line, &ProjectFolder::root(), &PATHS[..1])
        .unwrap()
        .unwrap();
    let steps: Vec<_> = (0..8).map(|_| followed.older().unwrap().unwrap()).collect();
    let changed = steps.iter().position(|step| *step == PathStep::Changed);
    assert_eq!(
        changed,
        Some(3),
        "the sixth commit, four from the tip, changed the pointers"
    );
}

#[test]
fn dates_that_the_graph_cannot_hold_are_read_from_the_commits() {
    let sandbox = repository(&ProjectFolder::root(), &[&plain(1)], None);
    let mut parent = main(&sandbox).to_string();
    let tree = sandbox.git(&["rev-parse", "main^{tree}"]);
    for date in ["-5", "8589934592", "17179869183"] {
        let text = format!(
            "tree {tree}\nparent {parent}\nauthor A <a@b> {date} +0000\ncommitter A <a@b> {date} +0000\n\n"
        );
        sandbox.write("../commit", &text);
        parent = sandbox.git(&[
            "hash-object",
            "-t",
            "commit",
            "-w",
            "--literally",
            "../commit",
        ]);
    }
    sandbox.git(&["update-ref", "refs/heads/main", &parent]);
    let tip = main(&sandbox);
    let without = line(&sandbox.store(), tip).unwrap();
    sandbox.git(GRAPHS[0]);
    assert!(graph_file(&sandbox).exists());
    assert_eq!(line(&sandbox.store(), tip).unwrap(), without);
    assert_eq!(
        without.iter().map(|(_, date)| *date).collect::<Vec<_>>(),
        [17_179_869_183, 8_589_934_592, -5, BEGIN]
    );
}
