//! What small commands ask of the system, against what they asked when it was last decided that this is worth it.

use crate::strace::{is_there, points_of};
use crate::world::World;

/// How many system calls a command makes, but for those in [`UNCOUNTED`].
///
/// A change may raise a number by more than the slack, for a reason that its commit says. One that lowers it records that.
const BUDGETS: [(&[&str], usize); 4] = [
    (&["status"], 493),
    (&["resolve", "prompts/p0", "--env", "live"], 279),
    (
        &["promote", "one", "live", "prompts/p0", "--dry-run", "-y"],
        760,
    ),
    (&["promote", "one", "live", "prompts/p0", "-y"], 1_262),
];
/// By how many percent a command may miss its number in either direction: other versions of the system's libraries.
const SLACK: usize = 5;
/// How many of the first there are depends on the allocator, and of the last on how deep the folder for temporary files lies.
const UNCOUNTED: [&str; 7] = [
    "brk", "madvise", "mmap", "mprotect", "mremap", "munmap", "readlink",
];

#[test]
fn small_commands_keep_to_their_budget_of_system_calls() {
    if !is_there() {
        return;
    }
    let template = World::repeatable(2);
    let mut missed = Vec::new();
    for (arguments, budget) in BUDGETS {
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
