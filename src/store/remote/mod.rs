//! Remotes: their addresses, their branches, and pushing to them.

pub(in crate::store) mod addresses;
pub(in crate::store) mod branch;
pub(in crate::store) mod fetch;
pub(in crate::store) mod pick;
pub(in crate::store) mod push;
pub(in crate::store) mod remotes;
pub(in crate::store) mod unconfirmed;
