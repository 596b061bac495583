use crate::files::FileChange;
use crate::model::{CommitId, Identity};
use crate::store::folder::ProjectFolder;
use crate::store::git_time::GitTime;

/// How to write a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writing {
    /// Whether objects and references are flushed to the disk before success is reported.
    pub durable: bool,
    /// Whether the hooks that `git commit` runs are run.
    pub hooks: Hooks,
}

/// Whether hooks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hooks {
    /// As for `git commit`.
    Run,
    /// As for `git commit --no-verify`; `post-commit` does not run either.
    Skip,
}

/// A commit to write.
#[derive(Clone, Debug)]
pub struct NewCommit<'a> {
    /// Its parent, or `None` if it is the first commit of its branch.
    pub parent: Option<CommitId>,
    /// The project's folder, which the changes are relative to.
    pub folder: &'a ProjectFolder,
    /// Its changes to files.
    pub changes: &'a [FileChange],
    /// The whole message, cleaned.
    pub message: &'a str,
    /// Who made the change.
    pub author: &'a Identity,
    /// Who records the change.
    pub committer: &'a Identity,
    /// When the change was made, to the second.
    pub author_time: GitTime,
    /// When it is recorded, to the second.
    pub committer_time: GitTime,
}

/// Where a branch must be for it to be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It does not exist.
    Absent,
    /// At this commit.
    At(CommitId),
}

impl From<Option<CommitId>> for Expected {
    fn from(tip: Option<CommitId>) -> Self {
        tip.map_or(Self::Absent, Self::At)
    }
}

/// How an attempt to move a branch ended.
#[must_use = "a branch that did not move must not be reported as moved"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swap {
    /// The branch is at this commit, or at one on top of it.
    Done(CommitId),
    /// Somebody moved it first. Start over from where it is now.
    Lost {
        /// Where it is now, or `None` if it does not exist any more.
        now: Option<CommitId>,
    },
    /// Somebody holds its lock. Try the same again after a while.
    Busy,
}

/// The result of letting checkouts follow their branch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// What a user should know: files that were left alone, or a checkout that could not follow
    /// yet.
    pub notes: Vec<String>,
}
