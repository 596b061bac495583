//! Forms of the index that libgit2 does not read: split into two files, and sparse, with folders as
//! entries.
//!
//! git converts a copy into a plain index. Reading such an index takes one more process; writing
//! puts the plain one in its place, and the next git that writes the index restores its form.
//! Asking git for the managed paths alone would not do, because libgit2 reads the index on its own,
//! for attributes and for what is ignored.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use git2::{Error, Index, Repository};

use crate::store::error::StoreError;
use crate::store::program;

/// How long git may take to write an index.
const PATIENCE: Duration = Duration::from_secs(60);
/// What libgit2 says about an extension that it must understand, before its name.
const UNKNOWN: &str = "mandatory extension";

/// An index in a form that libgit2 does not read, and the checkout that it belongs to.
pub(in crate::store) struct UnreadForm<'a> {
    /// The file.
    pub(in crate::store) path: &'a Path,
    /// git's folder of the checkout.
    pub(in crate::store) git_directory: &'a Path,
    /// The folder whose files are checked out.
    pub(in crate::store) root: &'a Path,
}

/// Reports whether libgit2 gave up with `error` because of the form of an index.
pub(in crate::store) fn is_unread(error: &Error) -> bool {
    error.message().contains(UNKNOWN)
}

/// Makes `repo` use a plain copy of the index at `path` if libgit2 cannot read it as it is.
pub(in crate::store) fn make_readable(repo: &Repository, path: &Path) -> Result<(), StoreError> {
    // Whatever else is wrong with it is for whoever reads it to report.
    let Some(error) = repo.index().err().filter(is_unread) else {
        return Ok(());
    };
    let form = UnreadForm {
        path,
        git_directory: repo.path(),
        root: repo.workdir().unwrap_or_else(|| repo.path()),
    };
    let mut index = form.plain(&error)?;
    repo.set_index(&mut index)
        .map_err(StoreError::git("use a plain copy of the index"))
}

impl UnreadForm<'_> {
    /// Returns a plain copy of the index, which libgit2 gave up on with `error`.
    pub(in crate::store) fn plain(&self, error: &Error) -> Result<Index, StoreError> {
        let (_folder, copy) = self.converted(error)?;
        Index::open(&copy).map_err(|error| {
            let doing = format!("read a copy of the index at {}", self.path.display());
            StoreError::git(doing)(error)
        })
    }

    /// Replaces the file itself, which is a copy already, with a plain index.
    pub(in crate::store) fn replace(&self, error: &Error) -> Result<(), StoreError> {
        let (_folder, copy) = self.converted(error)?;
        fs::copy(&copy, self.path)
            .map(|_| ())
            .map_err(StoreError::io("write", self.path))
    }

    /// Lets git convert a copy. The folder that holds it is removed when the first value is
    /// dropped.
    fn converted(&self, error: &Error) -> Result<(tempfile::TempDir, PathBuf), StoreError> {
        let refused = |why: String| self.refusal(error, why);
        let folder = tempfile::tempdir()
            .map_err(|error| refused(format!("no temporary folder can be made: {error}")))?;
        let copy = folder.path().join("index");
        // git writes the index in place, so it gets a copy: reading must not change the user's
        // index, and a git that is at work there must not meet a second writer.
        fs::copy(self.path, &copy).map_err(StoreError::io("copy the index", self.path))?;
        let mut git = program::command("git");
        git.current_dir(self.root)
            .env("GIT_DIR", self.git_directory)
            .env("GIT_WORK_TREE", self.root)
            .env("GIT_INDEX_FILE", &copy)
            // `core.fsmonitor` is off so that git does not start a daemon for a file that exists
            // for a moment.
            .args(["-c", "core.splitIndex=false", "-c", "index.sparse=false"])
            .args(["-c", "core.fsmonitor=false"])
            .args(["update-index", "--no-split-index", "--force-write-index"]);
        match program::run_within(git, PATIENCE) {
            Ok(ran) if ran.succeeded() => Ok((folder, copy)),
            Ok(ran) => Err(refused(ran.said())),
            Err(error) => Err(refused(format!("the git program cannot be run: {error}"))),
        }
    }

    fn refusal(&self, error: &Error, why: String) -> StoreError {
        let (form, fix) = if error.message().contains("sdir") {
            ("sparse", "git sparse-checkout reapply --no-sparse-index")
        } else {
            ("split", "git update-index --no-split-index")
        };
        StoreError::IndexForm {
            path: self.path.to_owned(),
            form,
            fix,
            why,
        }
    }
}
