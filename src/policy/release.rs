use std::collections::BTreeSet;

use super::judge::Step;
use crate::model::{EnvironmentSlug, Move, PendingRelease};

/// What a step does to one environment's pointers, seen together with the release that waits there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Release {
    /// Pointers move, and nothing waits.
    Direct(Vec<Move>),
    /// Pointers move while a release goes on waiting.
    Past(Vec<Move>),
    /// A release is asked for; and what moves at the same time.
    Requested {
        /// What it asks for.
        moves: Vec<Move>,
        /// What moves although it only was to be asked for.
        beside: Vec<Move>,
    },
    /// The release that waited is decided: its moves, and no others, are made.
    Approved(Vec<Move>),
    /// The release that waited is taken away, and nothing moves: not these either, which it asked for.
    Closed(Vec<Move>),
    /// The release that waited is changed, or something else moves in its place.
    Mangled(Vec<Move>),
}

/// What `step` does to each environment that it moves something in, or whose release it touches.
///
/// An environment that goes takes its pointers along; that is no release.
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
    touched.into_iter().filter(stays).filter_map(|slug| Some((slug.clone(), release(step, slug)?))).collect()
}

fn release(step: &Step<'_>, slug: &EnvironmentSlug) -> Option<Release> {
    let moves: Vec<Move> = step.changes.moves.iter().filter(|moved| moved.environment == *slug).cloned().collect();
    match (step.before.pending.get(slug), step.after.pending.get(slug)) {
        (None, None) => Some(Release::Direct(moves)),
        (None, Some(asked)) => Some(Release::Requested { moves: asked_moves(slug, asked), beside: moves }),
        (Some(was), Some(is)) if was != is => Some(Release::Mangled(moves)),
        (Some(_), Some(_)) if moves.is_empty() => None,
        (Some(_), Some(_)) => Some(Release::Past(moves)),
        (Some(was), None) if moves.is_empty() => Some(Release::Closed(asked_moves(slug, was))),
        (Some(was), None) if asked_moves(slug, was) == moves => Some(Release::Approved(moves)),
        (Some(_), None) => Some(Release::Mangled(moves)),
    }
}

/// What `release` asks for in `environment`, from what it saw.
pub fn asked_moves(environment: &EnvironmentSlug, release: &PendingRelease) -> Vec<Move> {
    let moved = |(resource, moved): (&crate::model::Resource, &crate::model::PendingMove)| Move {
        environment: environment.clone(),
        resource: resource.clone(),
        before: moved.seen,
        after: moved.target,
    };
    release.moves.iter().map(moved).collect()
}
