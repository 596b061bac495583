use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use jiff::Timestamp;

use super::ReadError;
use super::line::TimedLine;
use crate::files::{OwnedPath, pointers_in};
use crate::model::{CommitId, EnvironmentSlug, Pointers, Resource, VersionNumber};
use crate::policy::{Before, Beyond, Lifeline, Lived, Reach, Span, Stretch, Timeline, Until};
use crate::store::{PathPlace, PathStep, ProjectFolder, Store, StoreError};

/// How many commits the search for the publication of a version goes back at first.
const STRIDE: usize = 16;

/// What an environment served along a first-parent line, as far as it was read.
///
/// Each commit is read once, no matter how many pointers are asked about and where the past ends.
/// Changes are kept by pointer. So the cost of a range grows with its commits, and not with the
/// pairs of them.
pub(super) struct Course {
    /// The ends of the part of the line that was read, with the files that say what is live in the
    /// environment and that it exists.
    newest: PathPlace,
    oldest: PathPlace,
    /// What was live at both ends, or `None` if the environment did not exist.
    at_newest: LivePointers,
    at_oldest: LivePointers,
    /// The places of the commits that changed a pointer, newest first, and the version before.
    changes: HashMap<Resource, VecDeque<(usize, Option<VersionNumber>)>>,
    /// The places of the commits that created or deleted the environment, newest first, and whether there was one before.
    /// The places of the commits that created or deleted the environment, newest first, and whether
    /// it existed before.
    existence: VecDeque<(usize, bool)>,
    /// The places of the commits that moved the project, newest first, and its folder from there
    /// on.
    folders: VecDeque<(usize, ProjectFolder)>,
}

type LivePointers = Option<Rc<Pointers>>;

/// A pointer that is followed into the past.
struct Trail {
    /// How far back it still has to go.
    reaches: Vec<Reach>,
    live: Option<VersionNumber>,
    timeline: Timeline,
    done: bool,
}

impl Course {
    /// Returns the course of `environment` from the commit `places` before the tip of `line`, where
    /// the project is in `folder`. Returns `None` if the line ends before it.
    pub(super) fn of(
        store: &Store,
        line: &TimedLine,
        (places, folder): (usize, &ProjectFolder),
        environment: &EnvironmentSlug,
    ) -> Result<Option<Self>, ReadError> {
        let [pointers, marker] = files_of(environment);
        let files = [&*pointers, &*marker];
        let Some(newest) = PathPlace::of(store, line.first_parents(), places, (folder, &files))?
        else {
            return Ok(None);
        };
        let served = served(store, &newest)?;
        Ok(Some(Self {
            oldest: newest.clone(),
            newest,
            at_newest: served.clone(),
            at_oldest: served,
            changes: HashMap::new(),
            existence: VecDeque::new(),
            folders: VecDeque::new(),
        }))
    }

    /// Reports whether the commit `places` before the tip is not older than the part that was read.
    pub(super) fn begins_before(&self, places: usize) -> bool {
        places <= self.oldest.index()
    }

    /// Reads the newer commits up to the one `places` before the tip, where the project is in
    /// `folder`. Returns `None` if it was moved in between.
    pub(super) fn reaching_up_to(
        mut self,
        store: &Store,
        line: &TimedLine,
        (places, folder): (usize, &ProjectFolder),
    ) -> Result<Option<Self>, ReadError> {
        // A walk along a range moves the end of the past towards newer commits. Across a move of
        // the project the files are at another path, and the caller starts over there.
        if self.newest.folder() != folder {
            return Ok((places >= self.newest.index()).then_some(self));
        }
        while places < self.newest.index() {
            let Some(step) = self.newest.newer(store, line.first_parents())? else {
                return Ok(None);
            };
            if step == PathStep::Same {
                continue;
            }
            // Changes are noted at the newer commit of the two, the one that made them, in front of
            // what is known.
            let now = served(store, &self.newest)?;
            let then = std::mem::replace(&mut self.at_newest, now.clone());
            let place = self.newest.index();
            if now.is_some() != then.is_some() {
                self.existence.push_front((place, then.is_some()));
            }
            for (resource, before) in differences(now, then) {
                let changes = self.changes.entry(resource).or_default();
                changes.push_front((place, before));
            }
        }
        Ok(Some(self))
    }

    /// Returns since when `resource` has had its version at the end of the past, `places` before
    /// the tip, as far back as `reaches` ask.
    pub(super) fn follow(
        &mut self,
        store: &Store,
        line: &TimedLine,
        places: usize,
        (resource, reaches): (&Resource, &[Reach]),
    ) -> Result<Timeline, ReadError> {
        let mut trail = Trail::new(reaches, self.live_at(places, resource));
        // If the environment does not exist and did not before, no change will ever be found. The answer is complete after one step instead of after the whole history.
        if !self.exists_at(places) {
            self.look_back_to(store, line, places + 1)?;
            if !self.exists_at(places + 1)
                && let Some(newer) = line.get(places)
            {
                trail.step(newer, None);
            }
        }
        let mut next = places;
        while !trail.done {
            // Changes that are known already are used first. Only when they are used up does the
            // part that was read grow, and only to the next commit that changed something.
            match self.change_since(next, resource) {
                Some((place, then)) => {
                    if let Some(newer) = line.get(place) {
                        trail.step(newer, then);
                    }
                    next = place + 1;
                }
                None if self.look_back(store, line, usize::MAX)? => {}
                None => {
                    // The beginning of the history ends the past like a commit that created the
                    // environment.
                    if let Some(oldest) = line.get(self.oldest.index()) {
                        trail.step(oldest, None);
                    }
                    break;
                }
            }
        }
        Ok(trail.timeline)
    }

