//! A world of its own for a test: folders that vanish, settings that nobody else's can leak into.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Once;

use envctl::files::FileChange;
use envctl::model::{BranchName, CommitId, Identity};
use envctl::store::{
    Discovery, Expected, Hooks, NewCommit, ProjectFolder, Store, Swap, Turn, Writing,
};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::feed::fed;
use crate::isolation::isolated;

/// How the tests write: not flushed to disk, hooks on.
pub const WRITING: Writing = Writing {
    durable: false,
    hooks: Hooks::Run,
};

pub struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    /// A world without a repository.
    pub fn bare_of_everything() -> Self {
        shut_out_settings();
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    /// A world with a repository in `repo`, on the unborn branch main.
    pub fn unborn() -> Self {
        let sandbox = Self::bare_of_everything();
        fs::create_dir(sandbox.repo()).unwrap();
        sandbox.git(&["init", "-q", "-b", "main"]);
        sandbox.git(&["config", "envctl.durable", "false"]);
        sandbox
    }

    /// A world with a repository that has one commit: `envctl.toml`, `pointers/prod.toml` and `other.txt`.
    pub fn new() -> Self {
        let sandbox = Self::unborn();
        sandbox.write("envctl.toml", "schema = 1\n");
        sandbox.write("pointers/prod.toml", "version = 1\n");
        sandbox.write("other.txt", "not envctl's\n");
        sandbox.commit_all("begin");
        sandbox
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn repo(&self) -> PathBuf {
        self.path("repo")
    }

    pub fn store(&self) -> Store {
        Store::open(Discovery::From(&self.repo())).unwrap()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.repo().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.repo().join(path)).unwrap()
    }

    pub fn commit_all(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    /// What git says, run in the repository; it must succeed.
    pub fn git(&self, arguments: &[&str]) -> String {
        self.git_in(&self.repo(), arguments)
    }

    pub fn git_in(&self, folder: &Path, arguments: &[&str]) -> String {
        let output = self.try_git(folder, arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {errors}");
        String::from_utf8(output.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    }

    /// As [`Sandbox::git`], committing at `time`.
    pub fn git_at(&self, time: Timestamp, arguments: &[&str]) -> String {
        let mut command = self.command(&self.repo(), arguments);
        let output = command
            .env("GIT_COMMITTER_DATE", time.to_string())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    }

    pub fn try_git(&self, folder: &Path, arguments: &[&str]) -> Output {
        self.command(folder, arguments).output().unwrap()
    }

    fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = isolated(
            "git",
            folder,
            self.folder.path(),
            Some(("Git", "git@example.org")),
        );
        // Before every moment that a test speaks of, so that no commit is dated before its ancestor.
        let date = "@1000000 +0000";
        command
            .args(arguments)
            .env("GIT_AUTHOR_DATE", date)
            .env("GIT_COMMITTER_DATE", date);
        command
    }

    /// What git says to `input`, run in the repository; it must succeed.
    pub fn git_fed(&self, arguments: &[&str], input: &[u8]) -> String {
        let output = fed(&mut self.command(&self.repo(), arguments), input);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {errors}");
        String::from_utf8(output.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    }

    /// Feeds git's fast-import with `stream`.
    pub fn import(&self, stream: &[u8]) {
        let arguments = ["fast-import", "--quiet", "--force", "--date-format=raw"];
        self.git_fed(&arguments, stream);
    }

    /// What `git status` lists; empty where all is clean.
    pub fn status(&self) -> String {
        self.git(&["status", "--porcelain"])
    }

    pub fn fsck(&self) {
        self.git(&["fsck", "--strict", "--no-dangling"]);
    }

    pub fn head(&self) -> CommitId {
        self.head_of("HEAD")
    }

    pub fn head_of(&self, branch: &str) -> CommitId {
        self.git(&["rev-parse", branch]).parse().unwrap()
    }
}

pub fn main_branch() -> BranchName {
    "main".parse().unwrap()
}

pub fn alice() -> Identity {
    Identity::new("Alice", "alice@example.org").unwrap()
}

pub fn put(path: &str, text: &str) -> FileChange {
    FileChange {
        path: path.to_owned(),
        bytes: Some(text.as_bytes().into()),
    }
}

pub fn gone(path: &str) -> FileChange {
    FileChange {
        path: path.to_owned(),
        bytes: None,
    }
}

/// Writes the objects of a commit on `parent`.
pub fn write(
    store: &Store,
    parent: Option<CommitId>,
    folder: &ProjectFolder,
    changes: &[FileChange],
) -> CommitId {
    let new = NewCommit {
        parent,
        folder,
        changes,
        message: "change\n\nfor a reason\n",
        author: &alice(),
        committer: &alice(),
        author_time: Timestamp::from_second(1_700_000_000).unwrap().into(),
        committer_time: Timestamp::from_second(1_700_000_001).unwrap().into(),
    };
    store.write_commit(&new, &WRITING).unwrap()
}

/// Goes the whole way of a write up to and including the swap.
pub fn swap<'s>(
    store: &'s Store,
    folder: &ProjectFolder,
    changes: &[FileChange],
) -> (Turn<'s>, CommitId) {
    let mut turn = store.take_turn(&main_branch(), &WRITING).unwrap();
    let tip = store.tip(&main_branch()).unwrap();
    store
        .require_clean(&main_branch(), tip, folder, changes)
        .unwrap();
    let new = write(store, tip, folder, changes);
    assert_eq!(
        turn.swap(Expected::from(tip), new, "envctl: change")
            .unwrap(),
        Swap::Done(new)
    );
    (turn, new)
}

/// Goes the whole way of a write, and answers the commit and the notes.
pub fn land_in(
    store: &Store,
    folder: &ProjectFolder,
    changes: &[FileChange],
) -> (CommitId, Vec<String>) {
    let (turn, new) = swap(store, folder, changes);
    let notes = turn.notes().to_vec();
    (new, [notes, turn.follow().unwrap().notes].concat())
}

/// Goes the whole way of a write in the repository's root; nothing is worth a note.
pub fn land(store: &Store, changes: &[FileChange]) -> CommitId {
    let (new, notes) = land_in(store, &ProjectFolder::root(), changes);
    assert_eq!(notes, Vec::<String>::new());
    new
}

/// libgit2 reads neither GIT_CONFIG_GLOBAL nor GIT_CONFIG_NOSYSTEM, so the folders it looks in are emptied for all tests.
#[expect(
    unsafe_code,
    reason = "git2 offers this setting only as an unsafe function"
)]
fn shut_out_settings() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for level in [
            git2::ConfigLevel::System,
            git2::ConfigLevel::Global,
            git2::ConfigLevel::XDG,
        ] {
            // SAFETY: runs once, before any test of this process has opened a repository.
            unsafe { git2::opts::set_search_path(level, "/nonexistent").unwrap() }
        }
    });
}
