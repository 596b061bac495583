use std::fs::{File, TryLockError};
use std::io::Error;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use crate::store::error::StoreError;
use crate::store::open::PATIENCE;
use crate::store::open::Store;
use crate::store::private::open_shared;

/// The lock that lets envctl processes write one after the other, where the file system has locks.
///
/// A courtesy: it saves attempts that would lose the race, and tells that nobody else is at work when traces of a dead
/// process are cleared away. What makes a write safe is the compare-and-swap of the branch. The lock ends with the value,
/// or with the process.
#[derive(Debug)]
pub(in crate::store) enum Advisory {
    /// Nobody else has it.
    Held(#[expect(dead_code, reason = "the lock ends when the file is closed")] File),
    /// It could not be had; why, for a user to read.
    NotHeld(String),
}

impl Advisory {
    /// The lock, waited for.
    pub(in crate::store) fn take(store: &Store) -> Result<Self, StoreError> {
        let path = store.private_directory()?.join("lock");
        let file = open_shared(&path)?;
        Ok(match file.try_lock() {
            Ok(()) => Self::Held(file),
            Err(TryLockError::WouldBlock) => Self::queue(store, file, &path),
            Err(TryLockError::Error(error)) => Self::without(&error),
        })
    }

    /// Waits where the system keeps the queue, so that nobody is passed over again and again; in a thread, since there is
    /// no end to that wait. One that gets the lock after all, later, gives it back at once.
    fn queue(store: &Store, file: File, path: &Path) -> Self {
        let begun = Instant::now();
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(file.lock().map(|()| file)));
        let answer = receiver.recv_timeout(store.patience.get());
        store
            .patience
            .set(store.patience.get().saturating_sub(begun.elapsed()));
        match answer {
            Ok(Ok(file)) => Self::Held(file),
            Ok(Err(error)) => Self::without(&error),
            Err(_) => Self::NotHeld(format!(
                "another envctl has held {} for {} s; going on without waiting for it",
                path.display(),
                PATIENCE.as_secs()
            )),
        }
    }

    fn without(error: &Error) -> Self {
        Self::NotHeld(format!(
            "this file system has no locks ({error}); several envctl at once will need more attempts"
        ))
    }

    /// Whether no other envctl is at work.
    pub(in crate::store) fn is_held(&self) -> bool {
        matches!(self, Self::Held(_))
    }
}
