use std::collections::BTreeMap;
use std::path::Path;

use git2::{ErrorCode, Index, IndexEntry, Oid, Tree};

use crate::model::CommitId;
use crate::store::error::StoreError;
use crate::store::folder::ProjectFolder;
use crate::store::open::Store;
use crate::store::tree::differences::{File, TreeDifference, differences};
use crate::store::tree::owned::{self, SKIP_WORKTREE};

/// git's mode of a file that is neither executable nor a link. envctl writes no other.
const PLAIN: i32 = 0o100_644;

/// What a move of the branch did to one path. `None` means that there is no file.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::store) struct Touched {
    /// Before the move.
    pub(in crate::store) old: Option<File>,
    /// After it.
    pub(in crate::store) new: Option<File>,
    /// Where the branch is now.
    pub(in crate::store) target: Option<File>,
    /// Whether envctl could not write its name.
    misnamed: bool,
}

impl Touched {
    /// Reports whether it is a plain file on all sides. Links, executables and other repositories
    /// are never written by envctl, so it does not bring them forward either.
    pub(in crate::store) fn is_plain(&self) -> bool {
        let mut files = [self.old, self.new, self.target].into_iter().flatten();
        !self.misnamed && files.all(|file| file.mode == PLAIN)
    }

    /// Reports whether `file` is what this move found or left, so that it may be replaced with what
    /// is on the branch now.
    pub(in crate::store) fn knows(&self, file: Option<Oid>) -> bool {
        [self.old, self.new, self.target]
            .iter()
            .any(|known| known.map(|known| known.id) == file)
    }
}

/// Returns the paths that differ between two commits, with what they are in `target`. If `before`
/// is `None`, all paths of `after` differ.
pub(in crate::store) fn touched(
    store: &Store,
    (before, after): (Option<CommitId>, CommitId),
    target: CommitId,
) -> Result<BTreeMap<String, Touched>, StoreError> {
    let root = ProjectFolder::root();
    let old = before
        .map(|before| store.tree_of(before, &root))
        .transpose()?
        .flatten();
    let new = store.tree_of(after, &root)?;
    let mut paths: BTreeMap<String, Touched> = BTreeMap::new();
    for TreeDifference { path, old, new } in differences(store, old.as_ref(), new.as_ref())? {
        let name = String::from_utf8_lossy(&path).into_owned();
        let touched = paths.entry(name).or_default();
        touched.misnamed = std::str::from_utf8(&path).is_err();
        touched.old = old.or(touched.old);
        touched.new = new.or(touched.new);
    }
    let now = if target == after {
        new
    } else {
        store.tree_of(target, &root)?
    };
    for (path, touched) in &mut paths {
        touched.target = look_up(now.as_ref(), path)?;
    }
    Ok(paths)
}

/// Returns the file at `path` of `tree`, or `None` if there is no file or no tree.
pub(in crate::store) fn look_up(
    tree: Option<&Tree<'_>>,
    path: &str,
) -> Result<Option<File>, StoreError> {
    let Some(tree) = tree else { return Ok(None) };
    match tree.get_path(Path::new(path)) {
        Ok(entry) => Ok(Some(File {
            id: entry.id(),
            mode: entry.filemode(),
        })),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(StoreError::git(format!("look up {path} in the commit"))(
            error,
        )),
    }
}

/// Returns what the index entry holds.
pub(in crate::store) fn staged(entry: Option<&IndexEntry>) -> Option<File> {
    entry.map(|entry| File {
        id: entry.id,
        mode: i32::try_from(entry.mode).unwrap_or_default(),
    })
}

/// Reports whether `path` has merge conflicts.
pub(in crate::store) fn is_conflicted(index: &Index, path: &str) -> bool {
    (1..=3).any(|stage| index.get_path(Path::new(path), stage).is_some())
}

/// Reports whether the file at `path` is left out of the work tree: its entry says so, or for a new
/// file that of a file in the same folder.
pub(in crate::store) fn is_skipped(index: &Index, path: &str, entry: Option<&IndexEntry>) -> bool {
    if let Some(entry) = entry {
        return entry.flags_extended & SKIP_WORKTREE != 0;
    }
    let Some((folder, _)) = path.rsplit_once('/') else {
        return false;
    };
    // A new file has no entry yet. In a sparse checkout, folders are left out whole, so a neighbour
    // knows; writing the file would put a lone file into a folder that the user asked not to have.
    let mut neighbours = owned::under(index, format!("{folder}/").into_bytes());
    neighbours
        .next()
        .is_some_and(|neighbour| neighbour.flags_extended & SKIP_WORKTREE != 0)
}
