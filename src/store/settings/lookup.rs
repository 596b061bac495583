use git2::ConfigLevel;

use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::settings::values::GitSettings;

/// The levels of settings that this user or this machine has for every repository.
const BEYOND_THE_REPOSITORY: [ConfigLevel; 4] = [
    ConfigLevel::ProgramData,
    ConfigLevel::System,
    ConfigLevel::XDG,
    ConfigLevel::Global,
];

impl Store {
    /// git's settings, as they were when the repository was opened.
    pub fn settings(&self) -> &GitSettings {
        &self.settings
    }

    /// Returns what git's settings say for `key`, as they were when the repository was opened.
    ///
    /// # Errors
    ///
    /// As [`GitSettings::text`].
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.settings.text(key)
    }

    /// Returns what git's settings say for `key` as yes or no.
    ///
    /// # Errors
    ///
    /// As [`GitSettings::flag`].
    pub fn setting_bool(&self, key: &str) -> Result<Option<bool>, StoreError> {
        self.settings.flag(key)
    }

    /// Reports whether hooks lie in a folder that settings beyond this repository's name, so that other repositories run them
    /// too.
    ///
    /// # Errors
    ///
    /// As [`GitSettings::text`].
    pub fn shares_hooks(&self) -> Result<bool, StoreError> {
        const KEY: &str = "core.hookspath";
        let entry = self.settings.config().get_entry(KEY);
        let set_there = entry.is_ok_and(|entry| BEYOND_THE_REPOSITORY.contains(&entry.level()));
        Ok(set_there
            && self
                .settings
                .path(KEY)?
                .is_some_and(|path| path.is_absolute()))
    }
}
