//! A turn: the sequence in which a commit lands, and what each step leaves behind if the process dies after it.
//!
//! 1. The turn is taken: the lock between envctl processes. Then what crashed processes left is
//!    recovered.
//! 2. The commit's objects are written ([`Store::write_commit`]). No reference leads to them, so a
//!    later `git gc` removes them.
//! 3. The journal says what is about to happen. From here on the next turn knows what to look for.
//! 4. The indexes of the branch's checkouts are locked, so that no git writes one while its branch moves under it. Left
//!    behind, they are recognised and removed.
//! 5. The branch is swapped, if it still is where the commit started from. Only this step makes the
//!    write happen, and it is never undone: whatever fails later is reported.
//! 6. The files and indexes of the checkouts follow. If the process dies before, the next turn does
//!    it.
//! 7. The locks are removed, and then the record: in this order, since only the record shows whose a lock on a branch is.

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
    // Fields are dropped in order. Last, so that the journal is complete when the next process gets the lock.
    #[expect(dead_code, reason = "the lock ends with the turn")]
    lock: Advisory,
}

impl Store {
    /// Takes the right to move `branch`, waiting for at most about 10 s. After that the turn goes
    /// on without the lock, which is safe.
    ///
    /// First it finishes or removes what a crashed process has left, as far as it is certain whose
    /// that was. [`Turn::notes`] says what was done.
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

    /// Finishes or removes what crashed processes have left, as far as it is certain whose that
    /// was, and returns what was done. This is what every turn begins with, plus locks on indexes
    /// that no record mentions.
    ///
    /// # Errors
    ///
    /// [`StoreError::Permission`] when git's folder cannot be written.
    pub fn tidy_up(&self, writing: &Writing) -> Result<Vec<String>, StoreError> {
        durability::set(writing.durable);
        let lock = Advisory::take(self)?;
        let mut notes = Vec::new();
        let journal = recovered_journal(self, &lock, &mut notes)?;
        // A lock on an index may be that of a process whose record is not finished. Only without
        // any record is it certain that nobody needs it.
        if lock.is_held() && journal.unfinished().is_empty() {
            remove_index_locks(self, &mut notes)?;
        }
        Ok(notes)
    }
}

impl Turn<'_> {
    /// Returns what was recovered, and why other processes may not wait for this turn, for a user
    /// to read.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Moves the branch from `expected` to `new`, whose objects are all written. `reflog` is the
    /// reason in the branch's log.
    ///
    /// The intention is written to the journal first, so that the next turn can finish it if this
    /// process dies. The indexes of the checkouts are locked until [`Turn::follow`] has brought
    /// them forward, or the turn is dropped.
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
                // The commit has landed, so this must not be reported as a failure.
                if let Err(error) = self.store.share_branch(&self.branch) {
                    self.notes.push(error.to_string());
                }
            }
            // The commit may have landed. The record stays, and the next turn decides.
            Err(StoreError::OutcomeUnknown { .. }) => {}
            _ => {
                // Before the record of them goes.
                self.locked.clear();
                // The next turn recognises a record of what did not happen. Failing to remove it must not hide how the attempt ended.
                drop(self.journal.retract());
            }
        }
        outcome
    }

    fn attempt(&mut self, record: &Record, reflog: &str) -> Result<Swap, StoreError> {
        // Before the swap: a `git commit` in a checkout meanwhile would record the old files on top of the new commit. And
        // if a lock cannot be taken, nothing has happened yet.
        self.locked = lock_checkouts(self.store, &self.branch)?;
        let attempt = Attempt {
            store: self.store,
            branch: &self.branch,
            old: record.old,
            new: record.new,
        };
        attempt.run(reflog, &mut self.notes)
    }

    /// Lets the index and the files of every checkout of the branch follow it, for the paths that
    /// the commit touched.
    ///
    /// What somebody changed meanwhile is left alone, and [`Followed::notes`] says so. Does nothing
    /// if the branch was not moved.
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

/// Returns the journal to write, after finishing as much as possible of what is unfinished.
fn recovered_journal(
    store: &Store,
    lock: &Advisory,
    notes: &mut Vec<String>,
) -> Result<Journal, StoreError> {
    // Without the lock others may be at work, so nothing may be treated as left by a crash. This process writes its record to a
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
