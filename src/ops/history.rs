use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::ReadError;
use super::course::{Course, files_of};
use super::line::TimedLine;
use super::variables::payload_variables;
use super::whereabouts::Whereabouts;
use crate::files::{Payloads, pointers_in};
use crate::model::{CommitId, ContentId, EnvironmentSlug, Pointers, Resource};
use crate::policy::{Facts, PastFacts, Question, Reach, Timeline};
use crate::store::{ProjectFolder, Store, StoreError};

/// How many pointer files are remembered. A long history has as many as it has promotions.
const MOST_REMEMBERED: usize = 256;

/// The past of a project as one commit sees it. It answers the questions that verdicts leave open.
///
/// It reads only the files that a question is about, and only as far back as necessary. The dates
/// of the whole line are read for the first question about time, since any of them may push later
/// ones.
///
/// These facts are found nowhere else, so each has one answer. A walk along a range moves the end
/// of its past from commit to commit and asks again. What was found along the line stays known,
/// wherever the past ends.
pub struct History<'s> {
    store: &'s Store,
    /// The project's folder at the end of the past.
    folder: ProjectFolder,
    line: Rc<TimedLine>,
    /// How many places before the end of the line the past ends. At the length of the line it is
    /// empty.
    end: usize,
    pointers: RefCell<HashMap<ContentId, Rc<Pointers>>>,
    courses: RefCell<BTreeMap<EnvironmentSlug, Course>>,
    whereabouts: Whereabouts,
}

impl<'s> History<'s> {
    /// Returns the past that ends with `tip`.
    ///
    /// # Errors
    ///
    /// When the history is shallow, altered, or cannot be read.
    pub fn of(store: &'s Store, folder: &ProjectFolder, tip: CommitId) -> Result<Self, ReadError> {
        let line = Rc::new(TimedLine::of(store, folder, tip)?);
        Ok(Self::along(store, folder, line))
    }

    /// Returns the past that `line` leads to.
    pub(super) fn along(store: &'s Store, folder: &ProjectFolder, line: Rc<TimedLine>) -> Self {
        Self {
            store,
            folder: folder.clone(),
            line,
            end: 0,
            pointers: RefCell::default(),
            courses: RefCell::default(),
            whereabouts: Whereabouts::default(),
        }
    }

    /// Makes the past end `places` before the end of the line, where the project is in `folder`.
    pub(super) fn end_at(&mut self, places: usize, folder: &ProjectFolder) {
        self.end = places;
        if self.folder != *folder {
            self.folder = folder.clone();
        }
    }

    /// Returns how many places before the end of the line the past ends.
    pub(super) fn end(&self) -> usize {
        self.end
    }

