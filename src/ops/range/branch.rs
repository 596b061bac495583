use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use self::setters::BranchStep;
use super::inputs::{Landing, RangeInputs};
use super::pasts::Pasts;
use super::report::CommitFindings;
use crate::files::State;
use crate::model::{CommitId, ContentId, Entry};
use crate::ops::ReadError;
use crate::ops::project_place::ProjectPlace;
use crate::policy::{Origin, compared_parent};
use crate::store::{Actor, ProjectFolder};

mod origins;
mod setters;
mod step;

/// A commit that is not live yet: the project in it, and who set what since the branch left the
/// live line.
#[derive(Clone)]
pub(super) struct BranchPoint {
    pub(super) place: ProjectPlace,
    pub(super) set: Rc<BTreeMap<Entry, Origin>>,
    /// Whether it is live already.
    live: bool,
}

/// Judges the commits of a branch by the rules of the live state: who may do what, what was
/// approved, and what holds in every state. Whether pointers may move is judged where they move on
/// the live line.
pub(super) struct Branch<'b, 's> {
    inputs: &'b RangeInputs<'s>,
    /// The project's folder there.
    folder: &'b ProjectFolder,
    live: &'b State,
    /// When what the branch brings becomes live.
    lands: Landing,
    pasts: Pasts<'s>,
    points: HashMap<CommitId, BranchPoint>,
    /// The project in commits at which branches parted, by the tree of its folder.
    bases: HashMap<Option<ContentId>, Rc<State>>,
    pub(super) findings: Vec<CommitFindings>,
    pub(super) judged: usize,
    /// Whether a pointer moves in any of the commits, or is asked to.
    pub(super) moves: bool,
    /// Who made the commits that change the project, each person once, and whether by a merge.
    pub(super) authors: Vec<(Actor, bool)>,
}

