use jiff::Timestamp;

use crate::model::{CommitId, VersionNumber};

/// What was live of one resource in one environment: unbroken stretches, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The stretches whose beginning was found; the first is the current one.
    pub stretches: Vec<Stretch>,
    /// What came before the oldest of them.
    pub beyond: Beyond,
}

/// What came before the oldest stretch whose beginning was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Beyond {
    /// Nothing. The environment began with that stretch.
    #[default]
    Nothing,
    /// This version was live, or none was; how long is not known.
    Live(Option<VersionNumber>),
}

/// A time during which a pointer did not move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// What was live; `None` if nothing was.
    pub live: Option<VersionNumber>,
    /// The effective time of the commit that began it.
    pub since: Timestamp,
    /// That commit.
    pub commit: CommitId,
}

/// What was there before a step, compared with what is there after it.
///
/// This is the one rule that says where a stretch begins. It holds for a single pointer, for all pointers of
/// an environment, and for a release that waits; every walk along the line asks it at each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before<T> {
    /// The same as after it: the stretch goes on into the past.
    Same,
    /// Something else: the stretch begins with this step.
    Other(T),
    /// Nothing that could have had a past. The stretch begins with this step, and what had the same name
    /// earlier does not count.
    Nothing,
}

impl<T: PartialEq> Before<T> {
    /// Compares what was there `before` a step with what is there `after` it. `before` is `None` if what
    /// holds the value did not exist.
    pub fn of(before: Option<T>, after: &T) -> Self {
        match before {
            None => Self::Nothing,
            Some(before) if before == *after => Self::Same,
            Some(before) => Self::Other(before),
        }
    }
}

/// How far back a timeline has to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// To the beginning of so many stretches.
    Stretches(usize),
    /// To a stretch that began at this time or earlier.
    Since(Timestamp),
    /// To a stretch of this number before the current one.
    Earlier(VersionNumber),
}

impl Timeline {
    /// Reports whether it goes back as far as `reach` asks.
    pub fn reaches(&self, reach: Reach) -> bool {
        // A walk that came to the beginning answers every question: there is nothing further back
        // that could be asked for, and asking again would read the same history again.
        self.beyond == Beyond::Nothing
            || match reach {
                Reach::Stretches(count) => self.stretches.len() >= count,
                Reach::Since(moment) => {
                    self.stretches.iter().any(|stretch| stretch.since <= moment)
                }
                Reach::Earlier(number) => self.earlier(number).is_some(),
            }
    }

    /// Returns the current stretch.
    pub fn current(&self) -> Option<&Stretch> {
        self.stretches.first()
    }

    /// Returns what was live right before the current stretch; `None` if the environment began with it, or
    /// that is not known.
    pub fn previous(&self) -> Option<Option<VersionNumber>> {
        self.live_before(0)
    }

    /// Returns the commit that ended the newest earlier stretch of `number`.
    // A stretch begins with the commit that ended the one before it.
    pub fn earlier(&self, number: VersionNumber) -> Option<CommitId> {
        let mut ended = self.stretches.iter().enumerate();
        ended.find_map(|(index, stretch)| {
            (self.live_before(index)? == Some(number)).then_some(stretch.commit)
        })
    }

    /// Returns what was live before the stretch at `index`.
    fn live_before(&self, index: usize) -> Option<Option<VersionNumber>> {
        // What lies beyond is right before the oldest stretch only.
        match (self.stretches.get(index + 1), self.beyond) {
            (Some(older), _) => Some(older.live),
            (None, Beyond::Live(live)) if index + 1 == self.stretches.len() => Some(live),
            (None, _) => None,
        }
    }
}
