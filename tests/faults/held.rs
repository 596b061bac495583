//! Locks that somebody holds: another git, at work or dead, and an envctl that has stopped.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use envctl::store::Backoff;

use crate::aftermath;
use crate::operation::NEXT;
use crate::race::{Told, length};
use crate::strace;
use crate::world::{ENVCTL, World, said};

/// The exit code that says that somebody is in the way.
const IN_THE_WAY: i32 = 6;

/// How a lock is made, and how it goes.
type Lock = (fn(&Path), fn(&Path));

const LOCKS: [Lock; 3] = [
    (
        |path| fs::write(path, "").unwrap(),
        |path| fs::remove_file(path).unwrap(),
    ),
    (
        |path| fs::write(path, "0123456789abcdef").unwrap(),
        |path| fs::remove_file(path).unwrap(),
    ),
    (
        |path| fs::create_dir(path).unwrap(),
        |path| fs::remove_dir(path).unwrap(),
    ),
];

/// A lock that stays is told by its name, nothing lands, it stays, and without it the next write works.
fn assert_told(template: &World, name: &str, (make, remove): Lock) {
    let world = template.copy();
    let lock = world.repo().join(".git").join(name);
    let old = world.tip();
    make(&lock);
    let output = world.promote("one", 0);
    assert_eq!(output.status.code(), Some(IN_THE_WAY), "{}", said(&output));
    assert!(said(&output).contains(name), "{}", said(&output));
    assert!(lock.exists());
    assert_eq!(world.tip(), old);
    remove(&lock);
    assert_eq!(aftermath::write(&world, &NEXT), Ok(()));
}

#[test]
fn a_lock_that_stays_is_told_and_left_alone() {
    let template = &World::with_prompts(1);
    thread::scope(|scope| {
        for name in ["refs/heads/main.lock", "index.lock"] {
            for lock in LOCKS {
                scope.spawn(move || assert_told(template, name, lock));
            }
        }
    });
}

#[test]
fn a_lock_that_a_git_holds_for_a_moment_is_waited_for() {
    for name in ["refs/heads/main.lock", "index.lock"] {
        let world = World::with_prompts(1);
        let lock = world.repo().join(".git").join(name);
        fs::write(&lock, "").unwrap();
        let mut git = Command::new("sh")
            .args(["-c", "sleep 0.5; rm \"$0\""])
            .arg(&lock)
            .spawn()
            .unwrap();
        assert_eq!(aftermath::write(&world, &NEXT), Ok(()), "{name}");
        assert!(git.wait().unwrap().success());
    }
}

/// A promotion of prompt 0 that has stopped, with the lock.
struct Stopped {
    strace: Child,
    lock: PathBuf,
}

impl Stopped {
    fn in_world(world: &World) -> Self {
        let mut strace = world.command("strace");
        strace.args([
            "-f",
            "-o",
            "/dev/null",
            "-e",
            "trace=flock",
            "-e",
            "inject=flock:signal=SIGSTOP:when=1",
        ]);
        strace.args([ENVCTL, "promote", "one", "live", "prompts/p0", "-y"]);
        let strace = strace
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stopped = Self {
            strace,
            lock: world.repo().join(".git/envctl/lock"),
        };
        let mut backoff = Backoff::lasting(Duration::from_secs(20));
        while !stopped.holds() {
            assert!(backoff.wait(), "it never got the lock");
        }
        stopped
    }

    fn holds(&self) -> bool {
        File::open(&self.lock)
            .is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
    }

    /// Lets it go on; answers whether it succeeded.
    fn go_on(mut self) -> bool {
        let strace = self.strace.id();
        let children =
            fs::read_to_string(format!("/proc/{strace}/task/{strace}/children")).unwrap();
        let goes = Command::new("kill")
            .arg("-CONT")
            .args(children.split_ascii_whitespace())
            .status();
        assert!(goes.unwrap().success());
        self.strace.wait().unwrap().success()
    }
}

/// Promotes each of the prompts but the first at once.
fn promote_all(world: &World, prompts: usize) {
    thread::scope(|scope| {
        for prompt in 1..prompts {
            scope.spawn(move || {
                let output = world.promote("one", prompt);
                assert!(output.status.success(), "{}", said(&output));
            });
        }
    });
}

fn assert_all_landed(world: &World, before: usize, prompts: usize) {
    let Told {
        landed,
        duplicates,
        commits,
    } = Told::of(world, before);
    assert_eq!((landed, duplicates, commits), (prompts, 0, prompts));
    assert_eq!((world.status(), world.leftover()), (String::new(), None));
    assert_eq!(aftermath::write(world, &NEXT), Ok(()));
}

#[test]
fn one_that_has_stopped_with_the_lock_is_waited_for_and_then_passed() {
    if strace::is_there() {
        let world = World::with_prompts(5);
        let before = length(&world);
        let stopped = Stopped::in_world(&world);
        // After ten seconds all of these go on without the lock, and at once.
        promote_all(&world, 5);
        assert!(stopped.go_on());
        assert_all_landed(&world, before, 5);
    }
}

#[test]
fn a_lock_whose_file_is_deleted_while_it_is_held_does_no_harm() {
    if strace::is_there() {
        let world = World::with_prompts(3);
        let before = length(&world);
        let stopped = Stopped::in_world(&world);
        fs::remove_file(&stopped.lock).unwrap();
        promote_all(&world, 3);
        assert!(stopped.go_on());
        assert_all_landed(&world, before, 3);
    }
}

#[test]
fn one_that_is_killed_with_the_lock_is_in_nobodys_way() {
    if strace::is_there() {
        let world = World::with_prompts(1);
        let Stopped { mut strace, .. } = Stopped::in_world(&world);
        let id = strace.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
        assert!(
            Command::new("kill")
                .arg("-KILL")
                .args(children.split_ascii_whitespace())
                .status()
                .unwrap()
                .success()
        );
        strace.wait().unwrap();
        assert_eq!(aftermath::write(&world, &NEXT), Ok(()));
    }
}
