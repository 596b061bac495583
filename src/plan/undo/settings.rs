use std::collections::BTreeSet;
use std::fmt;

use crate::model::{Entry, EnvironmentSlug, Project, changed_entries};

/// One setting that an undo changes, or any other entry that is not a pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoneSetting {
    /// The environment that it belongs to, if it belongs to one.
    pub environment: Option<EnvironmentSlug>,
    /// Its name.
    pub key: String,
    /// Its value before the undo; `None` if it was not set.
    pub old: Option<String>,
    /// Its value after the undo; `None` if it is not set.
    pub new: Option<String>,
}

impl fmt::Display for UndoneSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
        if let Some(environment) = &self.environment {
            write!(f, "{environment} ")?;
        }
        write!(f, "{}: {} → {}", self.key, said(&self.old), said(&self.new))
    }
}

/// Returns the settings, and whatever else is neither a pointer nor a version, that differ between `before` and `after`.
pub fn undone_settings(before: &Project, after: &Project) -> Vec<UndoneSetting> {
    let entries = changed_entries(before, after);
    described(&entries, before, after)
}

/// Returns `entries` as settings, those that stand for themselves. What belongs to an environment that comes or goes is not
/// listed key by key.
pub(super) fn described(
    entries: &[Entry],
    before: &Project,
    after: &Project,
) -> Vec<UndoneSetting> {
    let whole: BTreeSet<&EnvironmentSlug> = entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Environment(slug) => Some(slug),
            _ => None,
        })
        .collect();
    let own = |entry: &&Entry| match entry {
        Entry::Pointer(..) | Entry::Version(_) | Entry::Comment(..) | Entry::Project => false,
        Entry::EnvironmentKey(slug, _) | Entry::Policy(slug, ..) | Entry::Window(slug, _) => {
            !whole.contains(slug)
        }
        _ => true,
    };
    let setting = |entry: &Entry| UndoneSetting {
        environment: entry.environment().cloned(),
        key: entry.name(),
        old: entry.value(before),
        new: entry.value(after),
    };
    let settings = entries.iter().filter(own).map(setting);
    // Members come and go whole, with keys that were never set.
    settings
        .filter(|setting| setting.old != setting.new)
        .collect()
}
