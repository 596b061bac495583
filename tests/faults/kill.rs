//! A promotion that is killed at a system call.

use std::os::unix::process::ExitStatusExt;

use crate::aftermath::{Aftermath, of_each};
use crate::strace::{self, Point, points_of_promotion, promote_with, spread};
use crate::world::{World, tell};

/// What came of the kills.
#[derive(Debug, Default)]
struct Tally {
    points: usize,
    killed: usize,
    old: usize,
    new: usize,
    corrupt: usize,
    next_failed: usize,
    complaints: Vec<String>,
}

fn kill_at(template: &World, old: &str, point: &Point) -> (bool, Aftermath) {
    let world = template.copy();
    let output = promote_with(&world, "one", &format!("{}:signal=SIGKILL:when={}", point.name, point.when));
    let killed = output.status.signal() == Some(9);
    (killed, Aftermath::of(&world, old))
}

/// Kills one promotion in a repository that flushes to the disk, and one each at `choose`n calls.
fn kill(choose: impl Fn(&[Point]) -> Vec<Point>) -> Tally {
    let template = World::with_prompts(2);
    template.git(&["config", "envctl.durable", "true"]);
    let old = template.tip();
    let points = choose(&points_of_promotion(&template.copy(), "one"));
    let mut tally = Tally { points: points.len(), ..Tally::default() };
    for (point, (killed, after)) in points.iter().zip(of_each(&points, |point| kill_at(&template, &old, point))) {
        tally.killed += usize::from(killed);
        tally.new += usize::from(after.landed);
        tally.old += usize::from(!after.landed && after.corrupt.is_none());
        tally.corrupt += usize::from(after.corrupt.is_some());
        tally.next_failed += usize::from(after.next.is_some());
        tally.complaints.extend(after.complaints().map(|why| format!("{} #{}: {why}", point.name, point.when)));
    }
    tell(&format!(
        "kill: {} points, {} killed: {} old, {} new, {} corrupt, {} next writes failed",
        tally.points, tally.killed, tally.old, tally.new, tally.corrupt, tally.next_failed
    ));
    tally
}

fn assert_harmless(tally: &Tally) {
    assert_eq!(tally.complaints, Vec::<String>::new());
    // A call or two may come a different number of times from run to run; then nobody is killed there.
    assert!(tally.killed * 10 >= tally.points * 9, "{tally:?}");
}

#[test]
fn a_kill_leaves_old_or_new_and_the_next_write_works() {
    if strace::is_there() {
        assert_harmless(&kill(|points| spread(points, 40)));
    }
}

#[test]
#[ignore = "the full form: some minutes"]
fn full_kill_at_every_call_leaves_old_or_new_and_the_next_write_works() {
    if strace::is_there() {
        assert_harmless(&kill(<[Point]>::to_vec));
    }
}
