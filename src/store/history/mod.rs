//! Reads commits: single ones, strictly for the judge, the first-parent line, and how commits
//! descend from each other.

pub(in crate::store) mod ancestry;
pub(in crate::store) mod commit_graph;
pub(in crate::store) mod draft;
pub(in crate::store) mod endpoint;
pub(in crate::store) mod headers;
pub(in crate::store) mod line;
pub(in crate::store) mod merged;
pub(in crate::store) mod path_history;
pub(in crate::store) mod record;
pub(in crate::store) mod seen;
pub(in crate::store) mod signature;
pub(in crate::store) mod strict_commit;
pub(in crate::store) mod time;
