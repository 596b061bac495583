use std::collections::{BTreeMap, BTreeSet};

use crate::model::access::{Access, Member, MemberName};
use crate::model::change::moves;
use crate::model::check_name::CheckName;
use crate::model::comment::Comment;
use crate::model::entry::{Entry, MemberKey, SettingKey};
use crate::model::environment_key::EnvironmentKey;
use crate::model::policy_key::PolicyKey;
use crate::model::project::Project;
use crate::model::resource::{Kind, Resource, VersionId};
use crate::model::slug::EnvironmentSlug;

impl Entry {
    /// Reports whether both projects have the same value for it.
    pub fn is_same(&self, one: &Project, other: &Project) -> bool {
        match self {
            Self::Project => same(one, other, |project| project.exists),
            Self::Setting(key) => same(one, other, |project| setting(project, *key)),
            Self::Environment(slug) => same(one, other, |project| {
                project.environments.contains_key(slug)
            }),
            Self::EnvironmentKey(slug, key) => same(one, other, |project| {
                project.environments.get(slug).map(|known| key.of(known))
            }),
            Self::Policy(slug, kind, key) => same(one, other, |project| {
                project
                    .environments
                    .get(slug)
                    .and_then(|known| known.policy.says(*kind, *key))
            }),
            Self::Window(slug, name) => same(one, other, |project| {
                project
                    .environments
                    .get(slug)
                    .and_then(|known| known.policy.windows.get(name))
            }),
            Self::Freeze(slug, id) => same(one, other, |project| project.freeze(slug, id)),
            Self::Pointer(slug, resource) => {
                same(one, other, |project| project.live(slug, resource))
            }
            Self::Pending(slug) => same(one, other, |project| project.pending.get(slug)),
            Self::Version(id) => same(one, other, |project| project.version(id)),
            Self::Veto(id) => same(one, other, |project| project.vetoes.get(id)),
            Self::Attestation(id, check) => same(one, other, |project| {
                project.attestations.get(id)?.get(check)
            }),
            Self::Access => same(one, other, |project| project.access.is_some()),
            Self::Signatures => same(one, other, |project| {
                project.access.as_ref().map(|access| access.signatures)
            }),
            Self::Member(name, key) => same(one, other, |project| {
                member(project, name).map(|member| kept_of(member, *key))
            }),
            Self::Role(name) => same(one, other, |project| {
                project
                    .access
                    .as_ref()
                    .and_then(|access| access.roles.get(name))
            }),
            Self::Companion(path) => same(one, other, |project| project.companions.get(path)),
            // How often it is there, and not whether: of two equal comments, one may be removed.
            Self::Comment(path, text) => same(one, other, |project| {
                project.comments_like(path, text).count()
            }),
        }
    }
}

/// Reports whether `said` returns the same for both projects.
fn same<'p, T: PartialEq>(
    one: &'p Project,
    other: &'p Project,
    said: impl Fn(&'p Project) -> T,
) -> bool {
    said(one) == said(other)
}

fn member<'p>(project: &'p Project, name: &MemberName) -> Option<&'p Member> {
    project.access.as_ref()?.members.get(name)
}

/// Returns the value of a key as text. Only values of the same key are compared.
fn setting(project: &Project, key: SettingKey) -> Option<String> {
    let settings = &project.settings;
    match key {
        SettingKey::Name => settings.name.as_ref().map(ToString::to_string),
        SettingKey::Branch => settings.branch.as_ref().map(ToString::to_string),
        SettingKey::DefaultPublish => settings.default_publish.as_ref().map(ToString::to_string),
        SettingKey::GatewayFallback => settings.gateway_fallback.as_ref().map(ToString::to_string),
        SettingKey::Order => Some(
            settings
                .order
                .iter()
                .map(EnvironmentSlug::as_str)
                .collect::<Vec<_>>()
                .join(" "),
        ),
    }
}

/// Returns a copy of the member with only the value of `key`.
fn kept_of(member: &Member, key: MemberKey) -> Member {
    let member = member.clone();
    match key {
        MemberKey::Emails => Member {
            emails: member.emails,
            ..Member::default()
        },
        MemberKey::Roles => Member {
            roles: member.roles,
            ..Member::default()
        },
        MemberKey::Environments => Member {
            environments: member.environments,
            ..Member::default()
        },
        MemberKey::Keys => Member {
            keys: member.keys,
            ..Member::default()
        },
        MemberKey::Bot => Member {
            bot: member.bot,
            ..Member::default()
        },
    }
}

/// Returns every entry that differs between `before` and `after`, sorted.
pub fn changed_entries(before: &Project, after: &Project) -> Vec<Entry> {
    // Whole tables are compared first. Candidates are listed only for tables that differ, and then
    // compared one by one.
    let mut entries = vec![Entry::Project];
    if before.settings != after.settings {
        entries.extend(SettingKey::ALL.map(Entry::Setting));
    }
    if before.environments != after.environments {
        for slug in united(before.environments.keys(), after.environments.keys()) {
            entries.extend(entries_of(slug));
            entries.extend(windows(slug, before, after));
        }
    }
    if before.freezes != after.freezes {
        entries.extend(freezes(before, after));
    }
    entries.extend(
        moves(before, after)
            .into_iter()
            .map(|moved| Entry::Pointer(moved.environment, moved.resource)),
    );
    if before.pending != after.pending {
        entries.extend(
            united(before.pending.keys(), after.pending.keys())
                .into_iter()
                .cloned()
                .map(Entry::Pending),
        );
    }
    if before.versions != after.versions {
        entries.extend(versions(before, after).into_iter().map(Entry::Version));
    }
    if before.vetoes != after.vetoes {
        let vetoed = united(before.vetoes.keys(), after.vetoes.keys());
        entries.extend(vetoed.into_iter().cloned().map(Entry::Veto));
    }
    if before.attestations != after.attestations {
        entries.extend(attestations(before, after));
    }
    if before.access != after.access {
        entries.extend(entries_of_access(
            before.access.as_ref(),
            after.access.as_ref(),
        ));
    }
    if before.companions != after.companions {
        entries.extend(
            united(before.companions.keys(), after.companions.keys())
                .into_iter()
                .cloned()
                .map(Entry::Companion),
        );
    }
    if before.comments != after.comments {
        entries.extend(comments(before, after));
    }
    entries.retain(|entry| !entry.is_same(before, after));
    entries.sort();
    entries
}

