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

/// How the `git` program is run that talks to a remote: it alone knows everybody's ways to log in.
#[derive(Clone, Debug)]
pub struct GitRunner {
    /// How long it may take to fetch, and to push.
    pub patience: Duration,
    /// The variables that it must not inherit.
    pub withheld: Vec<OsString>,
}

/// How many moves of a remote's branch are looked through.
const LOOKED_BACK: usize = 100;

impl Store {
    /// The remote `name`, or where none is named the one that `git push` would push `branch` to; none: there is none, or
    /// there are several and nothing says which.
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

    /// Returns the full name of the reference here that notes where `place` was when it was last looked at.
    ///
    /// What is pushed elsewhere than it is fetched from is noted apart: the two places need not agree.
    pub(in crate::store) fn tracking(&self, place: &RemoteBranch) -> Result<String, StoreError> {
        let folder = match self.addresses(&place.remote)?.elsewhere() {
            Some(_) => "refs/envctl/remotes",
            None => "refs/remotes",
        };
        Ok(format!("{folder}/{}/{}", place.remote, place.branch))
    }

    /// Where `place` was when it was last looked at; none: it never was, or is not there.
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

    /// A commit that `place` was seen at, as the log of that goes back, and that leads to `ours` and not to `theirs`: it was
    /// there once and is there no more. None: there is none, or no such log.
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

    /// Runs the `git` program with `arguments`, for what is about `place`.
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
        // What is said is read here too, and this repository is nobody's to tidy up while others write to it.
        git.env("LC_ALL", "C")
            .args(["-c", "gc.auto=0", "-c", "maintenance.auto=false"])
            .args(arguments);
        let failed = |error| format!("the git program cannot be run: {error}");
        program::run_within(git, runner.patience).map_err(|error| StoreError::Unreachable {
            remote: place.remote.clone(),
            said: failed(error),
        })
    }

    /// The `git` program, about to run in this repository.
    pub(in crate::store) fn git(&self) -> Result<Command, StoreError> {
        let absolute = |path| std::path::absolute(path).map_err(StoreError::io("find", path));
        let mut git = program::command("git");
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
