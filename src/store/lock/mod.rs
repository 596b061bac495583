//! One writer at a time: the turn, the journal, the swap of a branch, and what a crashed process
//! left behind.

pub(in crate::store) mod advisory;
pub(in crate::store) mod backoff;
pub(in crate::store) mod branch_lock;
pub(in crate::store) mod journal;
pub(in crate::store) mod process;
pub(in crate::store) mod recover;
pub(in crate::store) mod stale_files;
pub(in crate::store) mod stale_lock;
pub(in crate::store) mod swap;
pub(in crate::store) mod turn;
