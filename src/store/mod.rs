//! The repository. This is the only module that uses git.
//!
//! Reading turns a commit, the index or the work tree into a [`Snapshot`](crate::files::Snapshot).
//! Writing has one path: take a [`Turn`], write a commit's objects, swap the branch, let the
//! checkouts follow. Until the swap there are only unreachable objects. The swap makes the write
//! happen. The next [`Turn`] does whatever is left after it if this process dies.
//!
//! Where to look:
//!
//! | what | where |
//! |---|---|
//! | the repository, its branches, its settings | `open` `unusable` `refs` `folder` `settings` `settings_file` |
//! | what all of it uses | `error` `advice` `ids` `private` `durability` `program` `budget` `spending` |
//! | replacing files and folders in one step | `replace/` |
//! | reading a project: from a commit, from the index, from one commit to the next | `tree/` |
//! | commits: records, the first-parent line, ancestry, and as the judge reads them | `history/` |
//! | writing a commit's objects | `write/` |
//! | one writer at a time: a turn, the swap in it, what a crashed process left behind | `lock/` |
//! | checkouts: the files and the index that follow a branch, and what differs there | `checkout/` |
//! | remotes: their addresses, their branches, pushing to them | `remote/` |
//! | git's hooks: those that a write runs, and those that envctl installs | `hooks/` |
//!
//! Inside of this layer a file imports what it needs from the file that defines it; the re-exports here are for others.

mod advice;
mod budget;
mod checkout;
mod discovery;
mod durability;
mod error;
mod folder;
mod git_identity;
mod git_time;
mod history;
mod hooks;
mod ids;
mod lock;
mod open;
mod private;
mod program;
mod refs;
mod remote;
mod replace;
mod settings;
mod settings_file;
mod sharing;
mod spending;
mod tree;
mod unusable;
mod write;

pub use budget::{Budget, Exceeded};
pub use checkout::drift::{Drift, DriftedFile};
pub use discovery::{Discovery, GitEnvironment};
pub use error::{Cause, StoreError};
pub use folder::{ProjectFolder, ProjectFolderError};
pub use git_identity::identity_as_written;
pub use git_time::GitTime;
pub use history::ancestry::Ancestors;
pub use history::draft::{Draft, Drafts};
pub use history::line::FirstParentLine;
pub use history::merged::Merged;
pub use history::path_history::{PathHistory, PathPlace, PathStep};
pub use history::record::{Actor, Alteration, CommitRecord, FirstParents};
pub use history::strict_commit::{MalformedCommit, StrictCommit};
pub use hooks::hook_file::{HookFile, HookState};
pub use hooks::hook_name::HookName;
pub use hooks::shell::shell_word;
pub use lock::backoff::Backoff;
pub use lock::stale_files::{InterruptedWrite, StaleFile};
pub use lock::stale_lock::StaleLock;
pub use lock::turn::Turn;
pub use open::Store;
pub use refs::Head;
pub use remote::branch::RemoteBranch;
pub use remote::pick::Picked;
pub use remote::push::{Missed, Sent};
pub use remote::remotes::GitRunner;
pub use replace::exchange::exchange;
pub use replace::file::{FileMode, Flush, Replacement};
pub use settings::sources::default_settings;
pub use settings::values::GitSettings;
pub use tree::find::OwnedPart;
pub use tree::header::panic_becomes_an_error;
pub use tree::projects::{Counting, ProjectSearch, Projects};
pub use tree::snapshot::Reading;
pub use write::writing::{Expected, Followed, Hooks, NewCommit, Swap, Writing};
