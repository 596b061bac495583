//! Commits with a message larger than any program shows: other people's are read by their headers, and envctl writes none.

use crate::remotes::write_hook;
use crate::world::World;

const LARGE: usize = 1_100_000;
/// More than is ever loaded of a commit.
const HUGE: usize = 66 * 1024 * 1024;

#[test]
fn a_large_commit_of_somebody_keeps_nobody_from_working() {
    let world = World::promoted();
    let base = world.head();
    for (size, packed) in [(LARGE, false), (3 * LARGE, true), (HUGE, true)] {
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
        &["status", "--at", "HEAD~1"],
        &["status", "--at", "main~2"],
        &["diff", &range],
        &["blame", "staging"],
        &["doctor"],
        &["promote", "staging", "prod", "-y"],
        &["check", &range],
        &["check", "HEAD~1..HEAD"],
    ] {
        world.done(arguments);
    }
    let log = world.json(0, &["log", "--limit", "9"]);
    let names: Vec<&str> = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["author"]["email"].as_str().unwrap())
        .collect();
    assert!(
        names.iter().all(|email| *email == "ana@example.org"),
        "{names:?}"
    );
    world.git(&["fsck", "--strict"]);
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
