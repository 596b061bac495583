use std::collections::BTreeSet;

use super::inputs::RangeInputs;
use super::joint::{Joint, joint};
use crate::diag::{Code, Finding, Place};
use crate::files::SETTINGS;
use crate::model::{BranchName, CommitId};
use crate::ops::{ReadError, TimedLine};

/// How many commits of the line are looked at. What was displaced longer ago is accepted.
const LOOKED_BACK: usize = 2000;

/// How many of the newest commits contain the end of most moves.
const LATE: usize = 200;

/// A commit that was live, and whose line a merge has replaced with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Displaced {
    /// The commit.
    pub commit: CommitId,
    /// The merge that has it as a later parent.
    pub merge: CommitId,
}

impl Displaced {
    /// Returns what happened, as a sentence without a full stop.
    pub fn message(&self) -> String {
        format!(
            "the merge {} has made another line the live one: {}, which was live, is no longer on it",
            self.merge.short(),
            self.commit.short()
        )
    }

    /// Returns the command that restores the line on a branch that is checked out, or else on
    /// `branch`.
    pub fn repair(&self, branch: Option<&str>) -> String {
        let (tip, moves) = match branch {
            None => ("HEAD", "git reset --soft".to_owned()),
            Some(branch) => (branch, format!("git update-ref refs/heads/{branch}")),
        };
        // `git commit-tree` makes a merge whose first parent is the displaced commit and whose tree
        // is the present one: the line is live again, and no file changes.
        format!(
            "{moves} \"$(git commit-tree '{tip}^{{tree}}' -p {} -p {tip} -m 'Put the live line back')\"",
            self.commit.short()
        )
    }
}

/// Returns the newest commit that was the tip of `branch` according to reference logs or
/// remote-tracking branches, and whose line a merge on the way to `tip` has replaced.
pub(super) fn displaced_before(
    inputs: &RangeInputs<'_>,
    branch: &BranchName,
    tip: CommitId,
) -> Result<Option<Displaced>, ReadError> {
    let store = inputs.store;
    let mut open = store.seen_moves(branch, tip)?;
    let mut left: BTreeSet<CommitId> = open.iter().map(|(old, _)| *old).collect();
    let mut line = store.first_parents(tip);
    let mut ended = false;
    for place in 0..LOOKED_BACK {
        // Most moves end in the newest commits. Of the rest, only commits that the following tip
        // contains can have been displaced by a merge; a reset or an amended commit drops them.
        // Sorting them out here spares the long walk in the usual case.
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
    // Whether an older commit is on the line is unknown beyond this point, so those are not
    // reported.
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
            None => TimedLine::of(store, inputs.folder, tip)?,
        };
        let found = joint(inputs, &line, old)?;
        whole = Some(line);
        if let Joint::Swapped { merge } = found {
            let parents = store.commit(merge)?.parents;
            // The merge may have taken in a later commit of the displaced line than the log shows.
            // The repair has to restore that one, or the newest of the line would stay displaced.
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

/// Returns the warning that a merge has replaced the line of a commit that was live.
pub(super) fn displaced_finding(displaced: &Displaced) -> Finding {
    let help = format!(
        "somebody with project:manage can restore it, on the live branch: {}",
        displaced.repair(None)
    );
    Finding::warning(Code::LANDING, Place::file(SETTINGS), displaced.message()).help(help)
}
