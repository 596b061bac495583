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
/// The file in envctl's own folder that a lock of envctl's is another name of.
const TOKEN: &str = "token";

/// git's lock on the index of a checkout, and a copy of that index to change.
///
/// The lock is a hard link to a file of envctl's own: by that, one that a dead process left can be told for certain from
/// one of git's. Dropping the value releases it.
pub(in crate::store) struct IndexLock {
    lock: PathBuf,
    index: PathBuf,
    /// The copy; libgit2 writes it with a lock of its own beside it.
    copy: PathBuf,
    held: bool,
}

impl IndexLock {
    /// The lock of `checkout`, waited for; none: somebody else keeps it.
    pub(in crate::store) fn take(checkout: &Checkout<'_>) -> Result<Option<Self>, StoreError> {
        let private = private_directory_in(checkout.git_directory())?;
        let lock = checkout.index_lock();
        let token = open_token(&private)?;
        let mut backoff = Backoff::lasting(PATIENCE);
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

    /// A copy of the index, to be changed and [published](Self::publish).
    pub(in crate::store) fn open(&self, checkout: &Checkout<'_>) -> Result<Index, StoreError> {
        // An interrupted write may have left libgit2's lock on the copy.
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

    /// Puts the changed copy in the place of the index.
    pub(in crate::store) fn publish(&self, mut index: Index) -> Result<(), StoreError> {
        index.write().map_err(StoreError::git("write the index"))?;
        Replacement::new(&self.copy, &self.index)
            .replace()
            .map_err(StoreError::io("replace the index", &self.index))
    }

    /// Removes the lock. To drop the value does so too, but cannot say when it fails.
    pub(in crate::store) fn release(mut self) -> Result<(), StoreError> {
        self.held = false;
        fs::remove_file(&self.lock).map_err(StoreError::io("remove the lock", &self.lock))
    }

    /// Makes git compare the files that may have changed in the very second in which the index was written.
    ///
    /// git does so on its own as long as they look newer than the index; with the new index they would not any more.
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
            // Something else has failed already; a lock that stays is recognised and removed by the next turn.
            let _ = fs::remove_file(&self.lock);
        }
    }
}

/// Removes the lock on the index of the checkout with this git directory if it is one of envctl's, and answers which it was.
/// Only while no other envctl is at work.
pub(in crate::store) fn remove_own(git_directory: &Path) -> Result<Option<PathBuf>, StoreError> {
    if !is_own(git_directory)? {
        return Ok(None);
    }
    let lock = checkouts::index_lock_in(git_directory);
    fs::remove_file(&lock).map_err(StoreError::io("remove the lock", &lock))?;
    Ok(Some(lock))
}

/// Whether the lock on the index of the checkout with this git directory is one of envctl's.
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

/// Waits while somebody holds the lock on the index of `checkout`; answers whether it is free now.
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

/// What stands at `path`; none: nothing does.
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
        // A file system without hard links: a lock as good as git's, though a stranded one cannot be told from git's.
        Err(_) => File::create_new(lock).map(|_| ()),
        Ok(()) => Ok(()),
    }
}

/// Removes the file at `path`; that there is none is as good.
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

/// Whether both are names of one file.
#[cfg(unix)]
pub(in crate::store) fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
pub(in crate::store) fn is_same_file(_: &Metadata, _: &Metadata) -> bool {
    false
}
