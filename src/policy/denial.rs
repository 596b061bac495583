use crate::model::{Entry, EnvironmentSlug, Identity, Permission};

/// Something in a step that its author may not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// What was done.
    pub entry: Entry,
    /// Who did it, or asked for it; `None` if unknown.
    pub who: Option<Identity>,
    /// What they would have needed.
    pub missing: Missing,
    /// Where it would have had to be granted; `None` for the whole project.
    pub environment: Option<EnvironmentSlug>,
    /// Whether they merged what somebody else did. For that they need the same permissions.
    pub merged: bool,
}

/// What somebody would have needed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// One of these permissions.
    Permission(Vec<Permission>),
    /// To be an owner.
    Owner,
    /// To be an owner in the first `access.toml` of the project.
    OwnerOfNew,
    /// To be a person. A bot neither decides on the requests of others, nor changes who may do what or what
    /// policies demand.
    Person,
    /// To have made the veto without having written the version, or `env:override`.
    Lift,
    /// To have these permissions, which the change grants to somebody, or to be an owner.
    Granted(Vec<Permission>),
    /// The permission to ask, which the requester of an approved release does not have any more.
    RequestersRight(Permission),
}
