use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::lifeline::{Lifeline, Made};
use super::setter::Setter;
use super::timeline::{Reach, Stretch, Timeline};
use crate::files::ParsedPayload;
use crate::model::{
    CheckName, CommitId, ContentId, EnvironmentSlug, Extension, Identity, Kind, Resource,
    VersionId, VersionNumber, Vetoes,
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
    vetoed: BTreeMap<VersionId, Option<Setter>>,
    sound_vetoes: Option<Vetoes>,
    attested: BTreeMap<(VersionId, CheckName), Option<Setter>>,
    variables: BTreeMap<(ContentId, Extension), Option<BTreeSet<String>>>,
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
    /// Who vetoed a version.
    Vetoed(VersionId),
    /// What `vetoes.toml` said last when all of it was valid.
    SoundVetoes,
    /// Who attested what a check says about a version.
    Attested(VersionId, CheckName),
    /// Who asked for the release that waits in an environment.
    Request(EnvironmentSlug),
    /// Which variables the text of these bytes leaves to its callers, in a file with this extension.
    Variables(ContentId, Extension),
    /// What these bytes say as a version of that kind.
    Payload(Kind, ContentId),
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
    pub fn record_timeline(
        &mut self,
        environment: EnvironmentSlug,
        resource: Resource,
        timeline: Timeline,
    ) {
        self.timelines.insert((environment, resource), timeline);
    }

    /// Notes who asked for the release that waits in `environment`; `None` if history does not show it.
    pub fn record_request(&mut self, environment: EnvironmentSlug, request: Option<Request>) {
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
    pub fn record_lifeline(
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
    pub fn record_made(
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
    pub fn record_leads(&mut self, older: CommitId, newer: CommitId, leads: bool) {
        self.leads.insert((older, newer), leads);
    }

    /// Reports whether `older` is known to be `newer` or an ancestor of it.
    pub fn leads(&self, older: CommitId, newer: CommitId) -> bool {
        self.leads.get(&(older, newer)) == Some(&true)
    }

    /// Notes who published `version`; `None` if that is unknown.
    pub fn record_publisher(&mut self, version: VersionId, publisher: Option<Identity>) {
        self.publishers.insert(version, publisher);
    }

    /// Returns who published `version`, as far as that is known.
    pub fn publisher(&self, version: &VersionId) -> Option<&Identity> {
        self.publishers.get(version)?.as_ref()
    }

    /// Notes who vetoed `version`; `None` if nobody did, or that is unknown.
    pub fn record_vetoed(&mut self, version: VersionId, setter: Option<Setter>) {
        self.vetoed.insert(version, setter);
    }

    /// Returns who vetoed `version`, as far as that is known.
    pub fn vetoed(&self, version: &VersionId) -> Option<&Setter> {
        self.vetoed.get(version)?.as_ref()
    }

    /// Notes what `vetoes.toml` said last when all of it was valid.
    pub fn record_sound_vetoes(&mut self, vetoes: Vetoes) {
        self.sound_vetoes = Some(vetoes);
    }

    /// Returns what `vetoes.toml` said last when all of it was valid, if that is known.
    pub fn sound_vetoes(&self) -> Option<&Vetoes> {
        self.sound_vetoes.as_ref()
    }

    /// Notes who attested what `check` says about `version`; `None` if nobody did, or that is unknown.
    pub fn record_attested(
        &mut self,
        version: VersionId,
        check: CheckName,
        setter: Option<Setter>,
    ) {
        self.attested.insert((version, check), setter);
    }

    /// Returns who attested what `check` says about `version`, as far as that is known.
    pub fn attested(&self, version: &VersionId, check: &CheckName) -> Option<&Setter> {
        self.attested
            .get(&(version.clone(), check.clone()))?
            .as_ref()
    }

    /// Notes which variables the prompt with the bytes `content` has in a file with `extension`; `None` if they cannot be
    /// determined.
    pub fn record_variables(
        &mut self,
        content: ContentId,
        extension: Extension,
        variables: Option<BTreeSet<String>>,
    ) {
        self.variables.insert((content, extension), variables);
    }

    /// Returns the variables of the prompt with the bytes `content` in a file with `extension`, if they are known.
    pub fn variables(
        &self,
        content: ContentId,
        extension: &Extension,
    ) -> Option<&BTreeSet<String>> {
        self.variables.get(&(content, extension.clone()))?.as_ref()
    }

    /// Notes what the bytes `content` say as a version of `kind`.
    pub fn record_payload(&mut self, kind: Kind, content: ContentId, payload: Arc<ParsedPayload>) {
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
            Question::Vetoed(version) => self.vetoed.contains_key(version),
            Question::SoundVetoes => self.sound_vetoes.is_some(),
            Question::Attested(version, check) => self
                .attested
                .contains_key(&(version.clone(), check.clone())),
            Question::Leads(older, newer) => self.leads.contains_key(&(*older, *newer)),
            Question::Request(environment) => self.requests.contains_key(environment),
            Question::Variables(content, extension) => {
                self.variables.contains_key(&(*content, extension.clone()))
            }
            Question::Payload(kind, content) => self.payload(*kind, *content).is_some(),
        }
    }
}
