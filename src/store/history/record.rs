use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;
use std::mem;
use std::path::{Path, PathBuf};

use git2::{ObjectType, Signature};
use jiff::Timestamp;

use crate::files::{Snapshot, without_credentials};
use crate::model::CommitId;
use crate::store::error::StoreError;
use crate::store::git_time::GitTime;
use crate::store::history::time::time;
use crate::store::ids::{commit_id, commit_oid};
use crate::store::open::Store;
use crate::store::tree::objects::{MOST_OF_A_COMMIT, StoredCommit};

/// The most bytes of a message that are shown, as many as envctl writes.
const MOST_SHOWN: usize = 512 * 1024;

/// What a commit says about itself. Text that is not UTF-8 is shown with replacement characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitRecord {
    /// Its name.
    pub id: CommitId,
    /// Its parents. The first one is the commit that the branch was at before.
    pub parents: Vec<CommitId>,
    /// Who wrote the change.
    pub author: Actor,
    /// Who recorded it.
    pub committer: Actor,
    /// The message as it may be shown: without what looks like a credential, and of a long one the beginning.
    pub message: String,
}

/// A person who did something, and when they say that was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// The time, clamped to what a timestamp can express.
    pub at: Timestamp,
    /// How many minutes their clock was ahead of UTC.
    pub offset: i16,
}

impl Default for Actor {
    fn default() -> Self {
        person(b"")
    }
}

impl Actor {
    /// Returns the time with its zone.
    pub fn time(&self) -> GitTime {
        GitTime {
            at: self.at,
            offset: self.offset,
        }
    }
}

impl Store {
    /// Returns what the commit `id` says about itself.
    ///
    /// # Errors
    ///
    /// When it is missing, damaged or not a commit.
    pub fn commit(&self, id: CommitId) -> Result<CommitRecord, StoreError> {
        if self.size(commit_oid(id), ObjectType::Commit)? > Snapshot::MAX_READ {
            return self.large_commit(id);
        }
        let commit = self
            .lenient_commit(commit_oid(id))
            .map_err(|error| StoreError::git(format!("read the commit {}", id.short()))(error))?;
        Ok(CommitRecord {
            id,
            parents: commit.parent_ids().map(commit_id).collect(),
            author: actor(&commit.author()),
            committer: actor(&commit.committer()),
            message: message(commit.message_bytes()),
        })
    }

    /// Returns what can be read from the beginning of a commit that is too large to be loaded
    /// whole.
    fn large_commit(&self, id: CommitId) -> Result<CommitRecord, StoreError> {
        let odb = self.odb()?;
        let headers = self.headers(&odb, id)?;
        let stored = self.stored_commit(&odb, commit_oid(id))?;
        let bytes = stored.as_ref().map_or(&[] as &[u8], StoredCommit::data);
        let end = bytes.windows(2).position(|pair| pair == b"\n\n");
        let (lines, text) = match end {
            Some(end) => (&bytes[..end], &bytes[end + 2..]),
            // The headers alone are longer than what was read.
            None => (bytes, &[] as &[u8]),
        };
        let person = |name: &[u8]| {
            let mut lines = lines.split(|byte| *byte == b'\n');
            lines.find_map(|line| line.strip_prefix(name)).map(person)
        };
        Ok(CommitRecord {
            id,
            parents: headers.parents,
            author: person(b"author ").unwrap_or_default(),
            committer: person(b"committer ").unwrap_or_default(),
            message: message(text),
        })
    }

    /// Returns the bytes of the commit `id` as they are stored: headers, an empty line, the message. Of a commit larger
    /// than 64 MiB, which is never loaded, returns only the beginning.
    ///
    /// For callers that must not rely on how a library reads odd headers.
    ///
    /// # Errors
    ///
    /// When it is missing, damaged or not a commit.
    pub fn raw_commit(&self, id: CommitId) -> Result<Vec<u8>, StoreError> {
        let oid = commit_oid(id);
        if self.size(oid, ObjectType::Commit)? <= MOST_OF_A_COMMIT {
            return self.object(oid, ObjectType::Commit, MOST_OF_A_COMMIT);
        }
        let odb = self.odb()?;
        let stored = self.stored_commit(&odb, oid)?;
        Ok(stored
            .map(|stored| stored.data().to_vec())
            .unwrap_or_default())
    }

    /// Returns the message of the commit `id` as it was written.
    ///
    /// # Errors
    ///
    /// When it is missing, damaged or not a commit.
    pub fn message(&self, id: CommitId) -> Result<String, StoreError> {
        let commit = self
            .lenient_commit(commit_oid(id))
            .map_err(|error| StoreError::git(format!("read the commit {}", id.short()))(error))?;
        Ok(String::from_utf8_lossy(commit.message_bytes()).into_owned())
    }

