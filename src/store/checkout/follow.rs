use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::Path;

use git2::Index;

use crate::model::{BranchName, CommitId};
use crate::store::checkout::checkouts::{self, Checkout, OnDisk};
use crate::store::checkout::conversion;
use crate::store::checkout::index_entry;
use crate::store::checkout::index_lock::{self, IndexLock};
use crate::store::checkout::touched::{Touched, is_conflicted, is_skipped, staged, touched};
use crate::store::checkout::work_file;
use crate::store::error::StoreError;
use crate::store::lock::journal::Record;
use crate::store::open::Store;
use crate::store::tree::differences::File;

/// A checkout, and the lock on its index.
pub(in crate::store) type Locked<'s> = (Checkout<'s>, IndexLock);

/// Locks the index of every checkout of `branch`.
///
/// The locks are held from before the branch moves until the checkouts have followed. A `git
/// commit` that began in between would commit the old index onto the new tip, and so silently
/// revert what has just landed.
pub(in crate::store) fn lock_checkouts<'s>(
    store: &'s Store,
    branch: &BranchName,
) -> Result<Vec<Locked<'s>>, StoreError> {
    let lock = |checkout: Checkout<'s>| match IndexLock::take(&checkout)? {
        Some(lock) => Ok((checkout, lock)),
        None => Err(StoreError::IndexLocked {
            path: checkout.index_lock(),
        }),
    };
    Checkout::of(store, branch)?.into_iter().map(lock).collect()
}

/// Brings the `locked` checkouts forward to where `record`'s branch is, `target`, for the paths
/// that `record` touched.
///
/// The file and its index entry are each brought forward on their own if they hold what the move
/// found or left. So it does not matter at which step an earlier attempt ended, and what somebody
/// changed meanwhile stays.
pub(in crate::store) fn follow(
    store: &Store,
    record: &Record,
    target: CommitId,
    locked: Vec<Locked<'_>>,
    notes: &mut Vec<String>,
) -> Result<(), StoreError> {
    if locked.is_empty() {
        return Ok(());
    }
    // Only the paths that this move touched, compared with where the branch is now: after a crash
    // others may have moved the branch on, and the checkout must end at the newest state, not at
    // the one of the record.
    let paths = touched(store, (record.old, record.new), target)?;
    for (checkout, lock) in locked {
        // A program that ignores the lock may have switched it to another branch.
        if checkout.is_on(&record.branch)? {
            bring_forward(&checkout, &lock, &paths, target, notes)?;
            store.share(&checkout.git_directory().join("index"))?;
        }
        lock.release()?;
    }
    Ok(())
}

fn bring_forward(
    checkout: &Checkout<'_>,
    lock: &IndexLock,
    paths: &BTreeMap<String, Touched>,
    target: CommitId,
    notes: &mut Vec<String>,
) -> Result<(), StoreError> {
    let mut index = lock.open(checkout)?;
    let mut follower = Follower {
        checkout,
        target,
        notes,
        staged: false,
    };
    for (path, touched) in paths.iter().filter(|(_, touched)| touched.is_plain()) {
        follower.bring(&mut index, path, touched)?;
    }
    // An index that has not changed is not written, so that git's cache of file times stays valid.
    if follower.staged {
        lock.publish(index)
    } else {
        Ok(())
    }
}

/// Removes the index locks that are certainly envctl's, whatever is checked out there now.
pub(in crate::store) fn remove_index_locks(
    store: &Store,
    notes: &mut Vec<String>,
) -> Result<(), StoreError> {
    for git_directory in checkouts::git_directories(store.common_directory())? {
        if let Some(lock) = index_lock::remove_own(&git_directory)? {
            notes.push(format!(
                "removed {}, which an interrupted envctl had left",
                lock.display()
            ));
        }
    }
    Ok(())
}

struct Follower<'a> {
    checkout: &'a Checkout<'a>,
    target: CommitId,
    notes: &'a mut Vec<String>,
    /// Whether the index has changed.
    staged: bool,
}

/// How a file on disk relates to where the branch is now.
enum FileProgress {
    /// It was at the target already.
    Before(Option<Metadata>),
    /// It is at the target now.
    Now(Option<Metadata>),
    /// It is somebody else's and was left alone, or it is not in the work tree at all.
    Not,
}

impl Follower<'_> {
    fn bring(
        &mut self,
        index: &mut Index,
        path: &str,
        touched: &Touched,
    ) -> Result<(), StoreError> {
        if is_conflicted(index, path) {
            self.notes
                .push(format!("{path} has merge conflicts and was left alone"));
            return Ok(());
        }
        let entry = index.get_path(Path::new(path), 0);
        let skipped = is_skipped(index, path, entry.as_ref());
        // First the file, then its index entry: if the process dies between the two, the entry is
        // still the old one and the next attempt finds both. The other way round git would show a
        // file that nobody changed as modified.
        let brought = if skipped {
            FileProgress::Not
        } else {
            self.bring_file(path, touched)?
        };
        let current = staged(entry.as_ref());
        if !touched.knows(current.map(|file| file.id)) {
            self.notes.push(format!(
                "something else is staged for {path} and was left alone"
            ));
            return Ok(());
        }
        // The entry has to be put again even if its content is right already when the file was
        // written just now: its file times are those of the old file.
        let stat = match brought {
            FileProgress::Before(_) if current == touched.target => return Ok(()),
            FileProgress::Not if current == touched.target => return Ok(()),
            FileProgress::Before(stat) | FileProgress::Now(stat) => stat,
            FileProgress::Not => None,
        };
        index_entry::put(
            index,
            path,
            touched.target,
            entry.as_ref(),
            stat.as_ref(),
            skipped,
        )?;
        self.staged = true;
        Ok(())
    }

    fn bring_file(&mut self, path: &str, touched: &Touched) -> Result<FileProgress, StoreError> {
        let (id, stat) = match self.checkout.on_disk(path) {
            Ok(OnDisk::Nothing) => (None, None),
            Ok(OnDisk::File(id, stat)) => (Some(id), Some(stat)),
            Ok(OnDisk::Other(what)) => return Ok(self.leave(path, what)),
            Err(StoreError::InTheWay { path: way, what }) => return Ok(self.leave(&way, what)),
            Err(error) => return Err(error),
        };
        // The content is right already, either because an earlier attempt ended after this step or
        // because somebody did the same by hand. A temporary file of that attempt may still be
        // there.
        if id == touched.target.map(|file| file.id) {
            work_file::remove_temporary(self.checkout.root(), path);
            return Ok(FileProgress::Before(stat));
        }
        // Neither what the move found nor what it left: these are changes of a user, made after the
        // check that the checkout is clean. They win, and the user gets a note.
        if !touched.knows(id) {
            return Ok(self.leave(path, "changed meanwhile"));
        }
        Ok(FileProgress::Now(self.write(path, touched.target)?))
    }

    fn write(&self, path: &str, target: Option<File>) -> Result<Option<Metadata>, StoreError> {
        let root = self.checkout.root();
        match target {
            None => work_file::remove(root, path).map(|()| None),
            Some(file) => {
                let bytes = conversion::smudge(
                    self.checkout.repo(),
                    self.checkout.prefers_crlf(),
                    self.target,
                    path,
                    file.id,
                )?;
                work_file::write(root, path, &bytes).map(Some)
            }
        }
    }

    fn leave(&mut self, path: &str, what: &str) -> FileProgress {
        work_file::remove_temporary(self.checkout.root(), path);
        self.notes.push(format!(
            "{path} is {what} and was left alone; the commit holds the new content"
        ));
        FileProgress::Not
    }
}
