use git2::{ObjectType, Oid};

use crate::model::{CommitId, ContentId};

/// Returns `id` as git2 represents it.
pub(in crate::store) fn commit_oid(id: CommitId) -> Oid {
    oid(id.as_bytes())
}

/// Returns `id` as git2 represents it.
pub(in crate::store) fn content_oid(id: ContentId) -> Oid {
    oid(id.as_bytes())
}

/// Returns `oid`, the name of a commit, as the model represents it.
pub(in crate::store) fn commit_id(oid: Oid) -> CommitId {
    CommitId::from_bytes(bytes(oid))
}

/// Returns `oid`, the name of a blob or tree, as the model represents it.
pub(in crate::store) fn content_id(oid: Oid) -> ContentId {
    ContentId::from_bytes(bytes(oid))
}

/// Returns the name that git gives to a blob with these bytes.
pub(in crate::store) fn content_id_of(bytes: &[u8]) -> ContentId {
    content_id(
        Oid::hash_object(ObjectType::Blob, bytes)
            .expect("hashing bytes that are in memory cannot fail"),
    )
}

fn oid(bytes: &[u8; 20]) -> Oid {
    Oid::from_bytes(bytes).expect("20 bytes are an object name")
}

fn bytes(oid: Oid) -> [u8; 20] {
    oid.as_bytes()
        .try_into()
        .expect("SHA-1 names have 20 bytes, and no other repository is opened")
}
