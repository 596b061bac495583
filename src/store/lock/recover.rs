//! What processes that died in the middle of a write left behind.
//!
//! Each write says in the journal what it is going to do before it touches anything that others see. Whoever takes the next
//! turn reads those records and compares each with where its branch is now; nothing else tells how far the write came:
//!
//! | the branch is | so the process died | what is left to do |
//! |---|---|---|
//! | where it was | before the swap | remove its locks; nothing has happened |
//! | at the new commit, or past it | after the swap | let the checkouts follow, remove its locks |
//! | anywhere else | before the swap, or somebody took the branch elsewhere since | remove its locks |
//!
//! A lock is removed only where it is certain that no git and no living envctl holds it. A record goes only when nothing is
//! left to do for it, so to die here loses nothing either: the next turn does the same again.

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

/// How long a lock that is still empty is watched before it is taken for one that a dead process left: git writes into its
/// own within a moment.
const WATCH: Duration = Duration::from_secs(1);

/// Finishes or clears away what the processes of `unfinished` left, and answers what could not be finished yet.
///
/// Only while no other envctl is at work.
pub(in crate::store) fn recover(
    store: &Store,
    unfinished: &[Record],
    notes: &mut Vec<String>,
) -> Vec<Record> {
    let mut kept = Vec::new();
    // One of them may have gone on without the lock, and then the lock on an index may be its.
    let alone = unfinished.iter().all(|record| record.owner.is_idle());
    for record in unfinished {
        match recover_one(store, record, alone, notes) {
            Ok(true) => {}
            Ok(false) => kept.push(record.clone()),
            Err(error) => {
                notes.push(format!(
                    "what an interrupted envctl left on {} is not finished: {error}",
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
    // First, so that the checkouts can be locked below. A lock on an index does not say whose record it belongs to; it is a
    // dead process's only if all of them are dead.
    if alone {
        follow::remove_index_locks(store, notes)?;
    }
    // The process may have died with the branch's lock. If the branch has not moved, what the lock holds tells whose it is;
    // if it has, libgit2 may have left a second name of the branch's own file.
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
                "{} exists, so the files there do not show {} yet; the next write makes up for it",
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

/// Returns where the branch is, `tip`, if that is what `record` made of it or goes on from there.
pub(in crate::store) fn landed(
    store: &Store,
    record: &Record,
    tip: Option<CommitId>,
) -> Result<Option<CommitId>, StoreError> {
    Ok(match tip {
        Some(now) if now == record.new => tip,
        // Others may have gone on from there. A commit that is gone, since git removed it or the disk lost it, is in no
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

/// Removes the branch's lock if it is provably the one of `record`: the branch is where it was when that was written, and
/// the lock holds what it was going to write, or the beginning of that and nobody goes on writing.
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

/// Removes the branch's lock if it is the very file that the branch is in: libgit2 links a lock to where the branch is to be
/// and takes away the name of the lock afterwards, or fails to without a word.
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
            "removed {}, which a write of envctl's had left",
            path.display()
        ));
    }
    Ok(())
}

/// Whether the lock at `path` may be the one of `record`, which its branch has not followed: by what it holds.
pub(in crate::store) fn may_be_of(record: &Record, path: &Path) -> bool {
    reading(record, path) != LockContent::Other
}

/// What a lock holds, beside what a record was going to write into it.
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
