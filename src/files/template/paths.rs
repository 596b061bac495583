//! Paths from what a caller passes to a template.

use std::collections::BTreeSet;

/// The variables of a template, each a path.
pub type Variables = BTreeSet<String>;

/// The path of all that the caller passes.
pub(super) const EVERYTHING: &str = ".";

/// How many bytes the paths of one template may have together, each counted as often as it is used. Names and blocks multiply: a
/// prompt of a mebibyte can name gigabytes of paths.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Counts the bytes of paths that are noted.
#[derive(Debug, Default)]
pub(super) struct PathBudget {
    used: usize,
}

impl PathBudget {
    /// Counts `path`, and reports whether there is room for it.
    pub(super) fn has_room(&mut self, path: &str) -> bool {
        self.used = self.used.saturating_add(path.len());
        self.used <= MOST_BYTES
    }
}

/// Returns `base` with one more segment.
pub(super) fn joined(base: &str, segment: &str) -> String {
    match (base.is_empty(), segment.is_empty()) {
        (true, _) => segment.to_owned(),
        (_, true) => base.to_owned(),
        _ => format!("{base}.{segment}"),
    }
}

/// Returns the paths that are not the beginning of another one: who passes `user.name` passes `user`.
pub(super) fn longest(paths: Variables) -> Variables {
    let mut kept = Variables::new();
    let is_all = |path: &str| path == EVERYTHING;
    let has_parts = paths
        .iter()
        .any(|path| !is_all(path) && !path.starts_with('>'));
    for path in &paths {
        let within = format!("{path}.");
        let mut longer = paths.range(within.clone()..);
        let has_longer = longer
            .next()
            .is_some_and(|longer| longer.starts_with(&within));
        let is_covered = has_longer || is_all(path) && has_parts;
        if !is_covered {
            kept.insert(path.clone());
        }
    }
    kept
}
