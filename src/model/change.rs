use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::access::MemberName;
use crate::model::environment::Environment;
use crate::model::freeze::FreezeId;
use crate::model::pointers::Pointers;
use crate::model::project::Project;
use crate::model::resource::{Resource, VersionId, VersionNumber};
use crate::model::shared::Shared;
use crate::model::slug::EnvironmentSlug;

/// One pointer that moves.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Move {
    /// Where.
    pub environment: EnvironmentSlug,
    /// The resource.
    pub resource: Resource,
    /// What is live before; `None` if nothing is.
    pub before: Option<VersionNumber>,
    /// What is live after; `None` if nothing is.
    pub after: Option<VersionNumber>,
}

/// The direction in which a pointer moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Nothing was live before.
    New,
    /// To a higher number.
    Forward,
    /// To a lower number.
    Back,
    /// Nothing is live after.
    Removed,
}

impl Move {
    /// Returns the direction in which the pointer moves.
    pub fn direction(&self) -> Direction {
        match (self.before, self.after) {
            (_, None) => Direction::Removed,
            (None, Some(_)) => Direction::New,
            (Some(before), Some(after)) if after < before => Direction::Back,
            (Some(_), Some(_)) => Direction::Forward,
        }
    }
}

/// As people say it, without the environment: `prompts/support-router 7 → 8`.
impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            environment: _,
            resource,
            before,
            after,
        } = self;
        match (before, after) {
            (Some(before), Some(after)) => write!(f, "{resource} {before} → {after}"),
            (None, Some(after)) => write!(f, "{resource} new at {after}"),
            (Some(before), None) => write!(f, "{resource} {before} removed"),
            (None, None) => write!(f, "{resource}"),
        }
    }
}

/// The two roles that exactly one environment holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// Where `publish` moves the pointer.
    pub default_publish: Option<EnvironmentSlug>,
    /// Which environment answers for a request that names none.
    pub gateway_fallback: Option<EnvironmentSlug>,
}

impl Roles {
    /// Returns the environments that have them in `project`.
    pub fn of(project: &Project) -> Self {
        Self {
            default_publish: project.settings.default_publish.clone(),
            gateway_fallback: project.settings.gateway_fallback.clone(),
        }
    }
}

/// The differences between two states of a project, in the project's own terms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Pointers that moved, by environment and resource.
    pub moves: Vec<Move>,
    /// Versions that are new.
    pub published: Vec<VersionId>,
    /// Environments that are new.
    pub created: Vec<EnvironmentSlug>,
    /// Environments whose description of themselves differs.
    pub edited: Vec<EnvironmentSlug>,
    /// Those of them whose policy differs.
    pub policies: Vec<EnvironmentSlug>,
    /// Environments that were deleted.
    pub deleted: Vec<EnvironmentSlug>,
    /// The roles before and after, if one was reassigned.
    pub roles: Option<(Roles, Roles)>,
    /// Versions whose veto came, went or changed.
    pub vetoed: Vec<VersionId>,
    /// Versions about which evaluations say something else.
    pub attested: Vec<VersionId>,
    /// Members that come, go, or are described differently.
    pub members: Vec<MemberName>,
    /// Whether anything in `access.toml` differs: its members, its roles, whether signatures are required.
    pub access: bool,
    /// Whether the display order differs.
    pub reordered: bool,
    /// Whether the project's name or its live branch differs.
    pub project_edited: bool,
    /// Freezes that are new.
    pub frozen: Vec<(EnvironmentSlug, FreezeId)>,
    /// Freezes that are gone.
    pub thawed: Vec<(EnvironmentSlug, FreezeId)>,
}

impl Changes {
    /// Reports whether nothing differs.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Reports whether any of this happened in `environment`.
    pub fn touches(&self, environment: &EnvironmentSlug) -> bool {
        let named = [&self.created, &self.edited, &self.deleted];
        let mut freezes = self.frozen.iter().chain(&self.thawed);
        let holds_role = |roles: &Roles| {
            [&roles.default_publish, &roles.gateway_fallback]
                .into_iter()
                .any(|slug| slug.as_ref() == Some(environment))
        };
        self.moves
            .iter()
            .any(|moved| moved.environment == *environment)
            || freezes.any(|(slug, _)| slug == environment)
            || named.iter().any(|slugs| slugs.contains(environment))
            || self.roles.as_ref().is_some_and(|(before, after)| {
                before != after && holds_role(before) != holds_role(after)
            })
    }
}

/// Returns what differs between `before` and `after`.
pub fn changes(before: &Project, after: &Project) -> Changes {
    let edited = |(slug, environment): (&EnvironmentSlug, &Environment)| {
        (before.environments.get(slug)? != environment).then(|| slug.clone())
    };
    let ruled = |(slug, environment): (&EnvironmentSlug, &Environment)| {
        (before.environments.get(slug)?.policy != environment.policy).then(|| slug.clone())
    };
    let roles = (Roles::of(before), Roles::of(after));
    Changes {
        moves: moves(before, after),
        published: published(before, after),
        created: missing_in(before, after),
        edited: after.environments.iter().filter_map(edited).collect(),
        policies: after.environments.iter().filter_map(ruled).collect(),
        deleted: missing_in(after, before),
        roles: (roles.0 != roles.1).then_some(roles),
        vetoed: differing(&before.vetoes, &after.vetoes),
        attested: differing(&before.attestations, &after.attestations),
        members: members(before, after),
        access: before.access != after.access,
        reordered: before.settings.order != after.settings.order,
        project_edited: before.settings.name != after.settings.name
            || before.settings.branch != after.settings.branch,
        frozen: frozen(before, after),
        thawed: frozen(after, before),
    }
}

