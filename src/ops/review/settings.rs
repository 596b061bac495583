use std::collections::BTreeSet;

use crate::files::PolicySetting;
use crate::model::{Environment, EnvironmentSlug, Policy, Project, Settings};
use crate::plan::{PolicyChange, policy_changes};

/// A key that says something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingChange {
    /// The key as it is written.
    pub key: &'static str,
    /// What it says before; none: nothing.
    pub before: Option<String>,
    /// What it says after; none: nothing.
    pub after: Option<String>,
}

/// The keys that `say` differently before and after.
fn differing<T: ?Sized>(
    before: Option<&T>,
    after: Option<&T>,
    say: impl Fn(&T) -> Vec<(&'static str, Option<String>)>,
) -> Vec<SettingChange> {
    let said = |state: Option<&T>| state.map(&say).unwrap_or_default();
    let (old, new) = (said(before), said(after));
    let find = |said: &[(&'static str, Option<String>)], key| {
        said.iter().find(|(found, _)| *found == key).and_then(|(_, value)| value.clone())
    };
    let keys = if new.is_empty() { &old } else { &new };
    let change =
        |(key, _): &(&'static str, _)| SettingChange { key, before: find(&old, *key), after: find(&new, *key) };
    keys.iter().map(change).filter(|change| change.before != change.after).collect()
}

/// What `envctl.toml` says otherwise.
pub(super) fn of_project(before: &Project, after: &Project) -> Vec<SettingChange> {
    let settings = |project: &'_ Project| project.exists.then(|| project.settings.clone());
    differing(settings(before).as_ref(), settings(after).as_ref(), |settings: &Settings| {
        let Settings { name, branch, default_publish, gateway_fallback, order } = settings;
        let slug = |slug: &Option<EnvironmentSlug>| slug.as_ref().map(ToString::to_string);
        let order: Vec<&str> = order.iter().map(EnvironmentSlug::as_str).collect();
        vec![
            ("name", name.as_ref().map(ToString::to_string)),
            ("branch", branch.as_ref().map(ToString::to_string)),
            ("default_publish", slug(default_publish)),
            ("gateway_fallback", slug(gateway_fallback)),
            ("order", (!order.is_empty()).then(|| order.join(", "))),
        ]
    })
}

/// What the file of an environment says otherwise, but for its policy.
pub(super) fn of_environment(before: Option<&Environment>, after: Option<&Environment>) -> Vec<SettingChange> {
    differing(before, after, |environment: &Environment| {
        let description = environment.description.to_string();
        vec![
            ("name", Some(environment.name.to_string())),
            ("description", (!description.is_empty()).then_some(description)),
            ("color", environment.color.map(|color| color.to_string())),
            ("production", environment.production.then(|| "true".to_owned())),
        ]
    })
}

/// The keys of a policy that say something else, those for every kind first.
pub(super) fn of_policy(before: Option<&Environment>, after: Option<&Environment>) -> Vec<PolicyChange> {
    let nothing = Policy::default();
    let policy =
        |environment: Option<&'_ Environment>| environment.map_or_else(|| nothing.clone(), |it| it.policy.clone());
    let (old, new) = (policy(before), policy(after));
    let tables = old.tables().chain(new.tables());
    let keys: BTreeSet<_> = tables.flat_map(|(kind, rules)| rules.iter().map(move |(key, _)| (kind, key))).collect();
    let settings: Vec<PolicySetting> =
        keys.into_iter().map(|(kind, key)| PolicySetting { kind, key, value: new.says(kind, key).cloned() }).collect();
    policy_changes(&old, &settings)
}
