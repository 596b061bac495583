use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::lifeline::{Lifeline, Made};
use crate::files::ParsedPayload;
use crate::model::{
    CommitId, ContentId, EnvironmentSlug, Extension, Identity, Kind, Resource, VersionId,
    VersionNumber,
};

/// What history and versions say, as far as they were read: the plain data that verdicts rest on.
///
/// None of it is a claim of a commit's author: it is derived from the trees of the first-parent line, and
/// from bytes that a tree names. What a verdict needs and the facts do not contain is a [`Question`]; whoever
/// can read history answers it and asks for the verdict again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// What a server is about to receive, if a server asks.
    pub reception: Option<Arc<Reception>>,
    timelines: BTreeMap<(EnvironmentSlug, Resource), Timeline>,
    requests: BTreeMap<EnvironmentSlug, Option<Request>>,
    lifelines: BTreeMap<(EnvironmentSlug, Resource), Lifeline>,
    made: BTreeMap<(CommitId, EnvironmentSlug, Resource), Made>,
    leads: BTreeMap<(CommitId, CommitId), bool>,
    publishers: BTreeMap<VersionId, Option<Identity>>,
    variables: BTreeMap<ContentId, Option<BTreeSet<String>>>,
    payloads: BTreeMap<(Kind, ContentId), Arc<ParsedPayload>>,
}

/// Commits that a server is about to receive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reception {
    /// When it receives them, by its own clock. Dates in commits are chosen by whoever made them.
    pub at: Timestamp,
    /// The commits that are new to the first-parent line.
    pub commits: BTreeSet<CommitId>,
}

/// What was live of one resource in one environment: unbroken stretches, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The stretches whose beginning was found; the first is the current one.
    pub stretches: Vec<Stretch>,
    /// What came before the oldest of them.
    pub beyond: Beyond,
}

/// What came before the oldest stretch whose beginning was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Beyond {
    /// Nothing. The environment began with that stretch.
    #[default]
    Nothing,
    /// This version was live, or none was; how long is not known.
    Live(Option<VersionNumber>),
}

/// A time during which a pointer did not move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// What was live; `None` if nothing was.
    pub live: Option<VersionNumber>,
    /// The effective time of the commit that began it.
    pub since: Timestamp,
    /// That commit.
    pub commit: CommitId,
}

/// What was there before a step, compared with what is there after it.
///
/// This is the one rule that says where a stretch begins. It holds for a single pointer, for all pointers of
/// an environment, and for a release that waits; every walk along the line asks it at each step.
/// a release that waits; whoever walks the line asks it of each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before<T> {
    /// The same as after it: the stretch goes on into the past.
    Same,
    /// Something else: the stretch begins with this step.
    Other(T),
    /// Nothing that could have had a past. The stretch begins with this step, and what had the same name
    /// earlier does not count.
    /// name once.
    Nothing,
}

impl<T: PartialEq> Before<T> {
    /// Compares what was there `before` a step with what is there `after` it. `before` is `None` if what
    /// holds the value did not exist.
    pub fn of(before: Option<T>, after: &T) -> Self {
        match before {
            None => Self::Nothing,
            Some(before) if before == *after => Self::Same,
            Some(before) => Self::Other(before),
        }
    }
}

/// Who asked for a release that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The commit that wrote the request as it is now. If a merge brought it, a commit of the merged branch.
    pub commit: CommitId,
    /// The author of that commit.
    pub author: Identity,
    /// The own time of that commit.
    pub at: Timestamp,
    /// The effective time at which it began to wait.
    pub since: Timestamp,
    /// The commit of the first-parent line that brought it there.
    pub landed: CommitId,
}

