//! Commands in which system calls fail.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::aftermath::{Aftermath, of_each};
use crate::operation::{OPERATIONS, Operation};
use crate::strace::{self, Point, run_with, spread};
use crate::world::{World, said, tell};

/// The calls that fail where a disk is full.
const OF_SPACE: [&str; 15] = [
    "copy_file_range",
    "creat",
    "fdatasync",
    "fsync",
    "ftruncate",
    "link",
    "linkat",
    "mkdir",
    "mkdirat",
    "openat",
    "pwrite64",
    "rename",
    "renameat",
    "sendfile",
    "write",
];
/// The calls that fail where a disk is broken or not to be written to: all that name or use a file.
const OF_FILES: [&str; 21] = [
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
    "rmdir",
    "stat",
    "statx",
    "unlink",
    "unlinkat",
    "utimensat",
];
/// The calls that fail where too many files are open.
const OF_DESCRIPTORS: [&str; 6] = ["dup", "dup3", "fcntl", "openat", "pipe2", "socket"];
/// The exit code that says that nobody knows whether it landed.
const UNKNOWN: i32 = 8;

/// An error, and where it comes up.
struct Kind {
    error: &'static str,
    calls: &'static [&'static [&'static str]],
}

const KINDS: [Kind; 4] = [
    Kind {
        error: "ENOSPC",
        calls: &[&OF_SPACE],
    },
    Kind {
        error: "EIO",
        calls: &[&OF_SPACE, &OF_FILES],
    },
    Kind {
        error: "EACCES",
        calls: &[&OF_SPACE, &OF_FILES],
    },
    Kind {
        error: "EMFILE",
        calls: &[&OF_DESCRIPTORS],
    },
];

/// A fault in the words of `strace --inject`, and the row of the table that it counts in.
#[derive(Clone, Debug)]
struct Fault {
    injections: Vec<String>,
    row: String,
}

/// How a command with a fault ended.
#[derive(Debug)]
struct Outcome {
    /// The exit code; none: it did not answer, or a signal ended it.
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

impl Kind {
    fn fails(&self, point: &Point) -> bool {
        self.calls.concat().contains(&point.name.as_str())
    }

    /// Every fault of this kind: at each call that it can come up in once, twice and three times in a row, there and in
    /// the next call of another name, from there on in calls of that name, and from there on in all.
    fn faults(&self, points: &[Point]) -> Vec<Fault> {
        let error = self.error;
        let mut faults = Vec::new();
        for (place, Point { name, when }) in points
            .iter()
            .enumerate()
            .filter(|(_, point)| self.fails(point))
        {
            let here = format!("{name}:error={error}:when={when}");
            let rest = &points[place + 1..];
            let mut add = |label: &str, injections: Vec<String>| {
                faults.push(Fault {
                    injections,
                    row: format!("{error} {label}"),
                });
            };
            add("once", vec![here.clone()]);
            add("twice", vec![format!("{here}..{}", when + 1)]);
            add("three times", vec![format!("{here}..{}", when + 2)]);
            if let Some(next) = rest
                .iter()
                .find(|next| next.name != *name && self.fails(next))
            {
                add(
                    "and next",
                    vec![
                        here.clone(),
                        format!("{}:error={error}:when={}", next.name, next.when),
                    ],
                );
            }
            add("for ever", vec![format!("{here}+")]);
            add("for ever, all", self.rest_of(&points[place..]));
        }
        faults
    }

    /// Lets every call of this kind in `rest`, and each that comes after, fail.
    fn rest_of(&self, rest: &[Point]) -> Vec<String> {
        let mut first = BTreeMap::new();
        for Point { name, when } in rest.iter().filter(|point| self.fails(point)) {
            first.entry(name).or_insert(when);
        }
        first
            .into_iter()
            .map(|(name, when)| format!("{name}:error={}:when={when}+", self.error))
            .collect()
    }
}

fn run(operation: &Operation, template: &World, old: Option<&str>, fault: &Fault) -> Outcome {
    let world = template.copy();
    let (code, said) = match run_with(operation, &world, &fault.injections) {
        Some(output) => (
            output.status.code(),
            format!("{}: {}", output.status, said(&output)),
        ),
        None => (None, "nothing for 30 s".to_owned()),
    };
    Outcome {
        code,
        said,
        after: Aftermath::of(operation, &world, old),
    }
}

impl Outcome {
    /// Whether the program died: of a signal, of a panic, or because it did not answer.
    fn crashed(&self) -> bool {
        self.code.is_none_or(|code| code >= 128) || self.said.contains("panicked at")
    }

