use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use jiff::Timestamp;

use super::ReadError;
use super::line::Line;
use super::variables::stored_variables;
use crate::files::{OwnedPath, pointers_in, release_in};
use crate::model::{
    CommitId, ContentId, EnvironmentSlug, PendingRelease, Pointers, Resource, VersionNumber,
};
use crate::policy::{Beyond, Facts, Question, Reach, Request, Stretch, Timeline};
use crate::store::{PathHistory, PathStep, ProjectFolder, Store, StoreError};

/// The past of a project as one commit sees it: answers the questions that verdicts leave open.
///
/// It reads only the files that a question is about, and only as far back as it has to. The dates of the whole line are read
/// for the first question that is about time, since any of them may push later ones.
pub struct History<'s> {
    store: &'s Store,
    folder: ProjectFolder,
    line: Rc<Line>,
    pointers: RefCell<HashMap<ContentId, Rc<Pointers>>>,
}

/// A pointer that is followed into the past.
struct Trail {
    resource: Resource,
    reaches: Vec<Reach>,
    live: Option<VersionNumber>,
    timeline: Timeline,
    done: bool,
}

impl<'s> History<'s> {
    /// The past that ends with `tip`, as seen at `now`.
    ///
    /// # Errors
    ///
    /// When the history is shallow, altered, or cannot be read.
    pub fn of(
        store: &'s Store,
        folder: &ProjectFolder,
        tip: CommitId,
        now: Timestamp,
    ) -> Result<Self, ReadError> {
        Ok(Self::along(store, folder, Line::of(store, tip, now)?))
    }

