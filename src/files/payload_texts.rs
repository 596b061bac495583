use std::collections::BTreeMap;
use std::sync::Arc;

use crate::files::path::OwnedPath;
use crate::files::payload::{MAX_PAYLOAD, ParsedPayload, Payload, Payloads};
use crate::files::payload_memo::PayloadMemo;
use crate::files::snapshot::{Mode, Snapshot, SnapshotEntry};
use crate::model::{ContentId, Kind};

/// The payloads in a snapshot. What is about to be written, or is in a work tree, is not in the repository
/// yet.
#[derive(Clone, Debug, Default)]
pub struct PayloadTexts {
    texts: BTreeMap<ContentId, Payload>,
    memo: PayloadMemo,
}

/// The error for a payload that is not among the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bytes {0} are not in memory")]
pub struct NotAtHand(pub ContentId);

impl PayloadTexts {
    /// Returns the payloads of the versions whose bytes `snapshot` contains, or knows to be too large.
    pub fn of(snapshot: &Snapshot) -> Self {
        Self::among(snapshot.entries.iter())
    }

    /// Returns what [`PayloadTexts::of`] does, for the files at `paths` only.
    pub fn at<'p>(paths: impl IntoIterator<Item = &'p str>, snapshot: &Snapshot) -> Self {
        Self::among(
            paths
                .into_iter()
                .filter_map(|path| snapshot.entries.get_key_value(path)),
        )
    }

    /// Returns the payloads of those entries that are versions.
    fn among<'e>(entries: impl Iterator<Item = (&'e String, &'e SnapshotEntry)>) -> Self {
        let payload = |(path, entry): (&String, &SnapshotEntry)| {
            if entry.mode != Mode::File || !OwnedPath::is_of_version(path) {
                return None;
            }
            let payload = match &entry.bytes {
                // By its size, whether or not its bytes are here: who reads a folder does not load
                // what is too large to be a version.
                _ if entry.size > MAX_PAYLOAD => Payload::TooLarge(entry.size),
                Some(bytes) => Payload::Bytes(bytes.clone()),
                None => return None,
            };
            Some((entry.content, payload))
        };
        Self {
            texts: entries.filter_map(payload).collect(),
            memo: PayloadMemo::default(),
        }
    }

    /// Returns these payloads, and those of `below` where they are not among them.
    pub fn over<P: Payloads>(self, below: &P) -> Layered<'_, P> {
        Layered { above: self, below }
    }
}

impl Payloads for PayloadTexts {
    type Error = NotAtHand;

    fn payload(&self, content: ContentId) -> Result<Payload, NotAtHand> {
        self.texts.get(&content).cloned().ok_or(NotAtHand(content))
    }

    fn parsed(&self, kind: Kind, content: ContentId) -> Result<Arc<ParsedPayload>, NotAtHand> {
        self.memo.parsed(kind, content, || self.payload(content))
    }
}

/// Texts that are not in the repository yet, on top of everything that is.
#[derive(Clone, Debug)]
pub struct Layered<'p, P> {
    above: PayloadTexts,
    below: &'p P,
}

impl<P: Payloads> Payloads for Layered<'_, P> {
    type Error = P::Error;

    fn payload(&self, content: ContentId) -> Result<Payload, P::Error> {
        match self.above.payload(content) {
            Ok(payload) => Ok(payload),
            Err(NotAtHand(content)) => self.below.payload(content),
        }
    }

    fn parsed(&self, kind: Kind, content: ContentId) -> Result<Arc<ParsedPayload>, P::Error> {
        match self.above.parsed(kind, content) {
            Ok(parsed) => Ok(parsed),
            Err(NotAtHand(content)) => self.below.parsed(kind, content),
        }
    }
}
