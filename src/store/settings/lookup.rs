use git2::ConfigLevel;

use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::settings::values::GitSettings;

/// The levels of settings that apply to every repository of this user or machine.
const BEYOND_THE_REPOSITORY: [ConfigLevel; 4] = [
    ConfigLevel::ProgramData,
    ConfigLevel::System,
    ConfigLevel::XDG,
    ConfigLevel::Global,
];

impl Store {
    /// Returns git's settings as they were when the repository was opened.
    pub fn settings(&self) -> &GitSettings {
        &self.settings
    }

    /// Returns the setting `key` as it was when the repository was opened.
    ///
    /// # Errors
    ///
    /// As [`GitSettings::text`].
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.settings.text(key)
    }

    /// Returns the setting `key` as a boolean.
    ///
    /// # Errors
    ///
    /// As [`GitSettings::flag`].
    pub fn setting_bool(&self, key: &str) -> Result<Option<bool>, StoreError> {
        self.settings.flag(key)
    }

    /// Reports whether the hooks are in a folder that settings outside of this repository name, so
    /// that other repositories run them, too.
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
