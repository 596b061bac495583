//! The checkouts of a branch: whether they may follow it, and how their files and index follow.

pub(in crate::store) mod behind;
pub(in crate::store) mod checkouts;
pub(in crate::store) mod conversion;
pub(in crate::store) mod dirty;
pub(in crate::store) mod drift;
pub(in crate::store) mod follow;
pub(in crate::store) mod index_entry;
pub(in crate::store) mod index_form;
pub(in crate::store) mod index_lock;
pub(in crate::store) mod touched;
pub(in crate::store) mod work_file;
pub(in crate::store) mod work_tree;
