//! Many processes on one branch.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use crate::world::{World, said, tell};

/// How many processes, how many promotions each, and how many commits of plain git beside them.
#[derive(Clone, Copy)]
struct Size {
    processes: usize,
    promotions: usize,
    plain_commits: usize,
}

const SHORT: Size = Size { processes: 4, promotions: 6, plain_commits: 0 };
const FULL: Size = Size { processes: 16, promotions: 25, plain_commits: 0 };

/// Promotes prompt number `prompt` back and forth, so that each time there is something to move; answers the slowest.
fn promote_often(world: &World, prompt: usize, promotions: usize) -> Duration {
    let once = |turn: usize| {
        let begun = Instant::now();
        world.promote(source(turn), Some(prompt));
        begun.elapsed()
    };
    (0..promotions).map(once).max().unwrap_or_default()
}

/// Where the promotion number `turn` takes its version from.
fn source(turn: usize) -> &'static str {
    ["one", "two"][turn % 2]
}

/// Commits with plain git, each time another file, named or as the index has it; what loses the race is tried again.
fn commit_often(world: &World, commits: usize) {
    for number in 0..commits {
        let name = format!("plain-{number}.txt");
        std::fs::write(world.repo().join(&name), "not envctl's\n").unwrap();
        let message = format!("plain {number}");
        insist(world, &["add", &name]);
        let commit = ["commit", "-q", "-m", &message, "--", &name];
        insist(world, if number % 2 == 0 { &commit } else { &commit[..4] });
    }
}

/// Runs git until it is not in anybody's way. It was then the only one that wrote what it was to write.
fn insist(world: &World, arguments: &[&str]) {
    let mut last = String::new();
    for _ in 0..2_000 {
        let output = world.try_git(arguments);
        if output.status.success() {
            return;
        }
        last = said(&output);
    }
    panic!("git {arguments:?}: {last}");
}

fn race(world: &World, size: Size, what: &str) {
    let before: usize = count(world, &["--first-parent", "main"]);
    let begun = Instant::now();
    let slowest = thread::scope(|scope| {
        scope.spawn(|| commit_often(world, size.plain_commits));
        let promoters: Vec<_> = (0..size.processes)
            .map(|prompt| scope.spawn(move || promote_often(world, prompt, size.promotions)))
            .collect();
        promoters.into_iter().map(|promoter| promoter.join().unwrap()).max().unwrap_or_default()
    });
    let taken = begun.elapsed();
    let expected = size.processes * size.promotions;
    let operations = operations(world, before);
    let distinct: BTreeSet<&String> = operations.iter().collect();
    let landed = count(world, &["--first-parent", "main"]) - before;
    tell(&format!(
        "race, {what}: {} processes x {} promotions, {} plain commits: {} of {expected} landed, {} duplicates, {} orphan \
         commits, {} of them envctl's, {:.1} s, slowest {:.2} s",
        size.processes,
        size.promotions,
        size.plain_commits,
        operations.len(),
        operations.len() - distinct.len(),
        orphans(world).len(),
        orphans(world).iter().filter(|orphan| is_envctls(world, orphan)).count(),
        taken.as_secs_f64(),
        slowest.as_secs_f64(),
    ));
    assert_eq!((operations.len(), distinct.len()), (expected, expected));
    assert_eq!(landed, expected + size.plain_commits);
    let pointers = |environment: &str| world.git(&["show", &format!("main:pointers/{environment}.toml")]);
    assert_eq!(pointers("live"), pointers(source(size.promotions - 1)));
    world.git(&["fsck", "--strict", "--no-dangling"]);
    if world.git(&["rev-parse", "--is-bare-repository"]) == "false" {
        assert_eq!(world.status(), "");
    }
    if size.plain_commits == 0 {
        assert_eq!(orphans(world), Vec::<String>::new());
    }
}

fn count(world: &World, revisions: &[&str]) -> usize {
    world.git(&[&["rev-list", "--count"], revisions].concat()).parse().unwrap()
}

/// The `Envctl-Operation` of every commit but the first `before`.
fn operations(world: &World, before: usize) -> Vec<String> {
    let format = "--format=%(trailers:key=Envctl-Operation,valueonly,separator=%x2C)";
    let log = world.git(&["log", "--reverse", "--first-parent", format, "main"]);
    log.lines().skip(before).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn is_envctls(world: &World, commit: &str) -> bool {
    world.git(&["show", "-s", "--format=%B", commit]).contains("Envctl-Operation")
}

/// Commits that no branch leads to.
fn orphans(world: &World) -> Vec<String> {
    let unreachable = world.git(&["fsck", "--unreachable", "--no-reflogs"]);
    unreachable.lines().filter_map(|line| line.strip_prefix("unreachable commit ")).map(str::to_owned).collect()
}

#[test]
fn of_processes_at_once_none_loses_a_promotion() {
    let world = World::with_prompts(SHORT.processes);
    race(&world.bare_clone(), SHORT, "bare");
    race(&world, SHORT, "checked out");
}

#[test]
fn promotions_beside_plain_commits_lose_nothing() {
    let size = Size { processes: 2, promotions: 4, plain_commits: 4 };
    race(&World::with_prompts(size.processes), size, "checked out");
}

#[test]
#[ignore = "the full form: some minutes"]
fn full_race_loses_nothing() {
    let world = World::with_prompts(FULL.processes);
    race(&world.bare_clone(), FULL, "bare");
    race(&world, FULL, "checked out");
}

#[test]
#[ignore = "the full form: some minutes"]
fn full_race_beside_plain_commits_loses_nothing() {
    let size = Size { processes: 8, promotions: 20, plain_commits: 40 };
    race(&World::with_prompts(size.processes), size, "checked out");
}
