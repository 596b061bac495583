//! `--wait`: a command waits until its moves are eligible.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::world::{Run, World};

/// Runs at the present time, which moves on.
fn now(world: &World, arguments: &[&str]) -> Run {
    Run::of(moving(world).args(arguments))
}

/// The program, about to commit at the present time.
fn moving(world: &World) -> Command {
    let mut command = world.program(&world.repo());
    command
        .env_remove("GIT_COMMITTER_DATE")
        .env_remove("GIT_AUTHOR_DATE");
    command
}

#[test]
fn a_promotion_waits_until_the_freeze_is_over() {
    let world = World::promoted();
    world.done(&["freeze", "prod", "--for", "2s", "-m", "A moment"]);
    let run = now(&world, &["promote", "staging", "prod", "-y", "--wait=10m"]);
    assert_eq!(run.exit, 0, "{run:?}");
    run.says(&["not yet", "waiting"]);
    assert!(
        world
            .git(&["log", "-1", "--format=%s"])
            .starts_with("promote staging → prod")
    );
    world.done(&["check"]);
}

#[test]
fn it_does_not_wait_for_longer_than_it_may() {
    let world = World::promoted();
    world.done(&["freeze", "prod", "--for", "2h", "-m", "Migration"]);
    let before = world.everything();
    let begun = Instant::now();
    let run = now(&world, &["promote", "staging", "prod", "-y", "--wait=1h"]);
    run.says(&["later than --wait allows"]);
    // A dry run says what would happen, and a refusal is nothing to wait for.
    world.refused(5, &["promote", "staging", "prod", "-n", "--wait"]);
    world.done(&["freeze", "prod", "--name", "more", "-m", "Incident"]);
    world.refused(4, &["retire", "prod", "prompts/router", "-y", "--wait"]);
    assert!(begun.elapsed() < Duration::from_secs(600));
    world.done(&["thaw", "prod", "--freeze", "more", "-y"]);
    assert_eq!(world.everything().1, before.1);
}

#[test]
fn a_signal_ends_it_and_it_says_what_it_waited_for() {
    let world = World::promoted();
    world.done(&["freeze", "prod", "--for", "2h", "-m", "Migration"]);
    let head = world.head();
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let mut command = moving(&world);
        command.args(["promote", "staging", "prod", "-y", "--wait"]);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        stderr.read_line(&mut said).unwrap();
        assert!(said.contains("; waiting"), "{said}");
        kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal}");
        stderr.read_to_string(&mut said).unwrap();
        let interrupted = "interrupted while waiting: not yet: promote staging → prod";
        assert!(said.contains(interrupted), "{said}");
    }
    assert_eq!(world.head(), head);
}
