use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use git2::{ObjectType, Oid, Repository, RepositoryInitOptions, RepositoryOpenFlags};

use crate::files::PayloadMemo;
use crate::model::{BranchName, CommitId};
use crate::store::budget::Budget;
use crate::store::checkout::index_form;
use crate::store::discovery::{Discovery, GitEnvironment};
use crate::store::durability;
use crate::store::error::StoreError;
use crate::store::folder::ProjectFolder;
use crate::store::history::commit_graph::CommitGraph;
use crate::store::history::headers::Headers;
use crate::store::replace::folder::UnfinishedFolder;
use crate::store::settings::sources::{self, default_settings};
use crate::store::settings::trust;
use crate::store::settings::values::GitSettings;
use crate::store::tree::blob::Blob;
use crate::store::tree::large_folders::LargeFolders;
use crate::store::unusable::{is_partial, require_findable, unsupported, why_not};

/// The name of a folder in which a repository is being created.
const UNFINISHED: &str = ".git.envctl-tmp";

/// How long to wait for other envctl processes. With 32 of them on one branch the slowest waited
/// under 3 s. A process that keeps the lock for longer is probably stopped, and the swap of the
/// branch is safe without the lock.
///
/// It covers all waits of a process together, since an attempt that loses the race without the lock
/// asks for it again.
pub(in crate::store) const PATIENCE: Duration = Duration::from_secs(10);

/// An open repository.
pub struct Store {
    pub(in crate::store) repo: Repository,
    pub(in crate::store) settings: GitSettings,
    /// The variables of the process that opened it.
    pub(in crate::store) environment: GitEnvironment,
    /// The folder in which git finds it by itself, as its user does. `None` if git has to be given
    /// its folders.
    pub(in crate::store) found_from: Option<PathBuf>,
    /// Whether environment variables name it, and perhaps its index.
    found_by_variables: bool,
    pub(in crate::store) blobs: RefCell<HashMap<Oid, Blob>>,
    /// The sizes and kinds of objects whose headers were read.
    pub(in crate::store) object_headers: RefCell<HashMap<Oid, (u64, ObjectType)>>,
    pub(in crate::store) large_folders: RefCell<LargeFolders>,
    pub(in crate::store) payloads: PayloadMemo,
    /// git's commit-graph, once it was asked for. `None` inside if there is none, or if it must not
    /// be used.
    pub(in crate::store) graph: OnceCell<Option<Rc<CommitGraph>>>,
    /// The headers that were read, if the commit-graph must not be used. `None` if they are read
    /// each time.
    pub(in crate::store) headers: Option<RefCell<HashMap<CommitId, Headers>>>,
    /// What reading may cost, or `None` for no limit.
    pub(in crate::store) budget: Option<Budget>,
    /// How long this process still waits for others to write.
    pub(in crate::store) patience: Cell<Duration>,
}

impl Store {
    /// Opens the repository that `discovery` finds.
    ///
    /// # Errors
    ///
    /// When there is none, when it belongs to another user, or when it is of a kind that envctl cannot work with: SHA-256
    /// names, the reftable format, a partial clone.
    pub fn open(discovery: Discovery<'_>) -> Result<Self, StoreError> {
        Self::open_in(discovery, &GitEnvironment::default())
    }

    /// Does what [`Store::open`] does, in a process with these variables.
    ///
    /// # Errors
    ///
    /// As [`Store::open`], and when git has to be asked for its settings and does not answer.
    pub fn open_in(
        discovery: Discovery<'_>,
        environment: &GitEnvironment,
    ) -> Result<Self, StoreError> {
        let start = match discovery {
            Discovery::From(path) => path,
            Discovery::Variables => Path::new("."),
        };
        let find = || match discovery {
            Discovery::From(path) => {
                let flags = if environment.across_file_systems {
                    RepositoryOpenFlags::CROSS_FS
                } else {
                    RepositoryOpenFlags::empty()
                };
                Repository::open_ext(path, flags, &environment.ceilings)
            }
            Discovery::Variables => Repository::open_from_env(),
        };
        let opened = trust::open(find, || sources::is_trusted(discovery));
        let repo = opened.map_err(|error| why_not(&error, start))?;
        Self::wrap(repo, discovery, environment)
    }

    /// Creates a repository in `directory`, completely or not at all. Its first branch is the one
    /// that `init.defaultBranch` names, or else `fallback_branch`.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made or is a repository already.
    pub fn create(
        directory: &Path,
        fallback_branch: &BranchName,
        environment: &GitEnvironment,
    ) -> Result<Self, StoreError> {
        let settings = default_settings(directory, environment)?;
        let branch = settings
            .text("init.defaultBranch")?
            .and_then(|name| name.parse().ok())
            .unwrap_or_else(|| fallback_branch.clone());
        let mut options = RepositoryInitOptions::new();
        options.no_reinit(true).initial_head(branch.as_str());
        let doing = || format!("make a repository in {}", directory.display());
        // Created beside its place and renamed: a half-made repository has libgit2's locks in it, which no later run could tell from those of a running git.
        let unfinished = UnfinishedFolder::at(directory.join(UNFINISHED));
        remove_folder(unfinished.path())?;
        let made =
            Repository::init_opts(unfinished.path(), &options).map(|repo| repo.path().to_owned());
        made.map_err(|error| StoreError::git(doing())(error))
            .and_then(|made| {
                remove_locks(&made)?;
                fs::rename(&made, directory.join(".git"))
                    .map_err(StoreError::io("make a repository in", directory))
            })?;
        drop(unfinished);
        Self::open_in(Discovery::From(directory), environment)
    }

