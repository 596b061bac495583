use std::rc::Rc;

use super::asked::Range;
use super::inputs::RangeInputs;
use super::joint::{Joint, joint};
use super::repair::repair;
use super::report::RangeReport;
use super::terms::Terms;
use super::walk::{NewestCommits, walk};
use crate::model::CommitId;
use crate::ops::{ReadError, TimedLine};

/// Judges every step of the first-parent line by the rules of the state before it, and the branches
/// that merges bring.
pub(super) fn judge(inputs: &RangeInputs<'_>, range: Range) -> Result<RangeReport, ReadError> {
    judge_by(inputs, range, &Terms::default())
}

/// Does what [`judge`] does, by the rules of `terms`.
pub(super) fn judge_by(
    inputs: &RangeInputs<'_>,
    range: Range,
    terms: &Terms,
) -> Result<RangeReport, ReadError> {
    let line = Rc::new(TimedLine::of(inputs.store, inputs.folder, range.head)?);
    let walk = |range, from, length| {
        walk(
            inputs,
            &line,
            &NewestCommits::new(range, from, length),
            terms,
        )
    };
    let Some(base) = range.base else {
        return walk(range, None, line.iter().count());
    };
    // The usual case: the base is on the line, and the walk goes over what follows it.
    if let Some(length) = line.position(base) {
        return walk(range, Some(base), length);
    }
    if !inputs.store.is_ancestor(base, range.head)? {
        return Err(off_the_line(inputs, base, range.head));
    }
    match joint(inputs, &line, base)? {
        Joint::Untouched { parted } => {
            let length = line
                .position(parted)
                .ok_or_else(|| off_the_line(inputs, parted, range.head))?;
            walk(range, Some(parted), length)
        }
        Joint::Repair { merge, replaced } => {
            let until = Range {
                head: replaced,
                ..range
            };
            let after = Range {
                base: Some(merge),
                ..range
            };
            let length = line
                .position(merge)
                .ok_or_else(|| off_the_line(inputs, merge, range.head))?;
            // The repair brings everything of the other line to this one. To the server all of it
            // is as new as the merge, so `new` counts the merge itself.
            let stretch = NewestCommits {
                new: length + 1,
                ..NewestCommits::new(after, Some(merge), length)
            };
            let parts = [
                judge_by(inputs, until, terms)?,
                repair(inputs, (replaced, merge), &line, terms)?,
                self::walk(inputs, &line, &stretch, terms)?,
            ];
            Ok(RangeReport::joined(range, parts))
        }
        Joint::Swapped { merge } => Err(swapped((base, range.head), merge)),
    }
}

pub(super) fn off_the_line(inputs: &RangeInputs<'_>, base: CommitId, head: CommitId) -> ReadError {
    let leads = |one, other| inputs.store.is_ancestor(one, other).unwrap_or(false);
    let why = if leads(head, base) {
        "it comes after it, so the range is empty; are the two swapped?"
    } else {
        "the two have diverged; use --pin-policy to judge what a branch would bring"
    };
    let why = why.to_owned();
    ReadError::OffTheLine { base, head, why }
}

/// Returns the error for a line that `merge` made the live one in place of another.
pub(super) fn swapped((base, head): (CommitId, CommitId), merge: CommitId) -> ReadError {
    let why = format!(
        "the merge {} has it as a later parent, and so made another line the live one, on which the project was changed; merge the other way round",
        merge.short()
    );
    ReadError::OffTheLine { base, head, why }
}
