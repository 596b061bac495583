use jiff::Timestamp;

use super::Account;
use crate::model::{Changes, EnvironmentSlug, Move, Override, Trailers};
use crate::policy::Release;
use crate::store::CommitRecord;

/// One commit that changed the project.
#[derive(Clone, Debug)]
pub struct LogEntry {
    /// The commit.
    pub commit: CommitRecord,
    /// Its effective time.
    pub at: Timestamp,
    /// The trailers of the message, if envctl made the commit.
    pub trailers: Trailers,
    /// The reason: what the message says beyond its subject.
    pub reason: Option<String>,
    /// The overrides that it states for its moves, or that the commits state which a merge brought.
    pub overrides: Vec<Override>,
    /// Whether it created the project.
    pub began: bool,
    /// What it changed, derived from the trees.
    pub changes: Changes,
    /// What it did to pending releases, or to pointers while one was pending.
    pub releases: Vec<(EnvironmentSlug, Release)>,
    /// Who made each of the moves and who approved it, in the order of the moves. For what a merge
    /// brought, that is another commit's author.
    pub accounts: Vec<Account>,
}

impl LogEntry {
    /// Returns the moves that were requested with it, environment by environment.
    pub fn requested(&self) -> impl Iterator<Item = (&EnvironmentSlug, &[Move])> {
        self.releases
            .iter()
            .filter_map(|(slug, release)| match release {
                Release::Requested { moves, .. } => Some((slug, moves.as_slice())),
                _ => None,
            })
    }

    /// Returns the environments in which a release was approved with it.
    pub fn approved(&self) -> impl Iterator<Item = &EnvironmentSlug> {
        self.released(|release| matches!(release, Release::Approved(_)))
    }

    /// Returns the moves of a pending release that was rejected or withdrawn with it, environment
    /// by environment.
    pub fn closed(&self) -> impl Iterator<Item = (&EnvironmentSlug, &[Move])> {
        self.releases
            .iter()
            .filter_map(|(slug, release)| match release {
                Release::Closed(moves) => Some((slug, moves.as_slice())),
                _ => None,
            })
    }

    /// Returns the environments in which it changed a pending release, or moved something else in
    /// its place.
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
