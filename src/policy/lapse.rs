use jiff::{SignedDuration, Timestamp};

use super::facts::Request;
use super::origins::{Origin, Origins};
use crate::model::{Entry, EnvironmentSlug};

/// How long before a merge a request or an approval that it brings may have been made. What lay on a branch
/// for longer counts as abandoned: the people who agreed then may not remember why, and the live state has
/// moved on.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Why the approval of a move that a merge takes from a branch does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lapse {
    /// Its request was made before the branch forked, and is no longer pending on the first parent.
    Decided,
    /// It, or the request that comes with it, was made too long before the merge.
    Old,
}

/// Reports whether what was made at `at` had lain on a branch for too long when it was merged at the
/// effective time `lands`.
pub(super) fn is_old(at: Timestamp, lands: Timestamp) -> bool {
    at.checked_add(LONGEST_WAIT)
        .is_ok_and(|latest| latest < lands)
}

impl Origins {
    /// Returns why the approval `origin` does not count in a merge that becomes live at the effective time
    /// `lands`, and on whose first parent `waiting` is pending. `None` if it counts. `lands` is `None` if the
    /// merge does not become live.
    pub fn lapse(
        &self,
        origin: &Origin,
        waiting: Option<&Request>,
        lands: Option<Timestamp>,
    ) -> Option<Lapse> {
        let request = origin.request.as_ref()?;
        let known = self.knows(request);
        // The request was made before the branch forked, so the first parent knew it. If it is no
        // longer pending there, it was decided on the live line, and the approval on the branch is
        // for something that is settled.
        if known && waiting.map(|waiting| waiting.commit) != Some(request.commit) {
            return Some(Lapse::Decided);
        }
        // A request that the first parent has is as old as it looks to everybody, so only its
        // approval may lapse. One that the branch brings along was never seen on the live line, and
        // lapses by its own age.
        let old = |at| lands.is_some_and(|lands| is_old(at, lands));
        (old(origin.at) || (!known && old(request.at))).then_some(Lapse::Old)
    }

    /// Returns when the first request or approval that a merge brings stops counting because of its age. `None` if
    /// it brings none.
    pub fn lapses(&self) -> Option<Timestamp> {
        let made = self.set.iter().flat_map(|(entry, origin)| {
            let request = origin.request.as_ref();
            let brought = request.filter(|request| !self.knows(request));
            let decides = request.is_some() || matches!(entry, Entry::Pending(_));
            let own = Some(origin.at).filter(|_| decides);
            own.into_iter().chain(brought.map(|request| request.at))
        });
        // The last moment at which it counts is included.
        made.filter_map(|at| at.checked_add(LONGEST_WAIT).ok())
            .min()
    }

    /// Returns the origin of a request that a merge brings too late into `environment`, where it becomes live
    /// at the effective time `lands`.
    pub fn old_request(&self, environment: &EnvironmentSlug, lands: Timestamp) -> Option<&Origin> {
        let origin = self.get(&Entry::Pending(environment.clone()))?;
        is_old(origin.at, lands).then_some(origin)
    }
}
