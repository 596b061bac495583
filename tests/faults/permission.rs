//! A user who may read the repository and not write all of it.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crate::aftermath;
use crate::operation::NEXT;
use crate::world::{ENVCTL, World, said};

/// The number of a user who owns nothing else.
const NOBODY: u32 = 65_534;

/// Whether who runs the tests may do everything, so that the program has to be run as somebody else.
fn is_superuser(world: &World) -> bool {
    fs::metadata(world.repo()).unwrap().uid() == 0
}

/// A promotion by an ordinary user, to whom the world belongs meanwhile.
fn promote(world: &World) -> Output {
    if !is_superuser(world) {
        return world.promote("one", 0);
    }
    // Where the tests are built others may not look.
    let program = world.path("envctl");
    fs::copy(ENVCTL, &program).unwrap();
    give_to(world, NOBODY);
    let mut command = world.command(program.to_str().unwrap());
    let output = command
        .uid(NOBODY)
        .gid(NOBODY)
        .args(["promote", "one", "live", "-y"])
        .output()
        .unwrap();
    give_to(world, 0);
    output
}

fn give_to(world: &World, user: u32) {
    let given = Command::new("chown")
        .args(["-R", &format!("{user}:{user}")])
        .arg(world.path(""))
        .status();
    assert!(given.unwrap().success());
}

#[test]
fn what_may_not_be_written_is_told_at_once_and_nothing_lands() {
    let template = World::with_prompts(1);
    for folder in [".git/refs/heads", ".git/objects", ".git"] {
        let world = template.copy();
        let old = world.tip();
        let protected = world.repo().join(folder);
        fs::set_permissions(&protected, fs::Permissions::from_mode(0o555)).unwrap();
        let begun = Instant::now();
        let output = promote(&world);
        // Who takes it for a lock that somebody holds waits for five seconds.
        assert!(
            begun.elapsed() < Duration::from_secs(2),
            "{folder}: {:?}",
            begun.elapsed()
        );
        assert_eq!(output.status.code(), Some(1), "{folder}: {}", said(&output));
        assert!(
            said(&output).to_lowercase().contains("permission"),
            "{folder}: {}",
            said(&output)
        );
        fs::set_permissions(&protected, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(world.tip(), old);
        assert_eq!(aftermath::write(&world, &NEXT), Ok(()), "{folder}");
    }
}
