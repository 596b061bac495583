//! Text to model and back.

mod snapshot;

pub use snapshot::{Entry, FileChange, Mode, Snapshot};