    pub(super) fn store(&self) -> &'s Store {
        self.store
    }

    pub(super) fn folder(&self) -> &ProjectFolder {
        &self.folder
    }

    /// Returns the first-parent line.
    pub fn line(&self) -> &TimedLine {
        &self.line
    }

    /// Answers `questions` into `facts`.
    ///
    /// # Errors
    ///
    /// When the history, or a text that is asked about, cannot be read.
    pub fn answer(&self, questions: &[Question], facts: &mut Facts) -> Result<(), ReadError> {
        // Questions about pointers are collected first, so that all pointers of an environment are
        // followed in one walk.
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
                    // The new timeline replaces the known one, so it has to reach at least as far.
                    let known = facts.timeline(environment, resource);
                    reaches
                        .extend(known.map(|timeline| Reach::Stretches(timeline.stretches.len())));
                }
                Question::Lifeline {
                    environment,
                    resource,
                    published,
                    ..
                } => {
                    // Questions are sorted, so the oldest number comes first; a past that goes back
                    // to it answers for the newer ones as well.
                    let known = facts.lifeline(environment, resource);
                    if known.is_some_and(|known| known.reaches(published.0)) {
                        continue;
                    }
                    let lifeline = self.lifeline(environment, resource, published)?;
                    facts.record_lifeline(environment.clone(), resource.clone(), lifeline);
                }
                Question::Made(commit, environment, resource) => {
                    let made = self.made(*commit, environment, Some(resource))?;
                    facts.record_made(*commit, environment.clone(), resource.clone(), made);
                }
                Question::Publisher(version, extension) => {
                    let publisher = self.publisher(version, extension)?;
                    facts.record_publisher(version.clone(), publisher);
                }
                Question::Vetoed(version) => {
                    facts.record_vetoed(version.clone(), self.vetoed(version)?);
                }
                Question::SoundVetoes => facts.record_sound_vetoes(self.sound_vetoes()?),
                Question::Attested(version, check) => {
                    let setter = self.attested(version, check)?;
                    facts.record_attested(version.clone(), check.clone(), setter);
                }
                Question::Leads(older, newer) => {
                    let leads = older == newer || self.store.is_ancestor(*older, *newer)?;
                    facts.record_leads(*older, *newer, leads);
                }
                Question::Request(environment) => {
                    facts.record_request(environment.clone(), self.request(environment)?);
                }
                Question::Variables(content, extension) => {
                    let variables = payload_variables(self.store, *content, extension)?;
                    facts.record_variables(*content, extension.clone(), variables);
                }
                Question::Payload(kind, content) => {
                    let payload = self.store.parsed(*kind, *content)?;
                    facts.record_payload(*kind, *content, payload);
                }
            }
        }
        for (environment, asked) in asked {
            self.follow(environment, asked, facts)?;
        }
        Ok(())
    }

    /// Follows pointers of one environment into the past, each until what was asked about it is
    /// known.
    fn follow(
        &self,
        environment: &EnvironmentSlug,
        asked: BTreeMap<&Resource, Vec<Reach>>,
        facts: &mut Facts,
    ) -> Result<(), ReadError> {
        let (store, line) = (self.store, &*self.line);
        let mut course = self.course(environment)?;
        for (resource, reaches) in asked {
            let timeline = match &mut course {
                Some(course) => course.follow(store, line, self.end, (resource, &reaches))?,
                // Before the first commit nothing was live, so the empty timeline is complete.
                None => Timeline::default(),
            };
            facts.record_timeline(environment.clone(), resource.clone(), timeline);
        }
        if let Some(course) = course {
            self.keep(environment, course);
        }
        Ok(())
    }

    /// Takes out what is known about `environment`, from the end of the past. Returns `None` if the
    /// past is empty.
    pub(super) fn course(
        &self,
        environment: &EnvironmentSlug,
    ) -> Result<Option<Course>, ReadError> {
        let (store, line, end) = (self.store, &*self.line, (self.end, &self.folder));
        let known = self.courses.borrow_mut().remove(environment);
        // What is known is of no use if the past ends before its oldest commit; it is read anew
        // from there.
        let known = known.filter(|course| course.begins_before(self.end));
        let known = known.map(|course| course.reaching_up_to(store, line, end));
        match known.transpose()?.flatten() {
            Some(course) => Ok(Some(course)),
            None => Course::of(store, line, end, environment),
        }
    }

    /// Keeps what is known about `environment`.
    pub(super) fn keep(&self, environment: &EnvironmentSlug, course: Course) {
        self.courses
            .borrow_mut()
            .insert(environment.clone(), course);
    }

    /// Returns the project's folder in `commit`, which is older than the end of the past.
    pub(super) fn folder_in(&self, commit: CommitId) -> Result<ProjectFolder, ReadError> {
        let Some((end, _)) = self.line.get(self.end) else {
            return Ok(self.folder.clone());
        };
        let from = (end, &self.folder);
        let folder = self.whereabouts.folder_in(self.store, from, commit)?;
        Ok(folder.unwrap_or_else(|| self.folder.clone()))
    }

    /// Returns what was live in `environment` of the project in `folder` in `commit`, or `None` if
    /// it did not exist.
    pub(super) fn pointers_of(
        &self,
        commit: CommitId,
        folder: &ProjectFolder,
        environment: &EnvironmentSlug,
    ) -> Result<Option<Rc<Pointers>>, StoreError> {
        let [path, of_environment] = files_of(environment);
        match self.store.file(commit, folder, &path)? {
            Some(content) => self.pointers_in(content).map(Some),
            None => Ok(self
                .store
                .file(commit, folder, &of_environment)?
                .map(|_| Rc::default())),
        }
    }

    fn pointers_in(&self, content: ContentId) -> Result<Rc<Pointers>, StoreError> {
        if let Some(known) = self.pointers.borrow().get(&content) {
            return Ok(known.clone());
        }
        let pointers = Rc::new(pointers_in(&self.store.content(content)?));
        let mut known = self.pointers.borrow_mut();
        // Emptied as a whole. A walk reads neighbours, so the few files that it needs next are read
        // again at once, and no order of use has to be kept.
        if known.len() >= MOST_REMEMBERED {
            known.clear();
        }
        known.insert(content, pointers.clone());
        Ok(pointers)
    }
}

impl PastFacts for History<'_> {
    type Error = ReadError;

    fn answer(&mut self, questions: &[Question], facts: &mut Facts) -> Result<(), ReadError> {
        History::answer(self, questions, facts)
    }
}
