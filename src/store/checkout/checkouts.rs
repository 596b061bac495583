use std::cell::OnceCell;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use git2::{Config, Error, Index, Oid, Repository};

use crate::model::BranchName;
use crate::store::checkout::conversion;
use crate::store::checkout::index_form::{self, UnreadForm};
use crate::store::checkout::work_file::{self, WorkFileState};
use crate::store::discovery::Discovery;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::settings::values::GitSettings;
use crate::store::settings::{sources, trust};

/// The largest file that is read to be compared. Nothing that envctl writes is a megabyte, even
/// with longer line endings.
const MOST_COMPARED: u64 = 8 * 1024 * 1024;

/// How often reading an index is tried.
const TRIES: usize = 3;

/// A work tree with its index: of the repository itself, or linked to it.
pub(in crate::store) struct Checkout<'s> {
    repo: Handle<'s>,
    root: PathBuf,
    prefers_crlf: OnceCell<bool>,
}

enum Handle<'s> {
    Given(&'s Store),
    Opened(Box<Repository>, GitSettings),
}

/// What a checkout holds at a path.
#[derive(Debug)]
pub(in crate::store) enum OnDisk {
    /// Nothing.
    Nothing,
    /// A file, with the name that its bytes have in git's eyes.
    File(Oid, fs::Metadata),
    /// Something that no commit of envctl's can have put there; what, for a user to read.
    Other(&'static str),
}

impl<'s> Checkout<'s> {
    /// Returns every checkout that has `branch` checked out. libgit2 can read their indexes, or a plain copy of them.
    pub(in crate::store) fn of(
        store: &'s Store,
        branch: &BranchName,
    ) -> Result<Vec<Self>, StoreError> {
        let checkouts = Self::found(store, branch)?;
        checkouts.iter().try_for_each(Self::make_index_readable)?;
        Ok(checkouts)
    }

    /// Returns every checkout that has `branch` checked out, for a caller that gives libgit2 their indexes: to find out whether
    /// it can read one costs as much as to read it.
    pub(in crate::store) fn found(
        store: &'s Store,
        branch: &BranchName,
    ) -> Result<Vec<Self>, StoreError> {
        let mut checkouts = Vec::new();
        for git_directory in git_directories(store.common_directory())? {
            if is_on(&git_directory, branch)? {
                checkouts.extend(Self::open(store, &git_directory)?);
            }
        }
        Ok(checkouts)
    }

    /// Reports whether it has `branch` checked out now.
    pub(in crate::store) fn is_on(&self, branch: &BranchName) -> Result<bool, StoreError> {
        is_on(self.git_directory(), branch)
    }

    /// Opens the checkout with this git directory. Returns `None` if it is bare or its folder is
    /// gone.
    fn open(store: &'s Store, git_directory: &Path) -> Result<Option<Self>, StoreError> {
        // The repository that the caller opened is used as it is, since it may have been opened
        // through `GIT_DIR`. Opening it again by its path could find other settings.
        if git_directory == store.git_directory() {
            let root = store.work_tree().map(Path::to_owned);
            return Ok(root.map(|root| Self::new(Handle::Given(store), root)));
        }
        let Some(place) = place_of(git_directory, store.common_directory())? else {
            return Ok(None);
        };
        let doing = || format!("open the checkout at {}", place.display());
        let discovery = Discovery::From(&place);
        let opened = trust::open(
            || Repository::open(&place),
            || sources::is_trusted(discovery),
        );
        let repo = opened.map_err(|error| StoreError::git(doing())(error))?;
        let (settings, _) = sources::settings(&repo, discovery, &store.environment)?;
        let root = repo.workdir().map(Path::to_owned);
        Ok(root.map(|root| Self::new(Handle::Opened(Box::new(repo), settings), root)))
    }

    /// Makes libgit2 use a plain copy of the index if it cannot read it as it is.
    fn make_index_readable(&self) -> Result<(), StoreError> {
        match &self.repo {
            Handle::Given(store) => store.make_index_readable(),
            Handle::Opened(repo, _) => index_form::make_readable(repo, &repo.path().join("index")),
        }
    }

    fn new(repo: Handle<'s>, root: PathBuf) -> Self {
        Self {
            repo,
            root,
            prefers_crlf: OnceCell::new(),
        }
    }

    pub(in crate::store) fn repo(&self) -> &Repository {
        match &self.repo {
            Handle::Given(store) => &store.repo,
            Handle::Opened(repo, _) => repo,
        }
    }

    /// Returns git's settings for this checkout.
    pub(in crate::store) fn config(&self) -> &Config {
        match &self.repo {
            Handle::Given(store) => store.settings.config(),
            Handle::Opened(_, settings) => settings.config(),
        }
    }

    /// Returns the folder whose files are checked out.
    pub(in crate::store) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns git's own folder for this checkout.
    pub(in crate::store) fn git_directory(&self) -> &Path {
        self.repo().path()
    }

    /// Reports whether text files here have Windows line endings where no attribute says otherwise.
    pub(in crate::store) fn prefers_crlf(&self) -> bool {
        *self
            .prefers_crlf
            .get_or_init(|| conversion::prefers_crlf(self.config()))
    }

    /// Returns the path of the lock that git holds while it writes the index.
    pub(in crate::store) fn index_lock(&self) -> PathBuf {
        index_lock_in(self.git_directory())
    }

