//! Promotions beside the `git` of other people: commits, moved branches, and git's own housekeeping.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use envctl::store::Backoff;

use crate::race::{Effort, Size, Told, assert_sound, length, promote_at_once};
use crate::world::{World, said, tell};

/// How many plain writers beside them, every second with `git update-ref`, and how many commits each.
#[derive(Clone, Copy)]
struct Plain {
    writers: usize,
    commits: usize,
}

/// What runs again and again while others write. Never with `--prune=now`, which takes from a writer what it is about to
/// use, whoever the writer is.
const HOUSEKEEPING: [&[&str]; 2] = [&["pack-refs", "--all"], &["gc", "--quiet"]];

/// The pause between two rounds. git takes packed references for unchanged if their file has the time, size and number that
/// it had: two rounds within a tick of the clock can keep all three, and then two `git update-ref` lose one another's work.
const BETWEEN_CHORES: Duration = Duration::from_millis(20);

/// Commits a new file each time.
///
/// `git commit` reads the index before it locks it, so it can put one back that somebody else has replaced meanwhile: the
/// index then says that something older is staged, and envctl refuses to write over that. So it is read anew each time (by
/// nothing that would also move the branch, as `git reset` does), and the file to commit is named, without which such an
/// index would be committed.
fn commit_often(world: &World, writer: usize, commits: usize) {
    for number in 0..commits {
        let name = format!("plain-{writer}-{number}.txt");
        fs::write(world.repo().join(&name), "not envctl's\n").unwrap();
        insist(|| {
            insist(|| world.try_git(&["add", &name]));
            world.try_git(&["commit", "-q", "-m", &message(writer, number), "--", &name])
        });
        insist(|| world.try_git(&["read-tree", "HEAD"]));
    }
}

/// Moves the branch to a commit made by hand, if it is still where it was when that was made.
fn move_often(world: &World, writer: usize, commits: usize) {
    for number in 0..commits {
        insist(|| {
            let tip = world.tip();
            let message = message(writer, number);
            let tree = format!("{tip}^{{tree}}");
            let made = world.try_git(&["commit-tree", "-p", &tip, "-m", &message, &tree]);
            if !made.status.success() {
                // A gc has just removed the folder that the commit was going to.
                return made;
            }
            let new = String::from_utf8(made.stdout).unwrap();
            world.try_git(&["update-ref", "refs/heads/main", new.trim_end(), &tip])
        });
    }
}

fn message(writer: usize, number: usize) -> String {
    format!("plain {writer}-{number}")
}

/// Runs git until it is not in anybody's way.
fn insist(git: impl Fn() -> std::process::Output) {
    let mut last = String::new();
    for _ in 0..2_000 {
        let output = git();
        if output.status.success() {
            return;
        }
        last = said(&output);
    }
    panic!("{last}");
}

/// Keeps house until `done`; answers how often it worked. That git finds a lock of somebody's now and then is to be expected.
fn keep_house(world: &World, chore: &[&str], done: &AtomicBool) -> usize {
    let mut worked = 0;
    while !done.load(Ordering::Relaxed) {
        worked += usize::from(world.try_git(chore).status.success());
        let mut pause = Backoff::lasting(BETWEEN_CHORES);
        while pause.wait() {}
    }
    worked
}

fn race(size: Size, plain: Plain) {
    let world = &World::with_prompts(size.processes);
    let before = length(world);
    let begun = Instant::now();
    let done = AtomicBool::new(false);
    let (Effort { slowest, again }, housekeeping) = thread::scope(|scope| {
        let chores = HOUSEKEEPING.map(|chore| scope.spawn(|| keep_house(world, chore, &done)));
        let writers: Vec<_> = (0..plain.writers)
            .map(|writer| {
                let write = if writer % 2 == 0 {
                    commit_often
                } else {
                    move_often
                };
                scope.spawn(move || write(world, writer, plain.commits))
            })
            .collect();
        // Whatever happens, the housekeeping has to end.
        let promoting = scope.spawn(|| promote_at_once(world, size)).join();
        let writing: Vec<_> = writers
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect();
        done.store(true, Ordering::Relaxed);
        writing.into_iter().for_each(|ended| ended.unwrap());
        (
            promoting.unwrap(),
            chores.map(|chore| chore.join().unwrap()),
        )
    });
    let Told {
        landed,
        duplicates,
        commits,
    } = Told::of(world, before);
    let by_hand = (0..plain.writers)
        .flat_map(|writer| (0..plain.commits).map(move |number| message(writer, number)));
    let subjects = world.git(&["log", "--first-parent", "--format=%s", "main"]);
    let plain_landed = by_hand
        .filter(|message| subjects.lines().filter(|line| line == message).count() == 1)
        .count();
    tell(&format!(
        "race beside git: {} processes x {} promotions, {} x {} plain commits, pack-refs {} times, gc {} times: {} of {} \
         landed, {again} run again, {duplicates} duplicates, {:.1} s, slowest {:.2} s",
        size.processes,
        size.promotions,
        plain.writers,
        plain.commits,
        housekeeping[0],
        housekeeping[1],
        landed + plain_landed,
        size.landings() + plain.writers * plain.commits,
        begun.elapsed().as_secs_f64(),
        slowest.as_secs_f64(),
    ));
    assert_eq!(
        (landed, duplicates, plain_landed),
        (size.landings(), 0, plain.writers * plain.commits)
    );
    assert_eq!(commits, landed + plain_landed);
    assert_sound(world, size);
    for writer in (0..plain.writers).step_by(2) {
        for number in 0..plain.commits {
            world.git(&[
                "cat-file",
                "-e",
                &format!("main:plain-{writer}-{number}.txt"),
            ]);
        }
    }
}

#[test]
fn promotions_beside_plain_git_lose_nothing() {
    race(
        Size {
            processes: 2,
            promotions: 4,
        },
        Plain {
            writers: 2,
            commits: 4,
        },
    );
}

#[test]
#[ignore = "the full form: a minute or two"]
fn full_race_beside_plain_git_loses_nothing() {
    race(
        Size {
            processes: 8,
            promotions: 20,
        },
        Plain {
            writers: 4,
            commits: 20,
        },
    );
}
