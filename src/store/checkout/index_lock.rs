use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use git2::Index;

use crate::store::checkout::checkouts::{self, Checkout};
use crate::store::checkout::index_form;
use crate::store::error::StoreError;
use crate::store::lock::backoff::Backoff;
use crate::store::private::{self, open_shared, private_directory_in};
use crate::store::replace::file::Replacement;
use crate::store::tree::owned;

/// How long to wait for a git that writes the same index.
const PATIENCE: Duration = Duration::from_secs(2);
/// The file in envctl's own folder that envctl's index locks are hard links to.
const TOKEN: &str = "token";

/// git's lock on the index of a checkout, and a copy of that index to change.
///
/// The lock is a hard link to a file of envctl's own. That tells a lock that a dead envctl left
/// from one of git's for certain. Dropping the value releases the lock.
pub(in crate::store) struct IndexLock {
    lock: PathBuf,
    index: PathBuf,
    /// The copy; libgit2 writes it with a lock of its own beside it.
    copy: PathBuf,
    held: bool,
}

impl IndexLock {
    /// Takes the lock of `checkout`, waiting up to 2 s. Returns `None` if somebody else keeps it.
    pub(in crate::store) fn take(checkout: &Checkout<'_>) -> Result<Option<Self>, StoreError> {
        let private = private_directory_in(checkout.git_directory())?;
        let lock = checkout.index_lock();
        let token = open_token(&private)?;
        let mut backoff = Backoff::lasting(PATIENCE);
        // A hard link fails if the name exists, on every file system that has them, NFS included,
        // so two processes cannot both take the lock. git's own lock is made with O_EXCL and
        // excludes this one for the same reason.
        loop {
            match link(&token, &lock) {
                Ok(()) => break,
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(StoreError::io("lock the index with", &lock)(error));
                }
                Err(_) if backoff.wait() => {}
                Err(_) => return Ok(None),
            }
        }
        let index = checkout.git_directory().join("index");
        Ok(Some(Self {
            lock,
            index,
            copy: private.join("index"),
            held: true,
        }))
    }

    /// Returns a copy of the index, to be changed and [published](Self::publish).
    pub(in crate::store) fn open(&self, checkout: &Checkout<'_>) -> Result<Index, StoreError> {
        // A copy, because libgit2 locks the index that it writes with the very file that is the
        // lock here. It would find itself locked out.
        // An interrupted write may have left libgit2's own lock beside the copy.
        remove_if_there(&self.copy.with_extension("lock"))?;
        match fs::copy(&self.index, &self.copy) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => remove_if_there(&self.copy)?,
            Err(error) => return Err(StoreError::io("copy the index", &self.index)(error)),
        }
        let mut index = match checkouts::open_index(&self.copy) {
            Ok(index) => index,
            Err(failed) => match Index::open(&self.copy) {
                Err(error) if index_form::is_unread(&error) => {
                    checkout.unread(&self.copy).replace(&error)?;
                    checkouts::open_index(&self.copy)?
                }
                _ => return Err(failed),
            },
        };
        self.distrust_racy_entries(&mut index)?;
        Ok(index)
    }

    /// Replaces the index with the changed copy.
    pub(in crate::store) fn publish(&self, mut index: Index) -> Result<(), StoreError> {
        index.write().map_err(StoreError::git("write the index"))?;
        Replacement::new(&self.copy, &self.index)
            .replace()
            .map_err(StoreError::io("replace the index", &self.index))
    }

    /// Removes the lock, and reports whether that failed. Dropping the value removes it silently.
    pub(in crate::store) fn release(mut self) -> Result<(), StoreError> {
        self.held = false;
        fs::remove_file(&self.lock).map_err(StoreError::io("remove the lock", &self.lock))
    }

    /// Makes git compare the files that may have changed in the very second in which the index was
    /// written.
    ///
    /// git does so by itself as long as a file looks as new as the index. Writing the index again
    /// makes it newer than all of them, so a change in that second would go unnoticed. A size of 0
    /// is how git itself marks such an entry.
    fn distrust_racy_entries(&self, index: &mut Index) -> Result<(), StoreError> {
        let Ok(written) = fs::metadata(&self.index).and_then(|index| index.modified()) else {
            return Ok(());
        };
        let written = seconds(written);
        for position in 0..index.len() {
            let Some(mut entry) = index.get(position) else {
                break;
            };
            let racy = i64::from(entry.mtime.seconds()) >= written && entry.file_size != 0;
            if racy && owned::stage(entry.flags) == 0 {
                entry.file_size = 0;
                index
                    .add(&entry)
                    .map_err(StoreError::git("mark an entry of the index"))?;
            }
        }
        Ok(())
    }
}

impl Drop for IndexLock {
    fn drop(&mut self) {
        if self.held {
            // Another error is on its way to the caller. The next turn recognises and removes a lock that stays.
            let _ = fs::remove_file(&self.lock);
        }
    }
}

/// Removes the lock on the index of the checkout with this git directory if it is one of envctl's,
/// and returns its path. Call it only while no other envctl is at work.
pub(in crate::store) fn remove_own(git_directory: &Path) -> Result<Option<PathBuf>, StoreError> {
    if !is_own(git_directory)? {
        return Ok(None);
    }
    let lock = checkouts::index_lock_in(git_directory);
    fs::remove_file(&lock).map_err(StoreError::io("remove the lock", &lock))?;
    Ok(Some(lock))
}

/// Reports whether the lock on the index of the checkout with this git directory is one of
/// envctl's.
pub(in crate::store) fn is_own(git_directory: &Path) -> Result<bool, StoreError> {
    let token = git_directory.join(private::NAME).join(TOKEN);
    let (found, own) = (
        look(&checkouts::index_lock_in(git_directory))?,
        look(&token)?,
    );
    Ok(found
        .zip(own)
        .is_some_and(|(found, own)| is_same_file(&found, &own)))
}

/// Waits while somebody holds the lock on the index of `checkout`. Reports whether it is free now.
pub(in crate::store) fn wait_until_free(checkout: &Checkout<'_>) -> bool {
    let lock = checkout.index_lock();
    let mut backoff = Backoff::lasting(PATIENCE);
    while lock.symlink_metadata().is_ok() {
        if !backoff.wait() {
            return false;
        }
    }
    true
}

/// Returns what is at `path`, without following a link, or `None`.
pub(in crate::store) fn look(path: &Path) -> Result<Option<Metadata>, StoreError> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(StoreError::io("look at", path)(error)),
    }
}

fn open_token(private: &Path) -> Result<PathBuf, StoreError> {
    let token = private.join(TOKEN);
    open_shared(&token).map(|_| token)
}

fn link(token: &Path, lock: &Path) -> io::Result<()> {
    match fs::hard_link(token, lock) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
        // A file system without hard links: the lock is as good as git's, but one that a crash left cannot be distinguished from git's.
        Err(_) => File::create_new(lock).map(|_| ()),
        Ok(()) => Ok(()),
    }
}

/// Removes the file at `path`. Succeeds if there is none.
pub(in crate::store) fn remove_if_there(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(StoreError::io("remove", path)(error))
        }
        _ => Ok(()),
    }
}

fn seconds(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

/// Reports whether both describe the same file.
#[cfg(unix)]
pub(in crate::store) fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
pub(in crate::store) fn is_same_file(_: &Metadata, _: &Metadata) -> bool {
    false
}
