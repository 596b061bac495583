//! A promotion in which system calls fail.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::aftermath::{Aftermath, of_each};
use crate::strace::{self, Point, points_of_promotion, promote_with, spread};
use crate::world::{World, said, tell};

/// The calls that fail where a disk is full.
const OF_SPACE: [&str; 14] = [
    "copy_file_range",
    "creat",
    "fdatasync",
    "fsync",
    "ftruncate",
    "link",
    "linkat",
    "mkdir",
    "openat",
    "pwrite64",
    "rename",
    "renameat",
    "sendfile",
    "write",
];
/// The calls that fail where a disk is broken or not to be written to: all that name or use a file.
const OF_FILES: [&str; 20] = [
    "access",
    "chmod",
    "close",
    "faccessat2",
    "fchmod",
    "fcntl",
    "flock",
    "fstat",
    "getdents64",
    "lseek",
    "lstat",
    "newfstatat",
    "pread64",
    "read",
    "readlink",
    "stat",
    "statx",
    "unlink",
    "utimensat",
    "rmdir",
];
/// From which call on, and for how many: once, for ever, twice.
const SPANS: [&str; 3] = ["", "+", "..+1"];
/// The exit code that says that nobody knows whether it landed.
const UNKNOWN: i32 = 8;

/// A fault in the words of `strace --inject`, and the row of the table that it counts in.
#[derive(Clone, Debug)]
struct Fault {
    injection: String,
    row: String,
}

/// How a promotion with a fault ended.
#[derive(Debug)]
struct Outcome {
    code: Option<i32>,
    said: String,
    after: Aftermath,
}

#[derive(Debug, Default)]
struct Row {
    points: usize,
    landed: usize,
    lied: usize,
    failed_but_landed: usize,
    unknown: usize,
    crashed: usize,
    corrupt: usize,
    next_failed: usize,
}

/// Every fault of `error` at each of `points` whose name is one of `calls`.
fn faults(points: &[Point], calls: &[&str], error: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    for Point { name, when } in points.iter().filter(|point| calls.contains(&point.name.as_str())) {
        for span in SPANS {
            let (until, label) = match span {
                "" => (String::new(), "once"),
                "+" => ("+".to_owned(), "for ever"),
                _ => (format!("..{}", when + 1), "twice"),
            };
            faults.push(Fault {
                injection: format!("{name}:error={error}:when={when}{until}"),
                row: format!("{error} {label}"),
            });
        }
    }
    faults
}

fn promote(template: &World, old: &str, fault: &Fault) -> Outcome {
    let world = template.copy();
    let output = promote_with(&world, "one", &fault.injection);
    Outcome { code: output.status.code(), said: said(&output), after: Aftermath::of(&world, old) }
}

impl Outcome {
    /// Whether the program died: of a signal, or of a panic.
    fn crashed(&self) -> bool {
        self.code.is_none_or(|code| code == 101 || code >= 128)
    }

    /// What must never be.
    fn complaints(&self) -> Vec<String> {
        let mut wrong: Vec<String> = self.after.complaints().collect();
        let landed = self.after.landed;
        match self.code {
            Some(0) if !landed => wrong.push("success was said, and nothing landed".to_owned()),
            Some(0 | UNKNOWN) => {}
            code if landed => wrong.push(format!("it landed, and the exit code was {code:?}")),
            _ => {}
        }
        wrong.into_iter().map(|why| format!("{why} (it said: {})", self.said.replace('\n', " / "))).collect()
    }
}

/// Injects `choose`n faults, one a promotion; prints the table and answers what must not be.
fn inject(choose: impl Fn(&[Point]) -> Vec<Fault>) -> Vec<String> {
    let template = World::with_prompts(2);
    template.git(&["config", "envctl.durable", "true"]);
    let old = template.tip();
    let faults = choose(&points_of_promotion(&template.copy(), "one"));
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    let mut complaints = Vec::new();
    for (fault, outcome) in faults.iter().zip(of_each(&faults, |fault| promote(&template, &old, fault))) {
        rows.entry(&fault.row).or_default().add(&outcome);
        complaints.extend(outcome.complaints().into_iter().map(|why| format!("{}: {why}", fault.injection)));
    }
    tell(&table(&rows));
    complaints
}

impl Row {
    fn add(&mut self, outcome: &Outcome) {
        let landed = outcome.after.landed;
        let succeeded = outcome.code == Some(0);
        let unknown = outcome.code == Some(UNKNOWN);
        self.points += 1;
        self.landed += usize::from(landed);
        self.lied += usize::from(succeeded && !landed);
        self.failed_but_landed += usize::from(landed && !succeeded && !unknown);
        self.unknown += usize::from(unknown);
        self.crashed += usize::from(outcome.crashed());
        self.corrupt += usize::from(outcome.after.corrupt.is_some());
        self.next_failed += usize::from(outcome.after.next.is_some());
    }
}

fn table(rows: &BTreeMap<&str, Row>) -> String {
    let mut text = format!(
        "{:<16} {:>6} {:>6} {:>5} {:>17} {:>6} {:>7} {:>7} {:>11}",
        "errors", "points", "landed", "lied", "failed but landed", "exit 8", "crashed", "corrupt", "next failed"
    );
    for (name, row) in rows {
        let Row { points, landed, lied, failed_but_landed, unknown, crashed, corrupt, next_failed } = row;
        write!(
            text,
            "\n{name:<16} {points:>6} {landed:>6} {lied:>5} {failed_but_landed:>17} {unknown:>6} {crashed:>7} \
             {corrupt:>7} {next_failed:>11}"
        )
        .unwrap();
    }
    text
}

#[test]
fn a_full_disk_makes_no_lie_and_the_next_write_works() {
    if strace::is_there() {
        let complaints = inject(|points| spread(&faults(points, &OF_SPACE, "ENOSPC"), 40));
        assert_eq!(complaints, Vec::<String>::new());
    }
}

#[test]
fn a_file_that_cannot_be_looked_at_once_the_branch_has_moved_is_no_file_that_is_gone() {
    if strace::is_there() {
        // libgit2 takes an index that it cannot look at for an empty one.
        let last = |points: &[Point]| {
            let once = faults(points, &["newfstatat", "fstat", "stat", "lstat", "statx"], "EIO").into_iter().step_by(3);
            let mut last: Vec<Fault> = once.rev().take(20).collect();
            last.reverse();
            last
        };
        assert_eq!(inject(last), Vec::<String>::new());
    }
}

#[test]
#[ignore = "the full form: many minutes"]
fn full_errors_of_a_full_disk_make_no_lie_and_the_next_write_works() {
    if strace::is_there() {
        assert_eq!(inject(|points| faults(points, &OF_SPACE, "ENOSPC")), Vec::<String>::new());
    }
}

#[test]
#[ignore = "the full form: many minutes"]
fn full_errors_of_a_broken_disk_and_of_permissions_make_no_lie_and_the_next_write_works() {
    if strace::is_there() {
        let calls = [OF_SPACE.as_slice(), &OF_FILES].concat();
        let all = |points: &[Point]| ["EIO", "EACCES"].map(|error| faults(points, &calls, error)).concat();
        assert_eq!(inject(all), Vec::<String>::new());
    }
}
