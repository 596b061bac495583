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

/// The lock that makes envctl processes write one after the other, on file systems that have locks.
///
/// It is advisory: it saves attempts that would lose the race, and proves that no other envctl is
/// running when traces of a crashed process are removed. The compare-and-swap of the branch is what
/// makes a write safe. The lock ends with the value or with the process.
#[derive(Debug)]
pub(in crate::store) enum Advisory {
    /// This process has it.
    Held(#[expect(dead_code, reason = "the lock ends when the file is closed")] File),
    /// It could not be taken; why, for a user to read.
    NotHeld(String),
}

impl Advisory {
    /// Takes the lock, waiting as long as the store's patience lasts.
    pub(in crate::store) fn take(store: &Store) -> Result<Self, StoreError> {
        let path = store.private_directory()?.join("lock");
        let file = open_shared(&path)?;
        Ok(match file.try_lock() {
            Ok(()) => Self::Held(file),
            Err(TryLockError::WouldBlock) => Self::queue(store, file, &path),
            Err(TryLockError::Error(error)) => Self::without(&error),
        })
    }

    /// Waits in the system's queue, so that no process is passed over again and again. The wait has
    /// no timeout, so it happens in a thread. If that thread gets the lock too late, it releases it
    /// at once.
    fn queue(store: &Store, file: File, path: &Path) -> Self {
        let begun = Instant::now();
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(file.lock().map(|()| file)));
        let answer = receiver.recv_timeout(store.patience.get());
        store
            // The patience is that of the whole command. A command that takes several turns must
            // not wait the full time for each.
            .patience
            .set(store.patience.get().saturating_sub(begun.elapsed()));
        match answer {
            Ok(Ok(file)) => Self::Held(file),
            Ok(Err(error)) => Self::without(&error),
            // Going on is safe, because the swap compares. Stopping would let one process that
            // hangs block everybody.
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

    /// Reports whether no other envctl is writing.
    pub(in crate::store) fn is_held(&self) -> bool {
        matches!(self, Self::Held(_))
    }
}
