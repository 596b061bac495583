//! Writes the objects of a commit: trees, the commit, its signature. No branch moves here.

pub(in crate::store) mod commit;
pub(in crate::store) mod retry;
pub(in crate::store) mod signing;
pub(in crate::store) mod tree_edit;
pub(in crate::store) mod writing;
