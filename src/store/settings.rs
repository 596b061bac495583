use std::path::PathBuf;

use super::Store;

impl Store {
    /// What git's settings say for `key`, as they were when the repository was opened; none: nothing, or no UTF-8.
    pub fn setting(&self, key: &str) -> Option<String> {
        self.config.get_string(key).ok()
    }

    /// What git's settings say for `key` as yes or no; none: nothing, or neither.
    pub fn setting_bool(&self, key: &str) -> Option<bool> {
        self.config.get_bool(key).ok()
    }

    /// What git's settings say for `key` as a path, with `~` replaced; none: nothing.
    pub(super) fn setting_path(&self, key: &str) -> Option<PathBuf> {
        self.config.get_path(key).ok()
    }
}
