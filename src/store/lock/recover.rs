//! Recovers from processes that died in the middle of a write.
//!
//! Before a write touches anything that others see, it says in the journal what it is going to do.
//! The next turn reads those records and compares each with where its branch is now. Nothing else
//! shows how far the write came:
//!
//! | the branch is | so the process died | what is left to do |
//! |---|---|---|
//! | where it was | before the swap | remove its locks; nothing has happened |
//! | at the new commit, or past it | after the swap | let the checkouts follow, remove its locks |
//! | anywhere else | before the swap, or somebody took the branch elsewhere since | remove its locks |
//!
//! A lock is removed only if it is certain that no git and no running envctl holds it. A record is
//! removed only when nothing is left to do for it, so a crash during recovery loses nothing either:
//! the next turn does the same again.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::model::{BranchName, CommitId};
use crate::store::checkout::follow;
use crate::store::checkout::index_lock::{is_same_file, look};
use crate::store::error::StoreError;
use crate::store::lock::backoff::Backoff;
use crate::store::lock::journal::Record;
use crate::store::open::Store;

/// How long an empty lock is watched before it counts as one that a dead process left. git writes
/// into its own within a moment.
const WATCH: Duration = Duration::from_secs(1);

/// Finishes or removes what the processes of `unfinished` left, and returns what could not be
/// finished yet.
///
/// Call it only while no other envctl is writing.
pub(in crate::store) fn recover(
    store: &Store,
    unfinished: &[Record],
    notes: &mut Vec<String>,
) -> Vec<Record> {
    let mut kept = Vec::new();
    // A process that went on without envctl's lock may be alive, and then a lock on an index may be its own.
    let alone = unfinished.iter().all(|record| record.owner.is_idle());
    for record in unfinished {
        match recover_one(store, record, alone, notes) {
            Ok(true) => {}
            Ok(false) => kept.push(record.clone()),
            // An error of one record must not keep this turn from writing: the branch of the record
            // may be one that nobody needs. The record stays, so nothing is lost.
            Err(error) => {
                notes.push(format!(
                    "cannot finish what an interrupted envctl left on {}: {error}",
                    record.branch
                ));
                kept.push(record.clone());
            }
        }
    }
    kept
}

/// Recovers what the process of one record left, and reports whether all is done.
fn recover_one(
    store: &Store,
    record: &Record,
    alone: bool,
    notes: &mut Vec<String>,
) -> Result<bool, StoreError> {
    let idle = record.owner.is_idle();
    let tip = store.tip(&record.branch)?;
    // First, so that the checkouts can be locked below. A lock on an index does not say whose
    // record it belongs to; it is a dead process's only if all of them are dead.
    if alone {
        follow::remove_index_locks(store, notes)?;
    }
    // The process may have died with the branch's lock. If the branch has not moved, what the lock
    // holds tells whose it is; if it has, libgit2 may have left a second name of the branch's own
    // file.
    if idle && tip == record.old {
        remove_branch_lock(store, record, notes)?;
    } else if idle {
        remove_spent_lock(store, &record.branch, notes)?;
    }
    // Not landed: nothing happened, unless the process is alive and still going to swap; then its record stays.
    let Some(landed) = landed(store, record, tip)? else {
        return Ok(idle);
    };
    // Landed: the write is true, and only the checkouts may still show what was there before. They follow to where the
    // branch is now, and whatever somebody has changed in them since is left alone.
    let locked = match follow::lock_checkouts(store, &record.branch) {
        Ok(locked) => locked,
        // A git is at work there. This turn goes on without it; the record stays for the next one.
        Err(StoreError::IndexLocked { path }) => {
            notes.push(format!(
                "{} exists, so the files there do not show {} yet; the next write updates them",
                path.display(),
                record.new.short()
            ));
            return Ok(false);
        }
        Err(error) => return Err(error),
    };
    follow::follow(store, record, landed, locked, notes)?;
    notes.push(format!(
        "finished an interrupted write: {} on {}",
        record.new.short(),
        record.branch
    ));
    Ok(true)
}

/// Returns `tip`, where the branch is now, if that is what `record` made of it or a later commit on
/// top.
pub(in crate::store) fn landed(
    store: &Store,
    record: &Record,
    tip: Option<CommitId>,
) -> Result<Option<CommitId>, StoreError> {
    Ok(match tip {
        Some(now) if now == record.new => tip,
        // Others may have gone on from there. A commit that git removed or the disk lost is in no
        // branch, and a branch that is where it was has not moved.
        Some(now)
            if tip != record.old
                && store.has(record.new)?
                && store.is_ancestor(record.new, now)? =>
        {
            tip
        }
        _ => None,
    })
}

/// Removes the branch's lock if it is provably that of `record`. The branch must be where it was
/// when the record was written, and the lock must contain what was going to be written, or the
/// beginning of that with nobody writing the rest.
fn remove_branch_lock(
    store: &Store,
    record: &Record,
    notes: &mut Vec<String>,
) -> Result<(), StoreError> {
    let path = store.branch_lock_path(&record.branch);
    let mut watch = Backoff::lasting(WATCH);
    loop {
        match reading(record, &path) {
            LockContent::Whole => break,
            // A beginning, which may be empty, is what a lock looks like that a living git has just
            // made. It gets the time to write more.
            LockContent::Beginning if watch.wait() => {}
            LockContent::Beginning => break,
            LockContent::Other => return Ok(()),
        }
    }
    fs::remove_file(&path).map_err(StoreError::io("remove the lock", &path))?;
    notes.push(format!(
        "removed {}, which an interrupted envctl had left",
        path.display()
    ));
    Ok(())
}

/// Removes the branch's lock if it is the same file as the branch itself. libgit2 links the lock to
/// the branch's path and then removes the name of the lock; it does not report when that fails.
pub(in crate::store) fn remove_spent_lock(
    store: &Store,
    branch: &BranchName,
    notes: &mut Vec<String>,
) -> Result<(), StoreError> {
    let path = store.branch_lock_path(branch);
    let (lock, file) = (look(&path)?, look(&store.branch_path(branch))?);
    if lock
        .zip(file)
        .is_some_and(|(lock, file)| is_same_file(&lock, &file))
    {
        fs::remove_file(&path).map_err(StoreError::io("remove the lock", &path))?;
        notes.push(format!(
            "removed {}, which an envctl write had left",
            path.display()
        ));
    }
    Ok(())
}

/// Reports whether the content of the lock at `path` may be that of `record`, whose branch has not
/// moved.
pub(in crate::store) fn may_be_of(record: &Record, path: &Path) -> bool {
    reading(record, path) != LockContent::Other
}

/// What a lock contains, compared with what a record was going to write into it.
#[derive(PartialEq, Eq)]
enum LockContent {
    Whole,
    Beginning,
    Other,
}

fn reading(record: &Record, path: &Path) -> LockContent {
    let whole = format!("{}\n", record.new).into_bytes();
    match plain_content(path) {
        Some(content) if content == whole => LockContent::Whole,
        Some(content) if whole.starts_with(&content) => LockContent::Beginning,
        _ => LockContent::Other,
    }
}

fn plain_content(path: &Path) -> Option<Vec<u8>> {
    let file = fs::symlink_metadata(path).ok()?;
    if file.is_file() {
        fs::read(path).ok()
    } else {
        None
    }
}
