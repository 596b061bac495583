use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use jiff::Timestamp;

use super::ReadError;
use super::line::Line;
use super::variables::payload_variables;
use crate::files::{OwnedPath, Payloads, pointers_in};
use crate::model::{CommitId, ContentId, EnvironmentSlug, Pointers, Resource, VersionNumber};
use crate::policy::{Before, Beyond, Facts, PastFacts, Question, Reach, Stretch, Timeline};
use crate::store::{PathHistory, PathStep, ProjectFolder, Store, StoreError};

/// The past of a project as one commit sees it: answers the questions that verdicts leave open.
///
/// It reads only the files that a question is about, and only as far back as it has to. The dates of the whole line are read
/// for the first question that is about time, since any of them may push later ones.
///
/// Nothing else finds these facts, so that one fact has one answer: a walk along a range moves the end of
/// its past from commit to commit and asks again. What was found at an older end stays known, and looking back stops there.
pub struct History<'s> {
    store: &'s Store,
    /// The project's folder where the past ends.
    folder: ProjectFolder,
    line: Rc<Line>,
    /// How many places before the end of the line the past ends; with all of them it is empty.
    end: usize,
    pointers: RefCell<HashMap<ContentId, Rc<Pointers>>>,
    known: RefCell<Known>,
}

/// Timelines that were found, each with the place where its past ended.
type Known = BTreeMap<EnvironmentSlug, BTreeMap<Resource, (usize, Timeline)>>;

/// A pointer that is followed into the past.
struct Trail {
    resource: Resource,
    reaches: Vec<Reach>,
    live: Option<VersionNumber>,
    timeline: Timeline,
    done: bool,
}

impl<'s> History<'s> {
    /// The past that ends with `tip`.
    ///
    /// # Errors
    ///
    /// When the history is shallow, altered, or cannot be read.
    pub fn of(store: &'s Store, folder: &ProjectFolder, tip: CommitId) -> Result<Self, ReadError> {
        let line = Rc::new(Line::of(store, folder, tip)?);
        Ok(Self::along(store, folder, line))
    }

    /// The past that `line` leads to.
    pub(super) fn along(store: &'s Store, folder: &ProjectFolder, line: Rc<Line>) -> Self {
        Self {
            store,
            folder: folder.clone(),
            line,
            end: 0,
            pointers: RefCell::default(),
            known: RefCell::default(),
        }
    }

    /// Lets the past end so many `places` before the end of the line, where the project is in `folder`.
    pub(super) fn end_at(&mut self, places: usize, folder: &ProjectFolder) {
        self.end = places;
        if self.folder != *folder {
            self.folder = folder.clone();
        }
    }

    /// How many places before the end of the line the past ends.
    pub(super) fn end(&self) -> usize {
        self.end
    }

