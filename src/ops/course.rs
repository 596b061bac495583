use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use jiff::Timestamp;

use super::ReadError;
use super::line::TimedLine;
use crate::files::{OwnedPath, pointers_in};
use crate::model::{CommitId, EnvironmentSlug, Pointers, Resource, VersionNumber};
use crate::policy::{Before, Beyond, Lifeline, Lived, Reach, Span, Stretch, Timeline, Until};
use crate::store::{PathPlace, PathStep, ProjectFolder, Store, StoreError};

/// How many commits the first stride goes back that looks for the publication of a version.
const STRIDE: usize = 16;

/// What an environment served along a first-parent line, as far as somebody has looked.
///
/// Each commit is looked at once, however many pointers are asked about and wherever the past ends: what a commit changed is
/// kept by pointer. So what a range costs grows with its commits, and not with the pairs of them.
pub(super) struct Course {
    /// The commits between which somebody has looked, with the files that say what is live in the environment, and that there
    /// is one.
    newest: PathPlace,
    oldest: PathPlace,
    /// What was live at both; none: there was no such environment.
    at_newest: LivePointers,
    at_oldest: LivePointers,
    /// The places of the commits that changed a pointer, newest first, and what it named before.
    changes: HashMap<Resource, VecDeque<(usize, Option<VersionNumber>)>>,
    /// The places of the commits that created or deleted the environment, newest first, and whether there was one before.
    existence: VecDeque<(usize, bool)>,
    /// The places of the commits that moved the project, newest first, and its folder from there on.
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
    /// Returns the course of `environment` from the commit so many `places` before the tip of `line`, where the project is in
    /// `folder`; `None` where the line ends before it.
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

    /// Reports whether the commit so many `places` before the tip is not older than what somebody has looked at.
    pub(super) fn begins_before(&self, places: usize) -> bool {
        places <= self.oldest.index()
    }

    /// Looks at the newer commits up to the one so many `places` before the tip, where the project is in `folder`; `None`
    /// where it was moved between.
    pub(super) fn reaching_up_to(
        mut self,
        store: &Store,
        line: &TimedLine,
        (places, folder): (usize, &ProjectFolder),
    ) -> Result<Option<Self>, ReadError> {
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

    /// Returns since when `resource` has been what it is where the past ends, so many `places` before the tip, as far back as
    /// `reaches` ask.
    pub(super) fn follow(
        &mut self,
        store: &Store,
        line: &TimedLine,
        places: usize,
        (resource, reaches): (&Resource, &[Reach]),
    ) -> Result<Timeline, ReadError> {
        let mut trail = Trail::new(reaches, self.live_at(places, resource));
        // Where there is no environment, and was none before, the first step ends the trail, though nothing changes in it.
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
            match self.change_since(next, resource) {
                Some((place, then)) => {
                    if let Some(newer) = line.get(place) {
                        trail.step(newer, then);
                    }
                    next = place + 1;
                }
                None if self.look_back(store, line, usize::MAX)? => {}
                None => {
                    if let Some(oldest) = line.get(self.oldest.index()) {
                        trail.step(oldest, None);
                    }
                    break;
                }
            }
        }
        Ok(trail.timeline)
    }

    /// Returns what was live of `resource` in every environment that there was here, from where the past ends, so many `places`
    /// before the tip, back beyond the commit that first published `number`, which is the file at `version`.
    pub(super) fn lifeline(
        &mut self,
        store: &Store,
        line: &TimedLine,
        places: usize,
        (resource, number, version): (&Resource, VersionNumber, &str),
    ) -> Result<Lifeline, ReadError> {
        // 1. Where the version is not there yet, nobody could make it live. To look for that costs more than a step, so that
        //    the strides grow; where they lead does not depend on how far somebody has looked before.
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
        // 2. Something else may have begun to be live with each commit that changed the pointer, and with each that created
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
        // 3. Before the history nothing was live.
        let first = line.get(end).filter(|_| until == Until::Beginning);
        let commit = first.map(|(commit, _)| commit);
        spans.push(Span { lived, commit });
        spans.extend(commit.map(|_| Span {
            lived: Lived::NoEnvironment,
            commit: None,
        }));
        Ok(Lifeline { spans, until })
    }

    /// Returns the project's folder in the commit at `place`, between those that somebody has looked at.
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

    /// Returns the newest commit at or before `place` that changed what `resource` names, or ended its past; and what it named
    /// before: the outer `None` if there was no environment.
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
        match (of_pointer, created) {
            (Some((at, before)), Some(created)) if at < created => Some((at, Some(before))),
            (_, Some(created)) => Some((created, None)),
            (Some((at, before)), None) => Some((at, Some(before))),
            (None, None) => None,
        }
    }

    /// Returns what `resource` names in the commit at `place`, between those that somebody has looked at.
    fn live_at(&self, place: usize, resource: &Resource) -> Option<VersionNumber> {
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

    /// Goes back to the next commit in which something is otherwise, at most to `place`; reports whether there was an older
    /// commit at all.
    fn look_back(
        &mut self,
        store: &Store,
        line: &TimedLine,
        place: usize,
    ) -> Result<bool, ReadError> {
        self.look_back_by(store, line, place, |step| step != PathStep::Changed)
    }

    /// Goes back while `goes_on` says so of the last step, at most to `place`; reports whether there was an older commit.
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

    /// Notes what was live in the oldest commit, before the one that was it until now.
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

/// Returns the pointers that name something else `now`, and what they named `then`.
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

/// Returns what is live at `place`: what its first file says, or nothing; `None` if the environment does not exist.
pub(super) fn served(store: &Store, place: &PathPlace) -> Result<LivePointers, StoreError> {
    let mut contents = place.contents();
    match contents.next().flatten() {
        Some(content) => Ok(Some(Rc::new(pointers_in(&store.content(content)?)))),
        None => Ok(contents.next().flatten().map(|_| Rc::default())),
    }
}

/// Returns the files that say what is live in an environment, and that there is one.
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

    /// Goes one commit back: `then` is what was live before the commit `newer`; none: there was no environment.
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
