//! Pushes from many clones at once, and pushes that die on their way.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::answers;
use crate::world::{ENVCTL, World, said, tell};

/// How many clones, and how many pushes from each.
#[derive(Clone, Copy)]
struct Size {
    clones: usize,
    pushes: usize,
}

/// Clones of one bare repository. Every move into `live` is judged by a policy that has to look at history.
struct Remotes {
    origin: World,
}

impl Remotes {
    fn with_prompts(prompts: usize) -> Self {
        let origin = World::with_prompts(prompts);
        let envctl = |arguments: &[&str]| origin.command(ENVCTL).args(arguments).output().unwrap();
        let set = envctl(&[
            "policy",
            "set",
            "live",
            "min_dwell=1s",
            "allow_rolled_back=true",
        ]);
        assert!(set.status.success(), "{set:?}");
        origin.git(&["clone", "-q", "--bare", ".", "../remote.git"]);
        // What was published last has to have been live for a second.
        wait(Duration::from_millis(1_100));
        Self { origin }
    }

    fn clone_to(&self, name: &str) -> PathBuf {
        self.origin
            .git(&["clone", "-q", "../remote.git", &format!("../{name}")]);
        let clone = self.origin.path(name);
        self.git(&clone, &["config", "envctl.durable", "false"]);
        // The remote outlives who pushes to it, as if it were another machine.
        self.git(
            &clone,
            &[
                "config",
                "remote.origin.receivepack",
                "setsid -w git-receive-pack",
            ],
        );
        clone
    }

    fn envctl(&self, clone: &PathBuf, arguments: &[&str]) -> Command {
        let mut command = self.origin.command(ENVCTL);
        command
            .current_dir(clone)
            .args(arguments)
            .args(["--push", "--no-input"]);
        command
    }

    fn git(&self, folder: &PathBuf, arguments: &[&str]) -> String {
        let output = self
            .origin
            .command("git")
            .current_dir(folder)
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            said(&output)
        );
        String::from_utf8(output.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    }

    fn remote(&self) -> PathBuf {
        self.origin.path("remote.git")
    }

    fn commits(&self) -> usize {
        self.git(
            &self.remote(),
            &["rev-list", "--count", "--first-parent", "main"],
        )
        .parse()
        .unwrap()
    }

    /// The operations on the remote's branch, newest first, of `last` commits.
    fn operations(&self, last: usize) -> Vec<String> {
        let format = "--format=%(trailers:key=Envctl-Operation,valueonly,separator=%x2C)";
        let log = self.git(
            &self.remote(),
            &["log", "--first-parent", format, &format!("-{last}"), "main"],
        );
        log.lines()
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

/// Promotes prompt number `prompt` back and forth, and answers how many attempts each push took.
fn push_often(remotes: &Remotes, prompt: usize, pushes: usize) -> Vec<u64> {
    let clone = remotes.clone_to(&format!("clone-{prompt}"));
    let resource = format!("prompts/p{prompt}");
    let once = |turn: usize| {
        let source = ["one", "two"][turn % 2];
        let output = remotes
            .envctl(
                &clone,
                &["promote", source, "live", &resource, "-y", "--json"],
            )
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout).replace('\n', " ")
        );
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answers::differences(&answer), Vec::<String>::new());
        answer["pushed"]["attempts"].as_u64().unwrap()
    };
    let attempts = (0..pushes).map(once).collect();
    assert_eq!(remotes.git(&clone, &["status", "--porcelain"]), "");
    attempts
}

fn race(size: Size) {
    let remotes = Remotes::with_prompts(size.clones);
    let before = remotes.commits();
    let begun = Instant::now();
    let attempts: Vec<u64> = thread::scope(|scope| {
        let remotes = &remotes;
        let pushing: Vec<_> = (0..size.clones)
            .map(|prompt| scope.spawn(move || push_often(remotes, prompt, size.pushes)))
            .collect();
        pushing
            .into_iter()
            .flat_map(|pushing| pushing.join().unwrap())
            .collect()
    });
    let taken = begun.elapsed();
    let landed = remotes.commits() - before;
    let operations = remotes.operations(landed);
    let distinct: BTreeSet<&String> = operations.iter().collect();
    let expected = size.clones * size.pushes;
    let mean = attempts.iter().sum::<u64>() as f64 / attempts.len() as f64;
    tell(&format!(
        "pushes: {} clones x {}: {landed} of {expected} landed, {} duplicates, attempts {mean:.2} on average and {} at \
         most, {:.1} s",
        size.clones,
        size.pushes,
        operations.len() - distinct.len(),
        attempts.iter().max().unwrap(),
        taken.as_secs_f64(),
    ));
    assert_eq!((landed, distinct.len()), (expected, expected));
    remotes.git(&remotes.remote(), &["fsck", "--strict"]);
}