/// Returns the freezes of `there` that `here` does not have.
fn frozen(here: &Project, there: &Project) -> Vec<(EnvironmentSlug, FreezeId)> {
    let all = there.freezes.iter();
    let all = all.flat_map(|(slug, freezes)| freezes.keys().map(move |id| (slug, id)));
    let new = all.filter(|(slug, id)| here.freeze(slug, id).is_none());
    new.map(|(slug, id)| (slug.clone(), id.clone())).collect()
}

/// Returns the pointers that differ between `before` and `after`, by environment and resource.
pub fn moves(before: &Project, after: &Project) -> Vec<Move> {
    moved_environments(before, after)
        .flat_map(|slug| moves_into(slug, before, after))
        .collect()
}

/// Returns the pointers of `environment` that differ between `before` and `after`, by resource.
pub fn moves_into(environment: &EnvironmentSlug, before: &Project, after: &Project) -> Vec<Move> {
    let nothing = Shared::default();
    let before = before.pointers.get(environment).unwrap_or(&nothing);
    let after = after.pointers.get(environment).unwrap_or(&nothing);
    moves_between(environment, before, after)
}

/// Returns what moves in `environment` between the pointers `before` and `after`, by resource.
pub fn moves_between(
    environment: &EnvironmentSlug,
    before: &Pointers,
    after: &Pointers,
) -> Vec<Move> {
    // Both are sorted by resource, so one pass over the two finds all. A walk through history does this for every commit.
    let (mut older, mut newer) = (before.iter().peekable(), after.iter().peekable());
    let mut moves = Vec::new();
    loop {
        let order = match (older.peek(), newer.peek()) {
            (None, None) => return moves,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((one, _)), Some((other, _))) => one.cmp(other),
        };
        let before = older.next_if(|_| order.is_le());
        let after = newer.next_if(|_| order.is_ge());
        let number =
            |pointer: Option<(&Resource, &VersionNumber)>| pointer.map(|(_, number)| *number);
        if number(before) != number(after) {
            moves.extend(before.or(after).map(|(resource, _)| Move {
                environment: environment.clone(),
                resource: resource.clone(),
                before: number(before),
                after: number(after),
            }));
        }
    }
}

/// Returns the environments whose pointers differ.
fn moved_environments<'a>(
    before: &'a Project,
    after: &'a Project,
) -> impl Iterator<Item = &'a EnvironmentSlug> {
    let slugs: BTreeSet<_> = before
        .pointers
        .keys()
        .chain(after.pointers.keys())
        .collect();
    slugs
        .into_iter()
        .filter(|slug| before.pointers.get(*slug) != after.pointers.get(*slug))
}

/// Returns the versions that are new in `after`.
fn published(before: &Project, after: &Project) -> Vec<VersionId> {
    // Versions are shared between neighbouring states, so most steps need not compare them at all.
    if before.versions.is_copy_of(&after.versions) {
        return Vec::new();
    }
    let mut published = Vec::new();
    for (resource, numbers) in &after.versions {
        let known = before.versions.get(resource);
        if known.is_some_and(|known| known.is_copy_of(numbers)) {
            continue;
        }
        let is_new =
            |number: &&VersionNumber| known.is_none_or(|known| !known.contains_key(*number));
        let new = numbers.keys().filter(is_new);
        published.extend(new.map(|number| resource.at(*number)));
    }
    published
}

/// Returns the keys whose values differ.
fn differing<K: Clone + Ord, V: PartialEq>(
    before: &Shared<BTreeMap<K, V>>,
    after: &Shared<BTreeMap<K, V>>,
) -> Vec<K> {
    if before.is_copy_of(after) {
        return Vec::new();
    }
    let keys: BTreeSet<&K> = before.keys().chain(after.keys()).collect();
    keys.into_iter()
        .filter(|key| before.get(*key) != after.get(*key))
        .cloned()
        .collect()
}

/// Returns the members that differ.
fn members(before: &Project, after: &Project) -> Vec<MemberName> {
    let of = |project: &Project| {
        project
            .access
            .as_ref()
            .map(|access| access.members.clone())
            .unwrap_or_default()
    };
    let (before, after) = (of(before), of(after));
    let names: BTreeSet<&MemberName> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .cloned()
        .collect()
}

/// Returns the environments of `there` that `here` does not have.
fn missing_in(here: &Project, there: &Project) -> Vec<EnvironmentSlug> {
    there
        .environments
        .keys()
        .filter(|slug| !here.environments.contains_key(*slug))
        .cloned()
        .collect()
}
