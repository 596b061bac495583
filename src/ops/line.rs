use jiff::{SignedDuration, Timestamp};

use crate::model::CommitId;
use crate::store::{FirstParentLine, Store, StoreError};

/// How far ahead of the clock a date may be and still be believed: clocks of different machines differ.
pub const LEEWAY: SignedDuration = SignedDuration::from_mins(5);

/// The first-parent line of a commit with effective times, newest first.
///
/// The effective time of a commit is the later of its committer time and the effective time of its first parent, so it
/// never steps back. A date more than [`LEEWAY`] ahead of the clock is not believed: such a commit counts from the next
/// commit on the line with a date that is, or from now.
#[derive(Clone)]
pub struct Line {
    line: FirstParentLine,
    effective: Vec<Timestamp>,
}

impl Line {
    /// The line of `tip`, as seen at `now`.
    ///
    /// # Errors
    ///
    /// As [`Store::line`].
    pub fn of(store: &Store, tip: CommitId, now: Timestamp) -> Result<Self, StoreError> {
        let mut line = store.line(tip)?;
        let effective = effective(line.take_recorded(), now);
        Ok(Self { line, effective })
    }

    /// The commits without times, to follow files along them.
    pub fn first_parents(&self) -> &FirstParentLine {
        &self.line
    }

    /// The commits with their effective times.
    pub fn iter(&self) -> impl Iterator<Item = (CommitId, Timestamp)> {
        self.line
            .commits()
            .iter()
            .copied()
            .zip(self.effective.iter().copied())
    }

    /// The commit so many places before the tip, and its effective time.
    pub fn get(&self, index: usize) -> Option<(CommitId, Timestamp)> {
        Some((
            *self.line.commits().get(index)?,
            *self.effective.get(index)?,
        ))
    }

    /// The effective time of the tip.
    pub fn reached(&self) -> Option<Timestamp> {
        self.effective.first().copied()
    }

    /// The newest commit whose effective time is not after `moment`.
    pub fn at(&self, moment: Timestamp) -> Option<CommitId> {
        // Newest first and never stepping back: what is too late comes first.
        let index = self
            .effective
            .partition_point(|effective| *effective > moment);
        self.line.commits().get(index).copied()
    }

    /// The part of the line that ends with `commit`, with the times that it has as part of the whole; none if `commit` is not
    /// on it.
    pub fn until(&self, commit: CommitId) -> Option<Self> {
        let position = self.position(commit)?;
        Some(Self {
            line: self.line.older(position),
            effective: self.effective[position..].to_vec(),
        })
    }

    /// How many commits lie before `commit` on the line.
    pub fn position(&self, commit: CommitId) -> Option<usize> {
        self.line
            .commits()
            .iter()
            .position(|found| *found == commit)
    }
}

/// Whether a date is no more than [`LEEWAY`] ahead of the clock.
pub(super) fn believable(recorded: Timestamp, now: Timestamp) -> bool {
    recorded <= now.checked_add(LEEWAY).unwrap_or(Timestamp::MAX)
}

/// Turns recorded times, newest first, into effective ones, in place: there may be a million of them.
fn effective(mut times: Vec<Timestamp>, now: Timestamp) -> Vec<Timestamp> {
    let mut reached = Timestamp::MIN;
    for time in times
        .iter_mut()
        .rev()
        .filter(|time| believable(**time, now))
    {
        reached = reached.max(*time);
        *time = reached;
    }
    // What is not believed still says so.
    let mut next = now.max(reached);
    for time in &mut times {
        if !believable(*time, now) {
            *time = next;
        }
        next = *time;
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effective_seconds(recorded: &[i64], now: i64) -> Vec<i64> {
        let at = |seconds: i64| Timestamp::from_second(seconds).unwrap();
        let recorded: Vec<Timestamp> = recorded.iter().map(|seconds| at(*seconds)).collect();
        effective(recorded, at(now))
            .into_iter()
            .map(Timestamp::as_second)
            .collect()
    }

    #[test]
    fn a_clock_that_steps_back_gains_nothing() {
        assert_eq!(
            effective_seconds(&[500, 100, 300, 200], 1000),
            [500, 300, 300, 200]
        );
    }

    #[test]
    fn a_date_in_the_future_counts_from_the_next_believable_one() {
        assert_eq!(
            effective_seconds(&[500, 99_000, 300], 1000),
            [500, 500, 300]
        );
        assert_eq!(
            effective_seconds(&[99_000, 500, 300], 1000),
            [1000, 500, 300]
        );
        assert_eq!(effective_seconds(&[99_000, 98_000], 1000), [1000, 1000]);
        assert_eq!(
            effective_seconds(&[400, 99_000, 600], 1000),
            [600, 600, 600]
        );
    }

    #[test]
    fn a_little_ahead_of_the_clock_is_believed() {
        assert_eq!(effective_seconds(&[1300, 900], 1000), [1300, 900]);
        assert_eq!(effective_seconds(&[1301, 900], 1000), [1000, 900]);
        assert_eq!(effective_seconds(&[99_000, 1300], 1000), [1300, 1300]);
    }
}
