use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::Path;

use git2::Index;

use crate::model::{BranchName, CommitId};
use crate::store::checkout::checkouts::{self, Checkout, OnDisk};
use crate::store::checkout::conversion;
use crate::store::checkout::index_entry;
use crate::store::checkout::index_lock::{self, IndexLock};
use crate::store::checkout::touched::{File, Touched, is_conflicted, is_skipped, staged, touched};
use crate::store::checkout::work_file;
use crate::store::error::StoreError;
use crate::store::lock::journal::Record;
use crate::store::open::Store;

/// A checkout, and the lock on its index.
pub(in crate::store) type Locked<'s> = (Checkout<'s>, IndexLock);

/// Every checkout of `branch` with its index locked.
///
/// Held from before the branch moves until the checkout has followed: a `git commit` that began in between would commit the
/// old index onto the new tip, and so take back without a word what has just landed.
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

/// Brings the `locked` checkouts forward to where `record`'s branch is, `target`, for the paths that `record` touched.
///
/// File and index entry are taken forward each on its own, if they are what the move found or left: so it does not matter
/// at which step an earlier attempt ended, and what somebody changed meanwhile stays.
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
    let paths = touched(store, (record.old, record.new), target)?;
    for (checkout, lock) in locked {
        // It may have been switched to another branch by something that does not care for the lock.
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
    if follower.staged {
        lock.publish(index)
    } else {
        Ok(())
    }
}

/// Removes the locks on indexes that are certainly envctl's, whatever is checked out there now.
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

/// How a file on disk stands to where the branch is now.
enum FileProgress {
    /// It was there already.
    Before(Option<Metadata>),
    /// It is there now.
    Now(Option<Metadata>),
    /// Somebody's, left alone; or not in the work tree at all.
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
        if id == touched.target.map(|file| file.id) {
            work_file::remove_temporary(self.checkout.root(), path);
            return Ok(FileProgress::Before(stat));
        }
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
