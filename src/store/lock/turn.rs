//! A turn: the sequence in which a commit lands, and what each step leaves behind if the process dies after it.
//!
//! 1. The turn is taken: the lock between envctl processes, then what dead processes left is recovered.
//! 2. The commit's objects are written ([`Store::write_commit`]). Nobody sees them; git removes them some day.
//! 3. The journal says what is about to happen. From here on the next turn knows what to look for.
//! 4. The indexes of the branch's checkouts are locked, so that no git writes one while its branch moves under it. Left
//!    behind, they are recognised and removed.
//! 5. The branch is swapped, if it still is where the commit started from. Only this makes the write true, and there is no
//!    way back from here: whatever fails later is reported, never undone.
//! 6. The files and indexes of the checkouts follow. Left behind, the next turn makes up for it.
//! 7. The locks go, and then the record: in this order, since only the record tells whose a lock on a branch is.

use crate::model::{BranchName, CommitId};
use crate::store::checkout::follow::{Locked, follow, lock_checkouts, remove_index_locks};
use crate::store::durability;
use crate::store::error::StoreError;
use crate::store::lock::advisory::Advisory;
use crate::store::lock::journal::{Journal, Record};
use crate::store::lock::process::ProcessId;
use crate::store::lock::recover;
use crate::store::lock::swap::Attempt;
use crate::store::open::Store;
use crate::store::settings_file::SettingsFile;
use crate::store::write::writing::Expected;
use crate::store::write::writing::Followed;
use crate::store::write::writing::Swap;
use crate::store::write::writing::Writing;

/// The right to move one branch, in turn with the other envctl processes. Dropping it lets the next one go on.
pub struct Turn<'s> {
    pub(in crate::store) store: &'s Store,
    pub(in crate::store) branch: BranchName,
    writing: Writing,
    notes: Vec<String>,
    journal: Journal,
    landed: Option<Record>,
    locked: Vec<Locked<'s>>,
    // Last, so that the journal is settled when the next process gets the lock.
    #[expect(dead_code, reason = "the lock ends with the turn")]
    lock: Advisory,
}

impl Store {
    /// The right to move `branch`, waited for at most about 10 s; then it is had without the lock, which is safe.
    ///
    /// What a process that died has left behind is finished or cleared away first, as far as it is certain whose it was;
    /// [`Turn::notes`] says what.
    ///
    /// # Errors
    ///
    /// [`StoreError::Permission`] when git's folder cannot be written.
    pub fn take_turn(
        &self,
        branch: &BranchName,
        writing: &Writing,
    ) -> Result<Turn<'_>, StoreError> {
        durability::set(writing.durable);
        let lock = Advisory::take(self)?;
        let mut notes = Vec::new();
        let journal = recovered_journal(self, &lock, &mut notes)?;
        Ok(Turn {
            store: self,
            branch: branch.clone(),
            writing: *writing,
            notes,
            journal,
            landed: None,
            locked: Vec::new(),
            lock,
        })
    }

    /// Finishes or clears away what processes that died have left behind, as far as it is certain whose it was, and answers
    /// what was done: what every turn begins with, and locks on indexes that no record tells of.
    ///
    /// # Errors
    ///
    /// [`StoreError::Permission`] when git's folder cannot be written.
    pub fn tidy_up(&self, writing: &Writing) -> Result<Vec<String>, StoreError> {
        durability::set(writing.durable);
        let lock = Advisory::take(self)?;
        let mut notes = Vec::new();
        let journal = recovered_journal(self, &lock, &mut notes)?;
        if lock.is_held() && journal.unfinished().is_empty() {
            remove_index_locks(self, &mut notes)?;
        }
        Ok(notes)
    }
}

