//! The repository: the only module that knows git.
//!
//! Reading takes a commit, the index or the work tree to a [`Snapshot`](crate::files::Snapshot). Writing goes one way:
//! take a [`Turn`], write a commit's objects, swap the branch, let the checkouts follow. Until the swap nothing has
//! happened but that unreachable objects exist; the swap is the only thing that makes a write true; all that follows can be
//! made up for by the next [`Turn`] if this process dies.
//!
//! Where to look:
//!
//! | what | files |
//! |---|---|
//! | the repository, its settings, its branches, its condition | `open` `settings` `settings_file` `refs` `folder` `error` `ids` `condition` |
//! | history | `history` `line` `path_history` `commit_graph` |
//! | judging ranges | `endpoint` `ancestry` `attested` `signature` `advance` `merged` |
//! | git's hooks that ask envctl | `installed_hook` |
//! | reading a project | `snapshot` `tree` `census` `objects` `content` `owned` `staged` `work_tree` |
//! | writing a commit's objects | `writing` `commit` `tree_edit` `signing` `hooks` `program` `durability` |
//! | a turn, and moving the branch in it | `turn` `advisory` `backoff` `swap` `stranded` |
//! | what a process that died left behind | `journal` `process` `heal` `leftover` `private` |
//! | remotes: where they are, what they have, pushing to them | `remote` `fetch` `push` `unconfirmed` `pick` |
//! | hooks that envctl installs | `hook_file` `hook_script` `shell` |
//! | checkouts that follow | `dirty` `drift` `touched` `follow` `checkout` `place` `conversion` `index_entry` `index_lock` |

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use git2::{Config, Oid, Repository};

use crate::model::CommitId;

mod advance;
mod advisory;
mod ancestry;
mod attested;
mod backoff;
mod census;
mod checkout;
mod commit;
mod commit_graph;
mod content;
mod conversion;
mod dirty;
mod drift;
mod durability;
mod endpoint;
mod error;
mod fetch;
mod folder;
mod follow;
mod heal;
mod history;
mod hook_file;
mod hook_script;
mod hooks;
mod ids;
mod index_entry;
mod index_lock;
mod journal;
mod leftover;
mod line;
mod merged;
mod objects;
mod open;
mod owned;
mod path_history;
mod pick;
mod place;
mod private;
mod process;
mod program;
mod push;
mod refs;
mod remote;
mod settings;
mod settings_file;
mod shell;
mod signature;
mod signing;
mod snapshot;
mod staged;
mod stranded;
mod swap;
mod touched;
mod tree;
mod tree_edit;
mod turn;
mod unconfirmed;
mod work_tree;
mod writing;

pub use ancestry::Ancestors;
pub use attested::{AttestedCommit, MalformedCommit};
pub use backoff::Backoff;
pub use drift::{Drift, DriftedFile};
pub use error::{Cause, StoreError};
pub use folder::{ProjectFolder, ProjectFolderError};
pub use history::{Actor, Alteration, CommitRecord, FirstParents};
pub use hook_file::{HookFile, HookName, HookState};
pub use leftover::{InterruptedWrite, Leftover};
pub use line::FirstParentLine;
pub use merged::Merged;
pub use open::Discovery;
pub use path_history::{PathHistory, PathStep};
pub use pick::Picked;
pub use push::Sent;
pub use refs::Head;
pub use remote::{Courier, RemoteBranch};
pub use settings::default_setting;
pub use shell::shell_word;
pub use snapshot::Reading;
pub use stranded::StrandedLock;
pub use turn::Turn;
pub use writing::{Expected, Followed, Hooks, NewCommit, Swap, Writing};

/// An open repository.
pub struct Store {
    repo: Repository,
    config: Config,
    blobs: RefCell<HashMap<Oid, content::Blob>>,
    /// What git keeps of commits beside them, once somebody asked; none: nothing, or nobody may look.
    graph: OnceCell<Option<Rc<commit_graph::CommitGraph>>>,
    /// What the commits say that were read, where nobody believes the graph; none: they are read each time.
    headers: Option<RefCell<HashMap<CommitId, line::Headers>>>,
    /// How long this process goes on waiting for others to write.
    patience: Cell<Duration>,
}
