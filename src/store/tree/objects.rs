//! Trees and commits, loaded only where they are of bearable size: a few kilobytes of a pack can name an object of gigabytes.

use std::io::Read;

use git2::{Commit, Error, ErrorCode, ObjectType, Odb, OdbObject, Oid, Tree};

use crate::files::Snapshot;
use crate::store::open::Store;

/// The most bytes of a tree that is read: a folder with 200,000 files.
const MOST_OF_A_TREE: u64 = 8 * 1024 * 1024;
/// The most bytes of a commit that is loaded. git has no limit, and what one commit of somebody else's says must not keep
/// everybody from working.
pub(in crate::store) const MOST_OF_A_COMMIT: u64 = 64 * 1024 * 1024;
/// How many tags may stand between a name and its commit.
const MOST_TAGS: usize = 10;

impl Store {
    /// The tree `id`.
    pub(in crate::store) fn tree(&self, id: Oid) -> Result<Tree<'_>, Error> {
        self.spend()?;
        require_bearable(&self.repo.odb()?, id, MOST_OF_A_TREE)?;
        self.repo.find_tree(id)
    }

    /// The commit `id` as libgit2 reads it.
    pub(in crate::store) fn lenient_commit(&self, id: Oid) -> Result<Commit<'_>, Error> {
        self.spend()?;
        require_bearable(&self.repo.odb()?, id, MOST_OF_A_COMMIT)?;
        self.repo.find_commit(id)
    }

    /// Succeeds unless the branch, tag or commit that `text` begins with is too large to be read. One that is not there is for
    /// who reads it to report.
    pub(in crate::store) fn require_bearable_name(&self, text: &str) -> Result<(), Error> {
        let name = &text[..text.find(['~', '^', '@', ':']).unwrap_or(text.len())];
        let odb = self.repo.odb()?;
        let named = self
            .repo
            .resolve_reference_from_short_name(name)
            .and_then(|reference| reference.resolve());
        let named = named.ok().and_then(|reference| reference.target());
        let by_digits = || {
            odb.exists_prefix(Oid::from_str(name).ok()?, name.len())
                .ok()
        };
        let Some(id) = named.or_else(by_digits) else {
            return Ok(());
        };
        match self.peeled(id) {
            Ok(Some(commit)) => require_bearable(&odb, commit, MOST_OF_A_COMMIT),
            Err(error) if error.code() != ErrorCode::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The commit that `id` is, or that the tag `id` names; none: another kind of object.
    pub(in crate::store) fn peeled(&self, mut id: Oid) -> Result<Option<Oid>, Error> {
        let odb = self.repo.odb()?;
        for _ in 0..=MOST_TAGS {
            match odb.read_header(id)?.1 {
                ObjectType::Commit => return Ok(Some(id)),
                ObjectType::Tag => {
                    require_bearable(&odb, id, Snapshot::MAX_READ)?;
                    id = self.repo.find_tag(id)?.target_id();
                }
                _ => return Ok(None),
            }
        }
        Err(Error::from_str(&format!(
            "more than {MOST_TAGS} tags lead to it"
        )))
    }
}

/// A commit as it is stored.
pub(in crate::store) enum StoredCommit<'o> {
    Whole(OdbObject<'o>),
    /// Its headers, and what follows them up to a limit.
    Beginning(Vec<u8>),
}

impl StoredCommit<'_> {
    pub(in crate::store) fn data(&self) -> &[u8] {
        match self {
            Self::Whole(object) => object.data(),
            Self::Beginning(bytes) => bytes,
        }
    }
}

/// The commit `id` as it is stored, of a large one only the beginning; none: it is another kind of object.
pub(in crate::store) fn stored_commit<'o>(
    odb: &'o Odb<'_>,
    id: Oid,
) -> Result<Option<StoredCommit<'o>>, Error> {
    let (size, kind) = odb.read_header(id)?;
    if kind != ObjectType::Commit {
        return Ok(None);
    }
    if size as u64 <= Snapshot::MAX_READ {
        return Ok(Some(StoredCommit::Whole(odb.read(id)?)));
    }
    let beginning = beginning(odb, id, Snapshot::MAX_READ)?;
    Ok(Some(StoredCommit::Beginning(beginning)))
}

/// The first bytes of the object `id`, `most` at most.
fn beginning(odb: &Odb<'_>, id: Oid, most: u64) -> Result<Vec<u8>, Error> {
    // Of a pack libgit2 reads objects only as a whole.
    let Ok((reader, ..)) = odb.reader(id) else {
        require_bearable(odb, id, MOST_OF_A_COMMIT)?;
        let object = odb.read(id)?;
        let bytes = object.data();
        let end = usize::try_from(most).map_or(bytes.len(), |most| bytes.len().min(most));
        return Ok(bytes[..end].to_vec());
    };
    let mut bytes = Vec::new();
    match reader.take(most).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Error::from_str(&error.to_string())),
    }
}

/// Succeeds unless the object has more bytes than `most`. A missing one is for who reads it to report.
fn require_bearable(odb: &Odb<'_>, id: Oid, most: u64) -> Result<(), Error> {
    match odb.read_header(id) {
        Ok((size, _)) if size as u64 > most => Err(Error::from_str(&format!(
            "the object {id} has {size} bytes; at most {most} are read"
        ))),
        Err(error) if error.code() != ErrorCode::NotFound => Err(error),
        _ => Ok(()),
    }
}
