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

/// How many files of pointers are remembered: a long history has as many as it has promotions.
const MOST_REMEMBERED: usize = 256;

/// The past of a project as one commit sees it: answers the questions that verdicts leave open.
///
/// It reads only the files that a question is about, and only as far back as it has to. The dates of the whole line are read
/// for the first question that is about time, since any of them may push later ones.
///
/// Nothing else finds these facts, so that one fact has one answer: a walk along a range moves the end of
/// its past from commit to commit and asks again. What was found along the line stays known, wherever the past ends.
pub struct History<'s> {
    store: &'s Store,
    /// The project's folder where the past ends.
    folder: ProjectFolder,
    line: Rc<TimedLine>,
    /// How many places before the end of the line the past ends; with all of them it is empty.
    end: usize,
    pointers: RefCell<HashMap<ContentId, Rc<Pointers>>>,
    courses: RefCell<BTreeMap<EnvironmentSlug, Course>>,
    whereabouts: Whereabouts,
}

impl<'s> History<'s> {
    /// The past that ends with `tip`.
    ///
    /// # Errors
    ///
    /// When the history is shallow, altered, or cannot be read.
    pub fn of(store: &'s Store, folder: &ProjectFolder, tip: CommitId) -> Result<Self, ReadError> {
        let line = Rc::new(TimedLine::of(store, folder, tip)?);
        Ok(Self::along(store, folder, line))
    }

    /// The past that `line` leads to.
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
    pub fn line(&self) -> &TimedLine {
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
                Question::Lifeline {
                    environment,
                    resource,
                    published,
                    ..
                } => {
                    let lifeline = self.lifeline(environment, resource, published)?;
                    facts.tell_lifeline(environment.clone(), resource.clone(), lifeline);
                }
                Question::Made(commit, environment, resource) => {
                    let made = self.made(*commit, environment, Some(resource))?;
                    facts.tell_made(*commit, environment.clone(), resource.clone(), made);
                }
                Question::Publisher(version, extension) => {
                    let publisher = self.publisher(version, extension)?;
                    facts.tell_publisher(version.clone(), publisher);
                }
                Question::Leads(older, newer) => {
                    let leads = older == newer || self.store.is_ancestor(*older, *newer)?;
                    facts.tell_leads(*older, *newer, leads);
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
            self.follow(environment, asked, facts)?;
        }
        Ok(())
    }

    /// Follows pointers of one environment into the past, each until what was asked of it is known.
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
                // Before the first commit nothing was live, and nothing lies beyond.
                None => Timeline::default(),
            };
            facts.tell(environment.clone(), resource.clone(), timeline);
        }
        if let Some(course) = course {
            self.keep(environment, course);
        }
        Ok(())
    }

    /// Takes out what is known of `environment`, from where the past ends; `None` where the past is empty.
    pub(super) fn course(
        &self,
        environment: &EnvironmentSlug,
    ) -> Result<Option<Course>, ReadError> {
        let (store, line, end) = (self.store, &*self.line, (self.end, &self.folder));
        let known = self.courses.borrow_mut().remove(environment);
        let known = known.filter(|course| course.begins_before(self.end));
        let known = known.map(|course| course.reaching_up_to(store, line, end));
        match known.transpose()?.flatten() {
            Some(course) => Ok(Some(course)),
            None => Course::of(store, line, end, environment),
        }
    }

    /// Keeps what is known of `environment`.
    pub(super) fn keep(&self, environment: &EnvironmentSlug, course: Course) {
        self.courses
            .borrow_mut()
            .insert(environment.clone(), course);
    }

    /// Returns where the project stands in `commit`, which is older than where the past ends.
    pub(super) fn folder_in(&self, commit: CommitId) -> Result<ProjectFolder, ReadError> {
        let Some((end, _)) = self.line.get(self.end) else {
            return Ok(self.folder.clone());
        };
        let from = (end, &self.folder);
        let folder = self.whereabouts.folder_in(self.store, from, commit)?;
        Ok(folder.unwrap_or_else(|| self.folder.clone()))
    }

    /// What was live in `environment` of the project in `folder` in `commit`; none: there was no such environment.
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