    /// Returns what was live of `resource` in every environment of this name, from the end of the
    /// past, `places` before the tip, back beyond the commit that first published `number`, whose
    /// file is `version`.
    pub(super) fn lifeline(
        &mut self,
        store: &Store,
        line: &TimedLine,
        places: usize,
        (resource, number, version): (&Resource, VersionNumber, &str),
    ) -> Result<Lifeline, ReadError> {
        // 1. Before the version was published nobody could make it live, so the search ends there. Looking for its file costs more than a step, so
        //    the strides double. They start at the end of the past, so the result does not depend on what was read before.
        let (mut end, mut stride) = (places, STRIDE);
        let until = loop {
            self.look_back_to(store, line, end)?;
            let oldest = self.oldest.index();
            let Some((commit, _)) = line.get(end).filter(|_| end <= oldest) else {
                end = oldest;
                break Until::Beginning;
            };
            if store.file(commit, self.folder_at(end), version)?.is_none() {
                break Until::Published(number);
            }
            end = end.saturating_add(stride);
            stride = stride.saturating_mul(2);
        };
        // 2. The live version may have changed with each commit that changed the pointer, and with each that created
        //    or deleted the environment.
        let changes = self.changes.get(resource).into_iter().flatten();
        let changes = changes.map(|(place, _)| *place);
        let existence = self.existence.iter().map(|(place, _)| *place);
        let mut at: Vec<usize> = changes
            .chain(existence)
            .filter(|place| (places..end).contains(place))
            .collect();
        at.sort_unstable();
        at.dedup();
        let mut spans = Vec::new();
        let mut lived = self.lived_at(places, resource);
        for place in at {
            let before = self.lived_at(place + 1, resource);
            if before != lived {
                let commit = line.get(place).map(|(commit, _)| commit);
                spans.push(Span { lived, commit });
                lived = before;
            }
        }
        // 3. Before the first commit nothing was live.
        let first = line.get(end).filter(|_| until == Until::Beginning);
        let commit = first.map(|(commit, _)| commit);
        spans.push(Span { lived, commit });
        spans.extend(commit.map(|_| Span {
            lived: Lived::NoEnvironment,
            commit: None,
        }));
        Ok(Lifeline { spans, until })
    }

    /// Returns the project's folder in the commit at `place`, within the part that was read.
    fn folder_at(&self, place: usize) -> &ProjectFolder {
        let mut until = self.folders.iter();
        until
            .find(|(last, _)| place <= *last)
            .map_or(self.oldest.folder(), |(_, folder)| folder)
    }

    fn lived_at(&self, place: usize, resource: &Resource) -> Lived {
        if self.exists_at(place) {
            Lived::of(self.live_at(place, resource))
        } else {
            Lived::NoEnvironment
        }
    }

    /// Returns the newest commit at or before `place` that changed the version of `resource` or
    /// ended its past, and the version before. The outer `None` means that the environment did not
    /// exist.
    fn change_since(
        &self,
        place: usize,
        resource: &Resource,
    ) -> Option<(usize, Option<Option<VersionNumber>>)> {
        let of_pointer = self.changes.get(resource).and_then(|changes| {
            let at = changes.partition_point(|(at, _)| *at < place);
            changes.get(at).copied()
        });
        let from = self.existence.partition_point(|(at, _)| *at < place);
        let mut created = self.existence.iter().skip(from);
        let created = created.find(|(_, before)| !before).map(|(at, _)| *at);
        // The environment's creation ends the past of its pointers, even if a pointer of an earlier
        // environment with the same slug is older: that one was deleted, and has nothing to do with
        // this one.
        match (of_pointer, created) {
            (Some((at, before)), Some(created)) if at < created => Some((at, Some(before))),
            (_, Some(created)) => Some((created, None)),
            (Some((at, before)), None) => Some((at, Some(before))),
            (None, None) => None,
        }
    }

    /// Returns the version of `resource` in the commit at `place`, within the part that was read.
    fn live_at(&self, place: usize, resource: &Resource) -> Option<VersionNumber> {
        // Each change records the version before it. So the version at a place is what the next
        // newer change recorded, or the one at the newest end if there was none since.
        let newer = self.changes.get(resource).and_then(|changes| {
            let at = changes.partition_point(|(at, _)| *at < place);
            changes.get(at.checked_sub(1)?)
        });
        match newer {
            Some((_, before)) => *before,
            None => self.at_newest.as_ref()?.get(resource).copied(),
        }
    }

