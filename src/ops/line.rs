use jiff::{SignedDuration, Timestamp};

use crate::model::CommitId;
use crate::store::{LinePoint, Store, StoreError};

/// How far ahead of the clock a date may be and still be believed: clocks of different machines differ.
pub const LEEWAY: SignedDuration = SignedDuration::from_mins(5);

/// The first-parent line of a commit with effective times, newest first.
///
/// The effective time of a commit is the later of its committer time and the effective time of its first parent, so it
/// never steps back. A date more than [`LEEWAY`] ahead of the clock is not believed: such a commit counts from the next
/// commit on the line with a date that is, or from now.
#[derive(Clone, Debug)]
pub struct Line {
    points: Vec<LinePoint>,
    effective: Vec<Timestamp>,
}

impl Line {
    /// The line of `tip`, as seen at `now`.
    ///
    /// # Errors
    ///
    /// As [`Store::line`].
    pub fn of(store: &Store, tip: CommitId, now: Timestamp) -> Result<Self, StoreError> {
        let points = store.line(tip)?;
        let recorded: Vec<Timestamp> = points.iter().map(|point| point.recorded).collect();
        Ok(Self { effective: effective(&recorded, now), points })
    }

    /// The commits with their effective times.
    pub fn iter(&self) -> impl Iterator<Item = (CommitId, Timestamp)> {
        self.points.iter().map(|point| point.commit).zip(self.effective.iter().copied())
    }

    /// The commit so many places before the tip, and its effective time.
    pub fn get(&self, index: usize) -> Option<(CommitId, Timestamp)> {
        Some((self.points.get(index)?.commit, *self.effective.get(index)?))
    }

    /// The effective time of the tip.
    pub fn reached(&self) -> Option<Timestamp> {
        self.effective.first().copied()
    }

    /// The newest commit whose effective time is not after `moment`.
    pub fn at(&self, moment: Timestamp) -> Option<CommitId> {
        // Newest first and never stepping back: what is too late comes first.
        let index = self.effective.partition_point(|effective| *effective > moment);
        self.points.get(index).map(|point| point.commit)
    }

    /// The part of the line that ends with `commit`, with the times that it has as part of the whole; none if `commit` is not
    /// on it.
    pub fn until(&self, commit: CommitId) -> Option<Self> {
        let position = self.position(commit)?;
        Some(Self { points: self.points[position..].to_vec(), effective: self.effective[position..].to_vec() })
    }

    /// How many commits lie before `commit` on the line.
    pub fn position(&self, commit: CommitId) -> Option<usize> {
        self.points.iter().position(|point| point.commit == commit)
    }
}

/// Whether a date is no more than [`LEEWAY`] ahead of the clock.
pub(super) fn believable(recorded: Timestamp, now: Timestamp) -> bool {
    recorded <= now.checked_add(LEEWAY).unwrap_or(Timestamp::MAX)
}

fn effective(recorded: &[Timestamp], now: Timestamp) -> Vec<Timestamp> {
    let mut effective = vec![now; recorded.len()];
    let mut reached = Timestamp::MIN;
    for (effective, recorded) in effective.iter_mut().zip(recorded).rev() {
        if believable(*recorded, now) {
            reached = reached.max(*recorded);
            *effective = reached;
        }
    }
    let mut next = now.max(reached);
    for (effective, recorded) in effective.iter_mut().zip(recorded) {
        if !believable(*recorded, now) {
            *effective = next;
        }
        next = *effective;
    }
    effective
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effective_seconds(recorded: &[i64], now: i64) -> Vec<i64> {
        let at = |seconds: i64| Timestamp::from_second(seconds).unwrap();
        let recorded: Vec<Timestamp> = recorded.iter().map(|seconds| at(*seconds)).collect();
        effective(&recorded, at(now)).into_iter().map(Timestamp::as_second).collect()
    }

    #[test]
    fn a_clock_that_steps_back_gains_nothing() {
        assert_eq!(effective_seconds(&[500, 100, 300, 200], 1000), [500, 300, 300, 200]);
    }

    #[test]
    fn a_date_in_the_future_counts_from_the_next_believable_one() {
        assert_eq!(effective_seconds(&[500, 99_000, 300], 1000), [500, 500, 300]);
        assert_eq!(effective_seconds(&[99_000, 500, 300], 1000), [1000, 500, 300]);
        assert_eq!(effective_seconds(&[99_000, 98_000], 1000), [1000, 1000]);
        assert_eq!(effective_seconds(&[400, 99_000, 600], 1000), [600, 600, 600]);
    }

    #[test]
    fn a_little_ahead_of_the_clock_is_believed() {
        assert_eq!(effective_seconds(&[1300, 900], 1000), [1300, 900]);
        assert_eq!(effective_seconds(&[1301, 900], 1000), [1000, 900]);
        assert_eq!(effective_seconds(&[99_000, 1300], 1000), [1300, 1300]);
    }
}
