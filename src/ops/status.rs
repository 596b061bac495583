use std::collections::BTreeSet;

use crate::model::{
    Attestation, CheckName, EnvironmentSlug, PolicyKey, Project, Resource, VersionId, VersionNumber,
};

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

/// A check that fails for a version that is live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedCheck {
    /// Where it is live.
    pub environment: EnvironmentSlug,
    /// What is live.
    pub version: VersionId,
    /// Which check fails.
    pub check: CheckName,
    /// What it says.
    pub attestation: Attestation,
    /// Whether the policy of the environment requires it.
    pub required: bool,
}

/// Returns the checks that fail for what is live in `environments`: a check may fail again after a promotion.
pub fn failed_checks(project: &Project, environments: &[EnvironmentSlug]) -> Vec<FailedCheck> {
    let mut failed = Vec::new();
    if project.attestations.is_empty() {
        return failed;
    }
    for slug in environments {
        let policy = project.environments.get(slug).map(|known| &known.policy);
        for (resource, number) in project.live_in(slug) {
            let version = resource.at(number);
            let content = project.version(&version).map(|version| version.content);
            let required = policy.and_then(|policy| {
                let demands = policy.demands(resource.kind);
                demands.checks(PolicyKey::RequiredChecks)
            });
            let checks = project.attestations.get(&version).into_iter().flatten();
            let fails = checks.filter(|(_, attestation)| {
                !attestation.passed && content == Some(attestation.content)
            });
            failed.extend(fails.map(|(check, attestation)| FailedCheck {
                environment: slug.clone(),
                version: version.clone(),
                check: check.clone(),
                attestation: attestation.clone(),
                required: required.is_some_and(|required| required.contains(check)),
            }));
        }
    }
    failed
}
