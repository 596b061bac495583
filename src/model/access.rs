use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::model::permission::Permission;
use crate::model::signing_key::{PublicKey, SigningKey};
use crate::model::slug::{self, EnvironmentSlug, SlugError};
use crate::model::text::is_control;
use crate::model::word::words;

/// `access.toml`: who may do what. In a project without one, everybody is an owner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Whether an identity counts only with a good signature.
    pub signatures: Signatures,
    /// The members by name: those that could be read.
    pub members: BTreeMap<MemberName, Member>,
    /// What the project's own roles allow.
    pub roles: BTreeMap<RoleName, BTreeSet<Permission>>,
}

words! {
    /// Whether an identity counts only with a good signature.
    #[derive(Default)]
    Signatures {
        /// The author that a commit names is trusted.
        #[default]
        Optional = "optional",
        /// An author counts only if one of that member's keys has signed the commit.
        Required = "required",
    }
}

/// A member of the project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// The addresses that git knows the member by.
    pub emails: BTreeSet<Email>,
    /// The roles in the whole project.
    pub roles: BTreeSet<Role>,
    /// The roles in single environments.
    pub environments: BTreeMap<GrantScope, BTreeSet<Role>>,
    /// The keys that the member signs with.
    pub keys: Vec<SigningKey>,
    /// Whether it is a program. A bot may request releases, but never decides on them or changes access or
    /// policies.
    pub bot: bool,
}

/// Where a grant applies that is not for the whole project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantScope {
    /// In every environment that serves production.
    Production,
    /// In this one.
    Environment(EnvironmentSlug),
}

impl GrantScope {
    /// The word that means every environment that serves production, whatever their slugs.
    pub const PRODUCTION: &str = slug::PRODUCTION;
}

impl FromStr for GrantScope {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, SlugError> {
        if text == Self::PRODUCTION {
            Ok(Self::Production)
        } else {
            text.parse().map(Self::Environment)
        }
    }
}

impl fmt::Display for GrantScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Production => f.pad(Self::PRODUCTION),
            Self::Environment(slug) => slug.fmt(f),
        }
    }
}

/// A set of permissions with a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// May look, as everyone can who can read the repository.
    Viewer,
    /// Says what evaluations found, and nothing else.
    Evaluator,
    /// Publishes, moves and reviews versions.
    Developer,
    /// May do everything but change owners and the project itself.
    Admin,
    /// May do everything.
    Owner,
    /// What the project says.
    Custom(RoleName),
}

impl Role {
    /// The roles that every project has.
    pub const BUILT_IN: [Self; 5] = [
        Self::Viewer,
        Self::Evaluator,
        Self::Developer,
        Self::Admin,
        Self::Owner,
    ];

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Viewer => "viewer",
            Self::Evaluator => "evaluator",
            Self::Developer => "developer",
            Self::Admin => "admin",
            Self::Owner => "owner",
            Self::Custom(name) => name.as_str(),
        }
    }

    /// Reports whether it allows what `permission` is about; `None` for a role that the project defines.
    pub fn allows(&self, permission: Permission) -> Option<bool> {
        match self {
            Self::Viewer => Some(false),
            Self::Evaluator => Some(permission == Permission::CheckAttest),
            Self::Developer => Some(permission.is_of_resources()),
            Self::Admin => Some(!matches!(
                permission,
                Permission::ManageProject | Permission::Override
            )),
            Self::Owner => Some(true),
            Self::Custom(_) => None,
        }
    }
}

impl FromStr for Role {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, SlugError> {
        match Self::BUILT_IN
            .into_iter()
            .find(|role| role.as_str() == text)
        {
            Some(role) => Ok(role),
            None => text.parse().map(Self::Custom),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for GrantScope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Role {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Declares a name that follows the rules of slugs, up to 63 characters.
macro_rules! names {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
            #[serde(transparent)]
            pub struct $name(String);

            impl $name {
                /// Returns the name as text.
                pub fn as_str(&self) -> &str {
                    &self.0
                }
            }

            impl FromStr for $name {
                type Err = SlugError;

                fn from_str(text: &str) -> Result<Self, SlugError> {
                    slug::judge(text, EnvironmentSlug::MAX)?;
                    Ok(Self(text.to_owned()))
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.pad(&self.0)
                }
            }
        )*
    };
}

names! {
    /// The name of a member in `access.toml`. It follows the rules of slugs, so that it can be a TOML key
    /// without quotes.
    MemberName;
    /// The name of a role that the project defines. It follows the rules of slugs.
    RoleName;
}

/// An e-mail address in lower case, by which people are distinguished.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// The most bytes that an address may have (RFC 5321, 4.5.3.1.3).
    pub const MAX: usize = 254;

    /// Returns the address in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text is not an e-mail address that a commit can contain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an e-mail address has 1 to {} bytes, and no space, <, > or control character",
    Email::MAX
)]
pub struct EmailError;

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let stray = |c: char| c.is_whitespace() || matches!(c, '<' | '>') || is_control(c);
        let fine = !text.is_empty() && text.len() <= Self::MAX && !text.contains(stray);
        fine.then(|| Self(text.to_ascii_lowercase()))
            .ok_or(EmailError)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Member {
    /// Reports whether the member is an owner of the whole project.
    pub fn is_owner(&self) -> bool {
        self.roles.contains(&Role::Owner)
    }

    /// Reports whether the member is an owner anywhere.
    pub fn owns_something(&self) -> bool {
        self.is_owner()
            || self
                .environments
                .values()
                .any(|roles| roles.contains(&Role::Owner))
    }
}

impl Access {
    /// Returns the member that git knows by `email`. Case is folded in ASCII only: elsewhere folding makes one address of
    /// two, such as `mar\u{212a}@x`, with the sign for kelvin, and `mark@x`.
    pub fn member(&self, email: &str) -> Option<(&MemberName, &Member)> {
        let is = |known: &Email| known.as_str().eq_ignore_ascii_case(email);
        self.members
            .iter()
            .find(|(_, member)| member.emails.iter().any(is))
    }

    /// Reports whether `key` is listed with a moment at which it begins or ends.
    pub fn is_bounded(&self, key: &PublicKey) -> bool {
        let keys = self.members.values().flat_map(|member| &member.keys);
        keys.filter(|known| known.key == *key)
            .any(|known| known.valid_after.is_some() || known.valid_before.is_some())
    }

    /// Reports whether `role` allows what `permission` is about.
    pub fn role_allows(&self, role: &Role, permission: Permission) -> bool {
        role.allows(permission).unwrap_or_else(|| match role {
            Role::Custom(name) => self
                .roles
                .get(name)
                .is_some_and(|allowed| allowed.contains(&permission)),
            _ => false,
        })
    }

    /// Reports whether the whole project has an owner.
    pub fn has_owner(&self) -> bool {
        self.members.values().any(Member::is_owner)
    }
}

#[cfg(test)]
mod tests;
