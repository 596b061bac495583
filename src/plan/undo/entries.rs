use std::collections::BTreeSet;

use super::commit::Undoing;
use super::members::taken_back;
use crate::files::{Edit, EnvironmentEdit, EnvironmentRole, OwnedPath, PolicySetting};
use crate::model::{Entry, EnvironmentSlug, Member, MemberName, Project, SettingKey};

/// What becomes of the entries of one file.
#[derive(Default)]
pub(super) struct Inverted {
    pub(super) edits: Vec<Edit>,
    /// The entries that the edits set back.
    pub(super) reverted: Vec<Entry>,
    /// The entries that have changed since.
    pub(super) moved_on: Vec<Entry>,
    /// The entries that no edit can set.
    pub(super) by_hand: Vec<Entry>,
}

/// What setting one entry back comes to.
enum Way {
    Edits(Vec<Edit>),
    MovedOn,
    ByHand,
}

/// Returns the path of the file that holds `entry`; `None` for a version, which stays.
pub fn path_of(entry: &Entry) -> Option<String> {
    let path = match entry {
        Entry::Project | Entry::Setting(_) => OwnedPath::Settings,
        Entry::Environment(slug)
        | Entry::EnvironmentKey(slug, _)
        | Entry::Policy(slug, ..)
        | Entry::Window(slug, _) => OwnedPath::Environment(slug.clone()),
        Entry::Freeze(slug, id) => OwnedPath::Freeze(slug.clone(), id.clone()),
        Entry::Pointer(slug, _) => OwnedPath::Pointers(slug.clone()),
        Entry::Pending(slug) => OwnedPath::Pending(slug.clone()),
        Entry::Veto(_) => OwnedPath::Vetoes,
        Entry::Attestation(id, _) => OwnedPath::Attestations(id.clone()),
        Entry::Access | Entry::Signatures | Entry::Member(..) | Entry::Role(_) => OwnedPath::Access,
        Entry::Companion(path) | Entry::Comment(path, _) => return Some(path.clone()),
        Entry::Version(_) => return None,
    };
    Some(path.to_string())
}

/// Sets `entries` of one file back, whose text has changed since.
pub(super) fn invert(entries: &[&Entry], undoing: &Undoing<'_>, now: &Project) -> Inverted {
    let mut inverted = Inverted::default();
    let mut members = BTreeSet::new();
    for entry in entries {
        if entry.is_same(undoing.before, now) {
            continue;
        }
        // A member is taken back as a whole, so that one who comes back has an address.
        if let Entry::Member(name, _) = entry
            && !members.insert(name)
        {
            inverted.reverted.push((*entry).clone());
            continue;
        }
        match way(entry, undoing, now) {
            Way::Edits(edits) => {
                inverted.edits.extend(edits);
                inverted.reverted.push((*entry).clone());
            }
            Way::MovedOn => inverted.moved_on.push((*entry).clone()),
            Way::ByHand => inverted.by_hand.push((*entry).clone()),
        }
    }
    inverted
}

fn way(entry: &Entry, undoing: &Undoing<'_>, now: &Project) -> Way {
    let (before, after) = (undoing.before, undoing.after);
    match entry {
        Entry::Member(name, _) => {
            let of = |project: &'_ Project| member(project, name).cloned();
            let (before, after, now) = (of(before), of(after), of(now));
            return taken_back(name, (before.as_ref(), after.as_ref()), now.as_ref())
                .map_or(Way::MovedOn, Way::Edits);
        }
        Entry::Setting(SettingKey::Order) => {
            let settings = [before, after, now].map(|project| project.settings.order.as_slice());
            return order(settings)
                .map_or(Way::MovedOn, |order| Way::Edits(vec![Edit::Reorder(order)]));
        }
        _ => {}
    }
    if !entry.is_same(after, now) {
        return Way::MovedOn;
    }
    set_back(entry, before).map_or(Way::ByHand, |edit| Way::Edits(vec![edit]))
}

