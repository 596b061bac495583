use std::collections::BTreeSet;

use jiff::Timestamp;

use super::asked::Pin;
use super::inputs::RangeInputs;
use super::judge_range;
use super::live::{Branches, LiveBranch, PushDestination, named, was_live};
use super::refusal::{PushError, Refusal, Unjudged};
use super::report::RangeReport;
use super::update::Update;
use crate::model::{BranchName, CommitId};
use crate::ops::ReadError;
use crate::store::{Counting, ProjectFolder, Projects, Store};

mod ranges;

/// References with which git replaces objects with others.
const REPLACEMENTS: &str = "refs/replace/";

/// A push, as git describes it to a hook.
#[derive(Clone, Debug)]
pub struct Push {
    /// The references that it moves.
    pub updates: Vec<Update>,
    /// Its destination.
    pub destination: PushDestination,
    /// The project that is judged, or `None` for all projects.
    pub project: Option<ProjectFolder>,
    /// Updates that an administrator accepts without a check, each as old and new commit.
    pub allowed: Vec<(Option<CommitId>, Option<CommitId>)>,
}

/// What a push brings to a live branch of one project.
#[derive(Clone, Debug)]
pub struct PushedRange {
    /// The reference that is moved.
    pub reference: String,
    /// The project's folder.
    pub folder: ProjectFolder,
    /// What was found.
    pub report: RangeReport,
}

/// Judges what `push` brings to the live branch of every project, as seen at `now`.
///
/// A branch is live for a project if its tip says so. If the tip begins to name another branch, it
/// stays live until that one has taken over, and that one is judged from where the old one is.
///
/// # Errors
///
/// [`PushError::Refused`] for updates that no commit can justify, and an error if anything cannot be read: what was not
/// judged is not accepted.
pub fn judge_push(
    store: &mut Store,
    push: &Push,
    now: Timestamp,
) -> Result<Vec<PushedRange>, PushError> {
    for update in &push.updates {
        if update.reference.starts_with(REPLACEMENTS) && update.new.is_some() {
            let reference = update.reference.clone();
            return Err(PushError::Refused(Refusal::Replacement(reference)));
        }
    }
    store.ignore_commit_graph();
    let judge = PushJudge {
        branches: Branches::of(store, &push.destination, &push.updates),
        store,
        push,
        now,
    };
    let judged = judge.all();
    store.require_budget().map_err(ReadError::from)?;
    judged
}

struct PushJudge<'a> {
    store: &'a Store,
    push: &'a Push,
    branches: Branches<'a>,
    now: Timestamp,
}

/// One update of a branch, for one project.
struct PushedBranch<'a> {
    folder: &'a ProjectFolder,
    branch: &'a BranchName,
    update: &'a Update,
}

/// Succeeds unless a push changes a project whose folder cannot be named.
fn require_named(old: &Projects, new: &Projects) -> Result<(), PushError> {
    // Such a project cannot be judged, so a push may not change anything about it. Those that stay
    // as they are block nobody.
    let stays = |one| old.unnamed.contains(one) && new.unnamed.contains(one);
    match new
        .unnamed
        .iter()
        .chain(&old.unnamed)
        .find(|one| !stays(one))
    {
        Some((path, _)) => Err(PushError::Unjudged(Unjudged::Unnamed(path.clone()))),
        None => Ok(()),
    }
}

impl PushJudge<'_> {
    fn all(&self) -> Result<Vec<PushedRange>, PushError> {
        let mut search = self.store.project_search();
        // Trees of HEAD are in the repository already, and most new branches share nearly all of
        // them. Reading them first keeps them out of the budget of the push.
        if let Ok(Some(head)) = self.store.head_commit() {
            search
                .projects(head, Counting::Free)
                .map_err(ReadError::from)?;
        }
        let mut judged = Vec::new();
        for update in &self.push.updates {
            let Some(branch) = update.branch() else {
                continue;
            };
            // Both ends must match. An allowance for one update must not let a later one through.
            if self.push.allowed.contains(&(update.old, update.new)) {
                continue;
            }
            let mut projects = |commit: Option<CommitId>, counting| match commit {
                Some(commit) => search.projects(commit, counting).map_err(ReadError::from),
                None => Ok(Projects::default()),
            };
            // What is in the repository already is free, and only what the push adds counts.
            // Otherwise a repository could grow until its own server refuses every push to it.
            let old = projects(update.old, Counting::Free)?;
            let new = projects(update.new, Counting::New)?;
            require_named(&old, &new)?;
            for folder in self.folders(&branch, update, &old, &new)? {
                let case = PushedBranch {
                    folder: &folder,
                    branch: &branch,
                    update,
                };
                let Some(range) = self.range(&case)? else {
                    continue;
                };
                let inputs = RangeInputs {
                    store: self.store,
                    folder: &folder,
                    now: self.now,
                    received: Some(self.now),
                };
                let report = judge_range(&inputs, range, Pin::Received)?;
                judged.push(PushedRange {
                    reference: update.reference.clone(),
                    folder: folder.clone(),
                    report,
                });
            }
        }
        Ok(judged)
    }

    /// Returns the folders of the projects that the update could be about.
    fn folders(
        &self,
        branch: &BranchName,
        update: &Update,
        old: &Projects,
        new: &Projects,
    ) -> Result<BTreeSet<ProjectFolder>, PushError> {
        let mut all: BTreeSet<ProjectFolder> = old.folders.iter().cloned().collect();
        let Some(asked) = &self.push.project else {
            all.extend(new.folders.iter().cloned());
            return Ok(all);
        };
        if all.contains(asked) || new.folders.contains(asked) {
            return Ok([asked.clone()].into());
        }
        // A hook that is set to a folder that the project has left would check nothing and accept
        // everything.
        for folder in &old.folders {
            let case = PushedBranch {
                folder,
                branch,
                update,
            };
            if self.is_live(&case)? {
                return Err(PushError::Unjudged(Unjudged::Absent {
                    asked: asked.clone(),
                    there: folder.clone(),
                }));
            }
        }
        Ok(BTreeSet::new())
    }

    /// Reports whether the branch is live for the project before the push.
    fn is_live(&self, case: &PushedBranch<'_>) -> Result<bool, ReadError> {
        let Some(old) = case.update.old else {
            return Ok(false);
        };
        match named(self.store, old, case.folder)? {
            LiveBranch::NoProject => Ok(false),
            // It may be the live branch, and one that nobody can read must not accept everything.
            LiveBranch::Unreadable => Ok(true),
            LiveBranch::Branch(live) if live == *case.branch => Ok(true),
            // The tip names another branch. If that one does not call itself live yet and this one
            // did earlier, this one still is: naming a branch that does not exist must not free the
            // old one from its rules.
            LiveBranch::Branch(next) => {
                let tip = self.branches.before(&next)?;
                Ok(!self.calls_live(tip, case.folder, &next)?
                    && was_live(self.store, old, case.folder, case.branch)?)
            }
        }
    }

    /// Reports whether the project in `folder` of `commit` calls `branch` live.
    fn calls_live(
        &self,
        commit: Option<CommitId>,
        folder: &ProjectFolder,
        branch: &BranchName,
    ) -> Result<bool, ReadError> {
        match commit {
            Some(commit) => {
                Ok(named(self.store, commit, folder)? == LiveBranch::Branch(branch.clone()))
            }
            None => Ok(false),
        }
    }
}
