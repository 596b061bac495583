use git2::{Error, ObjectType, Oid, Signature, Time};

use crate::model::{CommitId, Identity};
use crate::store::durability;
use crate::store::error::StoreError;
use crate::store::folder::ProjectFolder;
use crate::store::git_time::GitTime;
use crate::store::ids::commit_id;
use crate::store::open::Store;
use crate::store::write::insist::insist;
use crate::store::write::signing;
use crate::store::write::tree_edit::Edits;
use crate::store::write::writing::NewCommit;
use crate::store::write::writing::Writing;

/// The most bytes of a message that is written: a `commit-msg` hook may make it longer than what any program shows.
pub(in crate::store) const MOST_OF_A_MESSAGE: usize = 512 * 1024;

impl Store {
    /// Writes the objects of a commit and answers its name. No branch moves: until [`Turn::swap`](crate::store::Turn::swap),
    /// nobody sees it.
    ///
    /// Every new object is asked for again after it was written, because libgit2 can say that it stored one that it did
    /// not. The commit is signed when git's settings ask for that.
    ///
    /// # Errors
    ///
    /// When an object cannot be written or is not there afterwards, when a folder stands where a file goes or the other
    /// way round, and [`StoreError::Signing`].
    pub fn write_commit(
        &self,
        new: &NewCommit<'_>,
        writing: &Writing,
    ) -> Result<CommitId, StoreError> {
        durability::set(writing.durable);
        if new.message.len() > MOST_OF_A_MESSAGE {
            return Err(StoreError::MessageTooLong {
                size: new.message.len(),
                limit: MOST_OF_A_MESSAGE,
            });
        }
        // From the leaves up, as git does: an object that is there has all that it names, at whatever point this ends.
        let mut objects = Vec::new();
        let tree = self.write_tree(new, &mut objects)?;
        // The signature is over the bytes of the commit and then part of them, so they are put together before they are
        // stored, and stored as they are.
        let unsigned = self.commit_bytes(new, tree)?;
        let bytes = signing::signed(self, unsigned, new.committer)?;
        let doing = "write the commit";
        let odb = self.repo.odb().map_err(StoreError::git(doing))?;
        let commit =
            insist(|| odb.write(ObjectType::Commit, &bytes)).map_err(StoreError::git(doing))?;
        objects.push(commit);
        self.require_written(&objects)?;
        self.share_objects(&objects)?;
        Ok(commit_id(commit))
    }

    fn write_tree(&self, new: &NewCommit<'_>, objects: &mut Vec<Oid>) -> Result<Oid, StoreError> {
        let base = match new.parent {
            Some(parent) => self.tree_of(parent, &ProjectFolder::root())?,
            None => None,
        };
        let mut edits = Edits::default();
        for change in new.changes {
            let path = new.folder.join(&change.path);
            let blob = change
                .bytes
                .as_deref()
                .map(|bytes| self.write_blob(bytes, &path))
                .transpose()?;
            objects.extend(blob);
            edits.add(&path, blob);
        }
        edits.write(&self.repo, base.as_ref(), objects)
    }

    fn write_blob(&self, bytes: &[u8], path: &str) -> Result<Oid, StoreError> {
        let written = self
            .repo
            .odb()
            .and_then(|odb| insist(|| odb.write(ObjectType::Blob, bytes)));
        written.map_err(|error| StoreError::git(format!("write the content of {path}"))(error))
    }

    fn commit_bytes(&self, new: &NewCommit<'_>, tree: Oid) -> Result<Vec<u8>, StoreError> {
        let build = || {
            let tree = self.repo.find_tree(tree)?;
            let author = signature(new.author, new.author_time)?;
            let committer = signature(new.committer, new.committer_time)?;
            self.repo
                .commit_create_buffer(&author, &committer, new.message, &tree, &[])
        };
        let mut bytes = build()
            .map_err(StoreError::git("put the commit together"))?
            .to_vec();
        // libgit2 would load the parent for its name alone, and that one may be of any size.
        if let Some(parent) = new.parent {
            let tree = bytes.iter().position(|byte| *byte == b'\n');
            let at = tree.map_or(bytes.len(), |end| end + 1);
            bytes.splice(at..at, format!("parent {parent}\n").into_bytes());
        }
        Ok(bytes)
    }

    fn require_written(&self, objects: &[Oid]) -> Result<(), StoreError> {
        let odb = self
            .repo
            .odb()
            .map_err(StoreError::git("open the object database"))?;
        // What libgit2 remembers of the packs is from before; an object counts only if it is there for the next process.
        odb.refresh()
            .map_err(StoreError::git("look at the object database again"))?;
        for id in objects {
            odb.read_header(*id).map_err(|error| {
                StoreError::git(format!("find the object {id} just written"))(error)
            })?;
        }
        Ok(())
    }
}

fn signature(identity: &Identity, time: GitTime) -> Result<Signature<'static>, Error> {
    Signature::new(
        identity.name(),
        identity.email(),
        &Time::new(time.at.as_second(), time.offset.into()),
    )
}
