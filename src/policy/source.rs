use super::facts::Facts;
use super::timeline::{Stretch, Timeline};
use crate::model::{EnvironmentSlug, Move, Project, VersionNumber};

/// Returns the environments in which the time counts that `number` spends before it moves: the required
/// source, else every other environment that serves it. Trees do not show which of those a promotion comes
/// from.
pub fn dwelling_places<'p>(
    project: &'p Project,
    moved: &Move,
    number: VersionNumber,
    required: Option<&'p EnvironmentSlug>,
) -> Vec<&'p EnvironmentSlug> {
    let serves = |slug: &&EnvironmentSlug| {
        **slug != moved.environment && project.live(slug, &moved.resource) == Some(number)
    };
    match required {
        Some(source) => Some(source).filter(serves).into_iter().collect(),
        None => project.environments.keys().filter(serves).collect(),
    }
}

/// Returns the environment of `places` in which the version that `moved` brings has been live for longest, as
/// far as `facts` say.
pub fn longest_dwell(
    facts: &Facts,
    places: &[&EnvironmentSlug],
    moved: &Move,
) -> Option<(EnvironmentSlug, Stretch)> {
    let current = |place: &&EnvironmentSlug| {
        let stretch = facts
            .timeline(place, &moved.resource)
            .and_then(Timeline::current)?;
        Some(((*place).clone(), *stretch))
    };
    places
        .iter()
        .filter_map(current)
        .min_by_key(|(_, stretch)| facts.counts_since(stretch))
}