/// Something that a verdict rests on and that trees do not show.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// What was live of a resource in an environment.
    Live {
        /// Where.
        environment: EnvironmentSlug,
        /// Of what.
        resource: Resource,
        /// How far back.
        reach: Reach,
    },
    /// What was live of a resource in an environment, through every environment that had the slug.
    Lifeline {
        /// Where.
        environment: EnvironmentSlug,
        /// Of what.
        resource: Resource,
        /// Back to the commit that first published this number, whose file has this extension.
        published: (VersionNumber, Extension),
        /// Whether only a warning depends on it. Then a history that is cut off (a shallow clone) is no
        /// reason to refuse.
        advisory: bool,
    },
    /// Who moved a pointer with a commit of the line, and why.
    Made(CommitId, EnvironmentSlug, Resource),
    /// Whether the first commit is the second or an ancestor of it.
    Leads(CommitId, CommitId),
    /// Who published a version, whose file has this extension.
    Publisher(VersionId, Extension),
    /// Who asked for the release that waits in an environment.
    Request(EnvironmentSlug),
    /// Which variables the text of these bytes leaves to its callers.
    Variables(ContentId),
    /// What these bytes say as a version of that kind.
    Payload(Kind, ContentId),
}

/// How far back a timeline has to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// To the beginning of so many stretches.
    Stretches(usize),
    /// To a stretch that began at this time or earlier.
    Since(Timestamp),
    /// To a stretch of this number before the current one.
    Earlier(VersionNumber),
}

impl Timeline {
    /// Reports whether it goes back as far as `reach` asks.
    pub fn reaches(&self, reach: Reach) -> bool {
        self.beyond == Beyond::Nothing
            || match reach {
                Reach::Stretches(count) => self.stretches.len() >= count,
                Reach::Since(moment) => {
                    self.stretches.iter().any(|stretch| stretch.since <= moment)
                }
                Reach::Earlier(number) => self.earlier(number).is_some(),
            }
    }

    /// Returns the current stretch.
    pub fn current(&self) -> Option<&Stretch> {
        self.stretches.first()
    }

    /// Returns what was live right before the current stretch; `None` if the environment began with it, or
    /// that is not known.
    pub fn previous(&self) -> Option<Option<VersionNumber>> {
        self.live_before(0)
    }

    /// Returns the commit that ended the newest earlier stretch of `number`.
    // A stretch begins with the commit that ended the one before it.
    pub fn earlier(&self, number: VersionNumber) -> Option<CommitId> {
        let mut ended = self.stretches.iter().enumerate();
        ended.find_map(|(index, stretch)| {
            (self.live_before(index)? == Some(number)).then_some(stretch.commit)
        })
    }

    /// Returns what was live before the stretch at `index`.
    fn live_before(&self, index: usize) -> Option<Option<VersionNumber>> {
        // What lies beyond is right before the oldest stretch only.
        match (self.stretches.get(index + 1), self.beyond) {
            (Some(older), _) => Some(older.live),
            (None, Beyond::Live(live)) if index + 1 == self.stretches.len() => Some(live),
            (None, _) => None,
        }
    }
}

impl Facts {
    /// Returns facts of which nothing is known yet, for a server that is about to receive `reception`.
    pub fn on_reception(reception: Option<Arc<Reception>>) -> Self {
        Self {
            reception,
            ..Self::default()
        }
    }

    /// Returns since when `stretch` counts as having lasted: its effective time, or if it begins in a push,
    /// the moment when the server receives it. Otherwise somebody could write a commit with an old date, push
    /// it with the promotion that needs the dwell, and pass.
    pub fn counts_since(&self, stretch: &Stretch) -> Timestamp {
        let reception = self.reception.as_ref();
        match reception.filter(|reception| reception.commits.contains(&stretch.commit)) {
            Some(reception) => stretch.since.max(reception.at),
            None => stretch.since,
        }
    }

    /// Notes what was live of `resource` in `environment`.
    pub fn tell(&mut self, environment: EnvironmentSlug, resource: Resource, timeline: Timeline) {
        self.timelines.insert((environment, resource), timeline);
    }

    /// Notes who asked for the release that waits in `environment`; `None` if history does not show it.
    pub fn tell_request(&mut self, environment: EnvironmentSlug, request: Option<Request>) {
        self.requests.insert(environment, request);
    }

    /// Returns what is known to have been live of `resource` in `environment`.
    pub fn timeline(
        &self,
        environment: &EnvironmentSlug,
        resource: &Resource,
    ) -> Option<&Timeline> {
        self.timelines.get(&(environment.clone(), resource.clone()))
    }

    /// Returns who asked for the release that waits in `environment`, if that is known.
    pub fn request(&self, environment: &EnvironmentSlug) -> Option<&Request> {
        self.requests.get(environment)?.as_ref()
    }