/// Returns the comments of files in which they differ. Where in a file a comment is does not count.
fn comments(before: &Project, after: &Project) -> Vec<Entry> {
    let of = |project: &Project, path: &str| {
        let comments = project.comments.get(path);
        let entry = |comment: &Comment| Entry::Comment(path.to_owned(), comment.text.clone());
        comments
            .into_iter()
            .flatten()
            .map(entry)
            .collect::<BTreeSet<_>>()
    };
    united(before.comments.keys(), after.comments.keys())
        .into_iter()
        .filter(|path| before.comments.get(*path) != after.comments.get(*path))
        .flat_map(|path| {
            let (mut one, other) = (of(before, path), of(after, path));
            one.extend(other);
            one
        })
        .collect()
}

/// Returns the elements of both.
fn united<'a, T: Ord>(
    one: impl Iterator<Item = &'a T>,
    other: impl Iterator<Item = &'a T>,
) -> BTreeSet<&'a T> {
    one.chain(other).collect()
}

/// Returns every entry that an environment may have.
fn entries_of(slug: &EnvironmentSlug) -> Vec<Entry> {
    let tables = std::iter::once(None).chain(Kind::ALL.map(Some));
    let policy =
        tables.flat_map(|kind| PolicyKey::ALL.map(|key| Entry::Policy(slug.clone(), kind, key)));
    let keys = EnvironmentKey::ALL.map(|key| Entry::EnvironmentKey(slug.clone(), key));
    std::iter::once(Entry::Environment(slug.clone()))
        .chain(keys)
        .chain(policy)
        .collect()
}

/// Returns the windows that an environment has on either side.
fn windows(slug: &EnvironmentSlug, before: &Project, after: &Project) -> Vec<Entry> {
    let of = |project: &'_ Project| {
        let environment = project.environments.get(slug);
        let names = environment.map(|environment| environment.policy.windows.keys().cloned());
        names.into_iter().flatten().collect::<BTreeSet<_>>()
    };
    let names = of(before).into_iter().chain(of(after));
    names
        .map(|name| Entry::Window(slug.clone(), name))
        .collect()
}

/// Returns the freezes that are on either side.
fn freezes(before: &Project, after: &Project) -> BTreeSet<Entry> {
    let of = |project: &Project| {
        let all = project.freezes.iter();
        all.flat_map(|(slug, freezes)| {
            freezes
                .keys()
                .map(|id| Entry::Freeze(slug.clone(), id.clone()))
        })
        .collect::<Vec<_>>()
    };
    of(before).into_iter().chain(of(after)).collect()
}

/// Returns the versions of resources that differ.
fn versions(before: &Project, after: &Project) -> Vec<VersionId> {
    let differs =
        |resource: &&Resource| before.versions.get(*resource) != after.versions.get(*resource);
    let resources = united(before.versions.keys(), after.versions.keys())
        .into_iter()
        .filter(differs);
    let numbers = |resource: &Resource| {
        let of = |project: &Project| {
            project
                .versions
                .get(resource)
                .into_iter()
                .flat_map(|of| of.keys().copied())
                .collect()
        };
        let (one, other): (BTreeSet<_>, BTreeSet<_>) =
            (of(before), of(after).into_iter().collect());
        one.union(&other)
            .map(|number| resource.at(*number))
            .collect::<Vec<_>>()
    };
    resources.flat_map(numbers).collect()
}

/// Returns the checks of versions whose attestations differ.
fn attestations(before: &Project, after: &Project) -> Vec<Entry> {
    let attested = united(before.attestations.keys(), after.attestations.keys());
    let mut entries = Vec::new();
    for id in attested {
        let (one, other) = (before.attestations.get(id), after.attestations.get(id));
        if one != other {
            let checks = [one, other].into_iter().flatten().flat_map(BTreeMap::keys);
            let checks: BTreeSet<&CheckName> = checks.collect();
            entries.extend(
                checks
                    .into_iter()
                    .map(|check| Entry::Attestation(id.clone(), check.clone())),
            );
        }
    }
    entries
}

/// Returns every entry that `access.toml` may have.
fn entries_of_access(before: Option<&Access>, after: Option<&Access>) -> Vec<Entry> {
    let nothing = Access::default();
    let (before, after) = (before.unwrap_or(&nothing), after.unwrap_or(&nothing));
    let members = united(before.members.keys(), after.members.keys());
    let members = members
        .into_iter()
        .flat_map(|name| MemberKey::ALL.map(|key| Entry::Member(name.clone(), key)));
    let roles = united(before.roles.keys(), after.roles.keys())
        .into_iter()
        .cloned()
        .map(Entry::Role);
    [Entry::Access, Entry::Signatures]
        .into_iter()
        .chain(members)
        .chain(roles)
        .collect()
}

#[cfg(test)]
mod tests;
