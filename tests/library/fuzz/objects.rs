//! Objects of any bytes, and git's word on them.

use std::path::PathBuf;
use std::process::Output;

use envctl::model::CommitId;
use git2::{ObjectType, Repository};

use crate::feed::fed;
use crate::isolation::isolated;
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
    fed(
        isolated("git", &folder, &folder, None).args(arguments),
        input,
    )
}
