use std::collections::BTreeMap;

use crate::model::resource::{Resource, VersionNumber};
use crate::model::slug::EnvironmentSlug;

/// A promotion that was requested and waits for approval. An environment has at most one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PendingRelease {
    /// Where the versions come from; `None` if they were published straight into the environment.
    pub from: Option<EnvironmentSlug>,
    /// What would move, one entry a resource.
    pub moves: BTreeMap<Resource, PendingMove>,
}

/// What a pending release would do to one pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingMove {
    /// The version that it would name; `None` if it would be removed.
    pub target: Option<VersionNumber>,
    /// What was live when it was requested; `None` if nothing was.
    pub seen: Option<VersionNumber>,
}
