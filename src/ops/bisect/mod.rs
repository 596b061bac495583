//! Finding the move after which something fails: over the states of an environment, then over parts of what one commit moved.

mod narrow;
mod trial;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

pub use self::narrow::Tested;
use self::narrow::{FitBy, fewest, first_bad};
use self::trial::Trials;
use super::history::History;
use super::pointer_changes::PointerChange;
use super::{ReadError, Session, View};
use crate::model::{CommitId, EnvironmentSlug, Move, Pointers};
use crate::plan::{PlanError, existing};
use crate::policy::Made;

/// Why no move was found.
#[derive(Debug, thiserror::Error)]
pub enum BisectError<E: std::error::Error + 'static> {
    /// The project could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The environment does not exist.
    #[error(transparent)]
    Missing(#[from] PlanError),
    /// The test could not be run.
    #[error(transparent)]
    Test(E),
    /// The good state is not older than the bad one on its line.
    #[error("{} does not come before {} on its first-parent line", .good.short(), .bad.short())]
    NoRange {
        /// The state that is said to be good.
        good: CommitId,
        /// The state that is said to be bad.
        bad: CommitId,
    },
    /// No pointer moved in between.
    #[error("no pointer moved in `{environment}` between {} and {}", .good.short(), .bad.short())]
    NothingMoved {
        /// The environment.
        environment: EnvironmentSlug,
        /// The state that is said to be good.
        good: CommitId,
        /// The state that is said to be bad.
        bad: CommitId,
    },
    /// The good state fails.
    #[error("the good state fails: {}", .commit.short())]
    GoodFails {
        /// The state.
        commit: CommitId,
    },
    /// The bad state passes.
    #[error("the bad state passes: {}", .commit.short())]
    BadPasses {
        /// The state.
        commit: CommitId,
    },
    /// One of the two ends was skipped.
    #[error("{} was skipped, so nothing is known of it", .commit.short())]
    EndSkipped {
        /// The state.
        commit: CommitId,
    },
}

/// Where to look.
#[derive(Clone, Copy, Debug)]
pub struct Bisection<'a> {
    /// The environment.
    pub environment: &'a EnvironmentSlug,
    /// A commit in which the test passes.
    pub good: CommitId,
    /// A commit in which it fails.
    pub bad: CommitId,
}

/// What is to be tested.
#[derive(Debug)]
pub struct Trial<'a> {
    /// The commit with which the state, or all moves of which these are a part, became live.
    pub commit: CommitId,
    /// Its effective time.
    pub at: Timestamp,
    /// Which of its moves; `None` for all of a state.
    pub part: Option<(&'a [Move], usize)>,
    /// How many candidates are left, this one included.
    pub left: usize,
    /// The project, as it is tested.
    pub view: &'a View,
}

