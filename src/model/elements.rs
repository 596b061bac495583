use std::collections::BTreeSet;

use crate::model::access::{Access, Member, MemberName};
use crate::model::entry::{Entry, MemberKey, SettingKey};
use crate::model::policy_value::{PolicyType, PolicyValue};
use crate::model::project::Project;

impl Entry {
    /// Returns the elements of the array that the entry is in `project`; `None` if the entry is not an array.
    /// An array that does not exist has none.
    pub fn elements(&self, project: &Project) -> Option<BTreeSet<String>> {
        let access = project.access.as_ref();
        match self {
            Self::Setting(SettingKey::Order) => Some(texts(
                project.settings.order.iter().map(ToString::to_string),
            )),
            Self::Member(name, key) => elements_of(access, name, *key),
            Self::Policy(slug, kind, key) if key.takes() == PolicyType::Checks => {
                let environment = project.environments.get(slug);
                match environment.and_then(|known| known.policy.says(*kind, *key)) {
                    None => Some(BTreeSet::new()),
                    Some(PolicyValue::Checks(checks)) => {
                        Some(texts(checks.iter().map(ToString::to_string)))
                    }
                    // What switches the key off has no elements.
                    Some(_) => None,
                }
            }
            Self::Role(name) => {
                let role = access.and_then(|access| access.roles.get(name));
                Some(texts(
                    role.into_iter()
                        .flatten()
                        .map(|permission| permission.as_str().to_owned()),
                ))
            }
            _ => None,
        }
    }
}

/// Returns the elements of the array at `key` of the member `name`.
fn elements_of(
    access: Option<&Access>,
    name: &MemberName,
    key: MemberKey,
) -> Option<BTreeSet<String>> {
    let nobody = Member::default();
    let member = access
        .and_then(|access| access.members.get(name))
        .unwrap_or(&nobody);
    match key {
        MemberKey::Emails => Some(texts(member.emails.iter().map(ToString::to_string))),
        MemberKey::Roles => Some(texts(member.roles.iter().map(ToString::to_string))),
        MemberKey::Environments => {
            Some(texts(member.environments.iter().flat_map(
                // A grant is an element by its scope and its role: two branches may add different
                // roles in one environment.
                |(scope, roles)| roles.iter().map(move |role| format!("{scope} {role}")),
            )))
        }
        MemberKey::Keys => Some(texts(member.keys.iter().map(|key| format!("{key:?}")))),
        MemberKey::Bot => None,
    }
}

fn texts(texts: impl Iterator<Item = String>) -> BTreeSet<String> {
    texts.collect()
}