impl Turn<'_> {
    /// What was recovered, and why others may not wait for this turn: for a user to read.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Moves the branch from `expected` to `new`, whose objects are all written; `reflog` says why in the branch's log.
    ///
    /// What is to be done is written down first, so that the next turn can finish it if this process dies. The indexes of
    /// the checkouts are locked until [`Turn::follow`] has brought them forward, or the turn is dropped.
    ///
    /// # Errors
    ///
    /// [`StoreError::IndexLocked`] when a git keeps the lock on one of them, which is waited for about 2 s.
    /// [`StoreError::Permission`] at once where the branch may not be written; [`StoreError::OutcomeUnknown`] when moving
    /// it failed and it cannot be read afterwards. After any other error the branch did not move.
    pub fn swap(
        &mut self,
        expected: Expected,
        new: CommitId,
        reflog: &str,
    ) -> Result<Swap, StoreError> {
        durability::set(self.writing.durable);
        let old = match expected {
            Expected::Absent => None,
            Expected::At(old) => Some(old),
        };
        let record = Record {
            branch: self.branch.clone(),
            old,
            new,
            owner: ProcessId::this(),
        };
        // Before anything that others see: a lock or a branch that moved must never be without a record.
        self.journal.announce(&record)?;
        let outcome = self.attempt(&record, reflog);
        match outcome {
            Ok(Swap::Done(_)) => {
                self.landed = Some(record);
                // It has landed, so this is no failure any more.
                if let Err(error) = self.store.share_branch(&self.branch) {
                    self.notes.push(error.to_string());
                }
            }
            // It may have landed. The record stays, and the next turn looks again.
            Err(StoreError::OutcomeUnknown { .. }) => {}
            _ => {
                // Before the record of them goes.
                self.locked.clear();
                // A record of what did not happen is recognised as such; that it stays must not hide how the attempt ended.
                drop(self.journal.retract());
            }
        }
        outcome
    }

    fn attempt(&mut self, record: &Record, reflog: &str) -> Result<Swap, StoreError> {
        // Before the swap: a git that commits in a checkout meanwhile would take the old files for the new commit's. And
        // where a lock cannot be had, nothing has happened yet.
        self.locked = lock_checkouts(self.store, &self.branch)?;
        let attempt = Attempt {
            store: self.store,
            branch: &self.branch,
            old: record.old,
            new: record.new,
        };
        attempt.run(reflog, &mut self.notes)
    }

    /// Lets the index and the files of every checkout of the branch follow it, for the paths that the commit touched.
    ///
    /// What somebody changed meanwhile is left alone; [`Followed::notes`] says so. Does nothing if the branch was not moved.
    ///
    /// # Errors
    ///
    /// When files or an index cannot be written. The branch has moved all the same, and the next turn tries again.
    pub fn follow(self) -> Result<Followed, StoreError> {
        let Some(record) = &self.landed else {
            return Ok(Followed::default());
        };
        let mut notes = Vec::new();
        follow(self.store, record, record.new, self.locked, &mut notes)?;
        recover::remove_spent_lock(self.store, &record.branch, &mut notes)?;
        // Last: as long as the record is there, the next turn can do all of the above again.
        self.journal.retract()?;
        Ok(Followed { notes })
    }
}

/// Returns the journal to write, once what is unfinished has been finished as far as it can be.
fn recovered_journal(
    store: &Store,
    lock: &Advisory,
    notes: &mut Vec<String>,
) -> Result<Journal, StoreError> {
    // Without the lock others may be at work, so nothing can be taken for a dead process's. This one writes its record to a
    // file of its own, since two that write one file would lose records.
    if let Advisory::NotHeld(why) = lock {
        notes.push(why.clone());
        return Ok(Journal::apart(store));
    }
    if let Some(lock) = SettingsFile::of(store).remove_stale()? {
        notes.push(format!(
            "removed {}, which an interrupted envctl had left",
            lock.display()
        ));
    }
    let mut journal = Journal::read(store)?;
    let unfinished = journal.unfinished();
    if !unfinished.is_empty() {
        journal.keep(&recover::recover(store, &unfinished, notes))?;
    }
    Ok(journal)
}
