use jiff::{SignedDuration, Timestamp};

use super::ReadError;
use crate::model::CommitId;
use crate::store::{FirstParentLine, ProjectFolder, Store, StoreError};

/// How far ahead of the clock the date of a commit may be, since clocks of different machines
/// differ.
pub const LEEWAY: SignedDuration = SignedDuration::from_mins(5);

/// The first-parent line of a commit with the times of its commits, newest first.
///
/// The *own time* of a commit is its committer date. Its *effective time* is the latest own time among itself and its
/// first-parent ancestors back to the commit that created the project, so it never steps back. A date older than the
/// parent's gains nothing. Neither depends on a clock, so a verdict does not depend on when it is asked for.
#[derive(Clone)]
pub struct TimedLine {
    line: FirstParentLine,
    own: Vec<Timestamp>,
    effective: Vec<Timestamp>,
}

impl TimedLine {
    /// Returns the line of `tip` with the times that its commits have for the project in `folder`.
    ///
    /// # Errors
    ///
    /// When history is shallow, altered, or cannot be read.
    pub fn of(store: &Store, folder: &ProjectFolder, tip: CommitId) -> Result<Self, ReadError> {
        let mut line = store.line(tip)?;
        let own = line.take_recorded();
        let begins = match steps_back(&own) {
            true => beginning(store, folder, &line)?,
            // Dates never step back, so each effective time is the own time, wherever the project
            // begins.
            false => own.len(),
        };
        let effective = effective(&own, begins);
        Ok(Self {
            line,
            own,
            effective,
        })
    }

    /// Returns the commits without times, to follow files along them.
    pub fn first_parents(&self) -> &FirstParentLine {
        &self.line
    }

    /// Returns the commits with their effective times.
    pub fn iter(&self) -> impl Iterator<Item = (CommitId, Timestamp)> {
        self.line
            .commits()
            .iter()
            .copied()
            .zip(self.effective.iter().copied())
    }

    /// Returns the commit `index` places before the tip, and its effective time.
    pub fn get(&self, index: usize) -> Option<(CommitId, Timestamp)> {
        Some((
            *self.line.commits().get(index)?,
            *self.effective.get(index)?,
        ))
    }

    /// Returns the own time of the commit `index` places before the tip.
    pub fn own(&self, index: usize) -> Option<Timestamp> {
        self.own.get(index).copied()
    }

    /// Returns the commit that gives the commit `index` places before the tip its effective time:
    /// the newest one, itself or an ancestor, with that own time.
    pub fn latest(&self, index: usize) -> Option<(CommitId, Timestamp)> {
        let effective = self.effective.get(index)?;
        let back = self.own[index..].iter().position(|own| own == effective)?;
        Some((self.line.commits()[index + back], *effective))
    }

    /// Returns the effective time of the tip.
    pub fn reached(&self) -> Option<Timestamp> {
        self.effective.first().copied()
    }

    /// Returns the newest commit whose effective time is not after `moment`.
    pub fn at(&self, moment: Timestamp) -> Option<CommitId> {
        // Effective times are sorted, newest first, so a binary search finds the first that is not
        // too late. Own times are not sorted.
        let index = self
            .effective
            .partition_point(|effective| *effective > moment);
        self.line.commits().get(index).copied()
    }

    /// Returns the part of the line that ends with `commit`, or `None` if `commit` is not on it.
    pub fn until(&self, commit: CommitId) -> Option<Self> {
        let position = self.position(commit)?;
        Some(Self {
            line: self.line.older(position),
            own: self.own[position..].to_vec(),
            effective: self.effective[position..].to_vec(),
        })
    }

    /// Returns how many commits of the line are newer than `commit`.
    pub fn position(&self, commit: CommitId) -> Option<usize> {
        self.line
            .commits()
            .iter()
            .position(|found| *found == commit)
    }
}

/// Reports whether a date is more than [`LEEWAY`] ahead of the clock.
pub(super) fn is_ahead(date: Timestamp, now: Timestamp) -> bool {
    date > later(now, LEEWAY)
}

/// Reports whether `own` is more than [`LEEWAY`] before the effective time of the parent.
pub(super) fn is_out_of_order(own: Timestamp, parent: Timestamp) -> bool {
    later(own, LEEWAY) < parent
}

