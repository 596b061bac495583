use crate::model::access::{MemberName, RoleName};
use crate::model::check_name::CheckName;
use crate::model::environment_key::EnvironmentKey;
use crate::model::freeze::FreezeId;
use crate::model::policy_key::PolicyKey;
use crate::model::resource::{Kind, Resource, VersionId};
use crate::model::slug::EnvironmentSlug;
use crate::model::window::WindowName;

/// One thing that a state says. Changes consist of entries, and a merge takes each from one side or the
/// other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entry {
    /// Whether the project exists, and where.
    Project,
    /// A key of `envctl.toml`.
    Setting(SettingKey),
    /// Whether an environment with that slug exists.
    Environment(EnvironmentSlug),
    /// How an environment describes itself.
    EnvironmentKey(EnvironmentSlug, EnvironmentKey),
    /// A key of an environment's policy: of `[policy]`, or of the table of a kind.
    Policy(EnvironmentSlug, Option<Kind>, PolicyKey),
    /// A window of an environment's policy.
    Window(EnvironmentSlug, WindowName),
    /// A freeze of an environment.
    Freeze(EnvironmentSlug, FreezeId),
    /// What is live of a resource in an environment.
    Pointer(EnvironmentSlug, Resource),
    /// The pending release of an environment.
    Pending(EnvironmentSlug),
    /// The bytes of a version.
    Version(VersionId),
    /// The veto on a version.
    Veto(VersionId),
    /// What an evaluation found about a version.
    Attestation(VersionId, CheckName),
    /// Whether an `access.toml` exists.
    Access,
    /// Whether signatures are required.
    Signatures,
    /// A key of a member.
    Member(MemberName, MemberKey),
    /// What a role of the project's own allows.
    Role(RoleName),
    /// The file at that path that people keep beside envctl's own, such as `README.md` or `.gitattributes`.
    Companion(String),
    /// How often the file at that path contains that comment.
    Comment(String, String),
}

/// A key of `envctl.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SettingKey {
    /// `name`.
    Name,
    /// `branch`.
    Branch,
    /// `default_publish`.
    DefaultPublish,
    /// `gateway_fallback`.
    GatewayFallback,
    /// `order`.
    Order,
}

/// A key of `[members.<name>]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MemberKey {
    /// `emails`.
    Emails,
    /// `roles`.
    Roles,
    /// `environments`.
    Environments,
    /// `keys`.
    Keys,
    /// `bot`.
    Bot,
}

impl SettingKey {
    /// Every key.
    pub const ALL: [Self; 5] = [
        Self::Name,
        Self::Branch,
        Self::DefaultPublish,
        Self::GatewayFallback,
        Self::Order,
    ];

    /// Returns the key as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Branch => "branch",
            Self::DefaultPublish => "default_publish",
            Self::GatewayFallback => "gateway_fallback",
            Self::Order => "order",
        }
    }
}

impl MemberKey {
    /// Every key.
    pub const ALL: [Self; 5] = [
        Self::Emails,
        Self::Roles,
        Self::Environments,
        Self::Keys,
        Self::Bot,
    ];

    /// Returns the key as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Emails => "emails",
            Self::Roles => "roles",
            Self::Environments => "environments",
            Self::Keys => "keys",
            Self::Bot => "bot",
        }
    }
}
