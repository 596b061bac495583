//! A disk that really is full: a small one in memory, which several writers fill.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use tempfile::TempDir;

use crate::aftermath;
use crate::operation::NEXT;
use crate::race::{Told, length};
use crate::world::{World, said, tell};

const WRITERS: usize = 4;
/// How often a writer that failed tries again; the others may have failed only for a moment.
const FAILURES: usize = 3;
/// What is left for the writers.
const ROOM: u64 = 256 * 1024;

/// A file system in memory, as long as this lives.
struct Mounted(PathBuf);

impl Mounted {
    /// None: only the superuser may mount, and only where there is something to mount.
    fn at(folder: &Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=16m", "envctl-faults"])
            .arg(folder);
        mount
            .output()
            .is_ok_and(|run| run.status.success())
            .then(|| Self(folder.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // What stays mounted would stay for ever: lazily is better than not at all.
        drop(Command::new("umount").arg("--lazy").arg(&self.0).status());
    }
}

/// Fills the disk up to what is left for the writers.
fn fill(path: &Path) {
    let mut ballast = File::create(path).unwrap();
    let mut size = 0;
    loop {
        match ballast.write(&[0; 4096]) {
            Ok(written) => size += written as u64,
            Err(error) if error.kind() == ErrorKind::StorageFull => break,
            Err(error) => panic!("{error}"),
        }
    }
    ballast.set_len(size.saturating_sub(ROOM)).unwrap();
}

/// Promotes until the disk is full; answers how many promotions succeeded, and of how many nobody knew.
fn promote_until_full(world: &World, prompt: usize) -> (usize, usize) {
    let (mut succeeded, mut unknown, mut failed) = (0, 0, 0);
    let mut turn = 0;
    while failed < FAILURES {
        let output = world.promote(["one", "two"][turn % 2], prompt);
        match output.status.code() {
            Some(0) => {
                succeeded += 1;
                turn += 1;
            }
            Some(8) => unknown += 1,
            Some(1 | 6) => failed += 1,
            code => panic!("{code:?}: {}", said(&output)),
        }
        assert!(succeeded < 1_000, "the disk never got full");
    }
    (succeeded, unknown)
}

#[test]
fn four_writers_fill_a_disk_and_none_lies() {
    let template = World::with_prompts(WRITERS);
    let folder = TempDir::new().unwrap();
    let Some(_mounted) = Mounted::at(folder.path()) else {
        tell("skipped: only the superuser may mount a small disk");
        return;
    };
    let world = &template.copy_into(folder);
    let before = length(world);
    let ballast = world.path("ballast");
    fill(&ballast);
    let ends = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|prompt| scope.spawn(move || promote_until_full(world, prompt)))
            .collect();
        writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .collect::<Vec<_>>()
    });
    fs::remove_file(&ballast).unwrap();
    let (succeeded, unknown) = ends
        .iter()
        .fold((0, 0), |sum, end| (sum.0 + end.0, sum.1 + end.1));
    let Told {
        landed,
        duplicates,
        commits,
    } = Told::of(world, before);
    tell(&format!(
        "full disk: {succeeded} succeeded, {unknown} unknown, {landed} landed"
    ));
    assert!(
        succeeded > 0 && (succeeded..=succeeded + unknown).contains(&landed),
        "{succeeded} {unknown} {landed}"
    );
    assert_eq!((duplicates, commits), (0, landed));
    assert_eq!(aftermath::write(world, &NEXT), Ok(()));
}