/// Returns the own time of a commit that is made on `parent` at `now` and dated `date`. It is not
/// before its parent's, unless that is so far ahead that it must be a mistake.
pub(super) fn own_time_after(
    store: &Store,
    parent: Option<CommitId>,
    (date, now): (Timestamp, Timestamp),
) -> Result<Timestamp, StoreError> {
    let Some(parent) = parent else {
        return Ok(date);
    };
    let parent = store.commit(parent)?.committer.at;
    // Following a parent that is dated far ahead would carry its mistake on to every later commit.
    Ok(if is_ahead(parent, now) {
        date
    } else {
        parent.max(date)
    })
}

fn later(time: Timestamp, span: SignedDuration) -> Timestamp {
    time.checked_add(span).unwrap_or(Timestamp::MAX)
}

/// Reports whether any of the times, newest first, is before the one of its parent.
fn steps_back(own: &[Timestamp]) -> bool {
    own.windows(2).any(|pair| pair[0] < pair[1])
}

/// Returns how many commits of `line`, newest first, belong to the project in `folder`, back to the
/// commit that created it.
///
/// A project exists without a break once it was created, since the judge refuses a commit that
/// removes it. So the beginning is found by bisection, with some twenty trees for a million
/// commits. A project that was moved began in the folder that it was moved from.
fn beginning(
    store: &Store,
    folder: &ProjectFolder,
    line: &FirstParentLine,
) -> Result<usize, ReadError> {
    let commits = line.commits();
    let mut folder = folder.clone();
    let mut length = 0;
    loop {
        let mut there = length;
        let mut gone = commits.len();
        while there < gone {
            let middle = there.midpoint(gone);
            match store.has_project(commits[middle], &folder)? {
                true => there = middle + 1,
                false => gone = middle,
            }
        }
        // No commit of the rest has the project in this folder, so this move led nowhere: what was
        // found until now is the whole project.
        if there == length {
            return Ok(length);
        }
        length = there;
        let Some(before) = commits.get(length) else {
            return Ok(length);
        };
        // The project begins here, or was moved here. Dates from before a move count as well:
        // otherwise moving the project would reset every effective time.
        match store.moved(&folder, commits[length - 1], *before)? {
            Some(older) => folder = older,
            None => return Ok(length),
        }
    }
}

/// Returns the effective times of commits with these own times, newest first. The first `begins`
/// belong to the project, and older ones do not count for them.
fn effective(own: &[Timestamp], begins: usize) -> Vec<Timestamp> {
    let mut effective = own.to_vec();
    let latest_before = |times: &mut [Timestamp]| {
        let mut reached = Timestamp::MIN;
        for time in times.iter_mut().rev() {
            reached = reached.max(*time);
            *time = reached;
        }
    };
    // Apart, because commits from before the project may have any date: an imported history that is
    // dated ahead must not delay every promotion.
    let (of_project, older) = effective.split_at_mut(begins);
    latest_before(of_project);
    latest_before(older);
    effective
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn effective_seconds(own: &[i64], begins: usize) -> Vec<i64> {
        let own: Vec<Timestamp> = own.iter().map(|seconds| at(*seconds)).collect();
        effective(&own, begins)
            .into_iter()
            .map(Timestamp::as_second)
            .collect()
    }

    #[test]
    fn a_clock_that_steps_back_gains_nothing() {
        assert_eq!(
            effective_seconds(&[500, 100, 300, 200], 4),
            [500, 300, 300, 200]
        );
    }

    #[test]
    fn a_date_ahead_counts_whatever_the_clock_says() {
        assert_eq!(
            effective_seconds(&[500, 99_000, 300], 3),
            [99_000, 99_000, 300]
        );
    }

    #[test]
    fn what_is_older_than_the_project_does_not_count() {
        assert_eq!(
            effective_seconds(&[500, 400, 99_000, 98_000], 2),
            [500, 400, 99_000, 98_000]
        );
    }

    #[test]
    fn five_minutes_are_no_step() {
        assert!(!is_ahead(at(1300), at(1000)));
        assert!(is_ahead(at(1301), at(1000)));
        assert!(!is_out_of_order(at(1000), at(1300)));
        assert!(is_out_of_order(at(1000), at(1301)));
        assert!(is_ahead(Timestamp::MAX, at(0)));
    }
}
