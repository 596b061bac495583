//! The repository's own settings, written so that a death on the way leaves them as they were, and no lock on them.

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
        // A lock that could not be taken away is recognised by the copy, and goes with the next turn.
        if !file.is_own_lock().unwrap_or(true) {
            drop(fs::remove_file(&file.copy));
        }
        if kept? {
            return Ok(());
        }
        // A file system without hard links, or a lock that stays: libgit2 has a lock as good as git's, and says whose it met.
        let keep = || Config::open(&file.path)?.set_str(key, value);
        keep().map_err(StoreError::git(format!("set {key}")))
    }
}

/// The settings' file and git's lock on it.
///
/// The lock is a hard link to the new text, which stands in envctl's own folder: by that, one that a dead process left can be
/// told for certain from one of git's.
pub(in crate::store) struct SettingsFile {
    path: PathBuf,
    lock: PathBuf,
    copy: PathBuf,
}

impl SettingsFile {
    pub(in crate::store) fn of(store: &Store) -> Self {
        let path = store.common_directory().join("config");
        // As git does: where the name is a link, what it leads to is locked and replaced.
        let path = path.canonicalize().unwrap_or(path);
        let copy = store.common_directory().join(private::NAME).join("config");
        Self {
            lock: with_lock(&path),
            path,
            copy,
        }
    }

    /// git's lock on the settings, if it is there.
    pub(in crate::store) fn lock(&self) -> Option<&Path> {
        fs::symlink_metadata(&self.lock)
            .is_ok()
            .then_some(&self.lock)
    }

    /// Whether the lock is one of envctl's.
    pub(in crate::store) fn is_own_lock(&self) -> Result<bool, StoreError> {
        let (lock, copy) = (look(&self.lock)?, look(&self.copy)?);
        Ok(lock
            .zip(copy)
            .is_some_and(|(lock, copy)| is_same_file(&lock, &copy)))
    }

    /// Removes what a process that died while it wrote a setting has left, and answers with the lock if that was among it.
    /// Only while no other envctl is at work.
    pub(in crate::store) fn remove_stale(&self) -> Result<Option<&Path>, StoreError> {
        let own = self.is_own_lock()?;
        if own {
            remove_if_there(&self.lock)?;
        }
        remove_if_there(&self.copy)?;
        // libgit2's, on the copy.
        remove_if_there(&with_lock(&self.copy))?;
        Ok(own.then_some(&self.lock))
    }

    /// Writes the setting under git's lock; whether that could be had.
    fn keep(&self, key: &str, value: &str) -> Result<bool, StoreError> {
        // git does without the file; then there is nothing to copy.
        if look(&self.path)?.is_none() {
            return Ok(false);
        }
        let mut backoff = Backoff::lasting(PATIENCE);
        loop {
            let before = self.text()?;
            self.write_copy(key, value)?;
            match fs::hard_link(&self.copy, &self.lock) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists && backoff.wait() => {}
                Err(_) => return Ok(false),
                Ok(()) => {
                    let lock = Held { file: self };
                    // What others wrote before the lock was had is not to be lost.
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

/// git's lock on the settings, which goes with the value.
struct Held<'f> {
    file: &'f SettingsFile,
}

impl Held<'_> {
    /// Puts the new text, which the lock is another name of, in the place of the settings.
    fn publish(self) -> Result<(), StoreError> {
        let SettingsFile { lock, path, .. } = self.file;
        Replacement::new(lock, path)
            .replace()
            .map_err(StoreError::io("replace", path))
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // After it was published there is none, and whatever stands there is somebody else's.
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