/// A commit that moved pointers.
#[derive(Clone, Debug)]
pub struct Suspect {
    /// The commit.
    pub commit: CommitId,
    /// Its effective time.
    pub at: Timestamp,
    /// What it moved.
    pub moves: Vec<Move>,
    /// Who made it, when and why.
    pub made: Made,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Culprit {
    /// The commits that may be the first bad one, oldest first; more than one only if states between were skipped.
    pub suspects: Vec<Suspect>,
    /// The commit before the first of them: the last state that is known to be good.
    pub before: CommitId,
    /// The moves of the one commit with which the test fails; empty if there are several commits.
    pub moves: Vec<Move>,
    /// Whether fewer moves may be enough, but the test could not say.
    pub doubtful: bool,
}

/// One state that the environment had.
struct EnvironmentState {
    commit: CommitId,
    at: Timestamp,
    moves: Vec<Move>,
}

/// Finds the moves after which `test` fails.
///
/// # Errors
///
/// When the range is empty, its ends are not what they are said to be, history cannot be read, or `test` fails to run.
pub fn bisect<E: std::error::Error + 'static>(
    session: &Session,
    bisection: &Bisection<'_>,
    mut test: impl FnMut(&Trial<'_>) -> Result<Tested, E>,
) -> Result<Culprit, BisectError<E>> {
    let history = session.history(bisection.bad)?;
    existing(
        &session.view_of(bisection.bad)?.state.project,
        bisection.environment,
    )?;
    let states = states(&history, bisection)?;
    let mut known: BTreeMap<Pointers, Tested> = BTreeMap::new();
    let mut tested = |index: usize, left: usize| -> Result<Tested, BisectError<E>> {
        let state = &states[index];
        let view = session.view_of(state.commit)?;
        let pointers = view
            .state
            .project
            .pointers
            .get(bisection.environment)
            .cloned()
            .unwrap_or_default();
        if let Some(known) = known.get(&pointers) {
            return Ok(*known);
        }
        let trial = Trial {
            commit: state.commit,
            at: state.at,
            part: None,
            left,
            view: &view,
        };
        let said = test(&trial).map_err(BisectError::Test)?;
        known.insert((*pointers).clone(), said);
        Ok(said)
    };
    let last = states.len() - 1;
    let Bisection { good, bad, .. } = *bisection;
    match tested(0, states.len())? {
        Tested::Good => {}
        Tested::Bad => return Err(BisectError::GoodFails { commit: good }),
        Tested::Skipped => return Err(BisectError::EndSkipped { commit: good }),
    }
    match tested(last, last)? {
        Tested::Bad => {}
        Tested::Good => return Err(BisectError::BadPasses { commit: bad }),
        Tested::Skipped => return Err(BisectError::EndSkipped { commit: bad }),
    }
    let found = first_bad(1..states.len(), &mut tested)?;
    let suspects = suspects(&history, bisection.environment, &states[found.clone()])?;
    let before = states[found.start - 1].commit;
    let [suspect] = suspects.as_slice() else {
        return Ok(Culprit {
            suspects,
            before,
            moves: Vec::new(),
            doubtful: true,
        });
    };
    let trials = Trials::of(
        session,
        bisection.environment,
        (before, suspect.commit),
        &suspect.moves,
    )?;
    let (moves, doubtful) = part(&trials, suspect, &mut test)?;
    Ok(Culprit {
        suspects,
        before,
        moves,
        doubtful,
    })
}

/// Returns the states of the environment from the good one to the bad one.
fn states<E: std::error::Error + 'static>(
    history: &History<'_>,
    bisection: &Bisection<'_>,
) -> Result<Vec<EnvironmentState>, BisectError<E>> {
    let Bisection {
        environment,
        good,
        bad,
    } = *bisection;
    let end = history.line().position(good).filter(|end| *end > 0);
    let end = end.ok_or(BisectError::NoRange { good, bad })?;
    let mut states = Vec::new();
    for change in history.pointer_changes(environment)? {
        let PointerChange {
            commit, at, moves, ..
        } = change?;
        let older = history
            .line()
            .position(commit)
            .is_none_or(|place| place >= end);
        if older {
            break;
        }
        if !moves.is_empty() {
            states.push(EnvironmentState { commit, at, moves });
        }
    }
    if states.is_empty() {
        return Err(BisectError::NothingMoved {
            environment: environment.clone(),
            good,
            bad,
        });
    }
    let at = history
        .line()
        .get(end)
        .map_or(Timestamp::UNIX_EPOCH, |(_, at)| at);
    states.push(EnvironmentState {
        commit: good,
        at,
        moves: Vec::new(),
    });
    states.reverse();
    Ok(states)
}

fn suspects(
    history: &History<'_>,
    environment: &EnvironmentSlug,
    states: &[EnvironmentState],
) -> Result<Vec<Suspect>, ReadError> {
    let suspect = |state: &EnvironmentState| {
        let by = state.moves.first().map(|moved| &moved.resource);
        Ok(Suspect {
            commit: state.commit,
            at: state.at,
            moves: state.moves.clone(),
            made: history.made(state.commit, environment, by)?,
        })
    };
    states.iter().map(suspect).collect()
}

/// Returns the fewest moves of `suspect` with which the test fails, and whether fewer may be enough.
fn part<E: std::error::Error + 'static>(
    trials: &Trials<'_>,
    suspect: &Suspect,
    test: &mut impl FnMut(&Trial<'_>) -> Result<Tested, E>,
) -> Result<(Vec<Move>, bool), BisectError<E>> {
    let moves = &suspect.moves;
    let chosen = |set: &BTreeSet<usize>| -> Vec<Move> {
        set.iter()
            .filter_map(|index| moves.get(*index))
            .cloned()
            .collect()
    };
    let narrowed = fewest(
        moves.len(),
        |set, direction| trials.coherent(set, direction == FitBy::Adding),
        |set| {
            let (view, part) = (trials.part(set), chosen(set));
            let trial = Trial {
                commit: suspect.commit,
                at: suspect.at,
                part: Some((&part, moves.len())),
                left: moves.len(),
                view: &view,
            };
            test(&trial).map_err(BisectError::Test)
        },
    )?;
    Ok((chosen(&narrowed.guilty), narrowed.doubtful))
}
