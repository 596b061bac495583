//! Reads a project: its files in a commit or in the index, and what one commit changed in it.

pub(in crate::store) mod advance;
pub(in crate::store) mod blob;
pub(in crate::store) mod children;
pub(in crate::store) mod content;
pub(in crate::store) mod differences;
pub(in crate::store) mod file_count;
pub(in crate::store) mod find;
pub(in crate::store) mod header;
pub(in crate::store) mod large_folders;
pub(in crate::store) mod moved;
pub(in crate::store) mod objects;
pub(in crate::store) mod owned;
pub(in crate::store) mod projects;
pub(in crate::store) mod snapshot;
pub(in crate::store) mod staged;
