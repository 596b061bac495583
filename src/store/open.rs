use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use git2::{Config, Error, ErrorCode, Oid, Repository, RepositoryInitOptions, RepositoryOpenFlags};

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

/// The name of a folder in which a repository is being made.
const UNFINISHED: &str = ".git.envctl-tmp";

/// How long to wait for other envctl processes. With 32 of them on one branch the slowest waited under 3 s; a holder that
/// keeps the lock for longer than this is stopped, and the swap of the branch is safe without it.
///
/// All waits together, since what loses the race without the lock asks for it again.
pub(in crate::store) const PATIENCE: Duration = Duration::from_secs(10);

/// An open repository.
pub struct Store {
    pub(in crate::store) repo: Repository,
    pub(in crate::store) settings: GitSettings,
    /// The variables of the process it was found with.
    pub(in crate::store) environment: GitEnvironment,
    /// Where git finds it by itself, as its user does; `None`: its folders are named to git.
    pub(in crate::store) found_from: Option<PathBuf>,
    /// Whether variables name it, and perhaps its index.
    found_by_variables: bool,
    pub(in crate::store) blobs: RefCell<HashMap<Oid, Blob>>,
    /// Trees that were small enough to load, and still are.
    pub(in crate::store) bearable: RefCell<HashSet<Oid>>,
    pub(in crate::store) large_folders: RefCell<LargeFolders>,
    pub(in crate::store) payloads: PayloadMemo,
    /// What git keeps of commits beside them, once somebody asked; none: nothing, or nobody may look.
    pub(in crate::store) graph: OnceCell<Option<Rc<CommitGraph>>>,
    /// What the commits say that were read, where nobody believes the graph; none: they are read each time.
    pub(in crate::store) headers: Option<RefCell<HashMap<CommitId, Headers>>>,
    /// What reading may cost; none: whatever it takes.
    pub(in crate::store) budget: Option<Budget>,
    /// How long this process goes on waiting for others to write.
    pub(in crate::store) patience: Cell<Duration>,
}

impl Store {
    /// The repository that `discovery` finds, open.
    ///
    /// # Errors
    ///
    /// When there is none, when it belongs to another user, or when it is of a kind that envctl cannot work with: SHA-256
    /// names, the reftable format, a partial clone.
    pub fn open(discovery: Discovery<'_>) -> Result<Self, StoreError> {
        Self::open_in(discovery, &GitEnvironment::default())
    }

    /// As [`Store::open`], in a process with these variables.
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

    /// A new repository in `directory`, whose first branch is the one that `init.defaultBranch` names, else
    /// `fallback_branch`. It is there as a whole or not at all.
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
        // One that is half made has locks of libgit2's in it, and nobody could go on from there.
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
            // What a condition of git's settings sees of the way there, a git that is started has to see as well.
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
            bearable: RefCell::default(),
            large_folders: RefCell::default(),
            payloads: PayloadMemo::default(),
            graph: OnceCell::new(),
            headers: None,
            budget: None,
            patience: Cell::new(PATIENCE),
        };
        // The reference database remembers this setting from its first use, so it cannot wait for the first write.
        durability::set(store.setting_bool("envctl.durable")? != Some(false));
        Ok(store)
    }

    /// Lets libgit2 use a plain copy of the index here, if it cannot read it as it is.
    pub(in crate::store) fn make_index_readable(&self) -> Result<(), StoreError> {
        let named = self
            .environment
            .index_file
            .clone()
            .filter(|_| self.found_by_variables);
        let path = named.unwrap_or_else(|| self.git_directory().join("index"));
        index_form::make_readable(&self.repo, &path)
    }

    /// Whether the repository has no work tree.
    pub fn is_bare(&self) -> bool {
        self.repo.is_bare()
    }

    /// Whether this is a shallow clone: its history ends early.
    pub fn is_shallow(&self) -> bool {
        self.repo.is_shallow()
    }

    /// The folder whose files are checked out; none in a bare repository.
    pub fn work_tree(&self) -> Option<&Path> {
        self.repo.workdir()
    }

    /// git's own folder for this checkout: `.git`, or for a linked worktree a folder in the main one's.
    pub fn git_directory(&self) -> &Path {
        self.repo.path()
    }

    /// git's own folder that all checkouts share: objects, branches, settings.
    pub fn common_directory(&self) -> &Path {
        self.repo.commondir()
    }

    /// The folder at `path` of the work tree, relative to the root; it need not exist.
    ///
    /// # Errors
    ///
    /// When it lies outside of the work tree, is no UTF-8, or there is no work tree.
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

/// Succeeds unless git's settings say that a bare repository counts only where it is named.
fn require_findable(repo: &Repository, settings: &GitSettings) -> Result<(), StoreError> {
    let inside = repo
        .path()
        .components()
        .any(|part| part.as_os_str() == ".git");
    if !repo.is_bare() || inside || !settings.names_bare_repositories()? {
        return Ok(());
    }
    Err(StoreError::Unsupported {
        what: "a bare repository that is not named, where safe.bareRepository is explicit,"
            .to_owned(),
        hint: "name it with the variable GIT_DIR".to_owned(),
    })
}

/// The path without links and dots; what does not exist yet is taken as it is written.
fn canonical(path: &Path) -> Result<PathBuf, StoreError> {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Err(error), Some(parent), Some(name)) if error.kind() == ErrorKind::NotFound => {
            Ok(canonical(parent)?.join(name))
        }
        (found, ..) => found.map_err(StoreError::io("find", path)),
    }
}

/// Removes the locks that libgit2 failed to take away from a repository that nobody else knows of yet.
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

fn is_partial(config: &Config) -> bool {
    let promised = || {
        let mut entries = config.entries(Some(r"remote\..*\.promisor")).ok()?;
        entries.next()?.ok().map(|_| ())
    };
    config.get_entry("extensions.partialclone").is_ok() || promised().is_some()
}

/// Why the repository at `start` could not be opened.
fn why_not(error: &Error, start: &Path) -> StoreError {
    let text = error.message();
    match error.code() {
        ErrorCode::NotFound => StoreError::NotARepository {
            path: start.to_owned(),
        },
        ErrorCode::Owner => {
            let named = text.split('\'').nth(1).map_or(start, Path::new);
            StoreError::ForeignOwner {
                path: named.components().collect(),
            }
        }
        _ if text.contains("extension")
            || text.contains("object format")
            || text.contains("repository version") =>
        {
            unsupported(&format!("this kind of repository ({text})"))
        }
        _ => StoreError::Git {
            doing: format!("open the repository at {}", start.display()),
            source: Error::new(error.code(), error.class(), text).into(),
        },
    }
}

fn unsupported(what: &str) -> StoreError {
    StoreError::Unsupported {
        what: what.to_owned(),
        hint: "use a full clone with SHA-1 names and the files reference format".to_owned(),
    }
}
