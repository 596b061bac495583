use jiff::Timestamp;

use crate::model::{CommitId, VersionNumber};
use crate::policy::{Before, Beyond, Reach, Stretch, Timeline};

/// A pointer that is followed into the past.
pub(super) struct Trail {
    /// How far back it still has to go.
    reaches: Vec<Reach>,
    live: Option<VersionNumber>,
    pub(super) timeline: Timeline,
    pub(super) done: bool,
}

impl Trail {
    pub(super) fn new(reaches: &[Reach], live: Option<VersionNumber>) -> Self {
        Self {
            reaches: reaches.to_vec(),
            live,
            timeline: Timeline::default(),
            done: false,
        }
    }

    /// Goes one commit back. `then` is what was live before the commit `newer`, or `None` if the
    /// environment did not exist.
    pub(super) fn step(
        &mut self,
        newer: (CommitId, Timestamp),
        then: Option<Option<VersionNumber>>,
    ) {
        let before = Before::of(then, &self.live);
        if before == Before::Same {
            return;
        }
        let (commit, since) = newer;
        self.timeline.stretches.push(Stretch {
            live: self.live,
            since,
            commit,
        });
        match before {
            // Nothing that the pointer could have had a past in: what an earlier environment of the
            // same name served is not its past, so all questions are answered.
            Before::Same | Before::Nothing => {
                self.timeline.beyond = Beyond::Nothing;
                self.done = true;
            }
            Before::Other(live) => {
                self.live = live;
                self.timeline.beyond = Beyond::Live(live);
                let count = self.timeline.stretches.len();
                // All questions about the pointer are answered by one walk, which goes on as long
                // as one of them is open.
                self.reaches.retain(|reach| match reach {
                    Reach::Stretches(asked) => count < *asked,
                    Reach::Since(moment) => since > *moment,
                    Reach::Earlier(number) => live != Some(*number),
                });
                self.done = self.reaches.is_empty();
            }
        }
    }
}
