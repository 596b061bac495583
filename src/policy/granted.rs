use std::collections::BTreeSet;

use super::step::Step;
use crate::model::{GrantScope, MemberKey, MemberName, Permission, Project, Role, RoleName};

/// A permission, and where it is granted; `None` is the whole project.
pub(super) type GrantChange = (Option<GrantScope>, Permission);

/// Returns what the member `name` gains by a change of `key`.
///
/// A new address or key gives whoever controls it everything that the member has, so adding one to an
/// existing member counts as granting all of it.
pub(super) fn granted_to(
    name: &MemberName,
    key: MemberKey,
    step: &Step<'_>,
) -> BTreeSet<GrantChange> {
    let of = |project: &'_ Project| {
        let access = project.access.as_ref();
        access.and_then(|access| access.members.get(name).cloned())
    };
    let (Some(after), before) = (of(step.after), of(step.before)) else {
        return BTreeSet::new();
    };
    // A new member's addresses grant nothing beyond its roles, which are judged as entries of their
    // own.
    let is_new = before.is_none();
    let before = before.unwrap_or_default();
    let nothing = BTreeSet::new();
    let had = |scope: Option<&GrantScope>| match scope {
        None => &before.roles,
        Some(scope) => before.environments.get(scope).unwrap_or(&nothing),
    };
    let scopes = after.environments.iter();
    let all = std::iter::once((None, &after.roles))
        .chain(scopes.map(|(scope, roles)| (Some(scope), roles)));
    let everything = match key {
        MemberKey::Emails => !is_new && !after.emails.is_subset(&before.emails),
        MemberKey::Keys => !is_new && !after.keys.iter().all(|key| before.keys.contains(key)),
        MemberKey::Roles | MemberKey::Environments | MemberKey::Bot => false,
    };
    let mut granted = BTreeSet::new();
    for (scope, roles) in all {
        let by_key = match key {
            MemberKey::Roles => scope.is_none(),
            MemberKey::Environments => scope.is_some(),
            MemberKey::Emails | MemberKey::Keys | MemberKey::Bot => false,
        };
        let new = |role: &&Role| everything || (by_key && !had(scope).contains(*role));
        for role in roles.iter().filter(new) {
            let permissions = permissions_of(role, step).into_iter();
            granted.extend(permissions.map(|permission| (scope.cloned(), permission)));
        }
    }
    granted
}

/// Returns what a change of the project's own role `name` allows its members to do in addition. Any member
/// may have the role, in any place, so it counts as granted in the whole project.
pub(super) fn granted_by(name: &RoleName, step: &Step<'_>) -> BTreeSet<GrantChange> {
    let of = |project: &'_ Project| {
        let access = project.access.as_ref();
        access
            .and_then(|access| access.roles.get(name).cloned())
            .unwrap_or_default()
    };
    let before = of(step.before);
    let new = of(step.after).into_iter();
    new.filter(|permission| !before.contains(permission))
        .map(|permission| (None, permission))
        .collect()
}

/// Returns what `role` allows in one of the states: the one before, the one after, or the one whose rules
/// apply.
fn permissions_of(role: &Role, step: &Step<'_>) -> BTreeSet<Permission> {
    // In any of them: a role may be redefined in the same step that assigns it.
    let states = [step.rules, step.before, step.after];
    let allowed = |permission: &Permission| {
        let mut access = states.iter().filter_map(|project| project.access.as_ref());
        access.any(|access| access.role_allows(role, *permission))
    };
    Permission::ALL.into_iter().filter(allowed).collect()
}