    /// What must never be.
    fn complaints(&self) -> Vec<String> {
        let mut wrong: Vec<String> = self.after.complaints().collect();
        let landed = self.after.landed;
        let closing = self.said.contains("unexpected error during closedir");
        match self.code {
            // The loader of the system, which ends so where it cannot read the program's libraries.
            Some(127) if !landed => {}
            Some(0) if !landed => wrong.push("success was said, and nothing landed".to_owned()),
            // The standard library panics where a folder that it has listed cannot be closed; a second time, while the first
            // panic unwinds, that ends the process.
            Some(UNKNOWN) if closing => {}
            None if closing && !landed => {}
            code if self.crashed() => wrong.push(format!("it ended with {code:?}")),
            Some(0 | UNKNOWN) => {}
            code if landed => wrong.push(format!("it landed, and the exit code was {code:?}")),
            _ => {}
        }
        wrong
            .into_iter()
            .map(|why| format!("{why} (it said: {})", self.said.replace('\n', " / ")))
            .collect()
    }
}

/// Injects those of all faults that `choose` takes into runs of `operation`, one a run; prints the table and answers what
/// must not be.
fn inject(operation: &Operation, choose: impl Fn(&[Point]) -> Vec<Fault>) -> Vec<String> {
    let template = operation.template();
    let old = template.branch();
    let faults = choose(&strace::points(operation, &template));
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    let mut complaints = Vec::new();
    let outcomes = of_each(&faults, |fault| {
        run(operation, &template, old.as_deref(), fault)
    });
    for (fault, outcome) in faults.iter().zip(outcomes) {
        rows.entry(&fault.row).or_default().add(&outcome);
        let at = format!("{} with {}", operation.name, fault.injections.join(" "));
        complaints.extend(
            outcome
                .complaints()
                .into_iter()
                .map(|why| format!("{at}: {why}")),
        );
    }
    tell(&table(operation.name, &rows));
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

fn table(name: &str, rows: &BTreeMap<&str, Row>) -> String {
    let mut text = format!(
        "{name:<21} {:>6} {:>6} {:>5} {:>17} {:>6} {:>7} {:>7} {:>11}",
        "points",
        "landed",
        "lied",
        "failed but landed",
        "exit 8",
        "crashed",
        "corrupt",
        "next failed"
    );
    for (name, row) in rows {
        let Row {
            points,
            landed,
            lied,
            failed_but_landed,
            unknown,
            crashed,
            corrupt,
            next_failed,
        } = row;
        write!(
            text,
            "\n{name:<21} {points:>6} {landed:>6} {lied:>5} {failed_but_landed:>17} {unknown:>6} {crashed:>7} \
             {corrupt:>7} {next_failed:>11}"
        )
        .unwrap();
    }
    text
}

/// Injects `most` faults of every kind into each command.
fn inject_each(most: usize) {
    if strace::is_there() {
        let all = |points: &[Point]| {
            KINDS
                .iter()
                .flat_map(|kind| kind.faults(points))
                .collect::<Vec<_>>()
        };
        let inject = |operation| inject(operation, |points| spread(&all(points), most));
        assert_eq!(
            OPERATIONS.iter().flat_map(inject).collect::<Vec<_>>(),
            Vec::<String>::new()
        );
    }
}

#[test]
fn a_call_that_fails_makes_no_lie_and_the_next_write_works() {
    inject_each(24);
}

#[test]
fn an_object_that_cannot_be_stored_is_not_believed_to_be() {
    if strace::is_there() {
        // As often as it is tried to write one, so that the next call works again: three times, each of which libgit2 repeats.
        let late = |points: &[Point]| {
            let writes = points.iter().filter(|point| point.name == "write");
            let fault = |Point { name, when }: &Point| Fault {
                injections: vec![format!("{name}:error=ENOSPC:when={when}..{}", when + 5)],
                row: "ENOSPC six times".to_owned(),
            };
            writes.map(fault).collect()
        };
        assert_eq!(inject(&OPERATIONS[0], late), Vec::<String>::new());
    }
}

#[test]
fn a_file_that_cannot_be_looked_at_once_the_branch_has_moved_is_no_file_that_is_gone() {
    if strace::is_there() {
        // libgit2 takes an index that it cannot look at for an empty one.
        let looks = Kind {
            error: "EIO",
            calls: &[&["newfstatat", "fstat", "stat", "lstat", "statx"]],
        };
        let last = |points: &[Point]| {
            let mut once = looks.faults(points);
            once.retain(|fault| fault.row == "EIO once");
            once.split_off(once.len().saturating_sub(20))
        };
        assert_eq!(inject(&OPERATIONS[0], last), Vec::<String>::new());
    }
}

#[test]
#[ignore = "the full form: many minutes"]
fn full_errors_make_no_lie_and_the_next_write_works() {
    inject_each(1_200);
}