    pub(super) fn store(&self) -> &'s Store {
        self.store
    }

    pub(super) fn folder(&self) -> &ProjectFolder {
        &self.folder
    }

    /// The first-parent line.
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// Answers `questions` into `facts`.
    ///
    /// # Errors
    ///
    /// When the history, or a text that is asked about, cannot be read.
    pub fn answer(&self, questions: &[Question], facts: &mut Facts) -> Result<(), ReadError> {
        let mut asked: BTreeMap<&EnvironmentSlug, BTreeMap<&Resource, Vec<Reach>>> =
            BTreeMap::new();
        for question in questions {
            match question {
                Question::Live {
                    environment,
                    resource,
                    reach,
                } => {
                    let reaches = asked
                        .entry(environment)
                        .or_default()
                        .entry(resource)
                        .or_default();
                    reaches.push(*reach);
                    // What was known stays known.
                    let known = facts.timeline(environment, resource);
                    reaches
                        .extend(known.map(|timeline| Reach::Stretches(timeline.stretches.len())));
                }
                Question::Request(environment) => {
                    facts.tell_request(environment.clone(), self.request(environment)?);
                }
                Question::Variables(content) => {
                    facts.tell_variables(*content, payload_variables(self.store, *content)?);
                }
                Question::Payload(kind, content) => {
                    let payload = self.store.parsed(*kind, *content)?;
                    facts.tell_payload(*kind, *content, payload);
                }
            }
        }
        for (environment, asked) in asked {
            for trail in self.follow(environment, &asked)? {
                facts.tell(environment.clone(), trail.resource, trail.timeline);
            }
        }
        Ok(())
    }

    /// Follows pointers of one environment into the past, each until what was asked of it is known.
    fn follow(
        &self,
        environment: &EnvironmentSlug,
        asked: &BTreeMap<&Resource, Vec<Reach>>,
    ) -> Result<Vec<Trail>, ReadError> {
        let [pointers, marker] = files_of(environment);
        let line = self.line.first_parents();
        let files =
            self.store
                .path_history_from(line, self.end, &self.folder, &[&pointers, &marker])?;
        let (Some(mut files), Some(mut newer)) = (files, self.line.get(self.end)) else {
            // Before the first commit nothing was live, and nothing lies beyond.
            let trail = |(resource, reaches): (&&Resource, &Vec<Reach>)| {
                Trail::new(resource, reaches, &Pointers::new())
            };
            return Ok(asked.iter().map(trail).collect());
        };
        let mut then = self.pointers_along(&pointers, &files)?;
        let now = then.clone().unwrap_or_default();
        let mut trails: Vec<Trail> = asked
            .iter()
            .map(|(resource, reaches)| Trail::new(resource, reaches, &now))
            .collect();
        if self.join(environment, self.end, &mut trails) {
            return Ok(trails);
        }
        // Where there is no environment now, the first step ends every trail, though nothing changes in it.
        let mut due = then.is_none();
        for (place, older) in self.line.iter().enumerate().skip(self.end + 1) {
            if files.older()? == Some(PathStep::Changed) {
                then = self.pointers_along(&pointers, &files)?;
                due = true;
            }
            if due {
                trails
                    .iter_mut()
                    .filter(|trail| !trail.done)
                    .for_each(|trail| trail.step(newer, then.as_deref()));
                due = false;
                if trails.iter().all(|trail| trail.done) {
                    self.remember(environment, &trails);
                    return Ok(trails);
                }
            }
            if self.join(environment, place, &mut trails) {
                self.remember(environment, &trails);
                return Ok(trails);
            }
            newer = older;
        }
        for trail in trails.iter_mut().filter(|trail| !trail.done) {
            trail.step(newer, None);
        }
        self.remember(environment, &trails);
        Ok(trails)
    }

    /// Continues trails that have come to `place` with what was found when the past ended there, and reports whether all are
    /// done.
    fn join(&self, environment: &EnvironmentSlug, place: usize, trails: &mut [Trail]) -> bool {
        let known = self.known.borrow();
        let Some(known) = known.get(environment) else {
            return false;
        };
        for trail in trails.iter_mut().filter(|trail| !trail.done) {
            match known.get(&trail.resource) {
                Some((end, timeline)) if *end == place => trail.join(timeline),
                _ => {}
            }
        }
        trails.iter().all(|trail| trail.done)
    }

    fn remember(&self, environment: &EnvironmentSlug, trails: &[Trail]) {
        let mut known = self.known.borrow_mut();
        let known = known.entry(environment.clone()).or_default();
        for trail in trails {
            let found = (self.end, trail.timeline.clone());
            known.insert(trail.resource.clone(), found);
        }
    }

    /// What was live in `environment` in `commit`; none: there was no such environment.
    pub(super) fn pointers(
        &self,
        commit: CommitId,
        environment: &EnvironmentSlug,
    ) -> Result<Option<Rc<Pointers>>, StoreError> {
        let [path, of_environment] = files_of(environment);
        match self.store.file(commit, &self.folder, &path)? {
            Some(content) => self.pointers_in(&path, content).map(Some),
            None => Ok(self
                .store
                .file(commit, &self.folder, &of_environment)?
                .map(|_| Rc::default())),
        }
    }

    /// What was live where `files` are: in the file at `path`, or nothing; none: there was no such environment.
    fn pointers_along(
        &self,
        path: &str,
        files: &PathHistory<'_>,
    ) -> Result<Option<Rc<Pointers>>, StoreError> {
        let mut contents = files.contents();
        match contents.next().flatten() {
            Some(content) => self.pointers_in(path, content).map(Some),
            None => Ok(contents.next().flatten().map(|_| Rc::default())),
        }
    }

    fn pointers_in(&self, path: &str, content: ContentId) -> Result<Rc<Pointers>, StoreError> {
        if let Some(known) = self.pointers.borrow().get(&content) {
            return Ok(known.clone());
        }
        let pointers = Rc::new(pointers_in(path, &self.store.content(content)?));
        self.pointers.borrow_mut().insert(content, pointers.clone());
        Ok(pointers)
    }
}

/// The files that say what is live in an environment, and that there is one.
fn files_of(environment: &EnvironmentSlug) -> [String; 2] {
    [
        OwnedPath::Pointers(environment.clone()),
        OwnedPath::Environment(environment.clone()),
    ]
    .map(|path| path.to_string())
}

impl Trail {
    fn new(resource: &Resource, reaches: &[Reach], now: &Pointers) -> Self {
        let live = now.get(resource).copied();
        Self {
            resource: resource.clone(),
            reaches: reaches.to_vec(),
            live,
            timeline: Timeline::default(),
            done: false,
        }
    }

    /// Goes one commit back: `then` is what was live before the commit `newer`; none: there was no environment.
    fn step(&mut self, newer: (CommitId, Timestamp), then: Option<&Pointers>) {
        let live = then.map(|pointers| pointers.get(&self.resource).copied());
        let before = Before::of(live, &self.live);
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
                self.done = self
                    .reaches
                    .iter()
                    .all(|reach| self.timeline.reaches(*reach));
            }
        }
    }

    /// Goes on with what is `known` from here, if together that is all that was asked.
    fn join(&mut self, known: &Timeline) {
        let mut joined = self.timeline.clone();
        joined.stretches.extend(&known.stretches);
        joined.beyond = known.beyond;
        if self.reaches.iter().all(|reach| joined.reaches(*reach)) {
            self.timeline = joined;
            self.done = true;
        }
    }
}

impl PastFacts for History<'_> {
    type Error = ReadError;

    fn answer(&mut self, questions: &[Question], facts: &mut Facts) -> Result<(), ReadError> {
        History::answer(self, questions, facts)
    }
}
