use std::collections::BTreeMap;

use crate::model::resource::{Resource, VersionNumber};

/// What is live in one environment: for each resource at most one number.
pub type Pointers = BTreeMap<Resource, VersionNumber>;
