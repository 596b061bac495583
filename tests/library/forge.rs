//! Makes commits that no envctl would make, with plain git: `fast-import` for any change by anybody at any time, and objects
//! written out by hand for what no git program writes.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use envctl::check::any_error;
use envctl::model::CommitId;
use envctl::ops::{Pin, Range, RangeReport, ReadError, Selection, Session, check_range};
use jiff::{SignedDuration, Timestamp};

use crate::fixtures::{Files, project};
use crate::project::time;
use crate::sandbox::Sandbox;

/// One change to a file.
#[derive(Clone, Debug)]
pub enum Op {
    Put(&'static str, String),
    Gone(&'static str),
    Swap(&'static str, &'static str, &'static str),
    /// A file of another mode: `100755`, `120000`, `160000`.
    Mode(&'static str, &'static str, String),
}

pub fn put(path: &'static str, text: impl Into<String>) -> Op {
    Op::Put(path, text.into())
}

pub fn gone(path: &'static str) -> Op {
    Op::Gone(path)
}

/// `from` becomes `to` in the file, once.
pub fn swap(path: &'static str, from: &'static str, to: &'static str) -> Op {
    Op::Swap(path, from, to)
}

/// One commit: who, how long before now (negative: after), and what.
#[derive(Clone, Debug)]
pub struct Step {
    pub author: &'static str,
    pub committer: &'static str,
    pub minutes_ago: i64,
    pub ops: Vec<Op>,
}

pub fn by(author: &'static str, ops: Vec<Op>) -> Step {
    Step {
        author,
        committer: author,
        minutes_ago: 0,
        ops,
    }
}

impl Step {
    pub fn minutes_ago(self, minutes_ago: i64) -> Self {
        Self {
            minutes_ago,
            ..self
        }
    }
}

/// A repository in which things are forged.
pub struct Forge {
    pub sandbox: Sandbox,
    files: Files,
    pub base: CommitId,
    branches: std::cell::Cell<usize>,
}

impl Forge {
    /// A repository on `main` with the files of the starting state `name` and `over` over them, committed by ana two months ago.
    pub fn of(name: &str, over: &[(&str, &str)]) -> Self {
        let sandbox = Sandbox::unborn();
        let mut files = project(name);
        files.extend(
            over.iter()
                .map(|(path, text)| ((*path).to_owned(), text.as_bytes().into())),
        );
        let zero = CommitId::from_bytes([0; 20]);
        let mut forge = Self {
            sandbox,
            files: Files::new(),
            base: zero,
            branches: std::cell::Cell::new(0),
        };
        let mut stream = commit_header("refs/heads/main", "ana", "ana", 60 * 24 * 60, &[]);
        for (path, bytes) in &files {
            data(&mut stream, path, "100644", bytes);
        }
        forge.files = files;
        forge.import(&stream);
        forge.base = forge.sandbox.git(&["rev-parse", "main"]).parse().unwrap();
        forge
    }

    /// Commits `steps` on `main`, which was honest so far.
    pub fn honest(&mut self, steps: &[Step]) {
        let (commits, files) = self.line("refs/heads/main", self.base, &self.files.clone(), steps);
        self.base = *commits.last().unwrap();
        self.files = files;
    }

    /// Commits `steps` on `from` as a new branch, and answers the commits.
    pub fn branch(&self, from: CommitId, steps: &[Step]) -> Vec<CommitId> {
        self.line(&self.next(), from, &self.files.clone(), steps).0
    }

    /// The files of the base after `ops`.
    pub fn files_after(&self, ops: &[Op]) -> Files {
        let mut files = self.files.clone();
        ops.iter().for_each(|op| drop(apply(&mut files, op)));
        files
    }

    /// A merge of `parents` that holds `files`.
    pub fn merge(&self, author: &'static str, parents: &[CommitId], files: &Files) -> CommitId {
        self.made((author, 0), parents, files)
    }

    /// A commit by somebody so many minutes before now, made on `parents`, that holds `files`.
    pub fn made(
        &self,
        (author, minutes_ago): (&'static str, i64),
        parents: &[CommitId],
        files: &Files,
    ) -> CommitId {
        let reference = self.next();
        let mut stream = commit_header(&reference, author, author, minutes_ago, parents);
        stream.extend(b"deleteall\n");
        files
            .iter()
            .for_each(|(path, bytes)| data(&mut stream, path, "100644", bytes));
        self.import(&stream);
        self.sandbox
            .git(&["rev-parse", &reference])
            .parse()
            .unwrap()
    }

    /// From here on, branches begin with these files.
    pub fn files_are(&mut self, files: Files) {
        self.files = files;
    }

    /// A commit by `author` in which everything of `commit` stands in `folder`.
    pub fn moved(&self, commit: CommitId, author: &'static str, folder: &str) -> CommitId {
        let reference = self.next();
        let tree = self
            .sandbox
            .git(&["rev-parse", &format!("{commit}^{{tree}}")]);
        let mut stream = commit_header(&reference, author, author, 0, &[commit]);
        stream.extend(format!("deleteall\nM 040000 {tree} {folder}\n").into_bytes());
        self.import(&stream);
        self.sandbox
            .git(&["rev-parse", &reference])
            .parse()
            .unwrap()
    }

    fn next(&self) -> String {
        self.branches.set(self.branches.get() + 1);
        format!("refs/heads/forged-{}", self.branches.get())
    }

    fn line(
        &self,
        reference: &str,
        from: CommitId,
        files: &Files,
        steps: &[Step],
    ) -> (Vec<CommitId>, Files) {
        let mut files = files.clone();
        let mut stream = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            let parents = if index == 0 { vec![from] } else { Vec::new() };
            stream.extend(commit_header(
                reference,
                step.author,
                step.committer,
                step.minutes_ago,
                &parents,
            ));
            for op in &step.ops {
                stream.extend(apply(&mut files, op));
            }
        }
        self.import(&stream);
        let range = format!("{from}..{reference}");
        let listed = self
            .sandbox
            .git(&["rev-list", "--reverse", "--first-parent", &range]);
        (
            listed.lines().map(|line| line.parse().unwrap()).collect(),
            files,
        )
    }

    fn import(&self, stream: &[u8]) {
        self.sandbox.import(stream);
    }

    /// Writes an object of the bytes, whatever git thinks of them.
    pub fn object(&self, kind: &str, bytes: &[u8]) -> String {
        let arguments = ["hash-object", "-w", "--literally", "--stdin", "-t", kind];
        self.sandbox.git_fed(&arguments, bytes)
    }

    /// The text of a commit of the base's tree after `ops`, by ana now, to be bent before it is written.
    pub fn text(&self, ops: Vec<Op>) -> String {
        let good = self.branch(self.base, &[by("ana", ops)])[0];
        self.sandbox.git(&["cat-file", "commit", &good.to_string()]) + "\n"
    }

    /// The commit with that text.
    pub fn commit(&self, text: impl AsRef<[u8]>) -> CommitId {
        self.object("commit", text.as_ref()).parse().unwrap()
    }

    /// A commit by ana whose folder `folder` (empty: the root) is the tree `tree`.
    pub fn commit_with_tree(&self, folder: &str, tree: &str) -> CommitId {
        let root = match folder {
            "" => tree.to_owned(),
            folder => {
                let listed = self.sandbox.git(&["ls-tree", &self.base.to_string()]);
                let lines = listed.lines().map(|line| match line.split_once('\t') {
                    Some((_, name)) if name == folder => format!("040000 tree {tree}\t{name}\n"),
                    _ => format!("{line}\n"),
                });
                self.tree(&lines.collect::<String>())
            }
        };
        let text = self.text(vec![put("pointers/qa.toml", "")]);
        let (_, rest) = text.split_once('\n').unwrap();
        self.commit(format!("tree {root}\n{rest}"))
    }

    fn tree(&self, listed: &str) -> String {
        let mut command = Command::new("git");
        command
            .current_dir(self.sandbox.repo())
            .args(["mktree"])
            .env_remove("GIT_DIR");
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(listed.as_bytes())
            .unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    }

    /// The bytes of a tree with these entries in this order: mode, name, object.
    pub fn raw_tree(&self, entries: &[(&str, &str, &str)]) -> String {
        let mut bytes = Vec::new();
        for (mode, name, object) in entries {
            bytes.extend(format!("{mode} {name}\0").into_bytes());
            bytes.extend(object.parse::<CommitId>().unwrap().as_bytes());
        }
        self.object("tree", &bytes)
    }

    pub fn check(
        &self,
        base: CommitId,
        head: CommitId,
        pin: Pin,
    ) -> Result<RangeReport, ReadError> {
        self.check_at(base, head, pin, time())
    }

    pub fn check_at(
        &self,
        base: CommitId,
        head: CommitId,
        pin: Pin,
        now: Timestamp,
    ) -> Result<RangeReport, ReadError> {
        // The project of main, wherever it stands.
        let found = self
            .sandbox
            .store()
            .projects_within(self.sandbox.head_of("main"), 3)
            .unwrap();
        let project = found
            .first()
            .map(|folder| folder.as_str().into())
            .filter(|path: &PathBuf| !path.as_os_str().is_empty());
        let selection = Selection {
            project,
            ..Selection::from(self.sandbox.repo(), now)
        };
        let mut session = Session::open(self.sandbox.store(), &selection).unwrap();
        check_range(
            &mut session,
            Range {
                base: Some(base),
                head,
            },
            pin,
        )
    }
}

fn commit_header(
    reference: &str,
    author: &str,
    committer: &str,
    minutes_ago: i64,
    parents: &[CommitId],
) -> Vec<u8> {
    let at = time()
        .checked_sub(SignedDuration::from_mins(minutes_ago))
        .unwrap()
        .as_second();
    let who = |name: &str| match name.contains('@') {
        true => format!("Somebody <{name}> {at} +0000"),
        false => format!("{name} <{name}@example.org> {at} +0000"),
    };
    let mut text = format!(
        "commit {reference}\nauthor {}\ncommitter {}\ndata 7\nby hand\n",
        who(author),
        who(committer)
    );
    for (index, parent) in parents.iter().enumerate() {
        writeln!(
            text,
            "{} {parent}",
            if index == 0 { "from" } else { "merge" }
        )
        .unwrap();
    }
    text.into_bytes()
}

fn data(stream: &mut Vec<u8>, path: &str, mode: &str, bytes: &[u8]) {
    stream.extend(format!("M {mode} inline {path}\ndata {}\n", bytes.len()).into_bytes());
    stream.extend(bytes);
    stream.push(b'\n');
}

/// The lines that make `op`, which `files` then show.
fn apply(files: &mut Files, op: &Op) -> Vec<u8> {
    let mut stream = Vec::new();
    match op {
        Op::Gone(path) => {
            let there = files
                .keys()
                .any(|file| file == path || file.starts_with(&format!("{path}/")));
            assert!(there, "there is no {path}");
            files.retain(|file, _| file != path && !file.starts_with(&format!("{path}/")));
            stream.extend(format!("D {path}\n").into_bytes());
        }
        Op::Put(path, text) => {
            files.insert((*path).to_owned(), text.as_bytes().into());
            data(&mut stream, path, "100644", text.as_bytes());
        }
        Op::Swap(path, from, to) => {
            let text = std::str::from_utf8(&files[*path]).unwrap();
            assert!(text.contains(from), "{path} does not say {from:?}: {text}");
            let text = text.replacen(from, to, 1);
            data(&mut stream, path, "100644", text.as_bytes());
            files.insert((*path).to_owned(), text.into_bytes().into());
        }
        Op::Mode(path, "160000", object) => {
            stream.extend(format!("M 160000 {object} {path}\n").into_bytes());
        }
        Op::Mode(path, mode, text) => {
            files.insert((*path).to_owned(), text.as_bytes().into());
            data(&mut stream, path, mode, text.as_bytes());
        }
    }
    stream
}

/// The codes of the errors that were found in `commit`, sorted, each once.
pub fn codes(report: &RangeReport, commit: CommitId) -> Vec<&'static str> {
    let of = report
        .findings
        .iter()
        .filter(|found| found.commit == commit)
        .flat_map(|found| &found.findings);
    let mut codes: Vec<_> = of
        .filter(|finding| any_error([*finding]))
        .map(|finding| finding.code.as_str())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}
