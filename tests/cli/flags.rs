//! What every command that writes takes, and the order in which streams speak.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::world::{Run, World};

/// Every command that writes, each with arguments that would change something in a promoted world.
const WRITERS: [&[&str]; 19] = [
    &["publish", "prompts/a", "a.md"],
    &["promote", "staging", "prod"],
    &["point", "prod", "prompts/router@1"],
    &["rollback", "prod"],
    &["retire", "prod", "prompts/router"],
    &["undo"],
    &["approve", "prod"],
    &["reject", "prod"],
    &["withdraw", "prod"],
    &["demo", "desk"],
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

/// Those that make no commit of their own, so that there is nothing that could bear a message.
const WITHOUT_A_COMMIT: [&[&str]; 5] = [
    &["sync"],
    &["hooks", "install"],
    &["hooks", "uninstall"],
    &["doctor", "--fix"],
    &["render", "prod", "-o", "rendered"],
];

#[test]
fn every_writer_takes_the_options_of_writers() {
    let world = World::promoted();
    world.write("a.md", "a");
    for arguments in WRITERS.iter().chain(&WITHOUT_A_COMMIT) {
        let mut options: Vec<&[&str]> = vec![&["-n"], &["--dry-run"], &["-y"], &["--yes"]];
        if !WITHOUT_A_COMMIT.contains(arguments) {
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

/// Everything that is in the repository's folder, with its bytes.
fn files(world: &World) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut folders = vec![world.repo()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name() != Some("index".as_ref()) {
                files.push((path.clone(), std::fs::read(path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn a_dry_run_of_what_makes_no_commit_says_what_would_happen_and_changes_nothing() {
    let world = World::promoted();
    world.done(&["hooks", "install"]);
    // Something to mend.
    let hook = world.repo().join(".git/hooks/pre-push");
    let text = std::fs::read_to_string(&hook).unwrap();
    std::fs::write(&hook, text.replace("envctl check", "envctl  check")).unwrap();
    for (arguments, says) in [
        (&["hooks", "uninstall"] as &[&str], "nothing was changed"),
        (&["doctor", "--fix"], "nothing was changed"),
        (&["render", "prod", "-o", "rendered"], "would be written"),
        (&["demo", "desk"], "nothing was changed"),
        (&["init", "--editor"], "would be written"),
    ] {
        let before = files(&world);
        let run = world.run(&[arguments, &["-n", "-y"]].concat());
        assert!(
            matches!(run.exit, 0 | 11) && run.stderr.contains(says),
            "{arguments:?}: {run:?}"
        );
        let run = world.run(&[arguments, &["-n", "--json"]].concat());
        assert_eq!(run.json(run.exit)["dry_run"], true);
        assert_eq!(files(&world), before, "{arguments:?}");
    }
}

#[test]
fn the_reason_of_an_example_is_that_of_its_approval() {
    let world = World::empty();
    world.done(&["demo", "desk", "-m", "Looks good", "-y"]);
    let log = world.run_in(
        &world.repo().join("desk"),
        &["log", "--limit", "1", "--json"],
    );
    assert_eq!(log.json(0)["entries"][0]["reason"], "Looks good");
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
