use std::ffi::OsString;
use std::process::Command;
use std::time::Duration;

use git2::ErrorCode;

use crate::model::{BranchName, CommitId, RemoteName};
use crate::store::error::StoreError;
use crate::store::ids::commit_id;
use crate::store::open::Store;
use crate::store::program::{self, Ran};
use crate::store::remote::branch::RemoteBranch;

/// How to run the `git` program that talks to a remote. Only git knows all ways to log in.
#[derive(Clone, Debug)]
pub struct GitRunner {
    /// The longest time for a fetch, and for a push.
    pub patience: Duration,
    /// The variables that it must not inherit.
    pub withheld: Vec<OsString>,
}

/// How many moves of a remote's branch are searched.
const LOOKED_BACK: usize = 100;

impl Store {
    /// Returns the remote `name`, or if it is `None` the one that `git push` would push `branch`
    /// to. Returns `None` if there is none, or if there are several and no setting decides.
    ///
    /// # Errors
    ///
    /// When git's settings cannot be read.
    pub fn remote(
        &self,
        name: Option<&RemoteName>,
        branch: &BranchName,
    ) -> Result<Option<RemoteName>, StoreError> {
        match name {
            Some(name) => Ok(self.has_remote(name)?.then(|| name.clone())),
            None => self.usual_remote(branch),
        }
    }

    fn usual_remote(&self, branch: &BranchName) -> Result<Option<RemoteName>, StoreError> {
        let keys = [
            format!("branch.{branch}.pushremote"),
            "remote.pushdefault".to_owned(),
            format!("branch.{branch}.remote"),
        ];
        for key in keys {
            // The first that is set decides, as for git.
            if let Some(name) = self.setting(&key)? {
                let named: Option<RemoteName> = name.parse().ok();
                if let Some(name) = named
                    && self.has_remote(&name)?
                {
                    return Ok(Some(name));
                }
                break;
            }
        }
        let origin: Option<RemoteName> = "origin".parse().ok();
        match origin {
            Some(origin) if self.has_remote(&origin)? => Ok(Some(origin)),
            _ => Ok(self.only_remote()),
        }
    }

    fn has_remote(&self, name: &RemoteName) -> Result<bool, StoreError> {
        let is_set = |key| Ok(self.setting(&format!("remote.{name}.{key}"))?.is_some());
        Ok(is_set("url")? || is_set("pushurl")?)
    }

    fn only_remote(&self) -> Option<RemoteName> {
        let remotes = self.repo.remotes().ok()?;
        match remotes.iter().collect::<Vec<_>>().as_slice() {
            [Ok(Some(only))] => only.parse().ok(),
            _ => None,
        }
    }

    /// Returns the full name of the reference here that records where `place` was at the last look.
    ///
    /// A remote that is pushed to another address than it is fetched from has a reference of
    /// envctl's own, since the two addresses need not have the same commits.
    pub(in crate::store) fn tracking(&self, place: &RemoteBranch) -> Result<String, StoreError> {
        let folder = match self.addresses(&place.remote)?.elsewhere() {
            Some(_) => "refs/envctl/remotes",
            None => "refs/remotes",
        };
        Ok(format!("{folder}/{}/{}", place.remote, place.branch))
    }

    /// Returns where `place` was at the last look, or `None` if it was never looked at or did not
    /// exist.
    ///
    /// # Errors
    ///
    /// When what notes it cannot be read.
    pub fn last_seen(&self, place: &RemoteBranch) -> Result<Option<CommitId>, StoreError> {
        let seen = self
            .repo
            .find_reference(&self.tracking(place)?)
            .and_then(|reference| reference.resolve());
        match seen {
            Ok(reference) => Ok(reference.target().map(commit_id)),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(StoreError::git(format!("read where {place} was"))(error)),
        }
    }

    /// Returns a commit that `place` was once at according to its reference log, and that is an
    /// ancestor of `ours` but not of `theirs`: the remote had it once and no longer does. Returns
    /// `None` if there is none, or no log.
    ///
    /// # Errors
    ///
    /// When history cannot be read.
    pub fn once_seen(
        &self,
        place: &RemoteBranch,
        ours: CommitId,
        theirs: CommitId,
    ) -> Result<Option<CommitId>, StoreError> {
        let Ok(log) = self.repo.reflog(&self.tracking(place)?) else {
            return Ok(None);
        };
        for seen in log
            .iter()
            .take(LOOKED_BACK)
            .map(|entry| commit_id(entry.id_new()))
        {
            if self.has(seen)?
                && self.is_ancestor(seen, ours)?
                && !self.is_ancestor(seen, theirs)?
            {
                return Ok(Some(seen));
            }
        }
        Ok(None)
    }

    /// Runs the `git` program with `arguments` for `place`.
    pub(in crate::store) fn send(
        &self,
        place: &RemoteBranch,
        runner: &GitRunner,
        arguments: &[&str],
    ) -> Result<Ran, StoreError> {
        let mut git = self.git()?;
        for variable in &runner.withheld {
            git.env_remove(variable);
        }
        // In English, because the output is parsed. Without automatic maintenance, which could start while others write to the repository and outlive this process.
        git.env("LC_ALL", "C")
            .args(["-c", "gc.auto=0", "-c", "maintenance.auto=false"])
            .args(arguments);
        let failed = |error| format!("the git program cannot be run: {error}");
        program::run_within(git, runner.patience).map_err(|error| StoreError::Unreachable {
            remote: place.remote.clone(),
            said: failed(error),
        })
    }

    /// Returns the `git` program, ready to run in this repository.
    pub(in crate::store) fn git(&self) -> Result<Command, StoreError> {
        let absolute = |path| std::path::absolute(path).map_err(StoreError::io("find", path));
        let mut git = program::command("git");
        // With `GIT_DIR` set, git would not apply settings that depend on the path that leads
        // there.
        if let Some(folder) = &self.found_from {
            git.current_dir(folder);
            return Ok(git);
        }
        git.current_dir(self.hooks_run_in())
            .env("GIT_DIR", absolute(self.git_directory())?);
        if let Some(work_tree) = self.work_tree() {
            git.env("GIT_WORK_TREE", absolute(work_tree)?);
        }
        Ok(git)
    }
}
