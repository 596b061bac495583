//! Loads trees and commits only up to a limited size: a few kilobytes of a pack can name an object
//! of gigabytes.

use std::io::Read;
use std::time::Duration;

use git2::{Commit, Error, ErrorCode, ObjectType, Odb, OdbObject, Oid, Tree};

use crate::files::Snapshot;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::program;
use crate::store::tree::header::header;

/// The most bytes of a tree that is read, enough for a folder with 200,000 files.
const MOST_OF_A_TREE: u64 = 8 * 1024 * 1024;
/// How many headers are remembered.
const MOST_REMEMBERED: usize = 4096;
/// The most bytes of a commit that is loaded as a whole, for its signature or for a merge. git has
/// no limit. Where the headers are enough, envctl has none either.
pub(in crate::store) const MOST_OF_A_COMMIT: u64 = 64 * 1024 * 1024;
/// How long git may take to read one large commit.
const PATIENCE: Duration = Duration::from_secs(60);
/// The most tags in a row between a name and its commit.
const MOST_TAGS: usize = 10;

impl Store {
    /// Returns the tree `id`.
    pub(in crate::store) fn tree(&self, id: Oid) -> Result<Tree<'_>, Error> {
        self.spend()?;
        self.require_bearable(id, MOST_OF_A_TREE)?;
        self.repo.find_tree(id)
    }

    /// Returns the commit `id` as libgit2 reads it.
    pub(in crate::store) fn lenient_commit(&self, id: Oid) -> Result<Commit<'_>, Error> {
        self.spend()?;
        self.require_bearable(id, MOST_OF_A_COMMIT)?;
        self.repo.find_commit(id)
    }

    /// Returns the size in bytes and the kind of the object `id`, whose header is read once.
    ///
    /// libgit2 remembers objects, but not headers. That of a loose object costs as much as the object. What an object is never
    /// changes.
    pub(in crate::store) fn object_header(&self, id: Oid) -> Result<(u64, ObjectType), Error> {
        if let Some(known) = self.object_headers.borrow().get(&id) {
            return Ok(*known);
        }
        self.object_header_now(&self.repo.odb()?, id)
    }

    /// Returns what [`Store::object_header`] does, and reads it even if it is known.
    pub(in crate::store) fn object_header_now(
        &self,
        odb: &Odb<'_>,
        id: Oid,
    ) -> Result<(u64, ObjectType), Error> {
        let (size, kind) = header(odb, id)?;
        let mut known = self.object_headers.borrow_mut();
        if known.len() >= MOST_REMEMBERED {
            known.clear();
        }
        known.insert(id, (size as u64, kind));
        Ok((size as u64, kind))
    }

    /// Succeeds unless the object has more bytes than `most`. A missing object is not an error here;
    /// reading it will report that.
    fn require_bearable(&self, id: Oid, most: u64) -> Result<(), Error> {
        match self.object_header(id) {
            Ok((size, _)) if size > most => Err(Error::from_str(&format!(
                "the object {id} has {size} bytes; at most {most} are read"
            ))),
            Err(error) if error.code() != ErrorCode::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Reports whether the branch, tag or commit that `text` begins with is small enough for
    /// libgit2 to load. A missing one counts as small; reading it will report that.
    pub(in crate::store) fn names_bearable(&self, text: &str) -> Result<bool, Error> {
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
            return Ok(true);
        };
        match self.peeled(id) {
            Ok(Some(commit)) => Ok(header(&odb, commit)?.0 as u64 <= MOST_OF_A_COMMIT),
            Err(error) if error.code() != ErrorCode::NotFound => Err(error),
            _ => Ok(true),
        }
    }

    /// Returns the commit `id` as it is stored, and only the beginning of a large one. Returns
    /// `None` for another kind of object.
    pub(in crate::store) fn stored_commit<'o>(
        &self,
        odb: &'o Odb<'_>,
        id: Oid,
    ) -> Result<Option<StoredCommit<'o>>, StoreError> {
        let git = |error| StoreError::git(format!("read the commit {id}"))(error);
        let (size, kind) = self.object_header(id).map_err(git)?;
        if kind != ObjectType::Commit {
            return Ok(None);
        }
        if size <= Snapshot::MAX_READ {
            return Ok(Some(StoredCommit::Whole(odb.read(id).map_err(git)?)));
        }
        let bytes = self.beginning(odb, id)?;
        Ok(Some(StoredCommit::Beginning(bytes)))
    }

    /// Returns the first [`Snapshot::MAX_READ`] bytes of a commit that has more than that.
    fn beginning(&self, odb: &Odb<'_>, id: Oid) -> Result<Vec<u8>, StoreError> {
        if let Ok((reader, ..)) = odb.reader(id) {
            let mut bytes = Vec::new();
            let read = reader.take(Snapshot::MAX_READ).read_to_end(&mut bytes);
            read.map_err(StoreError::io(
                "read",
                &self.common_directory().join("objects"),
            ))?;
            return Ok(bytes);
        }
        // From a pack libgit2 can only read whole objects, and its cache would keep this one. A git process that is cut off after the limit takes its memory with it.
        let most = usize::try_from(Snapshot::MAX_READ).unwrap_or(usize::MAX);
        let mut git = self.git()?;
        git.args(["cat-file", "commit", &id.to_string()]);
        let doing = || format!("read the commit {id}");
        let heard = program::hear(git, PATIENCE, most).map_err(|error| StoreError::Git {
            doing: doing(),
            source: Error::from_str(&error.to_string()).into(),
        })?;
        if heard.succeeded() {
            return Ok(heard.stdout);
        }
        let said = heard.ran().said();
        Err(StoreError::git(doing())(Error::from_str(&said)))
    }

    /// Returns the commit that `id` is, or that the tag `id` names, or `None` for another kind of
    /// object.
    pub(in crate::store) fn peeled(&self, mut id: Oid) -> Result<Option<Oid>, Error> {
        let odb = self.repo.odb()?;
        for _ in 0..=MOST_TAGS {
            match header(&odb, id)?.1 {
                ObjectType::Commit => return Ok(Some(id)),
                ObjectType::Tag => {
                    self.require_bearable(id, Snapshot::MAX_READ)?;
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
    /// Reports whether these are all its bytes.
    pub(in crate::store) fn is_whole(&self) -> bool {
        matches!(self, Self::Whole(_))
    }

    /// Returns the bytes, from the first one on.
    pub(in crate::store) fn data(&self) -> &[u8] {
        match self {
            Self::Whole(object) => object.data(),
            Self::Beginning(bytes) => bytes,
        }
    }
}
