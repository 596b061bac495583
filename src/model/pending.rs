use std::collections::BTreeMap;

use crate::model::resource::{Resource, VersionNumber};
use crate::model::slug::EnvironmentSlug;

/// A promotion that was asked for and waits for approval; at most one in each environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PendingRelease {
    /// Where the versions come from; none if they were published straight into the environment.
    pub from: Option<EnvironmentSlug>,
    /// What would move, one entry a resource.
    pub moves: BTreeMap<Resource, PendingMove>,
}

/// What a pending release would do to one pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingMove {
    /// The number that it would name; none: the pointer would be removed.
    pub target: Option<VersionNumber>,
    /// What was live when it was asked for; none: nothing was.
    pub seen: Option<VersionNumber>,
}
