use std::fs::Metadata;
use std::path::Path;

use git2::Index;

use super::checkout::{Checkout, OnDisk};
use super::index_entry;
use super::index_lock::{self, IndexLock};
use super::journal::Record;
use super::touched::{File, Touched, is_conflicted, is_skipped, staged, touched};
use super::{Store, StoreError, conversion, place};
use crate::model::CommitId;

/// Brings every checkout of `record`'s branch, which is at `target`, forward for the paths that `record` touched. Answers
/// whether all of them could be; if not, try again later.
///
/// File and index entry are taken forward each on its own, if they are what the move found or left: so it does not matter
/// at which step an earlier attempt ended, and what somebody changed meanwhile stays.
pub(super) fn follow(
    store: &Store,
    record: &Record,
    target: CommitId,
    notes: &mut Vec<String>,
) -> Result<bool, StoreError> {
    let checkouts = Checkout::of(store, &record.branch)?;
    if checkouts.is_empty() {
        return Ok(true);
    }
    let paths = touched(store, record, target)?;
    let mut complete = true;
    for checkout in &checkouts {
        let Some(lock) = IndexLock::take(checkout)? else {
            notes.push(format!(
                "{} exists, so the files in {} do not show the new commit yet; the next write makes up for it",
                checkout.index_lock().display(),
                checkout.root().display()
            ));
            complete = false;
            continue;
        };
        let mut index = lock.open()?;
        let mut follower = Follower { checkout, target, notes: &mut *notes, staged: false };
        for (path, touched) in &paths {
            follower.bring(&mut index, path, touched)?;
        }
        if follower.staged {
            lock.publish(index)?;
        }
        lock.release()?;
    }
    Ok(complete)
}

/// Removes the locks on the indexes of the branch's checkouts that are certainly envctl's.
pub(super) fn remove_index_locks(store: &Store, record: &Record, notes: &mut Vec<String>) -> Result<(), StoreError> {
    for checkout in Checkout::of(store, &record.branch)? {
        if index_lock::remove_own(&checkout)? {
            let lock = checkout.index_lock();
            notes.push(format!("removed {}, which an interrupted envctl had left", lock.display()));
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
enum Brought {
    /// It was there already.
    Before(Option<Metadata>),
    /// It is there now.
    Now(Option<Metadata>),
    /// Somebody's, left alone; or not in the work tree at all.
    Not,
}

impl Follower<'_> {
    fn bring(&mut self, index: &mut Index, path: &str, touched: &Touched) -> Result<(), StoreError> {
        if is_conflicted(index, path) {
            self.notes.push(format!("{path} has merge conflicts and was left alone"));
            return Ok(());
        }
        let entry = index.get_path(Path::new(path), 0);
        let skipped = is_skipped(index, path, entry.as_ref());
        let brought = if skipped { Brought::Not } else { self.bring_file(path, touched)? };
        let current = staged(entry.as_ref());
        if !touched.knows(current.map(|file| file.id)) {
            self.notes.push(format!("something else is staged for {path} and was left alone"));
            return Ok(());
        }
        let stat = match brought {
            Brought::Before(_) if current == touched.target => return Ok(()),
            Brought::Not if current == touched.target => return Ok(()),
            Brought::Before(stat) | Brought::Now(stat) => stat,
            Brought::Not => None,
        };
        index_entry::put(index, path, touched.target, entry.as_ref(), stat.as_ref(), skipped)?;
        self.staged = true;
        Ok(())
    }

    fn bring_file(&mut self, path: &str, touched: &Touched) -> Result<Brought, StoreError> {
        let (id, stat) = match self.checkout.on_disk(path) {
            Ok(OnDisk::Nothing) => (None, None),
            Ok(OnDisk::File(id, stat)) => (Some(id), Some(stat)),
            Ok(OnDisk::Other(what)) => return Ok(self.leave(path, what)),
            Err(StoreError::InTheWay { path: way, what }) => return Ok(self.leave(&way, what)),
            Err(error) => return Err(error),
        };
        if id == touched.target.map(|file| file.id) {
            place::remove_temporary(self.checkout.root(), path);
            return Ok(Brought::Before(stat));
        }
        if !touched.knows(id) {
            return Ok(self.leave(path, "changed meanwhile"));
        }
        Ok(Brought::Now(self.write(path, touched.target)?))
    }

    fn write(&self, path: &str, target: Option<File>) -> Result<Option<Metadata>, StoreError> {
        let root = self.checkout.root();
        match target {
            None => place::remove(root, path).map(|()| None),
            Some(file) => {
                let bytes =
                    conversion::smudge(self.checkout.repo(), self.checkout.prefers_crlf(), self.target, path, file.id)?;
                place::write(root, path, &bytes).map(Some)
            }
        }
    }

    fn leave(&mut self, path: &str, what: &str) -> Brought {
        place::remove_temporary(self.checkout.root(), path);
        self.notes.push(format!("{path} is {what} and was left alone; the commit holds the new content"));
        Brought::Not
    }
}