    fn wrap(
        repo: Repository,
        discovery: Discovery<'_>,
        environment: &GitEnvironment,
    ) -> Result<Self, StoreError> {
        let (settings, asked) = sources::settings(&repo, discovery, environment)?;
        if is_partial(settings.config()) {
            return Err(unsupported(
                "a partial clone (objects are missing on purpose)",
            ));
        }
        if matches!(discovery, Discovery::From(_)) {
            require_findable(&repo, &settings)?;
        }
        let found_from = match discovery {
            // A conditional include may depend on the path that leads there, so every git that is started has to take the same path.
            Discovery::From(path) if asked => Some(path.to_owned()),
            _ => None,
        };
        let store = Self {
            repo,
            settings,
            environment: environment.clone(),
            found_from,
            found_by_variables: matches!(discovery, Discovery::Variables),
            blobs: RefCell::new(HashMap::new()),
            object_headers: RefCell::default(),
            large_folders: RefCell::default(),
            payloads: PayloadMemo::default(),
            graph: OnceCell::new(),
            headers: None,
            budget: None,
            patience: Cell::new(PATIENCE),
        };
        // libgit2's reference database reads this setting at its first use, which may be a read long before the first write.
        durability::set(store.setting_bool("envctl.durable")? != Some(false));
        Ok(store)
    }

    /// Makes libgit2 use a plain copy of the index here if it cannot read it as it is.
    pub(in crate::store) fn make_index_readable(&self) -> Result<(), StoreError> {
        let named = self
            .environment
            .index_file
            .clone()
            .filter(|_| self.found_by_variables);
        let path = named.unwrap_or_else(|| self.git_directory().join("index"));
        index_form::make_readable(&self.repo, &path)
    }

    /// Reports whether the repository has no work tree.
    pub fn is_bare(&self) -> bool {
        self.repo.is_bare()
    }

    /// Reports whether this is a shallow clone, whose history ends early.
    pub fn is_shallow(&self) -> bool {
        self.repo.is_shallow()
    }

    /// Returns the folder whose files are checked out, or `None` in a bare repository.
    pub fn work_tree(&self) -> Option<&Path> {
        self.repo.workdir()
    }

    /// Returns git's own folder for this checkout: `.git`, or for a linked worktree a folder in the
    /// main one's.
    pub fn git_directory(&self) -> &Path {
        self.repo.path()
    }

    /// Returns git's own folder that all checkouts share, with objects, branches and settings.
    pub fn common_directory(&self) -> &Path {
        self.repo.commondir()
    }

    /// Returns the folder at `path` of the work tree, relative to the root. It need not exist.
    ///
    /// # Errors
    ///
    /// If it is outside of the work tree or not UTF-8, or there is no work tree.
    pub fn folder_of(&self, path: &Path) -> Result<ProjectFolder, StoreError> {
        let no_work_tree = || StoreError::NoWorkTree {
            path: self.git_directory().to_owned(),
        };
        let root = canonical(self.work_tree().ok_or_else(no_work_tree)?)?;
        let outside = || StoreError::OutsideWorkTree {
            path: path.to_owned(),
        };
        let inner = canonical(path)?;
        let parts = inner
            .strip_prefix(&root)
            .map_err(|_| outside())?
            .components();
        let parts: Option<Vec<&str>> = parts.map(|part| part.as_os_str().to_str()).collect();
        parts
            .ok_or_else(outside)?
            .join("/")
            .parse()
            .map_err(|_| outside())
    }
}

/// Returns the path without links and dots. Parts that do not exist yet are kept as they are.
fn canonical(path: &Path) -> Result<PathBuf, StoreError> {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Err(error), Some(parent), Some(name)) if error.kind() == ErrorKind::NotFound => {
            Ok(canonical(parent)?.join(name))
        }
        (found, ..) => found.map_err(StoreError::io("find", path)),
    }
}

/// Removes the locks that libgit2 failed to remove from a repository that nobody else can know yet.
fn remove_locks(git_directory: &Path) -> Result<(), StoreError> {
    for name in ["HEAD.lock", "config.lock"] {
        let lock = git_directory.join(name);
        match fs::remove_file(&lock) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(StoreError::io("remove", &lock)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

fn remove_folder(path: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(StoreError::io("remove", path)(error))
        }
        _ => Ok(()),
    }
}
