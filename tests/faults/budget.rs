//! What small commands cost, against what they cost when it was last decided that this is worth it: system calls and
//! instructions, which are the same in every run, on a busy machine and on an idle one.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::strace::{is_there, points_of};
use crate::world::{ENVCTL, World, tell};

/// A command, how many system calls it makes but for those in [`UNCOUNTED`], and how many thousands of instructions the
/// development build takes for it, built by [`COMPILER`].
///
/// A change may raise a number by more than the slack, for a reason that its commit says. One that lowers it records that.
const BUDGETS: [(&[&str], usize, u64); 4] = [
    (&["status"], 442, 9_619),
    (&["resolve", "prompts/p0", "--env", "live"], 279, 5_500),
    (
        &["promote", "one", "live", "prompts/p0", "--dry-run", "-y"],
        721,
        12_891,
    ),
    (
        &["promote", "one", "live", "prompts/p0", "-y"],
        1_153,
        18_587,
    ),
];
/// By how many percent a command may miss its number in either direction: other versions of the system's libraries.
const SLACK: usize = 5;
/// How many of the first there are depends on the allocator, and of the last on how deep the folder for temporary files lies.
const UNCOUNTED: [&str; 7] = [
    "brk", "madvise", "mmap", "mprotect", "mremap", "munmap", "readlink",
];
/// Another compiler makes other code of the same lines.
const COMPILER: &str = "rustc 1.95.0 (59807616e 2026-04-14)";

#[test]
fn small_commands_keep_to_their_budget_of_system_calls() {
    if !is_there() {
        return;
    }
    let template = World::repeatable(2);
    let mut missed = Vec::new();
    for (arguments, budget, _) in BUDGETS {
        let calls = points_of(&template.copy(), arguments);
        let calls = calls
            .iter()
            .filter(|call| !UNCOUNTED.contains(&call.name.as_str()))
            .count();
        if calls.abs_diff(budget) * 100 > budget * SLACK {
            missed.push(format!(
                "{}: {calls} calls, not {budget}",
                arguments.join(" ")
            ));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn small_commands_keep_to_their_budget_of_instructions() {
    if !counts_instructions() {
        return;
    }
    if !is_recorded_compiler() {
        tell("skipped: the instructions were recorded with another compiler");
        return;
    }
    let template = World::repeatable(2);
    let mut missed = Vec::new();
    for (arguments, _, budget) in BUDGETS {
        let thousands = instructions_of(&template.copy(), arguments) / 1000;
        // More only: fewer are recorded by whoever has brought them.
        if thousands * 100 > budget * (100 + SLACK as u64) {
            missed.push(format!(
                "{}: {thousands} thousand instructions, not {budget}",
                arguments.join(" ")
            ));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// The benchmark has targets for a hundred times as many, and takes minutes.
#[test]
fn versions_that_a_question_does_not_concern_cost_it_next_to_nothing() {
    if !counts_instructions() {
        return;
    }
    let (few, many) = (World::repeatable(1), World::repeatable(1));
    let folder = many.repo().join("prompts/other");
    fs::create_dir(&folder).unwrap();
    for number in 1..=300 {
        fs::write(
            folder.join(format!("{number}.md")),
            format!("other {number}\n"),
        )
        .unwrap();
    }
    many.git(&["add", "prompts"]);
    many.git(&["commit", "-q", "-m", "versions"]);
    for (arguments, most) in [
        (&["resolve", "prompts/p0", "--env", "live"] as &[&str], 1.1),
        (&["status"], 1.5),
    ] {
        let [few, many] = [&few, &many].map(|world| instructions_of(world, arguments) as f64);
        let growth = many / few;
        assert!(
            growth < most,
            "{arguments:?} takes {growth:.2} times as much"
        );
    }
}

/// Whether there is a `valgrind`. If not the caller has nothing to do; where `CI` is set that is a failure.
#[expect(
    clippy::disallowed_methods,
    reason = "whether a machine of CI lacks a program is asked of its environment"
)]
fn counts_instructions() -> bool {
    let version = Command::new("valgrind").arg("--version").output();
    if version.is_ok_and(|run| run.status.success()) {
        return true;
    }
    assert!(std::env::var_os("CI").is_none(), "valgrind is missing");
    tell("skipped: valgrind is missing");
    false
}

fn is_recorded_compiler() -> bool {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut rustc = Command::new("rustc");
    let version = rustc.arg("--version").current_dir(here).output().unwrap();
    String::from_utf8(version.stdout).unwrap().trim() == COMPILER
}

/// How many instructions envctl takes with these `arguments`, which must succeed.
fn instructions_of(world: &World, arguments: &[&str]) -> u64 {
    let mut valgrind = world.command("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", ENVCTL]);
    let run = valgrind.args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    let collected = said
        .lines()
        .find_map(|line| line.split("Collected : ").nth(1));
    let collected = collected.unwrap_or_else(|| panic!("{said}"));
    collected.trim().parse().unwrap()
}
