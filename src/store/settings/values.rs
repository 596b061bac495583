use std::path::PathBuf;

use git2::{Config, ConfigLevel, Error, ErrorCode};

use crate::store::error::StoreError;

/// git's settings, as they were when they were read.
pub struct GitSettings(pub(in crate::store) Config);

impl GitSettings {
    /// Returns the setting `key`, or `None` if it is not set.
    ///
    /// # Errors
    ///
    /// When it is not UTF-8.
    pub fn text(&self, key: &str) -> Result<Option<String>, StoreError> {
        found(self.0.get_string(key), key)
    }

    /// Returns the setting `key` as a boolean, or `None` if it is not set.
    ///
    /// # Errors
    ///
    /// When it is not a boolean, which is an error for git, too.
    pub fn flag(&self, key: &str) -> Result<Option<bool>, StoreError> {
        found(self.0.get_bool(key), key)
    }

    /// Returns the setting `key` as a path, with `~` replaced, or `None` if it is not set.
    pub(in crate::store) fn path(&self, key: &str) -> Result<Option<PathBuf>, StoreError> {
        found(self.0.get_path(key), key)
    }

    /// Returns all values of the setting `key`, in git's order.
    pub fn texts(&self, key: &str) -> Result<Vec<String>, StoreError> {
        let mut texts = Vec::new();
        let Some(entries) = found(self.0.multivar(key, None), key)? else {
            return Ok(texts);
        };
        let mut listed = Ok(());
        let read = entries.for_each(|entry| match entry.value() {
            Ok(text) => texts.push(text.to_owned()),
            Err(error) => listed = Err(error),
        });
        match found(read.and(listed), key)? {
            Some(()) => Ok(texts),
            None => Ok(Vec::new()),
        }
    }

    /// Reports whether bare repositories have to be named. The repository's own settings do not
    /// count, since they would be what is not trusted.
    pub(in crate::store) fn names_bare_repositories(&self) -> Result<bool, StoreError> {
        const KEY: &str = "safe.barerepository";
        let entry = self.0.get_entry(KEY);
        let is_own = |level| matches!(level, ConfigLevel::Local | ConfigLevel::Worktree);
        Ok(entry.is_ok_and(|entry| !is_own(entry.level()))
            && self.text(KEY)?.as_deref() == Some("explicit"))
    }

    /// Returns the settings as libgit2 has them.
    pub(in crate::store) fn config(&self) -> &Config {
        &self.0
    }
}

fn found<T>(read: Result<T, Error>, key: &str) -> Result<Option<T>, StoreError> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(source) => Err(StoreError::Setting {
            key: key.to_owned(),
            source: source.into(),
        }),
    }
}
