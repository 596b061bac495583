use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use git2::{Error, Odb};
use jiff::Timestamp;

use crate::model::{CommitId, ContentId};
use crate::store::error::StoreError;
use crate::store::history::commit_graph::{CommitGraph, GraphedLine, PathKeys, Position, Versions};
use crate::store::history::headers::Headers;
use crate::store::history::time::time;
use crate::store::ids::{commit_id, commit_oid, content_id};
use crate::store::open::Store;

/// From here on, a date of the commit-graph may be another one that its 34 bits could not hold:
/// that of a commit before 1970, or after 2514. A date of 0 may be one that git could not read.
const DOUBTFUL_DATES: u64 = 1 << 33;

/// The first-parent line of a commit, newest first, as far as order, time and files need it.
///
/// Commits in git's commit-graph are taken from there; newer ones are read. It takes some 40 bytes
/// of memory per commit.
#[derive(Clone, Default)]
pub struct FirstParentLine {
    commits: Vec<CommitId>,
    recorded: Vec<Timestamp>,
    /// The root trees of the newest commits: those that were read.
    trees: Vec<ContentId>,
    /// The other parents of those that are merges.
    merges: HashMap<CommitId, Box<[CommitId]>>,
    /// The positions of the others in the commit-graph.
    graphed: Option<Rc<Graphed>>,
    /// How many positions of the commit-graph are before the beginning of this line.
    passed: usize,
}

struct Graphed {
    graph: Rc<CommitGraph>,
    positions: Vec<Position>,
    believed: Option<Versions>,
}

impl FirstParentLine {
    /// Returns the commits, newest first.
    pub fn commits(&self) -> &[CommitId] {
        &self.commits
    }

    /// Moves out when each commit was recorded, as its committer says. A second call returns
    /// nothing.
    pub fn take_recorded(&mut self) -> Vec<Timestamp> {
        std::mem::take(&mut self.recorded)
    }

    /// Returns the line that begins `places` commits before the tip, without the times.
    pub fn older(&self, places: usize) -> Self {
        let read = places.min(self.trees.len());
        Self {
            commits: self.commits.get(places..).unwrap_or_default().to_vec(),
            recorded: Vec::new(),
            trees: self.trees[read..].to_vec(),
            merges: HashMap::new(),
            graphed: self.graphed.clone(),
            passed: self.passed + (places - read),
        }
    }

    /// Returns the other parents of a commit that was read, if it is a merge. Returns none for a
    /// commit from the commit-graph.
    pub fn other_parents(&self, commit: CommitId) -> &[CommitId] {
        self.merges
            .get(&commit)
            .map(AsRef::as_ref)
            .unwrap_or_default()
    }

    /// Returns the root tree of the commit `index` places before the tip.
    pub fn tree(&self, store: &Store, index: usize) -> Result<ContentId, StoreError> {
        let graphed = || {
            self.position(index)
                .and_then(|(graphed, at)| graphed.graph.tree(at))
        };
        match self.trees.get(index).copied().or_else(graphed) {
            Some(tree) => Ok(tree),
            None => Ok(store.headers(&store.odb()?, self.commits[index])?.tree),
        }
    }

    /// Reports whether the commit `index` places before the tip certainly changed none of these
    /// paths against its first parent.
    pub(in crate::store) fn denies_change<'p>(
        &self,
        index: usize,
        mut paths: impl Iterator<Item = &'p PathKeys>,
    ) -> bool {
        self.position(index).is_some_and(|(graphed, at)| {
            let believed = graphed.believed;
            believed.is_some_and(|believed| {
                paths.all(|path| graphed.graph.denies_change(at, path, believed))
            })
        })
    }

    fn position(&self, index: usize) -> Option<(&Graphed, Position)> {
        let graphed = self.graphed.as_deref()?;
        Some((
            graphed,
            *graphed
                .positions
                .get(index.checked_sub(self.trees.len())? + self.passed)?,
        ))
    }
}

impl Store {
    /// Returns the first-parent line of `tip`, newest first, down to the first commit.
    ///
    /// # Errors
    ///
    /// [`StoreError::Shallow`] where a shallow clone leaves the rest out, [`StoreError::AlteredHistory`] where grafts or
    /// replacement objects change what commits seem to say, and when a commit cannot be read.
    pub fn line(&self, tip: CommitId) -> Result<FirstParentLine, StoreError> {
        self.require_unaltered_history()?;
        let boundary = self.shallow_boundary()?;
        let (odb, mut graph) = (self.odb()?, self.commit_graph());
        let mut line = FirstParentLine::default();
        let mut next = Some(tip);
        while let Some(commit) = next {
            // The newest commits are usually not in the graph, which `git gc` writes now and then.
            // They are read until one is known to it; from there on its line is complete.
            if let Some((known, at)) = graph.and_then(|graph| Some((graph, graph.find(commit)?))) {
                match known.first_parents(at) {
                    Some(rest) => {
                        self.append(&mut line, known, rest, &odb)?;
                        return Ok(line);
                    }
                    // A graph that contradicts itself is not asked again. The line goes on commit
                    // by commit and is right, only slower.
                    None => graph = None,
                }
            }
            let headers = self.headers(&odb, commit)?;
            if headers.parents.len() > 1 {
                line.merges.insert(commit, headers.parents[1..].into());
            }
            line.commits.push(commit);
            line.recorded.push(headers.recorded);
            line.trees.push(headers.tree);
            // After the commit itself is in the line, so that the error names the last commit that
            // exists.
            if boundary.contains(&commit) {
                return Err(StoreError::Shallow { commit });
            }
            next = headers.parents.first().copied();
        }
        Ok(line)
    }

