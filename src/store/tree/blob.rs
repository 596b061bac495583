use std::sync::Arc;

/// A blob, as far as it was read.
#[derive(Clone, Debug)]
pub(in crate::store) struct Blob {
    /// Its size in bytes.
    pub(in crate::store) size: u64,
    /// The bytes, if they were needed.
    pub(in crate::store) bytes: Option<Arc<[u8]>>,
}
