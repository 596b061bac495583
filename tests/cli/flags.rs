//! What every command that writes takes, and the order in which streams speak.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::world::{Run, World};

/// Every command that writes, each with arguments that would change something in a promoted world.
const WRITERS: [&[&str]; 17] = [
    &["publish", "prompts/a", "a.md"],
    &["promote", "staging", "prod"],
    &["rollback", "prod"],
    &["retire", "prod", "prompts/router"],
    &["approve", "prod"],
    &["reject", "prod"],
    &["withdraw", "prod"],
    &["sync"],
    &["import", "gateway.toml", "--to", "staging"],
    &["init"],
    &["env", "create", "qa"],
    &["env", "edit", "staging", "--color", "red"],
    &["env", "reorder", "prod", "staging"],
    &["env", "delete", "qa"],
    &["policy", "set", "prod", "min_dwell=1h"],
    &[
        "access",
        "grant",
        "ana@example.org",
        "owner",
        "--name",
        "ana",
    ],
    &["access", "revoke", "ana"],
];

#[test]
fn every_writer_takes_the_options_of_writers() {
    let world = World::promoted();
    world.write("a.md", "a");
    for arguments in WRITERS {
        let mut options: Vec<&[&str]> = vec![&["-n"], &["--dry-run"], &["-y"], &["--yes"]];
        if arguments[0] != "sync" {
            options.extend([&["-m", "Why"] as &[&str], &["--message", ""]]);
        }
        for option in options {
            let run = world.run(&[arguments, option, &["-n", "--no-such-option"]].concat());
            let dry = option[0] == "-n" || option[0] == "--dry-run";
            // A flag that is given twice is told first.
            let expected = if dry { "dry-run" } else { "no-such-option" };
            assert!(
                run.exit == 2 && run.stderr.contains(expected),
                "{arguments:?} {option:?}: {run:?}"
            );
        }
    }
}

#[test]
fn an_empty_message_is_none() {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y", "-m", ""]);
    let entry = &world.json(0, &["log"])["entries"][0];
    assert_eq!(
        (&entry["action"], &entry["reason"]),
        (&json!("promote"), &json!(null))
    );
    world.done(&["rollback", "prod", "-y", "-m", "  "]);
    assert_eq!(world.json(0, &["log"])["entries"][0]["reason"], json!(null));
}

#[test]
fn in_one_stream_the_answer_stands_before_what_is_said_of_it() {
    let world = World::promoted();
    let program = env!("CARGO_BIN_EXE_envctl");
    let both = |line: &str| {
        let mut shell = world.sealed("sh", &world.repo());
        Run::of(shell.args(["-c", &format!("{program} {line} 2>&1")])).stdout
    };
    let promoted = both("promote staging prod -y");
    assert!(
        promoted.starts_with("prompts/router\t1\t2\tforward\nstaging → prod"),
        "{promoted}"
    );
    world.write("prompts/router/draft.md", "?");
    world.commit_all("a draft");
    let checked = both("check");
    let (report, verdict) = (
        checked.find("error[unknown-file]"),
        checked.find("error: 1 finding"),
    );
    assert!(report.is_some() && report < verdict, "{checked}");
}

#[test]
fn a_pipe_that_nobody_writes_to_is_said_after_two_seconds() {
    let world = World::new();
    let fifo = world.repo().join("pipe.md");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let mut publish = world.program(&world.repo());
    let child = publish
        .args(["publish", "prompts/a", "pipe.md", "--to", "staging"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let (_nobody, word) = std::sync::mpsc::channel::<()>();
    let _ = word.recv_timeout(Duration::from_secs(3));
    std::fs::write(&fifo, "at last\n").unwrap();
    let run = Run::from(child.wait_with_output().unwrap());
    assert!(begun.elapsed() >= Duration::from_secs(2));
    assert_eq!(run.exit, 0, "{run:?}");
    run.says(&[
        "waiting for somebody to write to",
        "pipe.md",
        "published prompts/a@1",
    ]);
    assert_eq!(world.read("prompts/a/1.md"), "at last\n");
    // One that writes at once is no news.
    let run = world.fed(b"now\n", &["publish", "prompts/b", "-", "--to", "staging"]);
    assert!(!run.stderr.contains("waiting"), "{run:?}");
}
