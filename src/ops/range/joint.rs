//! How the live line continues from a commit that a merge took in as a later parent, as `git pull`
//! does.

use std::collections::BTreeSet;

use super::inputs::RangeInputs;
use crate::model::CommitId;
use crate::ops::{ReadError, TimedLine};
use crate::store::Ancestors;

/// How the first-parent line of a head continues from a live commit that is not on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    /// Both lines come from the commit `parted`, and neither has touched the project since. What
    /// was live for how long is the same on both.
    Untouched { parted: CommitId },
    /// The commit `merge` restores what the line of its other parent `replaced` had displaced, and
    /// changes nothing.
    Repair { merge: CommitId, replaced: CommitId },
    /// The commit `merge` makes another line the live one.
    Swapped { merge: CommitId },
}

/// Decides how `line` continues from `base`, an ancestor of its tip that is not on it.
pub(super) fn joint(
    inputs: &RangeInputs<'_>,
    line: &TimedLine,
    base: CommitId,
) -> Result<Joint, ReadError> {
    let store = inputs.store;
    let base_line = store.line(base)?;
    let of_base: BTreeSet<CommitId> = base_line.commits().iter().copied().collect();
    let commits = line.first_parents().commits();
    // 1. Find where the two lines part and where they meet again, by bisection: along the line,
    //    commits that have `base` as an ancestor come first, then those that do not. A range may
    //    span years, and asking for each commit would take minutes.
    let parted = commits.iter().position(|commit| of_base.contains(commit));
    let newer = &commits[..parted.unwrap_or(commits.len())];
    let (mut with, mut without) = (0, newer.len());
    while without - with > 1 {
        let middle = with.midpoint(without);
        match store.is_ancestor(base, newer[middle])? {
            true => with = middle,
            false => without = middle,
        }
    }
    let merge = newer[with];
    // 2. A repair keeps the present tree as it is, so it makes nothing live that was not live
    //    before.
    let parents = store.commit(merge)?.parents;
    if let [first, replaced] = parents[..]
        && is_repair(inputs, merge, (first, replaced))?
    {
        return Ok(Joint::Repair { merge, replaced });
    }
    // 3. Otherwise another line is accepted only if that makes no difference to the project. Facts
    //    like "live since" and "who asked" are read along the line, so a line with other commits of
    //    the project would have other facts.
    let Some(parted) = parted.map(|place| commits[place]) else {
        return Ok(Joint::Swapped { merge });
    };
    let lines = newer.iter().chain(base_line.commits()).copied().collect();
    Ok(match is_untouched(inputs, (parted, merge), lines)? {
        true => Joint::Untouched { parted },
        false => Joint::Swapped { merge },
    })
}

/// Reports whether `merge` of `first` and `replaced` restores the line that the line of `replaced`
/// took in.
fn is_repair(
    inputs: &RangeInputs<'_>,
    merge: CommitId,
    (first, replaced): (CommitId, CommitId),
) -> Result<bool, ReadError> {
    let store = inputs.store;
    if store.root_of(merge)? != store.root_of(replaced)? || !store.is_ancestor(first, replaced)? {
        return Ok(false);
    }
    // `first` must have been taken in by the line of `replaced` as a later parent. If it is on that
    // line, nothing was displaced; if it comes from somewhere deeper, this merge would make a side
    // branch live, with commits that were never judged as the live line.
    let line = store.line(replaced)?;
    for commit in line.commits() {
        if *commit == first {
            return Ok(false);
        }
        let parents = store.commit(*commit)?.parents;
        if parents.iter().skip(1).any(|parent| *parent == first) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reports whether no commit that leads to `merge` has touched the project since `parted`, and all
/// commits of `lines` have it as it was there.
fn is_untouched(
    inputs: &RangeInputs<'_>,
    (parted, merge): (CommitId, CommitId),
    lines: BTreeSet<CommitId>,
) -> Result<bool, ReadError> {
    let (store, folder) = (inputs.store, inputs.folder);
    // A project that is in another folder was moved, and that is a change.
    if !store.has_project(parted, folder)? {
        return Ok(false);
    }
    let there = store.owned_part(parted, folder)?;
    let since = store.brought_by(&[merge], &mut Ancestors::of(Some(parted)))?;
    for (commit, parents) in since {
        let part = store.owned_part(commit, folder)?;
        // Commits of either line must have the very same project. Commits of other branches may
        // differ if they have it from one of their parents: they began before `parted` and have not
        // touched it.
        let same = if lines.contains(&commit) || commit == merge {
            part == there
        } else {
            let mut same = parents.is_empty() && part.is_none();
            for parent in parents {
                same |= store.owned_part(parent, folder)? == part;
            }
            same
        };
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}
