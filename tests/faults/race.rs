//! Many processes on one branch.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use crate::world::{World, said, tell};

/// How many processes at once, and how many promotions each.
#[derive(Clone, Copy)]
pub struct Size {
    pub processes: usize,
    pub promotions: usize,
}

const SHORT: Size = Size {
    processes: 4,
    promotions: 6,
};
const FULL: Size = Size {
    processes: 32,
    promotions: 50,
};

/// The exit code that says that the same command may work in a moment.
const IN_THE_WAY: i32 = 6;
/// How often that is believed.
const PATIENCE: usize = 50;

impl Size {
    pub fn landings(self) -> usize {
        self.processes * self.promotions
    }
}

/// What the promoters met.
#[derive(Clone, Copy, Default)]
pub struct Effort {
    /// How long the slowest promotion took.
    pub slowest: Duration,
    /// How often one had to be run again, because it was told that something was in the way.
    pub again: usize,
}

impl Effort {
    fn and(self, other: Self) -> Self {
        Self {
            slowest: self.slowest.max(other.slowest),
            again: self.again + other.again,
        }
    }
}

/// Lets every process promote a prompt of its own back and forth, so that each time there is something to move.
pub fn promote_at_once(world: &World, size: Size) -> Effort {
    thread::scope(|scope| {
        let often = |prompt| {
            (0..size.promotions)
                .map(|turn| promote(world, turn, prompt))
                .fold(Effort::default(), Effort::and)
        };
        let promoters: Vec<_> = (0..size.processes)
            .map(|prompt| scope.spawn(move || often(prompt)))
            .collect();
        promoters
            .into_iter()
            .map(|promoter| promoter.join().unwrap())
            .fold(Effort::default(), Effort::and)
    })
}

fn promote(world: &World, turn: usize, prompt: usize) -> Effort {
    let begun = Instant::now();
    for again in 0..PATIENCE {
        let output = world.promote(source(turn), prompt);
        if output.status.success() {
            return Effort {
                slowest: begun.elapsed(),
                again,
            };
        }
        assert_eq!(output.status.code(), Some(IN_THE_WAY), "{}", said(&output));
    }
    panic!("something stayed in the way of a promotion");
}

/// Where the promotion number `turn` takes its version from.
fn source(turn: usize) -> &'static str {
    ["one", "two"][turn % 2]
}

/// What the history of a branch tells of a race that began when it was `before` commits long.
pub struct Told {
    /// The promotions that landed.
    pub landed: usize,
    /// How many of them landed more than once.
    pub duplicates: usize,
    /// All commits since, by whoever.
    pub commits: usize,
}

impl Told {
    pub fn of(world: &World, before: usize) -> Self {
        let format = "--format=%(trailers:key=Envctl-Operation,valueonly,separator=%x2C)";
        let log = world.git(&["log", "--reverse", "--first-parent", format, "main"]);
        let operations: Vec<&str> = log
            .lines()
            .skip(before)
            .filter(|line| !line.is_empty())
            .collect();
        let distinct: BTreeSet<&&str> = operations.iter().collect();
        let landed = operations.len();
        Self {
            landed,
            duplicates: landed - distinct.len(),
            commits: length(world) - before,
        }
    }
}

/// How many commits the branch has.
pub fn length(world: &World) -> usize {
    world
        .git(&["rev-list", "--count", "--first-parent", "main"])
        .parse()
        .unwrap()
}

/// Whether what is live is what the last promotions of all moved, and nothing is broken or left behind.
pub fn assert_sound(world: &World, size: Size) {
    let pointers =
        |environment: &str| world.git(&["show", &format!("main:pointers/{environment}.toml")]);
    assert_eq!(pointers("live"), pointers(source(size.promotions - 1)));
    world.git(&["fsck", "--strict", "--no-dangling"]);
    if world.git(&["rev-parse", "--is-bare-repository"]) == "false" {
        assert_eq!(world.status(), "");
    }
    assert_eq!(world.leftover(), None);
}

/// Commits that no branch leads to.
fn orphans(world: &World) -> usize {
    let unreachable = world.git(&["fsck", "--unreachable", "--no-reflogs"]);
    unreachable
        .lines()
        .filter(|line| line.starts_with("unreachable commit "))
        .count()
}

fn race(world: &World, size: Size, what: &str) {
    let before = length(world);
    let begun = Instant::now();
    let Effort { slowest, again } = promote_at_once(world, size);
    let taken = begun.elapsed();
    let Told {
        landed,
        duplicates,
        commits,
    } = Told::of(world, before);
    let orphans = orphans(world);
    tell(&format!(
        "race, {what}: {} processes x {} promotions: {landed} of {} landed, {duplicates} duplicates, {orphans} orphan \
         commits, {:.1} s, slowest {:.2} s",
        size.processes,
        size.promotions,
        size.landings(),
        taken.as_secs_f64(),
        slowest.as_secs_f64(),
    ));
    assert_eq!(
        (landed, duplicates, commits, orphans, again),
        (size.landings(), 0, size.landings(), 0, 0)
    );
    assert_sound(world, size);
}

#[test]
fn of_processes_at_once_none_loses_a_promotion() {
    let world = World::with_prompts(SHORT.processes);
    race(&world.bare_clone(), SHORT, "bare");
    race(&world, SHORT, "checked out");
}

#[test]
#[ignore = "the full form: a minute or two"]
fn full_race_loses_nothing() {
    let world = World::with_prompts(FULL.processes);
    race(&world.bare_clone(), FULL, "bare");
    race(&world, FULL, "checked out");
}
