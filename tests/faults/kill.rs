//! Commands that are killed at a system call.

use std::os::unix::process::ExitStatusExt;

use crate::aftermath::{Aftermath, of_each};
use crate::operation::{OPERATIONS, Operation};
use crate::strace::{self, Point, run_with, spread};
use crate::world::{World, tell};

/// What came of the kills of one command.
#[derive(Debug, Default)]
struct Tally {
    points: usize,
    killed: usize,
    old: usize,
    new: usize,
    corrupt: usize,
    next_failed: usize,
}

fn kill_at(
    operation: &Operation,
    template: &World,
    old: Option<&str>,
    point: &Point,
) -> (bool, Aftermath) {
    let world = template.copy();
    let output = run_with(
        operation,
        &world,
        &[format!("{}:signal=SIGKILL:when={}", point.name, point.when)],
    );
    let killed = output.is_some_and(|output| output.status.signal() == Some(9));
    (killed, Aftermath::of(operation, &world, old))
}

/// Kills `operation` at `most` of its calls, spread over its run, once each; answers what must not be.
fn kill(operation: &Operation, most: usize) -> Vec<String> {
    let template = operation.template();
    let old = template.branch();
    let points = spread(&strace::points(operation, &template), most);
    let mut tally = Tally {
        points: points.len(),
        ..Tally::default()
    };
    let mut complaints = Vec::new();
    let ends = of_each(&points, |point| {
        kill_at(operation, &template, old.as_deref(), point)
    });
    for (point, (killed, after)) in points.iter().zip(ends) {
        tally.killed += usize::from(killed);
        tally.new += usize::from(after.landed);
        tally.old += usize::from(!after.landed && after.corrupt.is_none());
        tally.corrupt += usize::from(after.corrupt.is_some());
        tally.next_failed += usize::from(after.next.is_some());
        let at = format!(
            "{} killed at {} #{}",
            operation.name, point.name, point.when
        );
        complaints.extend(after.complaints().map(|why| format!("{at}: {why}")));
    }
    let Tally {
        points,
        killed,
        old,
        new,
        corrupt,
        next_failed,
    } = tally;
    tell(&format!(
        "kill, {:<17} {points:>5} points, {killed:>5} killed: {old:>4} old, {new:>4} new, {corrupt} corrupt, \
         {next_failed} next writes failed",
        operation.name
    ));
    // A call or two may come a different number of times from run to run; then nobody is killed there.
    if killed * 10 < points * 9 {
        complaints.push(format!(
            "{}: only {killed} of {points} were killed",
            operation.name
        ));
    }
    complaints
}

fn kill_each(most: usize) {
    if strace::is_there() {
        let complaints: Vec<String> = OPERATIONS
            .iter()
            .flat_map(|operation| kill(operation, most))
            .collect();
        assert_eq!(complaints, Vec::<String>::new());
    }
}

#[test]
fn a_kill_leaves_old_or_new_and_the_next_write_works() {
    kill_each(10);
}

#[test]
#[ignore = "the full form: many minutes"]
fn full_kill_leaves_old_or_new_and_the_next_write_works() {
    kill_each(400);
}
