use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use super::asked::{Pin, Range};
use super::inputs::RangeInputs;
use super::judge_range;
use super::live::{Branches, LiveBranch, PushDestination, named, was_live};
use super::report::RangeReport;
use super::update::Update;
use crate::model::{BranchName, CommitId};
use crate::ops::ReadError;
use crate::store::{Counting, ProjectFolder, Projects, Store};

/// References by which git replaces objects by others.
const REPLACEMENTS: &str = "refs/replace/";

/// A push, as git tells a hook of it.
#[derive(Clone, Debug)]
pub struct Push {
    /// What it moves.
    pub updates: Vec<Update>,
    /// Where it goes to.
    pub destination: PushDestination,
    /// The project that is judged; none: every one.
    pub project: Option<ProjectFolder>,
    /// Updates that an administrator lets through unjudged, each as old and new commit.
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

/// Why a push is not judged, or not taken.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// Something could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It moves a live branch in a way that no commit can make good.
    #[error("{0}")]
    Refused(Refusal),
    /// There is a project in it that cannot be judged.
    #[error("{0}")]
    Unjudged(Unjudged),
}

/// An update that is refused whatever its commits are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The live branch would go.
    Deleted(BranchName),
    /// The live branch would lose commits.
    NotForward(BranchName),
    /// Everybody would see other commits than were judged.
    Replacement(String),
    /// A branch takes over as the live one that does not go on from the one that was.
    Elsewhere {
        /// The branch that was live until now.
        from: BranchName,
        /// Its tip.
        tip: CommitId,
        /// The branch that takes over.
        to: BranchName,
    },
}

/// A project that cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unjudged {
    /// Its folder cannot be named.
    Unnamed(String),
    /// The project that was asked about is not there, and others are.
    Absent {
        /// The folder that was asked about.
        asked: ProjectFolder,
        /// One that is there.
        there: ProjectFolder,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deleted(branch) => write!(f, "{branch}: the live branch is never deleted"),
            Self::NotForward(branch) => write!(
                f,
                "{branch}: the live branch only goes forward: what was live stays in its history"
            ),
            Self::Replacement(reference) => write!(
                f,
                "{reference} replaces an object by another, so that nobody here could verify anything"
            ),
            Self::Elsewhere { from, tip, to } => write!(
                f,
                "{to} takes over from {from} as the live branch, but {} is not on its first-parent line",
                tip.short()
            ),
        }
    }
}

impl fmt::Display for Unjudged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unnamed(path) => write!(
                f,
                "the project in {path:?} cannot be judged: its path is not UTF-8, contains a backslash or is too long"
            ),
            Self::Absent { asked, there } => write!(
                f,
                "there is no project in {asked}, which is the only one to be judged, and one in {there}"
            ),
        }
    }
}

/// Judges what `push` brings to the live branch of every project, as seen at `now`.
///
/// A branch is live for a project if its tip calls it so. When the tip begins to name another branch, it goes on being live
/// until that one has taken over, and that one is judged from where the old one is.
///
/// # Errors
///
/// [`PushError::Refused`] for updates that no commit can make good, and when anything cannot be read to the end: what was not
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

