use std::fmt::Display;

use crate::model::access::Member;
use crate::model::entry::{Entry, MemberKey, SettingKey};
use crate::model::freeze::Freeze;
use crate::model::project::Project;
use crate::model::slug::EnvironmentSlug;

impl Entry {
    /// Returns the environment that it belongs to, if it belongs to one.
    pub fn environment(&self) -> Option<&EnvironmentSlug> {
        match self {
            Self::Environment(slug)
            | Self::EnvironmentKey(slug, _)
            | Self::Policy(slug, ..)
            | Self::Window(slug, _)
            | Self::Freeze(slug, _)
            | Self::Pointer(slug, _)
            | Self::Pending(slug) => Some(slug),
            _ => None,
        }
    }

    /// Returns its name without the environment: the key as files write it, or a few words.
    pub fn name(&self) -> String {
        match self {
            Self::Project => "the project".to_owned(),
            Self::Setting(key) => key.as_str().to_owned(),
            Self::Environment(_) => "environment".to_owned(),
            Self::EnvironmentKey(_, key) => key.to_string(),
            Self::Policy(_, None, key) => format!("policy.{key}"),
            Self::Policy(_, Some(kind), key) => format!("policy.{kind}.{key}"),
            Self::Window(_, name) => format!("policy.windows.{name}"),
            Self::Freeze(_, id) => format!("freeze {id}"),
            Self::Pointer(_, resource) => resource.to_string(),
            Self::Pending(_) => "pending release".to_owned(),
            Self::Version(id) => id.to_string(),
            Self::Veto(id) => format!("the veto on {id}"),
            Self::Attestation(id, check) => format!("the check {check} of {id}"),
            Self::Access => "access.toml".to_owned(),
            Self::Signatures => "signatures".to_owned(),
            Self::Member(name, key) => format!("members.{name}.{}", key.as_str()),
            Self::Role(name) => format!("roles.{name}"),
            Self::Companion(path) => path.clone(),
            Self::Comment(path, _) => format!("a comment in {path}"),
        }
    }

    /// Returns its value in `project` as text; `None` if it is not set.
    pub fn value(&self, project: &Project) -> Option<String> {
        let exists = |exists: bool| exists.then(|| "exists".to_owned());
        match self {
            Self::Project => exists(project.exists),
            Self::Setting(key) => setting(project, *key),
            Self::Environment(slug) => project
                .environments
                .get(slug)
                .map(|known| known.name.to_string()),
            Self::EnvironmentKey(slug, key) => {
                text(key.of(project.environments.get(slug)?).as_ref())
            }
            Self::Policy(slug, kind, key) => {
                text(project.environments.get(slug)?.policy.says(*kind, *key))
            }
            Self::Window(slug, name) => {
                text(project.environments.get(slug)?.policy.windows.get(name))
            }
            Self::Freeze(slug, id) => project.freeze(slug, id).map(freeze),
            Self::Pointer(slug, resource) => text(project.live(slug, resource).as_ref()),
            Self::Pending(slug) => {
                let release = project.pending.get(slug)?;
                Some(list(release.moves.iter().map(|(resource, moved)| {
                    moved.target.map_or_else(
                        || format!("{resource}@-"),
                        |number| resource.at(number).to_string(),
                    )
                })))
            }
            Self::Version(id) => exists(project.version(id).is_some()),
            Self::Veto(id) => Some(project.vetoes.get(id)?.reason.as_str().to_owned()),
            Self::Attestation(id, check) => {
                Some(project.attestations.get(id)?.get(check)?.summary())
            }
            Self::Access => exists(project.access.is_some()),
            Self::Signatures => text(
                project
                    .access
                    .as_ref()
                    .map(|access| access.signatures)
                    .as_ref(),
            ),
            Self::Member(name, key) => member(project.access.as_ref()?.members.get(name)?, *key),
            Self::Role(name) => {
                let allowed = project.access.as_ref()?.roles.get(name)?;
                Some(list(allowed.iter()))
            }
            Self::Companion(path) => text(project.companions.get(path)),
            Self::Comment(path, text) => match project.comments_like(path, text).count() {
                0 => None,
                _ => Some(text.clone()),
            },
        }
    }
}

/// Returns from when to when a freeze holds.
fn freeze(freeze: &Freeze) -> String {
    let from = text(freeze.from.as_ref()).map(|from| format!("from {from} "));
    let until = text(freeze.until.as_ref()).unwrap_or_else(|| "thawed".to_owned());
    format!("{}until {until}", from.unwrap_or_default())
}

/// Returns the value of a key of `envctl.toml`.
fn setting(project: &Project, key: SettingKey) -> Option<String> {
    let settings = &project.settings;
    match key {
        SettingKey::Name => text(settings.name.as_ref()),
        SettingKey::Branch => text(settings.branch.as_ref()),
        SettingKey::DefaultPublish => text(settings.default_publish.as_ref()),
        SettingKey::GatewayFallback => text(settings.gateway_fallback.as_ref()),
        SettingKey::Order => Some(list(settings.order.iter())).filter(|order| !order.is_empty()),
    }
}

/// Returns the value of a key of a member.
fn member(member: &Member, key: MemberKey) -> Option<String> {
    let said = match key {
        MemberKey::Emails => list(member.emails.iter()),
        MemberKey::Roles => list(member.roles.iter()),
        MemberKey::Environments => {
            let scopes = member.environments.iter();
            list(scopes.map(|(scope, roles)| format!("{} in {scope}", list(roles.iter()))))
        }
        MemberKey::Keys => list(member.keys.iter()),
        MemberKey::Bot => list(member.bot.then_some("true").into_iter()),
    };
    Some(said).filter(|said| !said.is_empty())
}

fn text(value: Option<&impl Display>) -> Option<String> {
    value.map(ToString::to_string)
}

/// Returns `values`, separated by commas.
fn list<T: Display>(values: impl Iterator<Item = T>) -> String {
    values
        .map(|value| value.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}
