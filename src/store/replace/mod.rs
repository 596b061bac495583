//! Files and folders that are put in place in one step: whoever looks sees what was there before or all that is new, never a
//! part of it.

pub(in crate::store) mod exchange;
pub(in crate::store) mod file;
pub(in crate::store) mod folder;
