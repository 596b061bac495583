use std::collections::BTreeMap;

use crate::model::reason::Reason;
use crate::model::resource::VersionId;

/// Why no pointer may move to a version: one table of `vetoes.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Veto {
    /// Why.
    pub reason: Reason,
}

/// The versions that no pointer may move to.
pub type Vetoes = BTreeMap<VersionId, Veto>;