    /// From here on, reads every commit itself and does not use the commit-graph. Each commit is
    /// read only once, since the branches that a range brings have most of their past in common.
    ///
    /// This is for a verdict that must rest only on what object names prove. The commit-graph is
    /// not transported by fetch or push, but whoever can write to the repository's folder, or to
    /// the cache that it is restored from, can falsify its dates, parents and changed files. They
    /// cannot falsify an object.
    pub fn ignore_commit_graph(&mut self) {
        self.graph = OnceCell::from(None);
        self.headers = Some(RefCell::default());
    }

    /// Returns git's commit-graph, if there is one and git itself would use it here.
    fn commit_graph(&self) -> Option<&Rc<CommitGraph>> {
        let opened = self.graph.get_or_init(|| {
            let refused = self.is_shallow() || self.switches_off("core.commitGraph");
            if refused {
                None
            } else {
                CommitGraph::open(&self.common_directory().join("objects")).map(Rc::new)
            }
        });
        opened.as_ref()
    }

    /// Reports whether a setting is false or unreadable. Then what it controls is not used.
    fn switches_off(&self, key: &str) -> bool {
        !matches!(self.setting_bool(key), Ok(None | Some(true)))
    }

    /// Returns which filters of changed paths git itself would use here.
    fn believed_filters(&self) -> Option<Versions> {
        match self
            .settings
            .config()
            .get_i64("commitGraph.changedPathsVersion")
        {
            Ok(-1) => Some(Versions::All),
            Ok(version) => u32::try_from(version)
                .ok()
                .filter(|version| *version > 0)
                .map(Versions::Only),
            Err(_) if self.switches_off("commitGraph.readChangedPaths") => None,
            Err(_) => Some(Versions::All),
        }
    }

    /// Appends what the graph knows to a line of newer commits.
    fn append(
        &self,
        line: &mut FirstParentLine,
        graph: &Rc<CommitGraph>,
        rest: GraphedLine,
        odb: &Odb<'_>,
    ) -> Result<(), StoreError> {
        line.recorded.reserve_exact(rest.dates.len());
        for (commit, date) in rest.commits.iter().zip(rest.dates) {
            let doubtful = date == 0 || date >= DOUBTFUL_DATES;
            line.recorded.push(if doubtful {
                self.headers(odb, *commit)?.recorded
            } else {
                time(date.cast_signed())
            });
        }
        if line.commits.is_empty() {
            line.commits = rest.commits;
        } else {
            line.commits.extend(rest.commits);
        }
        let (graph, positions, believed) = (graph.clone(), rest.positions, self.believed_filters());
        line.graphed = Some(Rc::new(Graphed {
            graph,
            positions,
            believed,
        }));
        Ok(())
    }

    pub(in crate::store) fn odb(&self) -> Result<Odb<'_>, StoreError> {
        self.repo
            .odb()
            .map_err(StoreError::git("open the object database"))
    }

    /// Returns what a commit says about order, time and files. A commit that does not look as git
    /// writes it is left to libgit2.
    pub(in crate::store) fn headers(
        &self,
        odb: &Odb<'_>,
        commit: CommitId,
    ) -> Result<Headers, StoreError> {
        let Some(known) = &self.headers else {
            return self.read_headers(odb, commit);
        };
        if let Some(headers) = known.borrow().get(&commit) {
            return Ok(headers.clone());
        }
        let headers = self.read_headers(odb, commit)?;
        known.borrow_mut().insert(commit, headers.clone());
        Ok(headers)
    }

    fn read_headers(&self, odb: &Odb<'_>, commit: CommitId) -> Result<Headers, StoreError> {
        self.require_budget()?;
        let read = || StoreError::git(format!("read the commit {}", commit.short()));
        let stored = self.stored_commit(odb, commit_oid(commit))?;
        if let Some(headers) = stored
            .as_ref()
            .and_then(|stored| Headers::scan(stored.data()))
        {
            return Ok(headers);
        }
        if let Some(stored) = stored.as_ref().filter(|stored| !stored.is_whole()) {
            // libgit2 would load all of it, and its message may have gigabytes.
            return Headers::undated(stored.data())
                .ok_or_else(|| read()(Error::from_str("its headers cannot be read")));
        }
        let found = match self.lenient_commit(commit_oid(commit)) {
            Ok(found) => found,
            // No git program wrote what libgit2 cannot read. Its tree and parents are still readable, and a history must not end at such a commit: everything before it would escape the judge.
            Err(error) => {
                let undated = stored.and_then(|stored| Headers::undated(stored.data()));
                return undated.ok_or_else(|| read()(error));
            }
        };
        let recorded = time(found.committer().when().seconds());
        let parents = found.parent_ids().map(commit_id).collect();
        Ok(Headers {
            tree: content_id(found.tree_id()),
            parents,
            recorded,
        })
    }
}