    /// Returns the index as it is on disk, or an empty one if there is none.
    pub(in crate::store) fn index(&self) -> Result<Index, StoreError> {
        let path = self.git_directory().join("index");
        // The counting read hides which error libgit2 had, so it is asked once more for the error
        // itself: only a form that libgit2 does not read is worth starting git for.
        open_index(&path).or_else(|failed| match Index::open(&path) {
            Err(error) if index_form::is_unread(&error) => self.unread(&path).plain(&error),
            _ => Err(failed),
        })
    }

    /// Describes the index at `path`, whose form libgit2 does not read.
    pub(in crate::store) fn unread<'a>(&'a self, path: &'a Path) -> UnreadForm<'a> {
        UnreadForm {
            path,
            git_directory: self.git_directory(),
            root: &self.root,
        }
    }

    /// Returns what is at `path`. A file's bytes are named as git would name them after its
    /// conversions.
    pub(in crate::store) fn on_disk(&self, path: &str) -> Result<OnDisk, StoreError> {
        let found = match work_file::look(&self.root, path)? {
            WorkFileState::Nothing => return Ok(OnDisk::Nothing),
            WorkFileState::Other(what) => return Ok(OnDisk::Other(what)),
            WorkFileState::File(found) => found,
        };
        if found.len() > MOST_COMPARED {
            return Ok(OnDisk::Other("a file larger than any that envctl writes"));
        }
        let file = self.root.join(path);
        let bytes = fs::read(&file).map_err(StoreError::io("read", &file))?;
        let bytes = conversion::clean(self.repo(), path, bytes)?;
        let id = Oid::hash_object(git2::ObjectType::Blob, &bytes)
            .map_err(StoreError::git(format!("hash {path}")))?;
        Ok(OnDisk::File(id, found))
    }
}

/// Reads the index in the file at `path`.
///
/// libgit2 mistakes a file that it cannot read for a missing one and returns an empty index.
/// Writing that would drop every file, so the entries are counted and compared with the number in
/// the file's header.
pub(in crate::store) fn open_index(path: &Path) -> Result<Index, StoreError> {
    // A git may put another in its place between the reading and the counting.
    (1..TRIES)
        .find_map(|_| whole_index(path).ok())
        .map_or_else(|| whole_index(path), Ok)
}

fn whole_index(path: &Path) -> Result<Index, StoreError> {
    let index = read_index(path)?;
    let expected = entries_of(path)?;
    if index.len() == expected {
        return Ok(index);
    }
    let why = Error::from_str(&format!(
        "{} of its {expected} entries could be read",
        index.len()
    ));
    Err(StoreError::git(format!(
        "read the index at {}",
        path.display()
    ))(why))
}

/// Returns how many entries the header of the index at `path` counts, or 0 if there is no such
/// file.
fn entries_of(path: &Path) -> Result<usize, StoreError> {
    // "DIRC", the version, the number of entries; the rest does not matter here.
    let mut header = [0; 12];
    match File::open(path).and_then(|mut file| file.read_exact(&mut header)) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(StoreError::io("read the index at", path)(error)),
    }
    let [.., a, b, c, d] = header;
    Ok(usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX))
}

fn read_index(path: &Path) -> Result<Index, StoreError> {
    Index::open(path).map_err(|error| {
        let doing = format!("read the index at {}", path.display());
        StoreError::git(doing)(error)
    })
}

/// Returns the path of the lock that git holds while it writes the index of the checkout with this
/// git directory.
pub(in crate::store) fn index_lock_in(git_directory: &Path) -> PathBuf {
    git_directory.join("index.lock")
}

/// Returns the git directories of all checkouts: the main one first, then the linked ones in order.
pub(in crate::store) fn git_directories(common: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut found = vec![common.to_owned()];
    let linked = common.join("worktrees");
    match fs::read_dir(&linked) {
        Ok(entries) => {
            for entry in entries {
                found.push(entry.map_err(StoreError::io("list", &linked))?.path());
            }
            found[1..].sort();
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(StoreError::io("list", &linked)(error)),
    }
    Ok(found)
}

fn is_on(git_directory: &Path, branch: &BranchName) -> Result<bool, StoreError> {
    // `HEAD` is read by hand, for the checkouts that are not open. libgit2 would open each linked
    // work tree for that, and fail for one whose folder is gone.
    let path = git_directory.join("HEAD");
    let head = match fs::read(&path) {
        Ok(head) => head,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(false);
        }
        Err(error) => return Err(StoreError::io("read", &path)(error)),
    };
    let target = head.strip_prefix(b"ref:").map(<[u8]>::trim_ascii);
    Ok(target == Some(branch.reference().as_bytes()))
}

/// Returns where to open the checkout with this git directory, or `None` if its folder is gone.
fn place_of(git_directory: &Path, common: &Path) -> Result<Option<PathBuf>, StoreError> {
    if git_directory == common {
        return Ok(Some(common.to_owned()));
    }
    let path = git_directory.join("gitdir");
    let link = fs::read_to_string(&path).map_err(StoreError::io("read", &path))?;
    // git writes this path absolute, or relative to where it says so.
    let place = git_directory.join(link.trim_end());
    Ok(if place.exists() {
        place.parent().map(Path::to_owned)
    } else {
        None
    })
}
