use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use envctl::store::Backoff;

use crate::error::Failure;
use crate::exit::Exit;

/// How long a delivery waits for another one into the same folder. A delivery takes milliseconds,
/// or seconds on a slow disk.
const PATIENCE: Duration = Duration::from_secs(10);

/// A lock on a folder. It ends with the value, or with the process.
pub(super) struct FolderLock(
    #[expect(dead_code, reason = "closing it ends the lock")] Option<File>,
);

/// Locks `folder`, so that a generation that is still being written is not mistaken for one that was left behind.
///
/// Where folders cannot be locked, as on Windows and some network file systems, deliveries go on without.
///
/// # Errors
///
/// When another process has it for ten seconds.
pub(super) fn take(folder: &Path) -> anyhow::Result<FolderLock> {
    let Ok(file) = File::open(folder) else {
        // If it cannot be read, the next step reports it.
        return Ok(FolderLock(None));
    };
    let mut backoff = Backoff::lasting(PATIENCE);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(FolderLock(Some(file))),
            Err(TryLockError::Error(_)) => return Ok(FolderLock(None)),
            Err(TryLockError::WouldBlock) if backoff.wait() => {}
            Err(TryLockError::WouldBlock) => {
                let message = format!(
                    "another process has been writing {} for {} s",
                    folder.display(),
                    PATIENCE.as_secs()
                );
                return Err(Failure::new(Exit::Stale, "folder-busy", message)
                    .hint("wait until it is done, or end it, and run the command again")
                    .into());
            }
        }
    }
}
