use std::collections::BTreeSet;

use super::inputs::RangeInputs;
use super::joint::{Joint, joint};
use crate::diag::{Code, Finding, Place};
use crate::files::SETTINGS;
use crate::model::{BranchName, CommitId};
use crate::ops::{ReadError, TimedLine};

/// How many commits of the line are looked at. What was displaced longer ago was put up with.
const LOOKED_BACK: usize = 2000;

/// How many of them are where most moves of late ended.
const LATE: usize = 200;

/// A commit that was live, and whose line a merge has replaced by another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Displaced {
    /// The commit.
    pub commit: CommitId,
    /// The merge that took it in as a later parent.
    pub merge: CommitId,
}

impl Displaced {
    /// What happened, as a sentence without a full stop.
    pub fn message(&self) -> String {
        format!(
            "the merge {} has made another line the live one: {}, which was live, is not on it any more",
            self.merge.short(),
            self.commit.short()
        )
    }

    /// The command that puts the line back on a branch that is checked out, or else on `branch`.
    pub fn repair(&self, branch: Option<&str>) -> String {
        let (tip, moves) = match branch {
            None => ("HEAD", "git reset --soft".to_owned()),
            Some(branch) => (branch, format!("git update-ref refs/heads/{branch}")),
        };
        format!(
            "{moves} \"$(git commit-tree '{tip}^{{tree}}' -p {} -p {tip} -m 'Put the live line back')\"",
            self.commit.short()
        )
    }
}

/// Returns the newest commit that reference logs or remote-tracking branches show to have been the tip of `branch`, and whose
/// line a merge on the way to `tip` has replaced.
pub(super) fn displaced_before(
    bench: &RangeInputs<'_>,
    branch: &BranchName,
    tip: CommitId,
) -> Result<Option<Displaced>, ReadError> {
    let store = bench.store;
    let mut open = store.seen_moves(branch, tip)?;
    let mut left: BTreeSet<CommitId> = open.iter().map(|(old, _)| *old).collect();
    let mut line = store.first_parents(tip);
    let mut ended = false;
    for place in 0..LOOKED_BACK {
        // Most moves are of late. Of the others, what a reset took back or somebody made again was not taken in by a merge.
        if place == LATE {
            let mut merged = Vec::new();
            for (old, new) in open.into_iter().filter(|(old, _)| left.contains(old)) {
                if store.is_ancestor(old, new)? {
                    merged.push((old, new));
                }
            }
            open = merged;
            left = open.iter().map(|(old, _)| *old).collect();
        }
        if left.is_empty() {
            return Ok(None);
        }
        let Some(commit) = line.next() else {
            ended = true;
            break;
        };
        left.remove(&commit?.id);
    }
    // Of what lies farther back nobody knows here whether it is on the line.
    let oldest = match ended {
        true => None,
        false => line.next().transpose()?.map(|commit| commit.id),
    };
    let mut whole = None;
    for (old, new) in open.into_iter().filter(|(old, _)| left.contains(old)) {
        let taken_in = store.is_ancestor(old, new)? && store.is_ancestor(old, tip)?;
        let far = match oldest {
            Some(oldest) => store.is_ancestor(old, oldest)?,
            None => false,
        };
        if !taken_in || far {
            continue;
        }
        let line = match whole.take() {
            Some(line) => line,
            None => TimedLine::of(store, bench.folder, tip)?,
        };
        let found = joint(bench, &line, old)?;
        whole = Some(line);
        if let Joint::Swapped { merge } = found {
            let parents = store.commit(merge)?.parents;
            let mut commit = old;
            for parent in parents.into_iter().skip(1) {
                if store.is_ancestor(old, parent)? {
                    commit = parent;
                    break;
                }
            }
            return Ok(Some(Displaced { commit, merge }));
        }
    }
    Ok(None)
}

/// The warning that a merge has replaced the line of a commit that was live.
pub(super) fn displaced_finding(displaced: &Displaced) -> Finding {
    let help = format!(
        "somebody with project:manage puts it back, on the live branch: {}",
        displaced.repair(None)
    );
    Finding::warning(Code::LANDING, Place::file(SETTINGS), displaced.message()).help(help)
}
