//! Who set what, after each commit of a branch.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::check::{Meta, Report};
use crate::files::State;
use crate::model::{CommitId, Entry, EnvironmentSlug, changed_entries};
use crate::ops::project_place::ProjectPlace;
use crate::policy::{MoveKind, Origin, Origins, Request};
use crate::store::ProjectFolder;

/// One commit of a branch.
pub(super) struct BranchStep<'a> {
    pub(super) commit: CommitId,
    /// The parent that it is compared with.
    pub(super) on: Option<CommitId>,
    /// The project's folder in it.
    pub(super) folder: &'a ProjectFolder,
    pub(super) before: &'a State,
    pub(super) after: &'a ProjectPlace,
    /// Whether it moves the project to another folder.
    pub(super) moved: bool,
    pub(super) origins: Option<&'a Origins>,
}

/// Records in `set` who set what after `step`. What it changed was set by it, or by whoever set it
/// on the side that a merge took it from.
pub(super) fn settle(
    step: &BranchStep<'_>,
    set: &mut BTreeMap<Entry, Origin>,
    own: impl Fn(&Entry) -> Origin,
) {
    let mut changed = changed_entries(&step.before.project, &step.after.state.project);
    if step.moved {
        changed.push(Entry::Project);
    }
    for entry in changed {
        let mut origin = step
            .origins
            .and_then(|origins| origins.get(&entry))
            .cloned()
            .unwrap_or_else(|| own(&entry));
        // Two approvals in a row on the branch become live together. The move then begins where the
        // first of them began, not at a value that was never live.
        if let Some(earlier) = set
            .get(&entry)
            .filter(|earlier| earlier.kind == Some(MoveKind::Approved))
        {
            origin.before = earlier.before;
        }
        set.insert(entry, origin);
    }
}

pub(super) fn own(
    (commit, at): (CommitId, Timestamp),
    meta: &Meta,
    report: &Report,
    requests: &BTreeMap<EnvironmentSlug, Option<Request>>,
    entry: &Entry,
) -> Origin {
    let mut origin = Origin {
        commit,
        author: meta.author.clone(),
        committer: meta.committer.clone(),
        statement: meta.statement.clone().unwrap_or_default(),
        at,
        kind: None,
        before: None,
        request: None,
    };
    if let Entry::Pointer(slug, resource) = entry {
        let moved = report.judged.iter().find(|judged| {
            // One commit may ask for a move of a pointer and make another move of it. Only the one
            // that it makes says how the value came about.
            judged.kind != MoveKind::Requested
                && judged.moved.environment == *slug
                && judged.moved.resource == *resource
        });
        // A change without a verdict, as where no project existed before, counts as a direct move:
        // the merge must not find an approval in it that nobody gave.
        let kind = moved.map_or(MoveKind::Direct, |judged| judged.kind);
        origin.kind = Some(kind);
        origin.before = moved.and_then(|judged| judged.moved.before);
        origin.request = requests
            .get(slug)
            .cloned()
            .flatten()
            .filter(|_| kind == MoveKind::Approved);
    }
    origin
}