    /// Returns the commit `from`, its first parent, the first parent of that, and so on to the
    /// beginning.
    ///
    /// Where a shallow clone ends, the last item is [`StoreError::Shallow`].
    pub fn first_parents(&self, from: CommitId) -> FirstParents<'_> {
        FirstParents {
            store: self,
            next: Next::Commit(from),
            boundary: None,
        }
    }

    /// Succeeds if the repository shows history as it was written.
    ///
    /// # Errors
    ///
    /// [`StoreError::AlteredHistory`] when grafts or replacement objects change what commits seem to say. A shallow
    /// clone does not count: see [`Store::is_shallow`].
    pub fn require_unaltered_history(&self) -> Result<(), StoreError> {
        match self.alterations()?.into_iter().next() {
            Some(Alteration::Grafts(path) | Alteration::Replacements(path)) => {
                Err(StoreError::AlteredHistory { path })
            }
            None => Ok(()),
        }
    }

    /// Returns what changes how history reads here. Empty means that it reads as it was written.
    ///
    /// # Errors
    ///
    /// When the references cannot be listed.
    pub fn alterations(&self) -> Result<Vec<Alteration>, StoreError> {
        let mut found = Vec::new();
        let grafts = self.common_directory().join("info/grafts");
        match fs::metadata(&grafts) {
            Ok(file) if file.len() == 0 => {}
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            // A file that cannot be looked at may be a graft, and counts as one.
            Ok(_) | Err(_) => found.push(Alteration::Grafts(grafts)),
        }
        let replaced = self
            .repo
            .references_glob("refs/replace/*")
            .and_then(|mut found| found.next().transpose());
        if replaced
            .map_err(StoreError::git("look for replaced objects"))?
            .is_some()
        {
            found.push(Alteration::Replacements(
                self.common_directory().join("refs/replace"),
            ));
        }
        Ok(found)
    }

    /// Returns the commits whose parents a shallow clone leaves out.
    pub(in crate::store) fn shallow_boundary(&self) -> Result<HashSet<CommitId>, StoreError> {
        let path = self.common_directory().join("shallow");
        match fs::read_to_string(&path) {
            Ok(text) => Ok(listed_commits(&text, &path)?.into_iter().collect()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(HashSet::new()),
            Err(error) => Err(StoreError::io("read", &path)(error)),
        }
    }
}

/// Reads the commits that the file at `path`, one of git's own, lists in `text`, one per line.
///
/// # Errors
///
/// When a line is anything else. What is not understood must not count as absent.
pub(in crate::store) fn listed_commits(
    text: &str,
    path: &Path,
) -> Result<Vec<CommitId>, StoreError> {
    let line = |line: &str| {
        line.trim().parse().map_err(|error| {
            let source = std::io::Error::new(ErrorKind::InvalidData, error);
            StoreError::io("read", path)(source)
        })
    };
    text.lines().map(line).collect()
}

/// What makes commits seem to say something other than they do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alteration {
    /// A file that gives commits other parents.
    Grafts(PathBuf),
    /// A folder of references to objects that take the place of others.
    Replacements(PathBuf),
}

/// The first-parent line of a commit, newest first.
pub struct FirstParents<'s> {
    store: &'s Store,
    next: Next,
    boundary: Option<HashSet<CommitId>>,
}

/// What the walk returns next.
enum Next {
    Commit(CommitId),
    Boundary(CommitId),
    Nothing,
}

impl FirstParents<'_> {
    fn step(&mut self, id: CommitId) -> Result<CommitRecord, StoreError> {
        let record = self.store.commit(id)?;
        // The boundary is asked first, since libgit2 shows a commit there without parents. The walk
        // would end as if history began with it.
        self.next = match record.parents.first() {
            _ if self.is_boundary(id)? => Next::Boundary(id),
            Some(parent) => Next::Commit(*parent),
            None => Next::Nothing,
        };
        Ok(record)
    }

    fn is_boundary(&mut self, id: CommitId) -> Result<bool, StoreError> {
        let boundary = match self.boundary.take() {
            Some(boundary) => boundary,
            None => self.store.shallow_boundary()?,
        };
        Ok(self.boundary.insert(boundary).contains(&id))
    }
}

impl Iterator for FirstParents<'_> {
    type Item = Result<CommitRecord, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        match mem::replace(&mut self.next, Next::Nothing) {
            Next::Commit(id) => Some(self.step(id)),
            Next::Boundary(commit) => Some(Err(StoreError::Shallow { commit })),
            Next::Nothing => None,
        }
    }
}

fn actor(signature: &Signature<'_>) -> Actor {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Actor {
        name: text(signature.name_bytes()),
        email: text(signature.email_bytes()),
        at: time(signature.when().seconds()),
        offset: i16::try_from(signature.when().offset_minutes()).unwrap_or_default(),
    }
}

/// Returns whom `line` of a commit's headers names, and when, as libgit2 reads it: the last `<` and
/// the last `>` enclose the address. A date that cannot be read counts as 1970.
fn person(line: &[u8]) -> Actor {
    let crud = |c: char| c.is_whitespace() || ".,:;<>\"\\'".contains(c);
    let line = String::from_utf8_lossy(line);
    let end = line.rfind('>').unwrap_or(line.len());
    let open = line[..end].rfind('<').unwrap_or(end);
    let email = line.get(open + 1..end).unwrap_or_default();
    let mut date = line.get(end + 1..).unwrap_or_default().split_whitespace();
    let seconds = date.next().and_then(|seconds| seconds.parse().ok());
    let zone = date.next().and_then(|zone| zone.parse::<i16>().ok());
    Actor {
        name: line[..open].trim_matches(crud).to_owned(),
        email: email.trim_matches(crud).to_owned(),
        at: time(seconds.unwrap_or_default()),
        offset: zone.map_or(0, |zone| zone / 100 * 60 + zone % 100),
    }
}

/// Returns the message as it may be shown. It ends up in logs and pull requests, and anybody can
/// commit with git what envctl would refuse.
fn message(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(MOST_SHOWN)]);
    without_credentials(&text).into_owned()
}
