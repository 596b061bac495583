//! Commits with a message larger than any program shows: other people's are read by their headers, and envctl writes none.

use crate::remotes::write_hook;
use crate::world::World;

const LARGE: usize = 1_100_000;

#[test]
fn a_large_commit_of_somebody_keeps_nobody_from_working() {
    let world = World::promoted();
    let base = world.head();
    for (size, packed) in [(LARGE, false), (3 * LARGE, true)] {
        world.write("../message", "m".repeat(size));
        world.write("NOTES", size.to_string());
        world.git(&["add", "NOTES"]);
        world.git(&["commit", "-q", "-F", "../message"]);
        if packed {
            world.git(&["gc", "-q"]);
        }
    }
    let range = format!("{base}..HEAD");
    for arguments in [
        &["status"] as &[&str],
        &["check", &range],
        &["check", "--pin-policy", &range],
        &["log"],
        &["blame", "staging"],
        &["doctor"],
        &["promote", "staging", "prod", "-y"],
        &["check", &range],
        &["check", "HEAD~1..HEAD"],
    ] {
        world.done(arguments);
    }
}

#[test]
fn a_message_that_a_hook_makes_too_long_is_not_written() {
    let world = World::promoted();
    let before = world.head();
    let hook = world.repo().join(".git/hooks/commit-msg");
    write_hook(
        &hook,
        "#!/bin/sh\nhead -c 600000 /dev/zero | tr '\\0' m >> \"$1\"\n",
    );
    let run = world.refused(4, &["promote", "staging", "prod", "-y"]);
    run.says(&["at most 524288 are written", "--no-verify"]);
    assert_eq!(world.head(), before);
    world.done(&["promote", "staging", "prod", "-y", "--no-verify"]);
}