impl<'b, 's> Branch<'b, 's> {
    /// Returns the judge of commits under the rules of `live`, which the commit `tip` has in
    /// `folder`. The commits become live after it at `lands`.
    pub(super) fn new(
        inputs: &'b RangeInputs<'s>,
        folder: &'b ProjectFolder,
        (tip, live): (CommitId, &'b State),
        lands: Landing,
    ) -> Self {
        Self {
            pasts: Pasts::new(inputs.store, folder, tip),
            inputs,
            folder,
            live,
            lands,
            points: HashMap::new(),
            bases: HashMap::new(),
            findings: Vec::new(),
            judged: 0,
            moves: false,
            authors: Vec::new(),
        }
    }

    /// Judges `commits`, each after its parents. They end in `tips`.
    pub(super) fn judge(
        &mut self,
        commits: &[(CommitId, Vec<CommitId>)],
        tips: &[CommitId],
    ) -> Result<(), ReadError> {
        // How often each commit is still needed: as a parent of another, or as a tip for the
        // caller. Without the counting a branch of thousands of commits would keep the state of
        // each in memory.
        let mut children: HashMap<CommitId, usize> = HashMap::new();
        for parent in commits.iter().flat_map(|(_, parents)| parents).chain(tips) {
            *children.entry(*parent).or_default() += 1;
        }
        self.pasts.arrange(commits);
        for (commit, parents) in commits {
            // A parent that nothing else is based on is moved into this commit instead of copied.
            let goes_on = |parent: &CommitId| {
                let here = parents.iter().filter(|other| *other == parent).count();
                here == 1 && children.get(parent) == Some(&1)
            };
            let point = self.commit(*commit, parents, goes_on)?;
            self.points.insert(*commit, point);
            // A commit that nothing is based on any more is dropped.
            for parent in parents {
                let left = children.entry(*parent).or_default();
                *left = left.saturating_sub(1);
                if *left == 0 {
                    self.points.remove(parent);
                }
            }
        }
        Ok(())
    }

    /// Returns the point of `commit`: one that was judged, or one that is live.
    pub(super) fn point(&mut self, commit: CommitId) -> Result<BranchPoint, ReadError> {
        if let Some(known) = self.points.get(&commit) {
            return Ok(known.clone());
        }
        // Not judged here, so it is live: `commits` contains everything that is not, and parents
        // before children.
        let root = self.inputs.store.root_of(commit)?;
        let place = ProjectPlace::at(self.inputs.store, root, self.folder)?;
        let point = BranchPoint {
            place,
            set: Rc::default(),
            live: true,
        };
        self.points.insert(commit, point.clone());
        Ok(point)
    }

    fn commit(
        &mut self,
        commit: CommitId,
        parents: &[CommitId],
        goes_on: impl Fn(&CommitId) -> bool,
    ) -> Result<BranchPoint, ReadError> {
        let mut live = Vec::new();
        for parent in parents {
            live.push(self.point(*parent)?.live);
        }
        // 1. A commit is compared with one parent. Where a branch took in what is live meanwhile,
        //    that is the live one, whichever place it has: what the merge has from there is no
        //    change, and what it keeps of the branch in spite of it is. So a branch cannot carry
        //    past a deletion what was live before it began.
        let at = compared_parent(live);
        let on = parents.get(at).copied();
        let known = on.filter(goes_on).and_then(|on| self.points.remove(&on));
        let mut point = match (on, known) {
            (_, Some(point)) => point,
            (Some(on), None) => self.point(on)?,
            (None, None) => BranchPoint {
                place: ProjectPlace::nowhere(self.folder.clone()),
                set: Rc::default(),
                live: false,
            },
        };
        let root = self.inputs.store.root_of(commit)?;
        let (same, tree) = point.place.compare(self.inputs.store, root)?;
        // Also where the commit changes nothing: it is on a branch, and a merge of it has to be
        // compared with the parent that is live, not with this one.
        point.live = false;
        if same {
            return Ok(point);
        }
        self.judged += 1;
        // A commit whose headers cannot be read one way has its finding, which already bars the
        // range. It is followed all the same: later commits are compared with what it left, and
        // would otherwise be blamed for it.
        let strict_commit = match self.inputs.store.strict_commit(commit)? {
            Ok(strict_commit) => Some(strict_commit),
            Err(why) => {
                let finding = self.inputs.malformed_commit(&point.place, tree, &why);
                self.findings.push(
                    self.inputs
                        .found(commit, None, vec![finding], &point.place)?,
                );
                None
            }
        };
        let folder = point.place.folder.clone();
        let (moved, tree) = match on {
            Some(on) => point.place.follow(self.inputs.store, (on, commit), tree)?,
            None => (false, tree),
        };
        // 2. The step is taken on the parent's state; if the tree reads in more than one way, it is
        //    not taken at all.
        let before = point.place.state.clone();
        if let Err(error) = point.place.advance(self.inputs.store, tree) {
            // The step is not taken, so the next commit is compared with the state before this one.
            // What hides behind the malformed tree does not go unjudged.
            let finding = self.inputs.malformed_tree(error)?;
            self.findings.push(self.inputs.found(
                commit,
                strict_commit.as_ref(),
                vec![finding],
                &point.place,
            )?);
            return Ok(point);
        }
        // 3. What the other parents set is theirs; the rest is set by this commit, and carried on
        //    to its children.
        let origins = match on {
            Some(on) if parents.len() > 1 => {
                let mut others = parents.to_vec();
                others.remove(at);
                let (before, after) = (&before.project, &point.place.state.project);
                let mut origins = self.origins((on, before), &others, after)?;
                if moved {
                    self.explain_move(&mut origins, &others, &point.place.folder)?;
                }
                Some(origins)
            }
            _ => None,
        };
        // The folder of the project may also contain other files, and who changes only those is not
        // an author of a squash.
        if let Some(strict_commit) = &strict_commit
            && (moved || before.project != point.place.state.project)
        {
            self.note(&strict_commit.author, parents.len() > 1);
        }
        let step = BranchStep {
            commit,
            on,
            folder: &folder,
            before: &before,
            after: &point.place,
            moved,
            origins: origins.as_ref(),
        };
        self.step(&step, strict_commit.as_ref(), Rc::make_mut(&mut point.set))?;
        Ok(point)
    }

    /// Records who made a commit that changes the project.
    fn note(&mut self, author: &Actor, merged: bool) {
        let same = |(known, by_merge): &(Actor, bool)| {
            known.email.eq_ignore_ascii_case(&author.email) && *by_merge == merged
        };
        if !self.authors.iter().any(same) {
            self.authors.push((author.clone(), merged));
        }
    }
}
