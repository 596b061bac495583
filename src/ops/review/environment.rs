use std::collections::BTreeSet;

use super::about::ReviewScope;
use super::fate::Fate;
use super::verdicts::ReviewEvaluator;
use super::{ReviewedMove, SettingChange, settings};
use crate::model::{Changes, DisplayName, EnvironmentSlug, Project};
use crate::ops::ReadError;
use crate::plan::PolicyChange;
use crate::policy::Release;
use crate::store::CommitRecord;

/// The differences in one environment.
#[derive(Clone, Debug)]
pub struct EnvironmentReview {
    /// Which.
    pub slug: EnvironmentSlug,
    /// Its display name, after the change if it still exists.
    pub name: Option<DisplayName>,
    /// Whether it serves production, before or after.
    pub production: bool,
    /// Whether it is new, changed or removed.
    pub fate: Fate,
    /// The settings in its own file that differ, except for the policy.
    pub settings: Vec<SettingChange>,
    /// The keys of its policy that differ.
    pub policy: Vec<PolicyChange>,
    /// The pointers that move.
    pub moves: Vec<ReviewedMove>,
    /// What happens to a pending release of it.
    pub release: Option<ReleaseReview>,
}

/// What happens to a pending release.
#[derive(Clone, Debug)]
pub struct ReleaseReview {
    /// What happens to it.
    pub change: ReleaseChange,
    /// The environment that its versions come from.
    pub from: Option<EnvironmentSlug>,
    /// The moves that it asks for.
    pub moves: Vec<ReviewedMove>,
    /// The commit that requested it, or closed it, if history shows it.
    pub commit: Option<CommitRecord>,
}

/// The kind of change to a pending release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseChange {
    /// It is requested.
    Requested,
    /// Exactly its moves are made.
    Approved,
    /// It is removed, and nothing moves.
    Closed,
    /// It is changed, or something else moves in its place.
    Tampered,
}

impl EnvironmentReview {
    /// Returns what moves, and what is requested to.
    pub(super) fn moves_and_asked(&self) -> impl Iterator<Item = &ReviewedMove> {
        self.moves
            .iter()
            .chain(self.release.iter().flat_map(|release| &release.moves))
    }

    /// Reports whether something that is included differs in it.
    pub(super) fn concerns(&self, about: ReviewScope<'_>) -> bool {
        let EnvironmentReview {
            fate,
            settings,
            policy,
            moves,
            release,
            ..
        } = self;
        let anew = *fate != Fate::Changed && about.is_everything();
        anew || !settings.is_empty() || !policy.is_empty() || !moves.is_empty() || release.is_some()
    }
}

/// Returns the environments that may differ, in display order after the change, with removed ones
/// at the end.
pub(super) fn touched(
    before: &Project,
    after: &Project,
    changes: &Changes,
) -> Vec<EnvironmentSlug> {
    let mut slugs: BTreeSet<&EnvironmentSlug> = changes
        .moves
        .iter()
        .map(|moved| &moved.environment)
        .collect();
    slugs.extend(
        changes
            .created
            .iter()
            .chain(&changes.edited)
            .chain(&changes.deleted),
    );
    slugs.extend(before.pending.keys().chain(after.pending.keys()));
    let mut ordered: Vec<EnvironmentSlug> = Vec::new();
    for slug in after
        .in_order()
        .into_iter()
        .chain(before.in_order())
        .chain(slugs.clone())
    {
        if slugs.remove(slug) {
            ordered.push(slug.clone());
        }
    }
    ordered
}

/// Returns what differs in the environment `slug`.
pub(super) fn environment(
    evaluator: &mut ReviewEvaluator<'_>,
    (before, after): (&Project, &Project),
    slug: &EnvironmentSlug,
    about: ReviewScope<'_>,
) -> Result<EnvironmentReview, ReadError> {
    let (old, new) = (before.environments.get(slug), after.environments.get(slug));
    let (mut moves, mut asked) = evaluator.reviewed(slug)?;
    let change = evaluator.release(slug).and_then(release_change);
    for reviewed in [&mut moves, &mut asked] {
        reviewed.retain(|reviewed| about.includes(&reviewed.moved.resource));
    }
    let waiting = after.pending.get(slug).or_else(|| before.pending.get(slug));
    let from = waiting.and_then(|waiting| waiting.from.clone());
    let change = change.filter(|_| about.is_everything() || !asked.is_empty());
    let fate = match (old, new) {
        (None, Some(_)) => Fate::Added,
        (Some(_), None) => Fate::Removed,
        _ => Fate::Changed,
    };
    let commit = match change {
        Some(_) => evaluator.decision(slug)?,
        None => None,
    };
    Ok(EnvironmentReview {
        slug: slug.clone(),
        name: new.or(old).map(|environment| environment.name.clone()),
        production: [old, new]
            .into_iter()
            .flatten()
            .any(|environment| environment.production),
        fate,
        settings: about.otherwise(|| settings::of_environment(old, new)),
        policy: about.otherwise(|| settings::of_policy(old, new)),
        moves,
        release: change.map(|change| ReleaseReview {
            change,
            from,
            moves: asked,
            commit,
        }),
    })
}

fn release_change(release: &Release) -> Option<ReleaseChange> {
    match release {
        Release::Requested { .. } => Some(ReleaseChange::Requested),
        Release::Approved(_) => Some(ReleaseChange::Approved),
        Release::Closed(_) => Some(ReleaseChange::Closed),
        Release::Tampered(_) => Some(ReleaseChange::Tampered),
        Release::Direct(_) | Release::Past(_) => None,
    }
}
