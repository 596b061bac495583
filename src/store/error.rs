use std::io;
use std::path::{Path, PathBuf};

use crate::model::{BranchName, CommitId, RemoteName};
use crate::store::budget::Exceeded;
use crate::store::hooks::hook_name::HookName;
use crate::store::lock::stale_lock::StaleLock;
use crate::store::remote::branch::RemoteBranch;

/// What caused an error of the store, as git or the operating system reports it.
pub type Cause = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Why the repository could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No repository at that place or above it.
    #[error("{} is not in a git repository", .path.display())]
    NotARepository {
        /// Where the search began.
        path: PathBuf,
    },
    /// The repository belongs to another user, so git does not trust its configuration.
    #[error(
        "the repository at {} belongs to another user; to trust it, run: git config --global --add safe.directory {}",
        .path.display(), .path.display()
    )]
    ForeignOwner {
        /// The repository.
        path: PathBuf,
    },
    /// A kind of repository that envctl cannot work with.
    #[error("{what} is not supported; {hint}")]
    Unsupported {
        /// What it is.
        what: String,
        /// What to do instead.
        hint: String,
    },
    /// An index in a form that libgit2 does not read, and that git could not convert.
    #[error("the index at {} is {form}, and git could not convert a copy of it: {why}; run: {fix}", .path.display())]
    IndexForm {
        /// The index.
        path: PathBuf,
        /// Which form.
        form: &'static str,
        /// The command that gives it a plain form.
        fix: &'static str,
        /// Why there is no copy.
        why: String,
    },
    /// An abbreviated name that fits several objects.
    #[error("`{revision}` is ambiguous: several commits begin with it")]
    AmbiguousRevision {
        /// What was asked for.
        revision: String,
    },
    /// git could not do something.
    #[error("cannot {doing}")]
    Git {
        /// What was being done, as it completes "cannot …".
        doing: String,
        /// Why git could not.
        source: Cause,
    },
    /// A setting of git's that cannot be read.
    #[error("git's setting {key} cannot be read")]
    Setting {
        /// Its name.
        key: String,
        /// Why not.
        source: Cause,
    },
    /// Settings are in use that only git reads, and git did not report them.
    #[error("git's settings cannot be read: {why}")]
    SettingsUnknown {
        /// Why not.
        why: String,
    },
    /// The operating system could not do something.
    #[error("cannot {doing} {}", .path.display())]
    Io {
        /// What was being done, as it completes "cannot …".
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why it could not.
        source: io::Error,
    },
    /// This user may not write there.
    #[error("no permission to write {}", .path.display())]
    Permission {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The branch exists and does not lead to a commit: its reference is empty, garbage, or names a missing object.
    #[error("the branch {branch} is broken")]
    BrokenBranch {
        /// Which branch.
        branch: BranchName,
        /// What is wrong with it.
        source: Cause,
    },
    /// History ends before its beginning: this is a shallow clone.
    #[error("the history before {} is not here: this is a shallow clone; run: git fetch --unshallow", .commit.short())]
    Shallow {
        /// The commit whose parents are missing.
        commit: CommitId,
    },
    /// Something rewrites what the commits say about their parents or content.
    #[error("{} changes how history reads, so nothing can be verified; remove it", .path.display())]
    AlteredHistory {
        /// The file or folder that does so.
        path: PathBuf,
    },
    /// A text that is not an end of a range, or that could mean two commits.
    #[error("invalid end of a range {text:?}: {why}")]
    Endpoint {
        /// What was asked for.
        text: String,
        /// Why it is invalid.
        why: &'static str,
    },
    /// An end of a range that is not in this repository.
    #[error("no commit named {text:?} in this repository")]
    MissingEndpoint {
        /// What was asked for.
        text: String,
    },
    /// A tree that no git program writes.
    #[error("the tree of {path:?} is malformed: {why}")]
    MalformedTree {
        /// The folder, from the repository's root.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A file that is in the middle of a merge.
    #[error("{path} has merge conflicts; resolve them first")]
    Conflicted {
        /// The file, from the repository's root.
        path: String,
    },
    /// More bytes than envctl reads.
    #[error("{what} has {size} bytes; at most {limit} are read")]
    TooLarge {
        /// The file or object.
        what: String,
        /// How many bytes it has.
        size: u64,
        /// How many it may have.
        limit: u64,
    },
    /// A verdict costs more than the budget allows.
    #[error("the check exceeds the limit of {0}, so there is no verdict")]
    OverBudget(Exceeded),
    /// Files that are about to be written hold uncommitted changes.
    #[error("uncommitted changes in the way: {}; commit, stash or restore them first", .paths.join(", "))]
    Dirty {
        /// The files, from the repository's root.
        paths: Vec<String>,
    },
    /// Another git process is running in the checkout, or crashed in it.
    #[error("{} exists: another git process is running here, or one crashed; if none is running, remove the file", .path.display())]
    IndexLocked {
        /// The lock file.
        path: PathBuf,
    },
    /// Something other than a plain file or folder is where one must be.
    #[error("{path} is {what}; envctl does not write through it")]
    InTheWay {
        /// Its path from the repository's root.
        path: String,
        /// What it is.
        what: &'static str,
    },
    /// Something that envctl does not write is among the changes that a checkout would have to
    /// follow.
    #[error(
        "{path} changes between the two commits and is not a plain file, so envctl cannot check it out"
    )]
    NotPlain {
        /// The file, from the repository's root.
        path: String,
    },
    /// The branch stayed locked.
    #[error("{0}")]
    BranchLocked(StaleLock),
    /// The branch may or may not have moved, and it cannot be read.
    #[error("whether {} landed is unknown: the branch could not be read afterwards; run the command again to find out", .commit.short())]
    OutcomeUnknown {
        /// The commit that may have landed.
        commit: CommitId,
        /// What went wrong.
        source: Cause,
    },
    /// git's settings ask for signed commits, and signing failed.
    #[error("cannot sign the commit with {program}: {output}")]
    Signing {
        /// The program that signs.
        program: String,
        /// Its output.
        output: String,
    },
    /// The remote does not answer, or git cannot fetch from it.
    #[error("cannot reach the remote {remote}: {said}")]
    Unreachable {
        /// The remote.
        remote: RemoteName,
        /// The output of git.
        said: String,
    },
    /// The remote has lost commits that it had.
    #[error(
        "{place} was at {} and is now {}: what was live there is missing from its history",
        .known.short(), .now.map_or_else(|| "missing".to_owned(), |now| format!("at {}", now.short()))
    )]
    Rewound {
        /// The branch.
        place: RemoteBranch,
        /// Where it was.
        known: CommitId,
        /// Where it is now, or `None` if it does not exist.
        now: Option<CommitId>,
    },
    /// The message of a commit that was about to be written is too long, because of its reason or
    /// because of a hook.
    #[error("the message of the commit has {size} bytes; at most {limit} are written")]
    MessageTooLong {
        /// How many bytes it has.
        size: usize,
        /// How many it may have.
        limit: usize,
    },
    /// A hook refused the commit.
    #[error("the {hook} hook refused: {output}")]
    HookRefused {
        /// Which hook.
        hook: &'static str,
        /// Its output.
        output: String,
    },
    /// Something that is not envctl's is where a hook is to be installed or removed.
    #[error("the {hook} hook at {} is {why}, so it was left alone", .path.display())]
    ForeignHook {
        /// Which hook.
        hook: HookName,
        /// Its path.
        path: PathBuf,
        /// What it is.
        why: String,
        /// The line to add to it.
        line: String,
    },
    /// A path outside of the work tree.
    #[error("{} is not in the work tree of this repository", .path.display())]
    OutsideWorkTree {
        /// The path.
        path: PathBuf,
    },
    /// The repository has no work tree.
    #[error("the repository at {} is bare: it has no work tree and no index", .path.display())]
    NoWorkTree {
        /// The repository.
        path: PathBuf,
    },
}

impl StoreError {
    /// Reports whether the cause is an object that is missing from this repository.
    pub fn is_missing_object(&self) -> bool {
        let source = match self {
            Self::Git { source, .. } => source.downcast_ref::<git2::Error>(),
            _ => None,
        };
        source.is_some_and(|error| {
            error.code() == git2::ErrorCode::NotFound && error.class() == git2::ErrorClass::Odb
        })
    }

    /// Turns an error of git into one that says what was being done.
    pub(in crate::store) fn git(doing: impl Into<String>) -> impl FnOnce(git2::Error) -> Self {
        move |source| Self::Git {
            doing: doing.into(),
            source: source.into(),
        }
    }

    /// Turns an error of the operating system into one that says what was being done to which path.
    pub(in crate::store) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| {
            let path = path.to_owned();
            match source.kind() {
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    Self::Permission { path, source }
                }
                _ => Self::Io {
                    doing,
                    path,
                    source,
                },
            }
        }
    }
}
