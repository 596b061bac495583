//! The repository's own settings, written so that a crash leaves them as they were, and without a
//! lock on them.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use git2::Config;

use crate::store::checkout::index_lock::{is_same_file, look, remove_if_there};
use crate::store::error::StoreError;
use crate::store::lock::advisory::Advisory;
use crate::store::lock::backoff::Backoff;
use crate::store::open::Store;
use crate::store::private;
use crate::store::replace::file::Replacement;

/// How long to wait for a git that writes the same settings.
const PATIENCE: Duration = Duration::from_secs(2);

impl Store {
    /// Writes a setting into the repository's own configuration.
    ///
    /// # Errors
    ///
    /// When the configuration cannot be written, or a git keeps its lock on it for more than 2 s.
    pub fn keep_setting(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let alone = Advisory::take(self)?;
        let file = SettingsFile::of(self);
        if alone.is_held() {
            file.remove_stale()?;
        }
        let kept = file.keep(key, value);
        // A lock that could not be removed is recognised by the copy, so the copy stays until the next turn removes both.
        if !file.is_own_lock().unwrap_or(true) {
            drop(fs::remove_file(&file.copy));
        }
        if kept? {
            return Ok(());
        }
        // A file system without hard links, or a lock that somebody keeps. libgit2 takes git's lock as well, and its error says what is in the way.
        let keep = || Config::open(&file.path)?.set_str(key, value);
        keep().map_err(StoreError::git(format!("set {key}")))
    }
}

/// The settings file and git's lock on it.
///
/// The lock is a hard link to the new text in envctl's own folder. That distinguishes a lock that a
/// crashed envctl left from one of git's for certain.
pub(in crate::store) struct SettingsFile {
    path: PathBuf,
    lock: PathBuf,
    copy: PathBuf,
}

impl SettingsFile {
    pub(in crate::store) fn of(store: &Store) -> Self {
        let path = store.common_directory().join("config");
        // As git does: if the file is a symbolic link, its target is locked and replaced.
        let path = path.canonicalize().unwrap_or(path);
        let copy = store.common_directory().join(private::NAME).join("config");
        Self {
            lock: with_lock(&path),
            path,
            copy,
        }
    }

    /// Returns the path of git's lock on the settings, if there is one.
    pub(in crate::store) fn lock(&self) -> Option<&Path> {
        fs::symlink_metadata(&self.lock)
            .is_ok()
            .then_some(&self.lock)
    }

    /// Reports whether the lock is one of envctl's.
    pub(in crate::store) fn is_own_lock(&self) -> Result<bool, StoreError> {
        let (lock, copy) = (look(&self.lock)?, look(&self.copy)?);
        Ok(lock
            .zip(copy)
            .is_some_and(|(lock, copy)| is_same_file(&lock, &copy)))
    }

    /// Removes what a process left that crashed while writing a setting, and returns the lock if it
    /// was among that. Call it only while no other envctl is writing.
    pub(in crate::store) fn remove_stale(&self) -> Result<Option<&Path>, StoreError> {
        let own = self.is_own_lock()?;
        if own {
            remove_if_there(&self.lock)?;
        }
        remove_if_there(&self.copy)?;
        // libgit2's own lock on the copy.
        remove_if_there(&with_lock(&self.copy))?;
        Ok(own.then_some(&self.lock))
    }

    /// Writes the setting under git's lock. Returns false if the lock could not be taken.
    fn keep(&self, key: &str, value: &str) -> Result<bool, StoreError> {
        // git does not need the file. Without it there is nothing to copy.
        if look(&self.path)?.is_none() {
            return Ok(false);
        }
        let mut backoff = Backoff::lasting(PATIENCE);
        loop {
            // The new text is complete before the lock is taken, because the lock is a name of that
            // text. So the settings may have changed in between, and are compared once the lock is
            // held.
            let before = self.text()?;
            self.write_copy(key, value)?;
            match fs::hard_link(&self.copy, &self.lock) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists && backoff.wait() => {}
                Err(_) => return Ok(false),
                Ok(()) => {
                    let lock = Held { file: self };
                    // Otherwise somebody wrote a setting meanwhile, which must not be lost. The lock is released, and the loop starts over with the new text.
                    if self.text()? == before {
                        return lock.publish().map(|()| true);
                    }
                }
            }
        }
    }

    fn text(&self) -> Result<Vec<u8>, StoreError> {
        fs::read(&self.path).map_err(StoreError::io("read", &self.path))
    }

    fn write_copy(&self, key: &str, value: &str) -> Result<(), StoreError> {
        remove_if_there(&self.copy)?;
        fs::copy(&self.path, &self.copy).map_err(StoreError::io("copy", &self.path))?;
        let written = Config::open(&self.copy).and_then(|mut config| config.set_str(key, value));
        written.map_err(StoreError::git(format!("set {key}")))
    }
}

/// git's lock on the settings. It is removed when the value is dropped.
struct Held<'f> {
    file: &'f SettingsFile,
}

impl Held<'_> {
    /// Replaces the settings with the new text, which the lock is another name of.
    fn publish(self) -> Result<(), StoreError> {
        let SettingsFile { lock, path, .. } = self.file;
        Replacement::new(lock, path)
            .replace()
            .map_err(StoreError::io("replace", path))
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // After publishing, the lock's name is free, and a file of that name is somebody else's.
        if self.file.is_own_lock().unwrap_or(false) {
            let _ = fs::remove_file(&self.file.lock);
        }
    }
}

fn with_lock(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    path.with_file_name(name)
}
