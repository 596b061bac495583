//! Files and folders that are replaced in one step: a reader sees what was there before or
//! everything that is new, never a part of it.

pub(in crate::store) mod exchange;
pub(in crate::store) mod file;
pub(in crate::store) mod folder;
