use std::collections::BTreeSet;

use super::move_kind::MoveKind;
use super::step::Step;
use crate::model::{Entry, EnvironmentSlug, Move, PendingRelease};

/// What a step does to the pointers of one environment, together with the release that is pending there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Release {
    /// Pointers move, and no release is pending.
    Direct(Vec<Move>),
    /// Pointers move while a release stays pending.
    Past(Vec<Move>),
    /// A release is requested, and pointers may move in the same step.
    Requested {
        /// What it asks for.
        moves: Vec<Move>,
        /// What moves in the same step, although it should only have been asked for.
        beside: Vec<Move>,
    },
    /// The pending release is approved: its moves are made, and no others.
    Approved(Vec<Move>),
    /// The pending release is removed without any move. These are the moves that it asked for.
    Closed(Vec<Move>),
    /// The pending release is changed, or something other than its moves is made in its place.
    Tampered(Vec<Move>),
}

/// Returns what `step` does to each environment in which it moves something, or whose release it touches.
///
/// An environment that is deleted takes its pointers along, which is not a release.
pub fn releases(step: &Step<'_>) -> Vec<(EnvironmentSlug, Release)> {
    let touched: BTreeSet<&EnvironmentSlug> = step
        .changes
        .moves
        .iter()
        .map(|moved| &moved.environment)
        .chain(step.before.pending.keys())
        .chain(step.after.pending.keys())
        .collect();
    let stays = |slug: &&EnvironmentSlug| step.after.environments.contains_key(*slug);
    let of = |slug: &EnvironmentSlug| {
        release(step, slug)
            .into_iter()
            .map(|release| (slug.clone(), release))
            .collect::<Vec<_>>()
    };
    touched.into_iter().filter(stays).flat_map(of).collect()
}

fn release(step: &Step<'_>, slug: &EnvironmentSlug) -> Vec<Release> {
    let moves: Vec<Move> = step
        .changes
        .moves
        .iter()
        .filter(|moved| moved.environment == *slug)
        .cloned()
        .collect();
    let waiting = (step.before.pending.get(slug), step.after.pending.get(slug));
    if step.origins.is_empty() {
        alone(slug, moves, waiting).into_iter().collect()
    } else {
        merged(step, slug, moves, waiting)
    }
}

/// The release that is pending before, and the one after.
type WaitingMoves<'a> = (Option<&'a PendingRelease>, Option<&'a PendingRelease>);

fn alone(slug: &EnvironmentSlug, moves: Vec<Move>, waiting: WaitingMoves<'_>) -> Option<Release> {
    match waiting {
        (None, None) => Some(Release::Direct(moves)),
        (None, Some(asked)) => Some(Release::Requested {
            moves: asked_moves(slug, asked),
            beside: moves,
        }),
        // An edited request is judged as moves of whoever edited it. Otherwise somebody could let
        // others approve what they never saw, under the name of who had asked.
        (Some(was), Some(is)) if was != is => Some(Release::Tampered(moves)),
        (Some(_), Some(_)) if moves.is_empty() => None,
        (Some(_), Some(_)) => Some(Release::Past(moves)),
        (Some(was), None) if moves.is_empty() => Some(Release::Closed(asked_moves(slug, was))),
        // Exactly the moves that were asked for. One more would have been approved by nobody, and
        // one less is a decision that nobody was asked for.
        (Some(was), None) if asked_moves(slug, was) == moves => Some(Release::Approved(moves)),
        (Some(_), None) => Some(Release::Tampered(moves)),
    }
}

/// Returns what a merge does. The pointers that it takes from a branch moved there in some way, and the
/// release that it takes from there was asked for or decided there. What the merge moves by itself counts as
/// moved in addition.
fn merged(
    step: &Step<'_>,
    slug: &EnvironmentSlug,
    moves: Vec<Move>,
    waiting: WaitingMoves<'_>,
) -> Vec<Release> {
    let (was, is) = waiting;
    let taken = step.origins.get(&Entry::Pending(slug.clone())).is_some();
    let origin = |moved: &Move| step.origins.of_pointer(slug, &moved.resource);
    let approved = |moved: &Move| approved_on_a_side(step, moved);
    let directly =
        |moved: &Move| origin(moved).is_some_and(|origin| origin.kind == Some(MoveKind::Direct));
    // The same release waits on both sides, whatever was approved on one of them; or the merge
    // itself did something to it.
    if (was.is_some() && was == is) || (!taken && (was.is_some() || is.is_some())) {
        return alone(slug, moves, waiting).into_iter().collect();
    }
    let (approved, others): (Vec<_>, Vec<_>) = moves.into_iter().partition(approved);
    let mut releases = Vec::new();
    match is {
        None => releases.push(Release::Direct(others)),
        Some(asked) => {
            // What a commit of the branch moved directly was moved where no release waited, and did
            // not bypass this one. What the merge moves by itself does.
            let (direct, beside): (Vec<_>, Vec<_>) = others.into_iter().partition(directly);
            releases.push(Release::Direct(direct));
            releases.push(Release::Requested {
                moves: asked_moves(slug, asked),
                beside,
            });
        }
    }
    let asked = was
        .filter(|_| is.is_none())
        .map(|was| asked_moves(slug, was))
        .unwrap_or_default();
    if !asked.iter().all(|moved| approved.contains(moved)) {
        releases.push(Release::Closed(asked));
    }
    releases.push(Release::Approved(approved));
    releases.retain(Release::is_something);
    releases
}

/// Reports whether `step`, being a merge, takes `moved` from a branch where it was approved.
///
/// An approval of a move from another starting point is not an approval of this one, and a lapsed approval
/// counts for nothing.
pub(super) fn approved_on_a_side(step: &Step<'_>, moved: &Move) -> bool {
    let origin = step.origins.of_pointer(&moved.environment, &moved.resource);
    origin.is_some_and(|origin| {
        origin.kind == Some(MoveKind::Approved)
            && origin.before == moved.before
            && step.lapse(moved).is_none()
    })
}

impl Release {
    fn is_something(&self) -> bool {
        match self {
            Self::Direct(moves)
            | Self::Past(moves)
            | Self::Approved(moves)
            | Self::Closed(moves)
            | Self::Tampered(moves) => !moves.is_empty(),
            Self::Requested { .. } => true,
        }
    }
}

/// Returns the moves that `release` asks for in `environment`, from the versions that were live when it was
/// asked for.
pub fn asked_moves(environment: &EnvironmentSlug, release: &PendingRelease) -> Vec<Move> {
    let moved = |(resource, moved): (&crate::model::Resource, &crate::model::PendingMove)| Move {
        environment: environment.clone(),
        resource: resource.clone(),
        before: moved.seen,
        after: moved.target,
    };
    release.moves.iter().map(moved).collect()
}
