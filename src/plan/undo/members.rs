use std::collections::BTreeSet;

use crate::files::{Edit, MemberEdit};
use crate::model::{GrantScope, Member, MemberName, Role, SigningKey};

/// Returns the edits that take back what happened to one member between `before` and `after`, where it is `now`; `None` if
/// that has changed since.
///
/// Addresses, roles and keys are taken back one by one: who was granted something else since keeps it.
pub(super) fn taken_back(
    name: &MemberName,
    (before, after): (Option<&Member>, Option<&Member>),
    now: Option<&Member>,
) -> Option<Vec<Edit>> {
    match (before, after, now) {
        (before, _, now) if before == now => Some(Vec::new()),
        // Somebody who was changed since is not removed: their later roles and keys would go as
        // well.
        (None, after, now) => (now == after).then(|| vec![Edit::RemoveMember(name.clone())]),
        (Some(before), None, None) => Some(edits(name, &Member::default(), before)),
        (Some(before), Some(after), Some(now)) => {
            Some(edits(name, now, &without(before, after, now)?))
        }
        (Some(_), None, Some(_)) | (Some(_), Some(_), None) => None,
    }
}

/// Returns `now` without what `after` has in place of `before`; `None` if one value has changed again since.
fn without(before: &Member, after: &Member, now: &Member) -> Option<Member> {
    let scopes: BTreeSet<&GrantScope> = before
        .environments
        .keys()
        .chain(after.environments.keys())
        .chain(now.environments.keys())
        .collect();
    let nothing = BTreeSet::new();
    let at = |member: &'_ Member, scope: &GrantScope| -> BTreeSet<Role> {
        member.environments.get(scope).unwrap_or(&nothing).clone()
    };
    let environments = scopes.into_iter().map(|scope| {
        let held = elements(&at(before, scope), &at(after, scope), &at(now, scope));
        (scope.clone(), held)
    });
    Some(Member {
        emails: elements(&before.emails, &after.emails, &now.emails),
        roles: elements(&before.roles, &after.roles, &now.roles),
        environments: environments.filter(|(_, held)| !held.is_empty()).collect(),
        keys: keys(before, after, now)?,
        bot: if now.bot == after.bot {
            before.bot
        } else {
            now.bot
        },
    })
}

/// Returns `now` with what was removed between `before` and `after`, and without what was added.
fn elements<T: Ord + Clone>(
    before: &BTreeSet<T>,
    after: &BTreeSet<T>,
    now: &BTreeSet<T>,
) -> BTreeSet<T> {
    let added: BTreeSet<&T> = after.difference(before).collect();
    let kept = now.iter().filter(|element| !added.contains(element));
    kept.chain(before.difference(after)).cloned().collect()
}

/// Returns the keys of `now` with those of `before` in place of those of `after`; `None` if the limits of one have changed
/// again since.
fn keys(before: &Member, after: &Member, now: &Member) -> Option<Vec<SigningKey>> {
    let listed = |member: &'_ Member, key: &SigningKey| -> Option<SigningKey> {
        let mut keys = member.keys.iter();
        keys.find(|known| known.key == key.key).cloned()
    };
    let mut keys = Vec::new();
    for key in &now.keys {
        let (old, new) = (listed(before, key), listed(after, key));
        match (old, new) {
            (old, new) if old == new => keys.push(key.clone()),
            (old, new) if new.as_ref() == Some(key) => keys.extend(old),
            (old, _) if old.as_ref() == Some(key) => keys.push(key.clone()),
            _ => return None,
        }
    }
    let removed = |key: &&SigningKey| listed(after, key).is_none() && listed(now, key).is_none();
    keys.extend(before.keys.iter().filter(removed).cloned());
    Some(keys)
}

/// Returns the edits that make `to` of the member `from`.
fn edits(name: &MemberName, from: &Member, to: &Member) -> Vec<Edit> {
    let of = || MemberEdit::of(name.clone());
    let mut edits = vec![MemberEdit {
        emails: (from.emails != to.emails).then(|| to.emails.iter().cloned().collect()),
        roles: (from.roles != to.roles).then(|| to.roles.iter().cloned().collect()),
        bot: (from.bot != to.bot).then_some(to.bot),
        ..of()
    }];
    let scopes: BTreeSet<&GrantScope> = from
        .environments
        .keys()
        .chain(to.environments.keys())
        .collect();
    let changed = scopes
        .into_iter()
        .filter(|scope| from.environments.get(*scope) != to.environments.get(*scope));
    edits.extend(changed.map(|scope| {
        let held = to.environments.get(scope).into_iter().flatten();
        MemberEdit {
            environment: Some((scope.clone(), held.cloned().collect())),
            ..of()
        }
    }));
    let removed = from
        .keys
        .iter()
        .filter(|key| !to.keys.iter().any(|kept| kept.key == key.key));
    edits.extend(removed.map(|key| MemberEdit {
        remove_key: Some(key.key.clone()),
        ..of()
    }));
    let added = to.keys.iter().filter(|key| !from.keys.contains(key));
    edits.extend(added.map(|key| MemberEdit {
        add_key: Some(key.clone()),
        ..of()
    }));
    edits.retain(|edit| *edit != of());
    edits.into_iter().map(Edit::EditMember).collect()
}
