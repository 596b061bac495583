use std::collections::{BTreeMap, BTreeSet};

use crate::files::PolicySetting;
use crate::model::{
    Environment, EnvironmentKey, EnvironmentSlug, EnvironmentValue, Policy, Project, Settings,
};
use crate::plan::{PolicyChange, policy_changes};

/// A key with another value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingChange {
    /// The key with the tables that contain it, as it is written.
    pub key: String,
    /// The value before, or `None`.
    pub before: Option<String>,
    /// The value after, or `None`.
    pub after: Option<String>,
}

/// Returns the keys whose value according to `say` differs before and after.
fn differing<T: ?Sized>(
    before: Option<&T>,
    after: Option<&T>,
    say: impl Fn(&T) -> Vec<(&'static str, Option<String>)>,
) -> Vec<SettingChange> {
    let said = |state: Option<&T>| state.map(&say).unwrap_or_default();
    let (old, new) = (said(before), said(after));
    let find = |said: &[(&'static str, Option<String>)], key| {
        said.iter()
            .find(|(found, _)| *found == key)
            .and_then(|(_, value)| value.clone())
    };
    let keys = if new.is_empty() { &old } else { &new };
    let change = |(key, _): &(&'static str, _)| SettingChange {
        key: (*key).to_owned(),
        before: find(&old, *key),
        after: find(&new, *key),
    };
    keys.iter()
        .map(change)
        .filter(|change| change.before != change.after)
        .collect()
}

/// Returns what differs in `envctl.toml`.
pub(super) fn of_project(before: &Project, after: &Project) -> Vec<SettingChange> {
    let settings = |project: &'_ Project| project.exists.then(|| project.settings.clone());
    differing(
        settings(before).as_ref(),
        settings(after).as_ref(),
        |settings: &Settings| {
            let Settings {
                name,
                branch,
                default_publish,
                gateway_fallback,
                order,
            } = settings;
            let slug = |slug: &Option<EnvironmentSlug>| slug.as_ref().map(ToString::to_string);
            let order: Vec<&str> = order.iter().map(EnvironmentSlug::as_str).collect();
            vec![
                ("name", name.as_ref().map(ToString::to_string)),
                ("branch", branch.as_ref().map(ToString::to_string)),
                ("default_publish", slug(default_publish)),
                ("gateway_fallback", slug(gateway_fallback)),
                ("order", (!order.is_empty()).then(|| order.join(", "))),
            ]
        },
    )
}

/// Returns what differs in the file of an environment, except for its policy.
pub(super) fn of_environment(
    before: Option<&Environment>,
    after: Option<&Environment>,
) -> Vec<SettingChange> {
    differing(before, after, |environment: &Environment| {
        let off = EnvironmentValue::Switch(false);
        let said = |key: EnvironmentKey| {
            let value = key.of(environment).filter(|value| *value != off);
            (key.as_str(), value.map(|value| value.to_string()))
        };
        EnvironmentKey::ALL.map(said).to_vec()
    })
}

/// Returns what differs in `access.toml`, member by member and role by role.
pub(super) fn of_access(before: &Project, after: &Project) -> Vec<SettingChange> {
    let (old, new) = (said_of_access(before), said_of_access(after));
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let change = |key: &String| SettingChange {
        key: key.clone(),
        before: old.get(key).cloned(),
        after: new.get(key).cloned(),
    };
    keys.into_iter()
        .map(change)
        .filter(|change| change.before != change.after)
        .collect()
}

fn said_of_access(project: &Project) -> BTreeMap<String, String> {
    let mut said = BTreeMap::new();
    let Some(access) = &project.access else {
        return said;
    };
    let mut say = |key: String, values: Vec<String>| {
        if !values.is_empty() {
            said.insert(key, values.join(", "));
        }
    };
    say("signatures".to_owned(), vec![access.signatures.to_string()]);
    for (name, member) in &access.members {
        let key = |key: &str| format!("members.{name}.{key}");
        say(
            key("emails"),
            member.emails.iter().map(ToString::to_string).collect(),
        );
        say(
            key("roles"),
            member.roles.iter().map(ToString::to_string).collect(),
        );
        for (scope, roles) in &member.environments {
            say(
                key(&format!("environments.{scope}")),
                roles.iter().map(ToString::to_string).collect(),
            );
        }
        say(
            key("keys"),
            member.keys.iter().map(ToString::to_string).collect(),
        );
        say(
            key("bot"),
            member.bot.then(|| "true".to_owned()).into_iter().collect(),
        );
    }
    for (name, allowed) in &access.roles {
        say(
            format!("roles.{name}"),
            allowed.iter().map(ToString::to_string).collect(),
        );
    }
    said
}

/// Returns the policy keys that differ, those for all kinds first.
pub(super) fn of_policy(
    before: Option<&Environment>,
    after: Option<&Environment>,
) -> Vec<PolicyChange> {
    let nothing = Policy::default();
    let policy = |environment: Option<&'_ Environment>| {
        environment.map_or_else(|| nothing.clone(), |it| it.policy.clone())
    };
    let (old, new) = (policy(before), policy(after));
    let tables = old.tables().chain(new.tables());
    let keys: BTreeSet<_> = tables
        .flat_map(|(kind, rules)| rules.iter().map(move |(key, _)| (kind, key)))
        .collect();
    let mut settings: Vec<PolicySetting> = keys
        .into_iter()
        .map(|(kind, key)| PolicySetting::of_key(kind, key, new.says(kind, key).cloned()))
        .collect();
    let windows: BTreeSet<_> = old.windows.keys().chain(new.windows.keys()).collect();
    settings.extend(windows.into_iter().map(|name| PolicySetting::Window {
        name: name.clone(),
        value: new.windows.get(name).cloned(),
    }));
    policy_changes(&old, &settings)
}