    fn exists_at(&self, place: usize) -> bool {
        let at = self.existence.partition_point(|(at, _)| *at < place);
        match at
            .checked_sub(1)
            .and_then(|newer| self.existence.get(newer))
        {
            Some((_, before)) => *before,
            None => self.at_newest.is_some(),
        }
    }

    fn look_back_to(
        &mut self,
        store: &Store,
        line: &TimedLine,
        place: usize,
    ) -> Result<(), ReadError> {
        self.look_back_by(store, line, place, |_| true).map(drop)
    }

    /// Goes back to the next commit with a change, at most to `place`. Reports whether there was an
    /// older commit at all.
    fn look_back(
        &mut self,
        store: &Store,
        line: &TimedLine,
        place: usize,
    ) -> Result<bool, ReadError> {
        self.look_back_by(store, line, place, |step| step != PathStep::Changed)
    }

    /// Goes back while `goes_on` accepts the last step, at most to `place`. Reports whether there
    /// was an older commit.
    fn look_back_by(
        &mut self,
        store: &Store,
        line: &TimedLine,
        place: usize,
        goes_on: impl Fn(PathStep) -> bool,
    ) -> Result<bool, ReadError> {
        let mut moved = false;
        while self.oldest.index() < place {
            let folder = self.oldest.folder().clone();
            let Some(step) = self.oldest.older(store, line.first_parents())? else {
                break;
            };
            moved = true;
            if folder != *self.oldest.folder() {
                self.folders.push_back((self.oldest.index() - 1, folder));
            }
            if step == PathStep::Changed {
                let then = served(store, &self.oldest)?;
                self.note(then);
            }
            if !goes_on(step) {
                break;
            }
        }
        Ok(moved)
    }

    /// Records what was live in the oldest commit, before the one that was the oldest until now.
    fn note(&mut self, then: LivePointers) {
        let place = self.oldest.index() - 1;
        let now = std::mem::replace(&mut self.at_oldest, then.clone());
        if now.is_some() != then.is_some() {
            self.existence.push_back((place, then.is_some()));
        }
        for (resource, before) in differences(now, then) {
            let changes = self.changes.entry(resource).or_default();
            changes.push_back((place, before));
        }
    }
}

/// Returns the pointers that differ `now`, with the version that each had `then`.
fn differences(now: LivePointers, then: LivePointers) -> Vec<(Resource, Option<VersionNumber>)> {
    let (now, then) = (now.unwrap_or_default(), then.unwrap_or_default());
    let mut differences = Vec::new();
    for (resource, number) in &*then {
        if now.get(resource) != Some(number) {
            differences.push((resource.clone(), Some(*number)));
        }
    }
    let added = now.keys().filter(|resource| !then.contains_key(*resource));
    differences.extend(added.map(|resource| (resource.clone(), None)));
    differences
}

/// Returns what is live at `place` according to its first file, which may be missing. Returns
/// `None` if the environment does not exist.
pub(super) fn served(store: &Store, place: &PathPlace) -> Result<LivePointers, StoreError> {
    let mut contents = place.contents();
    match contents.next().flatten() {
        Some(content) => Ok(Some(Rc::new(pointers_in(&store.content(content)?)))),
        None => Ok(contents.next().flatten().map(|_| Rc::default())),
    }
}

/// Returns the files that say what is live in an environment, and that it exists.
pub(super) fn files_of(environment: &EnvironmentSlug) -> [String; 2] {
    [
        OwnedPath::Pointers(environment.clone()),
        OwnedPath::Environment(environment.clone()),
    ]
    .map(|path| path.to_string())
}

impl Trail {
    fn new(reaches: &[Reach], live: Option<VersionNumber>) -> Self {
        Self {
            reaches: reaches.to_vec(),
            live,
            timeline: Timeline::default(),
            done: false,
        }
    }

    /// Goes one commit back. `then` is what was live before the commit `newer`, or `None` if the
    /// environment did not exist.
    fn step(&mut self, newer: (CommitId, Timestamp), then: Option<Option<VersionNumber>>) {
        let before = Before::of(then, &self.live);
        if before == Before::Same {
            return;
        }
        let (commit, since) = newer;
        self.timeline.stretches.push(Stretch {
            live: self.live,
            since,
            commit,
        });
        match before {
            Before::Same | Before::Nothing => {
                self.timeline.beyond = Beyond::Nothing;
                self.done = true;
            }
            Before::Other(live) => {
                self.live = live;
                self.timeline.beyond = Beyond::Live(live);
                let count = self.timeline.stretches.len();
                // All questions about the pointer are answered by one walk, which goes on as long
                // as one of them is open.
                self.reaches.retain(|reach| match reach {
                    Reach::Stretches(asked) => count < *asked,
                    Reach::Since(moment) => since > *moment,
                    Reach::Earlier(number) => live != Some(*number),
                });
                self.done = self.reaches.is_empty();
            }
        }
    }
}
