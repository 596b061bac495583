use std::sync::Arc;

use crate::files::environment::EnvironmentEdit;
use crate::files::member_edit::MemberEdit;
use crate::files::policy::PolicySetting;
use crate::model::{
    Attestation, CheckName, Environment, EnvironmentSlug, Extension, Freeze, FreezeId, MemberName,
    PendingRelease, Resource, Settings, VersionId, VersionNumber, Veto,
};

/// One change that a plan makes to a project, in the project's own terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Writes `envctl.toml` of a new project.
    CreateProject(Settings),
    /// Gives one of the two roles to an environment.
    Assign(EnvironmentRole, EnvironmentSlug),
    /// Sets the display order.
    Reorder(Vec<EnvironmentSlug>),
    /// Adds an environment.
    CreateEnvironment(EnvironmentSlug, Environment),
    /// Changes how an environment describes itself.
    EditEnvironment(EnvironmentSlug, EnvironmentEdit),
    /// Sets or removes keys of an environment's policy.
    SetPolicy(EnvironmentSlug, Vec<PolicySetting>),
    /// Removes an environment with its pointers and its place in the display order.
    DeleteEnvironment(EnvironmentSlug),
    /// Moves a pointer, or removes it.
    Point {
        /// In which environment.
        environment: EnvironmentSlug,
        /// To which resource.
        resource: Resource,
        /// The version; `None` removes the pointer.
        to: Option<VersionNumber>,
    },
    /// Freezes an environment.
    Freeze(EnvironmentSlug, FreezeId, Freeze),
    /// Removes a freeze.
    Thaw(EnvironmentSlug, FreezeId),
    /// Writes a release that waits for approval there.
    Request(EnvironmentSlug, PendingRelease),
    /// Removes the pending release, which is decided.
    Decide(EnvironmentSlug),
    /// Adds a member to `access.toml`, or changes one.
    EditMember(MemberEdit),
    /// Removes a member from `access.toml`.
    RemoveMember(MemberName),
    /// Gives a file the bytes that it had before, or removes it where it did not exist.
    Restore {
        /// Which file.
        path: String,
        /// Its bytes; `None` removes the file.
        bytes: Option<Arc<[u8]>>,
    },
    /// Sets the veto on a version, or lifts it.
    Veto(VersionId, Option<Veto>),
    /// Says what an evaluation found about a version, or removes what it said.
    Attest(VersionId, CheckName, Option<Attestation>),
    /// Adds a version with these bytes.
    AddVersion(VersionId, Extension, Arc<[u8]>),
    /// Tells git, in the folder's `.gitattributes`, not to convert the files that envctl owns. Lines that are
    /// there already stay.
    KeepBytes,
}

impl Edit {
    /// Returns the environment whose pointer it moves, if it moves one.
    pub(super) fn pointed_at(&self) -> Option<&EnvironmentSlug> {
        match self {
            Self::Point { environment, .. } => Some(environment),
            _ => None,
        }
    }

    /// Returns the pointer that it moves, and where to, if it moves one.
    pub(super) fn target(&self) -> Option<(&Resource, Option<VersionNumber>)> {
        match self {
            Self::Point { resource, to, .. } => Some((resource, *to)),
            _ => None,
        }
    }
}

/// A role that exactly one environment holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnvironmentRole {
    /// Where `publish` moves the pointer.
    DefaultPublish,
    /// The environment that answers requests which name none.
    GatewayFallback,
}

impl EnvironmentRole {
    /// Returns the key in `envctl.toml` that names the holder.
    pub fn key(self) -> &'static str {
        match self {
            Self::DefaultPublish => "default_publish",
            Self::GatewayFallback => "gateway_fallback",
        }
    }

    /// Returns the name of the role.
    pub fn name(self) -> &'static str {
        match self {
            Self::DefaultPublish => "default publish target",
            Self::GatewayFallback => "gateway fallback",
        }
    }

    /// Returns the environment that has it.
    pub fn holder(self, settings: &Settings) -> Option<&EnvironmentSlug> {
        match self {
            Self::DefaultPublish => settings.default_publish.as_ref(),
            Self::GatewayFallback => settings.gateway_fallback.as_ref(),
        }
    }
}

/// Why an edit cannot be made in the present text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The file cannot be parsed, so nothing in it can be changed.
    #[error("{file} cannot be edited because it is not valid TOML; `envctl check` shows where")]
    NotToml {
        /// Which file.
        file: String,
    },
    /// The text has the entry in an inline or dotted table.
    #[error(
        "{file} writes `{key}` as an inline or dotted table; give it a table of its own, [{key}], to let envctl edit it"
    )]
    Layout {
        /// Which file.
        file: String,
        /// Which entry.
        key: String,
    },
}
