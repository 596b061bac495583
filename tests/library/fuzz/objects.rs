//! Objects of any bytes, and git's word on them.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use envctl::model::CommitId;
use git2::{ObjectType, Repository};

use crate::sandbox::Sandbox;

/// A repository that objects are written to without a look at them.
pub struct Objects {
    pub sandbox: Sandbox,
    pub repo: Repository,
}

impl Objects {
    pub fn new() -> Self {
        let sandbox = Sandbox::new();
        let repo = Repository::open(sandbox.repo()).unwrap();
        Self { sandbox, repo }
    }

    /// Stores an object of the bytes, whatever they are.
    pub fn write(&self, kind: ObjectType, bytes: &[u8]) -> CommitId {
        let id = self.repo.odb().unwrap().write(kind, bytes).unwrap();
        CommitId::from_bytes(id.as_bytes().try_into().unwrap())
    }

    /// What git answers to `input`.
    pub fn git(&self, arguments: &[&str], input: &[u8]) -> Output {
        git(self.sandbox.repo(), arguments, input)
    }
}

/// What git says in `folder` to `input`.
pub fn git(folder: PathBuf, arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new("git");
    command
        .current_dir(&folder)
        .args(arguments)
        .env("HOME", &folder)
        .env("GIT_CONFIG_NOSYSTEM", "1");
    command
        .env_remove("GIT_DIR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // git may answer before it has read all, so both go on at once; it may also be done with reading before the end.
    std::thread::scope(|scope| {
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output().unwrap()
    })
}
