//! Faults at chosen system calls.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Output};

use crate::limit::limited;
use crate::operation::Operation;
use crate::world::{ENVCTL, World, tell};

/// The `when`th call of the system call `name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    pub name: String,
    pub when: usize,
}

/// Whether there is a `strace` that may trace. If not the caller has nothing to do; where `CI` is set that is a failure.
#[expect(
    clippy::disallowed_methods,
    reason = "whether a machine of CI lacks a program is asked of its environment"
)]
pub fn is_there() -> bool {
    if Command::new("strace")
        .args(["-f", "-o", "/dev/null", "true"])
        .output()
        .is_ok_and(|run| run.status.success())
    {
        return true;
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "strace is missing or may not trace"
    );
    tell("skipped: strace is missing or may not trace");
    false
}

/// The system calls of `operation`, in their order.
pub fn points(operation: &Operation, template: &World) -> Vec<Point> {
    points_of(&template.copy(), operation.arguments)
}

/// The system calls of envctl with these `arguments`, which must succeed, in their order.
pub fn points_of(world: &World, arguments: &[&str]) -> Vec<Point> {
    let trace = world.path("trace");
    let mut strace = world.command("strace");
    strace
        .arg("-f")
        .arg("-o")
        .arg(&trace)
        .arg(ENVCTL)
        .args(arguments);
    let output = strace.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let mut points = numbered(&fs::read_to_string(trace).unwrap());
    // It is strace that is about to become envctl there.
    points.retain(|point| point.name != "execve");
    points
}

/// Numbers the calls of each name. The first process's only: `strace` counts for each thread on its own.
fn numbered(trace: &str) -> Vec<Point> {
    let mut counts = BTreeMap::new();
    let mut points = Vec::new();
    let main = trace.split_ascii_whitespace().next().unwrap_or_default();
    for line in trace.lines() {
        let Some((process, call)) = line.split_once(char::is_whitespace) else {
            continue;
        };
        let Some((name, _)) = call.trim_start().split_once('(') else {
            continue;
        };
        if process != main
            || !name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            continue;
        }
        let count: &mut usize = counts.entry(name.to_owned()).or_default();
        *count += 1;
        points.push(Point {
            name: name.to_owned(),
            when: *count,
        });
    }
    points
}

/// Runs `operation` with faults injected, each in the words of `strace --inject`; none: it did not answer in 30 s.
pub fn run_with(operation: &Operation, world: &World, faults: &[String]) -> Option<Output> {
    let mut strace = world.command("strace");
    // Only the calls that are to fail are looked at, and others do not even stop for that. A signal needs that they do.
    let names: Vec<&str> = faults
        .iter()
        .filter_map(|fault| fault.split(':').next())
        .collect();
    strace.args([
        "-f",
        "-o",
        "/dev/null",
        "-e",
        &format!("trace={}", names.join(",")),
    ]);
    if faults.iter().all(|fault| fault.contains(":error=")) {
        strace.arg("--seccomp-bpf");
    }
    for fault in faults {
        strace.args(["-e", &format!("inject={fault}")]);
    }
    strace.arg(ENVCTL).args(operation.arguments);
    limited(&mut strace).ok()
}

/// About `most` of `points`, evenly spread.
pub fn spread<T: Clone>(points: &[T], most: usize) -> Vec<T> {
    let most = most.min(points.len());
    (0..most)
        .map(|number| points[number * points.len() / most].clone())
        .collect()
}

#[test]
fn calls_are_numbered_by_name() {
    let trace =
        "7 read(3) = 0\n7 write(1) = 0\n8 read(3) = 0\n7 read(3) = ?\n7 +++ exited with 0 +++\n";
    let points = numbered(trace)
        .into_iter()
        .map(|point| (point.name, point.when))
        .collect::<Vec<_>>();
    assert_eq!(
        points,
        [
            ("read".to_owned(), 1),
            ("write".to_owned(), 1),
            ("read".to_owned(), 2)
        ]
    );
}