impl PushJudge<'_> {
    fn all(&self) -> Result<Vec<PushedRange>, PushError> {
        let mut search = self.store.project_search();
        // What HEAD holds is there already, and most new branches are not far from it. Without it they only cost more.
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
            if self.push.allowed.contains(&(update.old, update.new)) {
                continue;
            }
            let mut projects = |commit: Option<CommitId>, counting| match commit {
                Some(commit) => search.projects(commit, counting).map_err(ReadError::from),
                None => Ok(Projects::default()),
            };
            let old = projects(update.old, Counting::Free)?;
            let new = projects(update.new, Counting::New)?;
            if old.unnamed != new.unnamed {
                let changed = new.unnamed.iter().chain(&old.unnamed);
                let one = changed
                    .clone()
                    .find(|one| !(old.unnamed.contains(one) && new.unnamed.contains(one)));
                if let Some((path, _)) = one {
                    return Err(PushError::Unjudged(Unjudged::Unnamed(path.clone())));
                }
            }
            for folder in self.folders(&branch, update, &old, &new)? {
                let case = PushedBranch {
                    folder: &folder,
                    branch: &branch,
                    update,
                };
                let Some(range) = self.range(&case)? else {
                    continue;
                };
                let bench = RangeInputs {
                    store: self.store,
                    folder: &folder,
                    now: self.now,
                    received: Some(self.now),
                };
                let report = judge_range(&bench, range, Pin::Received)?;
                judged.push(PushedRange {
                    reference: update.reference.clone(),
                    folder: folder.clone(),
                    report,
                });
            }
        }
        Ok(judged)
    }

    /// The folders of the projects that the update could be about.
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
        // A hook that asks about a folder from which the project was moved would let everything pass.
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

    /// Whether the branch is live for the project before the push.
    fn is_live(&self, case: &PushedBranch<'_>) -> Result<bool, ReadError> {
        let Some(old) = case.update.old else {
            return Ok(false);
        };
        match named(self.store, old, case.folder)? {
            LiveBranch::NoProject => Ok(false),
            LiveBranch::Unreadable => Ok(true),
            LiveBranch::Branch(live) if live == *case.branch => Ok(true),
            // It was live until now, and nobody has taken over.
            LiveBranch::Branch(next) => {
                let tip = self.branches.before(&next)?;
                Ok(!self.calls_live(tip, case.folder, &next)?
                    && was_live(self.store, old, case.folder, case.branch)?)
            }
        }
    }

    /// Whether the project in `folder` of `commit` calls `branch` the live one.
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

    /// The commits that the update brings to the live branch of a project; none: it is not about that.
    fn range(&self, case: &PushedBranch<'_>) -> Result<Option<Range>, PushError> {
        let PushedBranch {
            folder,
            branch,
            update,
        } = *case;
        if !self.is_live(case)? {
            return self.takeover(case);
        }
        let refused =
            |refusal: fn(BranchName) -> Refusal| Err(PushError::Refused(refusal(branch.clone())));
        let Some(head) = update.new else {
            return refused(Refusal::Deleted);
        };
        if let Some(old) = update.old
            && !self.store.is_ancestor(old, head).map_err(ReadError::from)?
        {
            return refused(Refusal::NotForward);
        }
        if let LiveBranch::Branch(next) = named(self.store, head, folder)?
            && next != *branch
            && let Some(tip) = self.branches.after(&next)?
            && self.calls_live(Some(tip), folder, &next)?
        {
            self.require_on_line(tip, (branch, head), &next)?;
        }
        Ok(Some(Range {
            base: update.old,
            head,
        }))
    }

    /// The commits that a branch brings that was not live and begins to call itself so: those since what was live until now.
    fn takeover(&self, case: &PushedBranch<'_>) -> Result<Option<Range>, PushError> {
        let PushedBranch {
            folder,
            branch,
            update,
        } = *case;
        let Some(head) = update.new else {
            return Ok(None);
        };
        match named(self.store, head, folder)? {
            LiveBranch::Unreadable => {}
            LiveBranch::Branch(live) if live == *branch => {}
            LiveBranch::NoProject | LiveBranch::Branch(_) => return Ok(None),
        }
        let line = self.store.line(head).map_err(ReadError::from)?;
        let place = |commit: CommitId| line.commits().iter().position(|known| *known == commit);
        let mut judged_already = BTreeSet::new();
        for (other, tip) in self.branches.all_after()? {
            if other == *branch {
                continue;
            }
            let LiveBranch::Branch(live) = named(self.store, tip, folder)? else {
                continue;
            };
            if live == *branch && was_live(self.store, tip, folder, &other)? {
                self.require_on_line(head, (&other, tip), branch)?;
                judged_already.extend(place(tip));
            } else if live == other {
                judged_already.extend(place(tip));
            }
        }
        let base = match (judged_already.first(), update.old) {
            (Some(place), _) => line.commits().get(*place).copied(),
            // Where there was no project yet, nothing was live that a new one could take over from.
            (None, Some(old))
                if named(self.store, old, folder)? == LiveBranch::NoProject
                    && place(old).is_some() =>
            {
                Some(old)
            }
            (None, _) => None,
        };
        Ok(Some(Range { base, head }))
    }

    /// Succeeds if `tip`, where the branch `from` is, lies on the first-parent line of `head`, where `to` is.
    fn require_on_line(
        &self,
        head: CommitId,
        (from, tip): (&BranchName, CommitId),
        to: &BranchName,
    ) -> Result<(), PushError> {
        let line = self.store.line(head).map_err(ReadError::from)?;
        if line.commits().contains(&tip) {
            return Ok(());
        }
        let (from, to) = (from.clone(), to.clone());
        Err(PushError::Refused(Refusal::Elsewhere { from, tip, to }))
    }
}
