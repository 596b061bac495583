use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::model::{BranchName, CommitId};
use crate::store::checkout::checkouts;
use crate::store::checkout::index_lock;
use crate::store::error::StoreError;
use crate::store::lock::backoff::Backoff;
use crate::store::lock::journal::{Journal, Record};
use crate::store::lock::recover;
use crate::store::open::Store;
use crate::store::settings_file::SettingsFile;

/// How long a lock is watched before it is reported. git holds one for a moment while it works.
const WATCH: Duration = Duration::from_secs(1);

/// A lock file that remains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleFile {
    /// The lock file.
    pub path: PathBuf,
    /// The process id of an envctl that is working on what it locks, or `None`.
    pub holder: Option<u32>,
    /// Whether an envctl that has ended certainly left it.
    pub ours: bool,
}

/// A write that an envctl began and did not finish before it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterruptedWrite {
    /// The branch that it writes to.
    pub branch: BranchName,
    /// The commit that it made.
    pub commit: CommitId,
    /// Whether the branch moved there, so that its checkouts have to follow.
    pub landed: bool,
}

impl Store {
    /// Returns the locks on branches, on the indexes of all checkouts and on the repository's
    /// settings that remain for longer than git needs one. If there are any, they are watched for
    /// about a second.
    ///
    /// # Errors
    ///
    /// When a folder of git's cannot be listed.
    pub fn leftover_locks(&self) -> Result<Vec<StaleFile>, StoreError> {
        let mut watch = Backoff::lasting(WATCH);
        loop {
            let locks = self.locks()?;
            // Only a lock that may be git's is worth waiting for: it may be gone in a moment. What
            // an envctl holds, or left when it ended, is known already.
            if locks.iter().all(|lock| lock.ours || lock.holder.is_some()) || !watch.wait() {
                return Ok(locks);
            }
        }
    }

    /// Returns the unfinished writes of processes that have ended.
    ///
    /// # Errors
    ///
    /// When the journal or a branch cannot be read.
    pub fn interrupted_writes(&self) -> Result<Vec<InterruptedWrite>, StoreError> {
        let unfinished = Journal::read(self)?.unfinished();
        let idle = unfinished.iter().filter(|record| record.owner.is_idle());
        idle.map(|record| {
            let landed = recover::landed(self, record, self.tip(&record.branch)?)?.is_some();
            Ok(InterruptedWrite {
                branch: record.branch.clone(),
                commit: record.new,
                landed,
            })
        })
        .collect()
    }

    fn locks(&self) -> Result<Vec<StaleFile>, StoreError> {
        let unfinished = Journal::read(self)?.unfinished();
        let at_work = unfinished.iter().find(|record| !record.owner.is_idle());
        let holder = at_work.map(|record| record.owner.number());
        let mut locks = Vec::new();
        for git_directory in checkouts::git_directories(self.common_directory())? {
            let path = checkouts::index_lock_in(&git_directory);
            if fs::symlink_metadata(&path).is_ok() {
                let own = index_lock::is_own(&git_directory)?;
                locks.push(StaleFile {
                    path,
                    holder: holder.filter(|_| own),
                    ours: own && holder.is_none(),
                });
            }
        }
        let settings = SettingsFile::of(self);
        if let Some(path) = settings.lock() {
            locks.push(StaleFile {
                path: path.to_owned(),
                holder: None,
                ours: settings.is_own_lock()?,
            });
        }
        let heads = self.common_directory().join("refs/heads");
        let mut paths = Vec::new();
        collect_locks(&heads, &mut paths)?;
        for path in paths {
            let branch = branch_of(&heads, &path);
            let holder = branch
                .as_ref()
                .and_then(|branch| self.branch_lock(branch))
                .and_then(|lock| lock.holder);
            let ours =
                holder.is_none() && self.is_our_branch_lock(&unfinished, branch.as_ref(), &path)?;
            locks.push(StaleFile { path, holder, ours });
        }
        Ok(locks)
    }

    /// Reports whether the lock is that of an unfinished record.
    fn is_our_branch_lock(
        &self,
        unfinished: &[Record],
        branch: Option<&BranchName>,
        path: &Path,
    ) -> Result<bool, StoreError> {
        for record in unfinished
            .iter()
            .filter(|record| Some(&record.branch) == branch)
        {
            // What a lock contains tells whose it is only as long as the branch is where that write
            // found it.
            if self.tip(&record.branch)? == record.old && recover::may_be_of(record, path) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn collect_locks(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), StoreError> {
    let mut entries: Vec<PathBuf> = match fs::read_dir(folder) {
        Ok(entries) => entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>(),
        // Branches may all be packed, and a folder is removed with the last branch in it.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
    .map_err(StoreError::io("list", folder))?;
    entries.sort();
    for path in entries {
        match fs::symlink_metadata(&path) {
            Ok(entry) if entry.is_dir() => collect_locks(&path, found)?,
            Ok(_)
                if path
                    .extension()
                    .is_some_and(|extension| extension == "lock") =>
            {
                found.push(path);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Returns the branch that the lock at `path` is on.
fn branch_of(heads: &Path, path: &Path) -> Option<BranchName> {
    path.strip_prefix(heads)
        .ok()?
        .to_str()?
        .strip_suffix(".lock")?
        .replace('\\', "/")
        .parse()
        .ok()
}
