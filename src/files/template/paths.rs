//! Paths from what a caller passes to a template.

use std::collections::BTreeSet;

/// The variables of a template, each a path.
pub type Variables = BTreeSet<String>;

/// The path of all that the caller passes.
pub(super) const EVERYTHING: &str = ".";

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
