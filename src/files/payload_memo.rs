use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use crate::files::payload::{ParsedPayload, Payload};
use crate::model::{ContentId, Kind};

/// The most payloads that are remembered. Neighbouring commits have nearly all of them in common, so a walk
/// rarely needs more.
const REMEMBERED: usize = 16 * 1024;

/// Parsed payloads. Equal bytes are parsed once, in however many files and commits they are.
#[derive(Clone, Debug, Default)]
pub struct PayloadMemo(RefCell<HashMap<(Kind, ContentId), Arc<ParsedPayload>>>);

impl PayloadMemo {
    /// Returns what the payload `content` says as a version of `kind`, which `read` reads if it is not known
    /// yet.
    ///
    /// # Errors
    ///
    /// As `read`.
    pub fn parsed<E>(
        &self,
        kind: Kind,
        content: ContentId,
        read: impl FnOnce() -> Result<Payload, E>,
    ) -> Result<Arc<ParsedPayload>, E> {
        if let Some(known) = self.0.borrow().get(&(kind, content)) {
            return Ok(known.clone());
        }
        let parsed = Arc::new(ParsedPayload::of(kind, &read()?));
        let mut memo = self.0.borrow_mut();
        // Forgetting all is simpler than an order of use, and costs one more parse of what is still
        // needed.
        if memo.len() >= REMEMBERED {
            memo.clear();
        }
        memo.insert((kind, content), parsed.clone());
        Ok(parsed)
    }
}
