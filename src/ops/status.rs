use std::collections::BTreeSet;

use crate::model::{EnvironmentSlug, Project, Resource, VersionNumber};

/// What is live where, for every resource that was ever published or pointed at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The environments, as they are shown.
    pub environments: Vec<EnvironmentSlug>,
    /// A row for each resource, by kind and name.
    pub rows: Vec<StatusRow>,
    /// The environments with a pending release.
    pub waiting: Vec<EnvironmentSlug>,
}

/// One resource, and which number of it is live in which environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusRow {
    /// The resource.
    pub resource: Resource,
    /// The newest number that was published, or `None` if pointers name a resource without
    /// versions.
    pub newest: Option<VersionNumber>,
    /// The number that is live in each of [`Status::environments`], or `None`.
    pub live: Vec<Option<VersionNumber>>,
}

impl StatusRow {
    /// Reports whether the environments serve different versions.
    pub fn differs(&self) -> bool {
        self.live.windows(2).any(|pair| pair[0] != pair[1])
    }
}

/// Returns what is live in which environment of `project`, for those that `only` accepts.
pub fn status(project: &Project, only: impl Fn(&EnvironmentSlug) -> bool) -> Status {
    let environments: Vec<EnvironmentSlug> = project
        .in_order()
        .into_iter()
        .filter(|slug| only(slug))
        .cloned()
        .collect();
    let pointed_at = environments
        .iter()
        .flat_map(|slug| project.live_in(slug))
        .map(|(resource, _)| resource);
    let resources: BTreeSet<&Resource> = project.versions.keys().chain(pointed_at).collect();
    let row = |resource: &Resource| StatusRow {
        resource: resource.clone(),
        newest: project.newest(resource).map(|(number, _)| number),
        live: environments
            .iter()
            .map(|slug| project.live(slug, resource))
            .collect(),
    };
    let rows = resources.into_iter().map(row).collect();
    let waiting = environments
        .iter()
        .filter(|slug| project.pending.contains_key(*slug))
        .cloned()
        .collect();
    Status {
        environments,
        rows,
        waiting,
    }
}