#[expect(clippy::disallowed_methods, reason = "a test of time that passes")]
fn wait(time: Duration) {
    thread::sleep(time);
}

/// What a killed push was to do, so that doing it twice would show.
fn change(number: usize) -> Vec<String> {
    let words: &[&str] = match number % 3 {
        0 => &["promote", "one", "live", "-y"],
        1 => &["promote", "two", "live", "-y"],
        _ => {
            return ["env", "create", &format!("e{number}")]
                .map(str::to_owned)
                .to_vec();
        }
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Kills `kills` pushes at moments spread over the time that one takes, each with all that it had started here, and runs
/// the same command again.
fn kill(kills: usize) {
    let remotes = Remotes::with_prompts(2);
    let clone = remotes.clone_to("clone");
    let begun = Instant::now();
    assert!(
        remotes
            .envctl(&clone, &["env", "create", "first"])
            .output()
            .unwrap()
            .status
            .success()
    );
    let mut usual = begun.elapsed();
    let (mut landed_before, mut killed) = (0, 0);
    for number in 0..kills {
        let before = remotes.commits();
        let words = change(number);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut command = remotes.envctl(&clone, &words);
        let mut child = command
            .process_group(0)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The golden ratio spreads them evenly, however many there are.
        wait(usual.mul_f64((number as f64 * 0.618_034).fract() * 1.1));
        let group = format!("-{}", child.id());
        let _ = Command::new("kill")
            .args(["-9", "--", &group])
            .stderr(Stdio::null())
            .status()
            .unwrap();
        let died = !child.wait().unwrap().success();
        killed += usize::from(died);
        let landed = remotes.commits() - before;
        landed_before += landed;
        let begun = Instant::now();
        let again = remotes.envctl(&clone, &words).output().unwrap();
        if landed == 0 {
            usual = begun.elapsed();
        }
        // Who had done all that there was to do is asked for it a second time.
        let had_ended = landed == 1 && said(&again).contains("already");
        assert!(
            again.status.success() || had_ended,
            "{words:?}: {}",
            said(&again)
        );
        assert_eq!(remotes.commits() - before, 1, "{words:?}: {}", said(&again));
        let here = remotes.git(&clone, &["rev-parse", "main"]);
        assert_eq!(
            here,
            remotes.git(&remotes.remote(), &["rev-parse", "main"]),
            "{words:?}: {}",
            said(&again)
        );
        assert_eq!(
            remotes.git(&clone, &["status", "--porcelain"]),
            "",
            "{words:?}"
        );
    }
    let operations = remotes.operations(kills);
    let distinct: BTreeSet<&String> = operations.iter().collect();
    tell(&format!(
        "killed pushes: {kills}, of which {killed} died and {landed_before} had landed when they were run again: each landed once"
    ));
    assert_eq!(distinct.len(), kills);
    remotes.git(&remotes.remote(), &["fsck", "--strict"]);
    remotes.git(&clone, &["fsck", "--strict", "--no-dangling"]);
}

#[test]
fn of_clones_that_push_at_once_none_loses_a_promotion() {
    race(Size {
        clones: 3,
        pushes: 3,
    });
}

#[test]
fn a_push_that_dies_lands_once_when_it_is_run_again() {
    kill(9);
}

#[test]
#[ignore = "the full form: some minutes"]
fn full_race_of_clones_loses_nothing() {
    race(Size {
        clones: 16,
        pushes: 10,
    });
}

#[test]
#[ignore = "the full form: some minutes"]
fn full_killed_pushes_land_once() {
    kill(200);
}
