use std::path::PathBuf;

use git2::ConfigLevel;

use crate::store::open::Store;

impl Store {
    /// What git's settings say for `key`, as they were when the repository was opened; none: nothing, or no UTF-8.
    pub fn setting(&self, key: &str) -> Option<String> {
        self.config.get_string(key).ok()
    }

    /// What git's settings say for `key` as yes or no; none: nothing, or neither.
    pub fn setting_bool(&self, key: &str) -> Option<bool> {
        self.config.get_bool(key).ok()
    }

    /// Whether hooks lie in a folder that settings beyond this repository's name, so that other repositories run them too.
    pub fn shares_hooks(&self) -> bool {
        const KEY: &str = "core.hookspath";
        let beyond = [
            ConfigLevel::ProgramData,
            ConfigLevel::System,
            ConfigLevel::XDG,
            ConfigLevel::Global,
        ];
        let set_there = self
            .config
            .get_entry(KEY)
            .is_ok_and(|entry| beyond.contains(&entry.level()));
        set_there
            && self
                .setting_path(KEY)
                .is_some_and(|path| path.is_absolute())
    }

    /// What git's settings say for `key` as a path, with `~` replaced; none: nothing.
    pub(in crate::store) fn setting_path(&self, key: &str) -> Option<PathBuf> {
        self.config.get_path(key).ok()
    }
}