    /// The past that `line` leads to.
    pub(super) fn along(store: &'s Store, folder: &ProjectFolder, line: Line) -> Self {
        Self {
            store,
            folder: folder.clone(),
            line: Rc::new(line),
            pointers: RefCell::default(),
        }
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
        facts.reached = self.line.reached();
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
                    facts.tell_variables(*content, stored_variables(self.store, *content)?);
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
        let Some((tip, reached)) = self.line.get(0) else {
            return Ok(Vec::new());
        };
        let [pointers, marker] = files_of(environment);
        let line = self.line.first_parents();
        let Some(mut files) = self
            .store
            .path_history(line, &self.folder, &[&pointers, &marker])?
        else {
            return Ok(Vec::new());
        };
        let mut then = self.pointers_along(&pointers, &files)?;
        let now = then.clone().unwrap_or_default();
        let mut trails: Vec<Trail> = asked
            .iter()
            .map(|(resource, reaches)| Trail::new(resource, reaches, &now))
            .collect();
        let mut newer = (tip, reached);
        // Where there is no environment now, the first step ends every trail, though nothing changes in it.
        let mut due = then.is_none();
        for older in self.line.iter().skip(1) {
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
                    return Ok(trails);
                }
            }
            newer = older;
        }
        for trail in trails.iter_mut().filter(|trail| !trail.done) {
            trail.step(newer, None);
        }
        Ok(trails)
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

    /// Who asked for the release that waits in `environment`.
    pub fn request(&self, environment: &EnvironmentSlug) -> Result<Option<Request>, ReadError> {
        let Some((commit, since)) = self.waiting_since(0, environment)? else {
            return Ok(None);
        };
        let author = self.store.commit(commit)?.author;
        let author = crate::model::Identity::new(&author.name, &author.email).ok();
        Ok(author.map(|author| Request {
            commit,
            author,
            since,
        }))
    }

    /// The commit that asked for the release that waits in `environment` as it is, and since when it waits like that, as the
    /// commit so many `places` before the end of the line shows it.
    ///
    /// Who changes a release that waits asks for another one, and so does a merge that brings what no side of it has:
    /// otherwise somebody could ask in the name of another, and then approve.
    pub(super) fn waiting_since(
        &self,
        places: usize,
        environment: &EnvironmentSlug,
    ) -> Result<Option<(CommitId, Timestamp)>, ReadError> {
        let path = OwnedPath::Pending(environment.clone()).to_string();
        let Some((commit, since, asked)) = self.asked_since(places, &path)? else {
            return Ok(None);
        };
        let waits = |store: &Store, commit| match store.file(commit, &self.folder, &path)? {
            Some(content) => Ok(self.release_in(&path, content)? == asked),
            None => Ok(false),
        };
        Ok(Some((self.origin(commit, waits)?, since)))
    }

    fn release_in(&self, path: &str, content: ContentId) -> Result<PendingRelease, StoreError> {
        Ok(release_in(path, &self.store.content(content)?))
    }

    /// The commit that made the pointer to `resource` in `environment` name `live`, which `commit` brings to the line:
    /// itself, or where a merge took it from.
    ///
    /// # Errors
    ///
    /// As [`History::origin`].
    pub fn setter(
        &self,
        commit: CommitId,
        environment: &EnvironmentSlug,
        resource: &Resource,
        live: Option<VersionNumber>,
    ) -> Result<CommitId, ReadError> {
        self.origin(commit, |_, commit| {
            let pointers = self.pointers(commit, environment)?;
            Ok(pointers.and_then(|pointers| pointers.get(resource).copied()) == live)
        })
    }

    /// The oldest commit of the line since which the release in the file at `path` asks for the same, as the commit so many
    /// `places` before the end of the line sees it, with its effective time and the release; none: it is not there.
    fn asked_since(
        &self,
        places: usize,
        path: &str,
    ) -> Result<Option<(CommitId, Timestamp, PendingRelease)>, StoreError> {
        let line = self.line.first_parents();
        let Some(mut file) = self.store.path_history(line, &self.folder, &[path])? else {
            return Ok(None);
        };
        for _ in 0..places {
            file.older()?;
        }
        let Some(mut known) = file.contents().next().flatten() else {
            return Ok(None);
        };
        let asked = self.release_in(path, known)?;
        let mut began = None;
        for point in self.line.iter().skip(places) {
            let Some(content) = file.contents().next().flatten() else {
                break;
            };
            if content != known && self.release_in(path, content)? != asked {
                break;
            }
            known = content;
            began = Some(point);
            file.older()?;
        }
        Ok(began.map(|(commit, since)| (commit, since, asked)))
    }

    /// The commit that first did what `commit` brings to the line: itself, or where a merge took it from, the newest on the
    /// side it came from. `there` says whether a commit has it.
    ///
    /// # Errors
    ///
    /// When a commit cannot be read.
    pub fn origin(
        &self,
        commit: CommitId,
        there: impl Fn(&Store, CommitId) -> Result<bool, StoreError>,
    ) -> Result<CommitId, ReadError> {
        let mut origin = commit;
        'merges: loop {
            for side in self.store.commit(origin)?.parents.into_iter().skip(1) {
                if let Some(began) = self.unbroken_since(side, &there)? {
                    origin = began;
                    continue 'merges;
                }
            }
            return Ok(origin);
        }
    }

    /// The oldest commit on the first-parent line of `tip` since which every commit has it; none if `tip` has not.
    fn unbroken_since(
        &self,
        tip: CommitId,
        there: impl Fn(&Store, CommitId) -> Result<bool, StoreError>,
    ) -> Result<Option<CommitId>, ReadError> {
        let mut began = None;
        // Where a shallow clone ends the walk ends with an error: the beginning may lie beyond.
        for record in self.store.first_parents(tip) {
            let commit = record?.id;
            if !there(self.store, commit)? {
                break;
            }
            began = Some(commit);
        }
        Ok(began)
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
        if live == Some(self.live) {
            return;
        }
        let (commit, since) = newer;
        self.timeline.stretches.push(Stretch {
            live: self.live,
            since,
            commit,
        });
        match live {
            None => {
                self.timeline.beyond = Beyond::Nothing;
                self.done = true;
            }
            Some(live) => {
                self.live = live;
                self.timeline.beyond = Beyond::Live(live);
                self.done = self
                    .reaches
                    .iter()
                    .all(|reach| self.timeline.reaches(*reach));
            }
        }
    }
}
