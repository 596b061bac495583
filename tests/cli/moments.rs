//! `--at`: what was live then, asked of every command that reads.

use crate::world::{Run, World};

const READERS: [&[&str]; 8] = [
    &["status"],
    &["diff", "staging", "prod"],
    &["log"],
    &["blame", "staging"],
    &["resolve", "prompts/a", "--env", "staging"],
    &["pending"],
    &["env", "list"],
    &["env", "show", "staging"],
];

/// A world in which prompts/a@1 went live in staging on the second of January, and @2 and @3 in one second of the third.
fn world() -> World {
    let world = World::new();
    for (text, day) in [("one", "02"), ("two", "03"), ("three", "03")] {
        world.write("../a.md", text);
        world.done_at(
            &format!("2026-01-{day}T14:00:00Z"),
            &["publish", "prompts/a", "../a.md", "--to", "staging"],
        );
    }
    world
}

fn answer(world: &World, arguments: &[&str], at: &str) -> String {
    world
        .refused(0, &[arguments, &["--at", at]].concat())
        .stdout
}

#[test]
fn every_reader_answers_for_a_time_as_for_the_commit_that_was_live_then() {
    let world = world();
    for reader in READERS {
        let now = world.done(reader).stdout;
        for (time, revision) in [
            ("2026-01-02T14:00:00Z", "HEAD~2"),
            ("2026-01-03 13:59:59", "HEAD~2"),
            ("2026-01-03T15:00:00+01:00", "HEAD"),
            ("2090-01-01", "HEAD"),
            ("0s ago", "HEAD"),
        ] {
            assert_eq!(
                answer(&world, reader, time),
                answer(&world, reader, revision),
                "{reader:?} {time}"
            );
        }
        assert_eq!(answer(&world, reader, "HEAD"), now, "{reader:?}");
    }
    assert_eq!(answer(&world, READERS[4], "2026-01-03T13:59:59Z"), "1\n");
    assert_eq!(
        answer(&world, READERS[4], "HEAD~1"),
        "2\n",
        "never live for anybody who asks for a time"
    );
}

#[test]
fn every_reader_says_that_there_was_no_project_yet() {
    let world = world();
    for reader in READERS {
        for (at, code) in [
            ("2025-12-31", "no-project-then"),
            ("HEAD~9", "no-such-revision"),
            ("soon", "no-such-revision"),
        ] {
            let run = world.run(&[reader, &["--at", at, "--json"]].concat());
            assert_eq!((run.exit, &*run.code()), (1, code), "{reader:?}");
        }
    }
}

#[test]
fn what_a_merge_brought_was_live_once_it_was_merged() {
    let world = World::promoted();
    world.git(&["checkout", "-q", "-b", "topic"]);
    world.done_at(
        "2026-01-05T12:00:00Z",
        &["promote", "staging", "prod", "-y"],
    );
    world.git(&["checkout", "-q", "main"]);
    let mut merge = world.sealed("git", &world.repo());
    merge
        .env("GIT_COMMITTER_DATE", "2026-01-08T12:00:00Z")
        .args(["merge", "-q", "--no-ff", "--no-edit", "topic"]);
    assert!(merge.status().unwrap().success());
    let live = |at: &str| answer(&world, &["resolve", "prompts/router", "--env", "prod"], at);
    assert_eq!(
        [live("2026-01-06T12:00:00Z"), live("2026-01-08T12:00:00Z")],
        ["1\n", "2\n"]
    );
    assert!(
        world
            .done(&["blame", "prod", "prompts/router"])
            .stdout
            .contains("\t2026-01-08T12:00:00Z\t")
    );
}

/// What is asked for in words is answered for a moment, which is said and is in the answer.
#[test]
fn every_flag_that_takes_a_time_reads_the_same_forms() {
    let world = World::promoted();
    for (text, at) in [
        ("2026-01-01T12:00:00Z", "2026-01-01T12:00:00Z"),
        ("2026-01-01 13:30", "2026-01-01T13:30:00Z"),
        ("@1767268800 +0100", "2026-01-01T12:00:00Z"),
        ("Thu Jan 1 14:00:00 2026 +0100", "2026-01-01T13:00:00Z"),
    ] {
        for command in [
            &["status"] as &[&str],
            &["env", "list"],
            &["blame", "prod"],
            &["log"],
            &["pending"],
            &["resolve", "prompts/router"],
            &["diff", "staging", "prod"],
            &["policy", "explain", "staging", "prod"],
            &["policy", "show", "prod"],
            &["access", "show"],
            &["env", "show", "prod"],
            &["render", "prod"],
            &["rollback", "prod", "-n"],
        ] {
            let asked = [command, &["--at", text]].concat();
            assert_eq!(world.json(0, &asked)["at"], at, "{asked:?}");
            world.done(&asked).says(&[&format!("as of {at}")]);
        }
        let log = world.json(0, &["log", "--since", text]);
        assert_eq!(log["since"], at, "{text}");
        let log = world.json(0, &["log", "--until", text]);
        assert_eq!(log["until"], at, "{text}");
    }
    // Without a zone it is the local one.
    let mut status = world.program(&world.repo());
    status.args(["status", "--json", "--at", "2026-01-01 21:00"]);
    let local = Run::of(status.env("TZ", "Asia/Tokyo"));
    assert_eq!(local.json(0)["at"], "2026-01-01T12:00:00Z");
    // What is to come is asked for where it makes sense.
    let present = world.json(0, &["status", "--at", "now"])["at"].to_string();
    for text in ["in 2h", "tomorrow 09:00", "in 3 days"] {
        let asked = ["policy", "explain", "staging", "prod", "--at", text];
        let at = world.json(0, &asked)["at"].to_string();
        assert!(at > present, "{text}: {at} {present}");
        world.done(&asked).says(&["as of "]);
    }
    for text in [
        "14:00",
        "yesterday",
        "now",
        "2 days ago",
        "noon",
        "monday 09:00",
    ] {
        let run = world.run(&["policy", "explain", "staging", "prod", "--at", text]);
        assert!(
            run.stderr.contains("as of ") || run.stderr.contains("did not exist"),
            "{text}: {run:?}"
        );
        assert!(!run.stderr.contains("code="), "{text}: {run:?}");
    }
}

#[test]
fn what_is_neither_a_time_nor_a_revision_is_said_in_our_words() {
    let world = World::promoted();
    for (text, exit, said) in [
        ("gibberish", 1, "neither a revision"),
        ("25:00", 1, "neither a revision"),
        ("HEAD~9999", 1, "neither a revision"),
        ("ab", 1, "neither a revision"),
        (":/[", 1, "neither a revision"),
        ("tomorrow 09:00", 2, "is in the future"),
        ("in 2h", 2, "is in the future"),
    ] {
        let run = world.refused(exit, &["status", "--at", text]);
        run.says(&[said]);
        assert!(
            !run.stderr.contains("class=") && !run.stderr.contains("code="),
            "{text}: {run:?}"
        );
    }
    let run = world.refused(2, &["log", "--since", "gibberish"]);
    run.says(&["--since: invalid time", "14:00", "2 days ago"]);
}
