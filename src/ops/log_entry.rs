use jiff::Timestamp;

use super::Account;
use crate::model::{Changes, EnvironmentSlug, Move};
use crate::plan::Trailers;
use crate::policy::Release;
use crate::store::CommitRecord;

/// One commit that changed the project.
#[derive(Clone, Debug)]
pub struct LogEntry {
    /// The commit.
    pub commit: CommitRecord,
    /// When it took effect: its effective time.
    pub at: Timestamp,
    /// What the tool noted about it, if envctl made it.
    pub trailers: Trailers,
    /// Why, as far as its message says more than the subject.
    pub reason: Option<String>,
    /// Whether the project began with it.
    pub began: bool,
    /// What it changed, derived from the trees.
    pub changes: Changes,
    /// What it did to releases that wait for approval, or to pointers while one waited.
    pub releases: Vec<(EnvironmentSlug, Release)>,
    /// Who made each of the moves and who agreed, in the order of the moves; another commit's author where a merge brought it.
    pub accounts: Vec<Account>,
}

impl LogEntry {
    /// The moves that were asked for with it, environment by environment.
    pub fn requested(&self) -> impl Iterator<Item = (&EnvironmentSlug, &[Move])> {
        self.releases
            .iter()
            .filter_map(|(slug, release)| match release {
                Release::Requested { moves, .. } => Some((slug, moves.as_slice())),
                _ => None,
            })
    }

    /// The environments in which a release was approved with it.
    pub fn approved(&self) -> impl Iterator<Item = &EnvironmentSlug> {
        self.released(|release| matches!(release, Release::Approved(_)))
    }

    /// The moves that a release asked for which was turned down or taken back with it, environment by environment.
    pub fn closed(&self) -> impl Iterator<Item = (&EnvironmentSlug, &[Move])> {
        self.releases
            .iter()
            .filter_map(|(slug, release)| match release {
                Release::Closed(moves) => Some((slug, moves.as_slice())),
                _ => None,
            })
    }

    /// The environments in which it changed a release that waited, or moved something else in its place.
    pub fn tampered(&self) -> impl Iterator<Item = &EnvironmentSlug> {
        self.released(|release| matches!(release, Release::Tampered(_)))
    }

    fn released(&self, wanted: fn(&Release) -> bool) -> impl Iterator<Item = &EnvironmentSlug> {
        self.releases
            .iter()
            .filter(move |(_, release)| wanted(release))
            .map(|(slug, _)| slug)
    }
}
