use git2::{ObjectType, Oid};

use crate::model::{CommitId, Identity};
use crate::store::durability;
use crate::store::error::StoreError;
use crate::store::folder::ProjectFolder;
use crate::store::git_time::GitTime;
use crate::store::ids::commit_id;
use crate::store::open::Store;
use crate::store::write::retry::retried;
use crate::store::write::signing;
use crate::store::write::tree_edit::Edits;
use crate::store::write::writing::NewCommit;
use crate::store::write::writing::Writing;

/// The most bytes of a message that is written. A `commit-msg` hook may make it longer than what
/// any program shows.
pub(in crate::store) const MOST_OF_A_MESSAGE: usize = 512 * 1024;

impl Store {
    /// Writes the objects of a commit and returns its name. No branch moves: until
    /// [`Turn::swap`](crate::store::Turn::swap), nobody sees it.
    ///
    /// Every new object is looked up again after it was written, because libgit2 can report that it
    /// stored one that it did not. The commit is signed if git's settings ask for that.
    ///
    /// # Errors
    ///
    /// When an object cannot be written or is not there afterwards, when a folder is where a file must be or the other
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
        // From the leaves up, as git does: wherever this process dies, every object that exists has all the objects that it names.
        let mut objects = Vec::new();
        let tree = self.write_tree(new, &mut objects)?;
        // The signature covers the bytes of the commit and then becomes part of them, so they are built before they are
        // stored, and stored as they are.
        let unsigned = Self::commit_bytes(new, tree);
        let bytes = signing::signed(self, unsigned, new.committer)?;
        let doing = "write the commit";
        let odb = self.repo.odb().map_err(StoreError::git(doing))?;
        let commit =
            retried(|| odb.write(ObjectType::Commit, &bytes)).map_err(StoreError::git(doing))?;
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
            .and_then(|odb| retried(|| odb.write(ObjectType::Blob, bytes)));
        written.map_err(|error| StoreError::git(format!("write the content of {path}"))(error))
    }

    /// Returns the commit as git writes it. libgit2 would load the parent, of any size, only for
    /// its name, and strips other characters from names than git does.
    fn commit_bytes(new: &NewCommit<'_>, tree: Oid) -> Vec<u8> {
        let parent = new.parent.map(|parent| format!("parent {parent}\n"));
        let (author, committer) = (
            stamped(new.author, new.author_time),
            stamped(new.committer, new.committer_time),
        );
        format!(
            "tree {tree}\n{}author {author}\ncommitter {committer}\n\n{}",
            parent.unwrap_or_default(),
            new.message
        )
        .into_bytes()
    }

    fn require_written(&self, objects: &[Oid]) -> Result<(), StoreError> {
        let odb = self
            .repo
            .odb()
            .map_err(StoreError::git("open the object database"))?;
        // libgit2 remembers which packs existed before, and `git gc` may have deleted one meanwhile. An object counts only if the next process will find it.
        odb.refresh()
            .map_err(StoreError::git("look at the object database again"))?;
        for id in objects {
            self.object_header_now(&odb, *id).map_err(|error| {
                StoreError::git(format!("find the object {id} just written"))(error)
            })?;
        }
        Ok(())
    }
}

/// Returns identity and time as a header of a commit has them.
fn stamped(identity: &Identity, time: GitTime) -> String {
    let sign = if time.offset < 0 { '-' } else { '+' };
    let minutes = time.offset.unsigned_abs();
    let (hours, minutes) = (minutes / 60, minutes % 60);
    let seconds = time.at.as_second();
    format!("{identity} {seconds} {sign}{hours:02}{minutes:02}")
}
