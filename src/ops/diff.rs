use crate::model::{EnvironmentSlug, Move, Project, Resource, VersionNumber};
use crate::plan::{Narrowing, PlanError, Promotion, promote};

/// What a promotion would move, and what it would leave alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The pointers that a promotion moves.
    pub moves: Vec<Move>,
    /// What is live in the target only. A promotion leaves it alone unless it prunes.
    pub only_in_target: Vec<(Resource, VersionNumber)>,
}

/// Returns what promoting `from` to `to` would do, only for `resources` unless there are none.
///
/// # Errors
///
/// When an environment or a resource does not exist.
pub fn diff(
    project: &Project,
    from: &EnvironmentSlug,
    to: &EnvironmentSlug,
    resources: &[Resource],
) -> Result<Difference, PlanError> {
    let promotion = |prune| Promotion {
        from: from.clone(),
        to: to.clone(),
        resources: resources.iter().cloned().map(Into::into).collect(),
        prune,
        narrowing: Narrowing::default(),
        request: false,
        reason: None,
    };
    let everything = promote(project, &promotion(true))?.moves;
    let (moves, removed): (Vec<_>, Vec<_>) = everything
        .into_iter()
        .partition(|moved| moved.after.is_some());
    let only_in_target = removed
        .into_iter()
        .filter_map(|moved| Some((moved.resource, moved.before?)))
        .collect();
    Ok(Difference {
        moves,
        only_in_target,
    })
}
