use crate::model::{CommitId, EnvironmentSlug, Move, Resource};
use crate::policy::{Made, Verdict};

/// Undoing would be a guess, since the last change was itself a return.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the last change {}in `{environment}` ({}) was itself a return, so undoing it would be a guess",
    of(.resources), .commit.short())]
pub struct Guess {
    /// The environment.
    pub environment: EnvironmentSlug,
    /// The pointers that were named. Empty means all of them.
    pub resources: Vec<Resource>,
    /// The change that was a return.
    pub commit: CommitId,
    /// What there is to go back to, newest first: the last few states that differ from what is live
    /// and from each other, and bring back nothing that the rule `rolled-back` keeps out.
    pub states: Vec<EarlierState>,
}

/// What was live in an environment earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierState {
    /// The commit that began it.
    pub commit: CommitId,
    /// The effective time of that commit.
    pub at: jiff::Timestamp,
    /// Who made it so, and why.
    pub made: Made,
    /// The moves that lead back to it.
    pub moves: Vec<Move>,
    /// Which of that was rolled back, and may come back all the same.
    pub rolled_back: Vec<(Move, Verdict)>,
}

fn of(resources: &[Resource]) -> String {
    match resources {
        [] => String::new(),
        named => format!(
            "of {} ",
            named
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}
