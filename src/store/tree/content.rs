use std::sync::Arc;

use git2::{Error, ObjectType, Oid};

use crate::files::{ParsedPayload, Payload, Payloads, Snapshot};
use crate::model::{ContentId, Kind};
use crate::store::error::StoreError;
use crate::store::ids::{content_id_of, content_oid};
use crate::store::open::Store;
use crate::store::tree::blob::Blob;

/// How many blobs are remembered between two reads. Neighbouring commits share nearly all of them.
const REMEMBERED: usize = 16 * 1024;

impl Store {
    /// Returns the bytes of the blob `id`.
    ///
    /// # Errors
    ///
    /// When it is missing, damaged, not a blob, or larger than [`Snapshot::MAX_READ`]. Its header is read before any byte is
    /// loaded.
    pub fn content(&self, id: ContentId) -> Result<Vec<u8>, StoreError> {
        self.object(content_oid(id), ObjectType::Blob, Snapshot::MAX_READ)
    }

    /// Returns the name that git gives to a file with these bytes.
    pub fn content_id(bytes: &[u8]) -> ContentId {
        content_id_of(bytes)
    }

    /// Returns the bytes of the object `id`, which must be of that `kind` and have `most` bytes at
    /// most.
    pub(in crate::store) fn object(
        &self,
        id: Oid,
        kind: ObjectType,
        most: u64,
    ) -> Result<Vec<u8>, StoreError> {
        let size = self.size(id, kind)?;
        if size > most {
            return Err(StoreError::TooLarge {
                what: format!("the object {id}"),
                size,
                limit: most,
            });
        }
        self.load(id)
    }

    /// Returns the blob `id` with its size, and with its bytes if they are `wanted` and not too
    /// many.
    pub(in crate::store) fn blob(&self, id: Oid, wanted: Wanted) -> Result<Blob, StoreError> {
        let enough = |known: &Blob| {
            wanted == Wanted::Size || known.bytes.is_some() || known.size > Snapshot::MAX_READ
        };
        if let Some(known) = self.blobs.borrow().get(&id).filter(|known| enough(known)) {
            return Ok(known.clone());
        }
        let size = self.size(id, ObjectType::Blob)?;
        let wanted = wanted == Wanted::Bytes && size <= Snapshot::MAX_READ;
        let blob = Blob {
            size,
            bytes: if wanted {
                Some(self.load(id)?.into())
            } else {
                None
            },
        };
        self.remember(id, blob.clone());
        Ok(blob)
    }

    /// Returns the size in bytes of the object `id`, from its header. It must be of the `expected`
    /// kind.
    pub(in crate::store) fn size(&self, id: Oid, expected: ObjectType) -> Result<u64, StoreError> {
        self.require_budget()?;
        let matching = self.object_header(id).and_then(|(size, kind)| {
            let mismatch = || Error::from_str(&format!("it is a {kind}, not a {expected}"));
            if kind == expected {
                Ok(size)
            } else {
                Err(mismatch())
            }
        });
        matching.map_err(|error| StoreError::git(format!("read the object {id}"))(error))
    }

    fn load(&self, id: Oid) -> Result<Vec<u8>, StoreError> {
        let odb = self
            .repo
            .odb()
            .map_err(StoreError::git("open the object database"))?;
        let object = odb
            .read(id)
            .map_err(|error| StoreError::git(format!("read the object {id}"))(error))?;
        Ok(object.data().to_vec())
    }

    fn remember(&self, id: Oid, blob: Blob) {
        let mut blobs = self.blobs.borrow_mut();
        // Emptied as a whole when full: which entry is the oldest would cost memory for each of
        // them, and the next commit fills it again with what is needed now.
        if blobs.len() >= REMEMBERED {
            blobs.clear();
        }
        blobs.insert(id, blob);
    }
}

impl Payloads for Store {
    type Error = StoreError;

    fn payload(&self, content: ContentId) -> Result<Payload, StoreError> {
        let Blob { size, bytes } = self.blob(content_oid(content), Wanted::Bytes)?;
        Ok(bytes.map_or(Payload::TooLarge(size), Payload::Bytes))
    }

    fn parsed(&self, kind: Kind, content: ContentId) -> Result<Arc<ParsedPayload>, StoreError> {
        self.payloads
            .parsed(kind, content, || self.payload(content))
    }
}

/// How much of a blob is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Wanted {
    /// Its size.
    Size,
    /// Its bytes, too.
    Bytes,
}