/// Returns the edit that gives `entry` the value that it has in `before`; `None` if no edit does.
fn set_back(entry: &Entry, before: &Project) -> Option<Edit> {
    match entry {
        Entry::Setting(key) => {
            let role = match key {
                SettingKey::DefaultPublish => EnvironmentRole::DefaultPublish,
                SettingKey::GatewayFallback => EnvironmentRole::GatewayFallback,
                SettingKey::Name | SettingKey::Branch | SettingKey::Order => return None,
            };
            let holder = role.holder(&before.settings)?;
            Some(Edit::Assign(role, holder.clone()))
        }
        Entry::EnvironmentKey(slug, key) => {
            let value = key.of(before.environments.get(slug)?);
            let edit: EnvironmentEdit = [(*key, value)].into_iter().collect();
            Some(Edit::EditEnvironment(slug.clone(), edit))
        }
        Entry::Policy(slug, kind, key) => {
            let policy = &before.environments.get(slug)?.policy;
            let value = policy.says(*kind, *key).cloned();
            let setting = PolicySetting::of_key(*kind, *key, value);
            Some(Edit::SetPolicy(slug.clone(), vec![setting]))
        }
        Entry::Window(slug, name) => {
            let policy = &before.environments.get(slug)?.policy;
            let setting = PolicySetting::Window {
                name: name.clone(),
                value: policy.windows.get(name).cloned(),
            };
            Some(Edit::SetPolicy(slug.clone(), vec![setting]))
        }
        Entry::Freeze(slug, id) => Some(match before.freeze(slug, id) {
            Some(freeze) => Edit::Freeze(slug.clone(), id.clone(), freeze.clone()),
            None => Edit::Thaw(slug.clone(), id.clone()),
        }),
        Entry::Pointer(slug, resource) => Some(Edit::Point {
            environment: slug.clone(),
            resource: resource.clone(),
            to: before.live(slug, resource),
        }),
        Entry::Veto(id) => Some(Edit::Veto(id.clone(), before.vetoes.get(id).cloned())),
        Entry::Attestation(id, check) => {
            let attested = before.attestations.get(id);
            let found = attested.and_then(|checks| checks.get(check));
            Some(Edit::Attest(id.clone(), check.clone(), found.cloned()))
        }
        _ => None,
    }
}

fn member<'p>(project: &'p Project, name: &MemberName) -> Option<&'p Member> {
    project.access.as_ref()?.members.get(name)
}

/// Returns the display order `now` with what was removed between `before` and `after`, and without what was added; `None`
/// if the order of what stayed was changed, and has changed again since.
fn order([before, after, now]: [&[EnvironmentSlug]; 3]) -> Option<Vec<EnvironmentSlug>> {
    if now == after {
        return Some(before.to_vec());
    }
    let kept = |slugs: &[EnvironmentSlug], others: &[EnvironmentSlug]| -> Vec<EnvironmentSlug> {
        slugs
            .iter()
            .filter(|slug| others.contains(slug))
            .cloned()
            .collect()
    };
    if kept(before, after) != kept(after, before) {
        return None;
    }
    let added = |slug: &EnvironmentSlug| after.contains(slug) && !before.contains(slug);
    let mut order: Vec<EnvironmentSlug> = now.iter().filter(|slug| !added(slug)).cloned().collect();
    for (index, slug) in before.iter().enumerate() {
        if after.contains(slug) || order.contains(slug) {
            continue;
        }
        // Behind the nearest one that stood before it, or in front of all.
        let behind = before[..index]
            .iter()
            .rev()
            .find_map(|earlier| order.iter().position(|other| other == earlier));
        order.insert(behind.map_or(0, |at| at + 1), slug.clone());
    }
    Some(order)
}

#[cfg(test)]
mod tests {
    use super::order;
    use crate::model::EnvironmentSlug;

    fn slugs(text: &str) -> Vec<EnvironmentSlug> {
        text.split_whitespace()
            .map(|slug| slug.parse().unwrap())
            .collect()
    }

    #[test]
    fn the_order_takes_back_what_came_and_went_and_keeps_the_rest() {
        for (before, after, now, expected) in [
            ("a b c", "a c", "a c", Some("a b c")),
            ("a b c", "a c", "c a", Some("c a b")),
            ("b a", "a", "a d", Some("b a d")),
            ("a", "a b", "b a c", Some("a c")),
            ("a b", "b a", "b a", Some("a b")),
            ("a b", "b a", "b a c", None),
        ] {
            let states = [slugs(before), slugs(after), slugs(now)];
            let [before, after, now] = [0, 1, 2].map(|index: usize| states[index].as_slice());
            assert_eq!(order([before, after, now]), expected.map(slugs), "{now:?}");
        }
    }
}
