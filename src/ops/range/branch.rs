use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use jiff::Timestamp;

use super::inputs::{Landing, RangeInputs, demands_signatures};
use super::pasts::{PastOf, Pasts};
use super::report::CommitFindings;
use crate::check::{Meta, Report, Stand, Transition, check_transition};
use crate::diag::{Code, Finding, Place as FindingPlace};
use crate::files::{SETTINGS, State};
use crate::model::{
    CommitId, ContentId, Entry, EnvironmentSlug, Identity, Project, changed_entries,
};
use crate::ops::ReadError;
use crate::ops::project_place::ProjectPlace;
use crate::policy::{
    Facts, MoveKind, Origin, Origins, PastFacts as _, Question, Request, Side, compared_parent,
};
use crate::store::{Actor, ProjectFolder, StoreError, StrictCommit};

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
    bench: &'b RangeInputs<'s>,
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
    /// Who made the commits that change the project, each person once; whether by a merge.
    /// Who made the commits that change the project, each person once, and whether by a merge.
    pub(super) authors: Vec<(Actor, bool)>,
}

impl<'b, 's> Branch<'b, 's> {
    /// Returns the judge of commits under the rules of `live`, which the commit `tip` has in
    /// `folder`. The commits become live after it at `lands`.
    pub(super) fn new(
        bench: &'b RangeInputs<'s>,
        folder: &'b ProjectFolder,
        (tip, live): (CommitId, &'b State),
        lands: Landing,
    ) -> Self {
        Self {
            pasts: Pasts::new(bench.store, folder, tip),
            bench,
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
        let root = self.bench.store.root_of(commit)?;
        let place = ProjectPlace::at(self.bench.store, root, self.folder)?;
        let point = BranchPoint {
            place,
            set: Rc::default(),
            live: true,
        };
        self.points.insert(commit, point.clone());
        Ok(point)
    }

    /// Returns who set what the merge `after` takes from the commits `others`. It was merged into
    /// the commit `first`, which has the project `before`.
    pub(super) fn origins(
        &mut self,
        (first, before): (CommitId, &Project),
        others: &[CommitId],
        after: &Project,
    ) -> Result<Origins, ReadError> {
        // Most merges of a large repository change nothing here, so merge bases, which are slow to find, are not looked for then.
        if before == after {
            return Ok(Origins::default());
        }
        // An entry that differs from `before` may come from a side or be the merge's own work. It
        // is a side's only if that side changed it since the merge base; a merge that picks the old
        // value from before the branch forked has set it itself.
        let mut points = Vec::new();
        for other in others {
            let bases = self.bases(first, *other)?;
            points.push((self.point(*other)?, bases));
        }
        let sides: Vec<Side<'_>> = points
            .iter()
            .map(|(point, bases)| Side {
                project: &point.place.state.project,
                set: &point.set,
                bases: bases.iter().map(|state| &state.project).collect(),
            })
            .collect();
        let mut origins = Origins::of(before, after, &sides);
        let mut requests: Vec<CommitId> = origins
            .approved()
            .map(|(_, request)| request.commit)
            .collect();
        requests.dedup();
        // A request that is on the first parent was visible to those who approve before the branch
        // landed. One that comes with the merge was not, so an approval on the branch does not
        // count for it.
        for request in requests {
            if request == first || self.bench.store.is_ancestor(request, first)? {
                origins.know(request);
            }
        }
        Ok(origins)
    }

    /// Returns the states at which two commits parted, or one empty state if they have nothing in
    /// common.
    fn bases(&mut self, one: CommitId, other: CommitId) -> Result<Vec<Rc<State>>, ReadError> {
        let bases = self.bench.store.merge_bases(one, other)?;
        if bases.is_empty() {
            return Ok(vec![Rc::default()]);
        }
        bases.into_iter().map(|base| self.state(base)).collect()
    }

    fn state(&mut self, commit: CommitId) -> Result<Rc<State>, ReadError> {
        let store = self.bench.store;
        let root = store.root_of(commit)?;
        let tree = store.folder_in(root, self.folder)?;
        // Usually the folder's tree is that of a commit that is in memory, and need not be read again.
        let mut known = self.points.values().map(|point| &point.place);
        if let Some(place) = known.find(|place| place.tree == tree && place.folder == *self.folder)
        {
            return Ok(place.state.clone());
        }
        if let Some(state) = self.bases.get(&tree) {
            return Ok(state.clone());
        }
        let state = ProjectPlace::at(store, root, self.folder)?.state;
        self.bases.insert(tree, state.clone());
        Ok(state)
    }

    /// Makes whoever moved the project into `folder` on one of the sides `others` the author of
    /// that move in a merge that takes it.
    pub(super) fn explain_move(
        &mut self,
        origins: &mut Origins,
        others: &[CommitId],
        folder: &ProjectFolder,
    ) -> Result<(), ReadError> {
        for other in others {
            let point = self.point(*other)?;
            if point.place.folder == *folder
                && let Some(origin) = point.set.get(&Entry::Project)
            {
                origins.explain_move(origin.clone());
            }
        }
        Ok(())
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
        // 1. A commit is compared with one parent. Where a branch took in what is live meanwhile, that is the live one,
        //    whichever place it has: what the merge has from there is no change, and what it keeps of the branch in spite of
        //    it is. So a branch cannot carry past a deletion what was live before it began.
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
        let root = self.bench.store.root_of(commit)?;
        let (same, tree) = point.place.compare(self.bench.store, root)?;
        point.live = false;
        if same {
            return Ok(point);
        }
        self.judged += 1;
        let strict_commit = match self.bench.store.strict_commit(commit)? {
            Ok(strict_commit) => Some(strict_commit),
            Err(why) => {
                let finding = self.bench.malformed_commit(&point.place, tree, &why);
                self.findings.push(
                    self.bench
                        .found(commit, None, vec![finding], &point.place)?,
                );
                None
            }
        };
        let folder = point.place.folder.clone();
        let (moved, tree) = match on {
            Some(on) => point.place.follow(self.bench.store, (on, commit), tree)?,
            None => (false, tree),
        };
        // 2. The step is taken on the parent's state; if the tree reads in more than one way, it is not taken at all.
        let before = point.place.state.clone();
        if let Err(error) = point.place.advance(self.bench.store, tree) {
            // The step is not taken, so the next commit is compared with the state before this one.
            // What hides behind the malformed tree does not go unjudged.
            let finding = self.bench.malformed_tree(error)?;
            self.findings.push(self.bench.found(
                commit,
                strict_commit.as_ref(),
                vec![finding],
                &point.place,
            )?);
            return Ok(point);
        }
        // 3. What the other parents set is theirs; the rest is set by this commit, and carried on to its children.
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
        // The folder of the project may also contain other files, and who changes only those is not an author of a squash.
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

    /// Judges one commit, and records in `set` who set what after it.
    fn step(
        &mut self,
        step: &BranchStep<'_>,
        strict_commit: Option<&StrictCommit>,
        set: &mut BTreeMap<Entry, Origin>,
    ) -> Result<(), ReadError> {
        let signs = demands_signatures(&self.live.project);
        let meta = match strict_commit {
            Some(strict_commit) => self.bench.meta(strict_commit, self.lands, signs),
            None => Meta::unsigned(None, self.lands.own),
        };
        let meta = Meta {
            moved: step.moved,
            ..meta
        };
        let mut past = PastOf {
            pasts: &mut self.pasts,
            tip: step.on,
            folder: step.folder,
        };
        let mut facts = Facts::default();
        let stand = Stand::Branch {
            live: &self.live.project,
            origins: step.origins,
        };
        let (before, after) = (step.before, &*step.after.state);
        let report = past.judge(&mut facts, |facts| {
            check_transition(&Transition {
                before,
                after,
                meta: &meta,
                wrong_before: None,
                published: None,
                facts,
                stand,
            })
        })?;
        // The origin of an approved pointer includes its request, for the judge of the merge to
        // compare. Asked only for environments in which this commit approves something, since each
        // answer takes a walk through the past.
        self.moves |= !report.judged.is_empty();
        let approves = report
            .judged
            .iter()
            .filter(|judged| judged.kind == MoveKind::Approved);
        let mut requests: BTreeMap<EnvironmentSlug, Option<Request>> = BTreeMap::new();
        for slug in approves.map(|judged| judged.moved.environment.clone()) {
            let question = Question::Request(slug.clone());
            if !facts.answer(&question) {
                past.answer(&[question], &mut facts)?;
            }
            requests.insert(slug.clone(), facts.request(&slug).cloned());
        }
        let author = meta.author.clone();
        // An unknown date counts as long ago, so that a request or an approval gains nothing from it.
        let at = strict_commit.map_or(Timestamp::MIN, |strict_commit| strict_commit.committer.at);
        // A commit whose author is unknown has its finding already. Findings that follow from the missing author would only repeat it.
        if strict_commit.is_some() && !report.introduced.is_empty() {
            let found = self.bench.found(
                step.commit,
                strict_commit,
                report.introduced.clone(),
                step.after,
            )?;
            self.findings.push(found);
        }
        settle(step, set, |entry| {
            own(
                (step.commit, at),
                author.as_ref(),
                &report,
                &requests,
                entry,
            )
        });
        Ok(())
    }
}

/// One commit of a branch.
struct BranchStep<'a> {
    commit: CommitId,
    /// The parent that it is compared with.
    on: Option<CommitId>,
    /// The project's folder in it.
    folder: &'a ProjectFolder,
    before: &'a State,
    after: &'a ProjectPlace,
    /// Whether it moves the project to another folder.
    moved: bool,
    origins: Option<&'a Origins>,
}

/// Records in `set` who set what after `step`. What it changed was set by it, or by whoever set it
/// on the side that a merge took it from.
fn settle(
    step: &BranchStep<'_>,
    set: &mut BTreeMap<Entry, Origin>,
    own: impl Fn(&Entry) -> Origin,
) {
    let mut changed = changed_entries(&step.before.project, &step.after.state.project);
    if step.moved {
        changed.push(Entry::Project);
    }
    for entry in changed {
        let mut origin = step
            .origins
            .and_then(|origins| origins.get(&entry))
            .cloned()
            .unwrap_or_else(|| own(&entry));
        // Two approvals in a row on the branch become live together. The move then begins where the first of them began, not at a value that was never live.
        if let Some(earlier) = set
            .get(&entry)
            .filter(|earlier| earlier.kind == Some(MoveKind::Approved))
        {
            origin.before = earlier.before;
        }
        set.insert(entry, origin);
    }
}

fn own(
    (commit, at): (CommitId, Timestamp),
    author: Option<&Identity>,
    report: &Report,
    requests: &BTreeMap<EnvironmentSlug, Option<Request>>,
    entry: &Entry,
) -> Origin {
    let mut origin = Origin {
        commit,
        author: author.cloned(),
        at,
        kind: None,
        before: None,
        request: None,
    };
    if let Entry::Pointer(slug, resource) = entry {
        let moved = report.judged.iter().find(|judged| {
            judged.kind != MoveKind::Requested
                && judged.moved.environment == *slug
                && judged.moved.resource == *resource
        });
        let kind = moved.map_or(MoveKind::Direct, |judged| judged.kind);
        origin.kind = Some(kind);
        origin.before = moved.and_then(|judged| judged.moved.before);
        origin.request = requests
            .get(slug)
            .cloned()
            .flatten()
            .filter(|_| kind == MoveKind::Approved);
    }
    origin
}

impl<'s> RangeInputs<'s> {
    /// Returns the finding for headers that can be read in more than one way, at the first file
    /// that the commit changes.
    pub(super) fn malformed_commit(
        &self,
        place: &ProjectPlace,
        tree: Option<ContentId>,
        why: &dyn std::fmt::Display,
    ) -> Finding {
        let mut snapshot = (*place.snapshot).clone();
        let changed = self
            .store
            .advance(&mut snapshot, &place.folder, place.tree, tree)
            .unwrap_or_default();
        let file = changed
            .into_iter()
            .next()
            .unwrap_or_else(|| SETTINGS.to_owned());
        let message = format!("cannot determine who made this commit: {why}");
        Finding::error(Code::COMMIT_HEADER, FindingPlace::file(file), message)
            .help("make the commit again with git: git commit --amend --no-edit --reset-author")
    }

    /// Returns the finding for a tree that can be read in more than one way. Any other error is
    /// returned as it is.
    pub(super) fn malformed_tree(&self, error: ReadError) -> Result<Finding, ReadError> {
        let ReadError::Store(StoreError::MalformedTree { path, why }) = error else {
            return Err(error);
        };
        let prefix = self.folder.join("");
        let file = path.strip_prefix(&prefix).unwrap_or(&path).to_owned();
        let message = format!("this folder is stored in a way that no git program writes: {why}");
        Ok(
            Finding::error(Code::MALFORMED_TREE, FindingPlace::file(file), message)
                .help("make the commit again with git, from a work tree"),
        )
    }
}