    /// Notes what was live of `resource` in every environment that had the slug `environment`.
    pub fn tell_lifeline(
        &mut self,
        environment: EnvironmentSlug,
        resource: Resource,
        lifeline: Lifeline,
    ) {
        self.lifelines.insert((environment, resource), lifeline);
    }

    /// Returns what is known to have been live of `resource` in every environment that had the slug
    /// `environment`.
    pub fn lifeline(
        &self,
        environment: &EnvironmentSlug,
        resource: &Resource,
    ) -> Option<&Lifeline> {
        self.lifelines.get(&(environment.clone(), resource.clone()))
    }

    /// Notes who moved the pointer to `resource` in `environment` with `commit`.
    pub fn tell_made(
        &mut self,
        commit: CommitId,
        environment: EnvironmentSlug,
        resource: Resource,
        made: Made,
    ) {
        self.made.insert((commit, environment, resource), made);
    }

    /// Returns who moved the pointer to `resource` in `environment` with `commit`, if that is known.
    pub fn made(
        &self,
        commit: CommitId,
        environment: &EnvironmentSlug,
        resource: &Resource,
    ) -> Option<&Made> {
        self.made
            .get(&(commit, environment.clone(), resource.clone()))
    }

    /// Notes whether `older` is `newer` or an ancestor of it.
    pub fn tell_leads(&mut self, older: CommitId, newer: CommitId, leads: bool) {
        self.leads.insert((older, newer), leads);
    }

    /// Reports whether `older` is known to be `newer` or an ancestor of it.
    pub fn leads(&self, older: CommitId, newer: CommitId) -> bool {
        self.leads.get(&(older, newer)) == Some(&true)
    }

    /// Notes who published `version`; `None` if that is unknown.
    pub fn tell_publisher(&mut self, version: VersionId, publisher: Option<Identity>) {
        self.publishers.insert(version, publisher);
    }

    /// Returns who published `version`, as far as that is known.
    pub fn publisher(&self, version: &VersionId) -> Option<&Identity> {
        self.publishers.get(version)?.as_ref()
    }

    /// Notes which variables the prompt with the bytes `content` has; `None` if they are not text, or too
    /// many.
    pub fn tell_variables(&mut self, content: ContentId, variables: Option<BTreeSet<String>>) {
        self.variables.insert(content, variables);
    }

    /// Returns the variables of the prompt with the bytes `content`, if they are known.
    pub fn variables(&self, content: ContentId) -> Option<&BTreeSet<String>> {
        self.variables.get(&content)?.as_ref()
    }

    /// Notes what the bytes `content` say as a version of `kind`.
    pub fn tell_payload(&mut self, kind: Kind, content: ContentId, payload: Arc<ParsedPayload>) {
        self.payloads.insert((kind, content), payload);
    }

    /// Returns what the bytes `content` say as a version of `kind`; `None` if they have not been read.
    pub fn payload(&self, kind: Kind, content: ContentId) -> Option<&ParsedPayload> {
        self.payloads.get(&(kind, content)).map(AsRef::as_ref)
    }

    /// Reports whether `question` is answered. An answer of "unknown" counts: asking again would find nothing
    /// else.
    pub fn answer(&self, question: &Question) -> bool {
        match question {
            Question::Live {
                environment,
                resource,
                reach,
            } => self
                .timeline(environment, resource)
                .is_some_and(|timeline| timeline.reaches(*reach)),
            Question::Lifeline {
                environment,
                resource,
                published: (number, _),
                ..
            } => self
                .lifeline(environment, resource)
                .is_some_and(|lifeline| lifeline.reaches(*number)),
            Question::Made(commit, environment, resource) => {
                self.made(*commit, environment, resource).is_some()
            }
            Question::Publisher(version, _) => self.publishers.contains_key(version),
            Question::Leads(older, newer) => self.leads.contains_key(&(*older, *newer)),
            Question::Request(environment) => self.requests.contains_key(environment),
            Question::Variables(content) => self.variables.contains_key(content),
            Question::Payload(kind, content) => self.payload(*kind, *content).is_some(),
        }
    }
}
