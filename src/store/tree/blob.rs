use std::sync::Arc;

/// A blob as far as it was read.
#[derive(Clone, Debug)]
pub(in crate::store) struct Blob {
    /// How many bytes it has.
    pub(in crate::store) size: u64,
    /// The bytes, once somebody wanted them.
    pub(in crate::store) bytes: Option<Arc<[u8]>>,
}
