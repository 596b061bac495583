use super::facts::{Facts, Stretch, Timeline};
use crate::model::{EnvironmentSlug, Move, Project, VersionNumber};

/// The environments in which the time counts that a version spends before it moves: the required source, else every other
/// environment that serves it. Where a promotion comes from is nothing that the trees show.
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

/// The longest that the version which `moved` brings has been live in one of `places`, as far as `facts` tell.
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
