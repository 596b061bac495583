//! git's settings: where they come from, what they say, and whom git trusts.

pub(in crate::store) mod lookup;
pub(in crate::store) mod sources;
pub(in crate::store) mod trust;
pub(in crate::store) mod values;
