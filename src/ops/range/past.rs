use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::{CommitId, EnvironmentSlug, Project, Resource, VersionNumber, moves};
use crate::ops::variables::stored_variables;
use crate::ops::{History, Line, ReadError};
use crate::policy::{Beyond, Facts, Question, Reach, Request, Stretch, Timeline};
use crate::store::{ProjectFolder, Store};

/// What history says to a judge that walks along a line: what it saw itself on the way, and for what lies before that what
/// [`History`] finds.
pub(super) struct Past<'s> {
    store: &'s Store,
    folder: ProjectFolder,
    /// The line up to where the walk began; none: it began before everything.
    line: Option<Line>,
    before: Option<(History<'s>, Facts)>,
    seen: BTreeMap<EnvironmentSlug, Seen>,
    /// The effective time of the commit that was seen last.
    reached: Option<Timestamp>,
}

/// What was seen of one environment.
#[derive(Default)]
struct Seen {
    /// When it was created, if that was on the way: nothing lies before.
    created: Option<(CommitId, Timestamp)>,
    /// The moves of each pointer, oldest first, and what was live before the first of them.
    pointers: BTreeMap<Resource, (Option<VersionNumber>, Vec<Stretch>)>,
    /// Who asked for the release that waits, if that changed on the way.
    request: Option<Option<Request>>,
}

/// One step of a walk.
pub(super) struct Passed<'a> {
    pub(super) commit: CommitId,
    pub(super) at: Timestamp,
    pub(super) before: &'a Project,
    pub(super) after: &'a Project,
}

impl<'s> Past<'s> {
    /// The past of a walk through the project in `folder` that begins where `line` ends.
    pub(super) fn new(store: &'s Store, folder: ProjectFolder, line: Option<Line>) -> Self {
        let reached = line.as_ref().and_then(Line::reached);
        Self {
            store,
            folder,
            line,
            before: None,
            seen: BTreeMap::new(),
            reached,
        }
    }

    /// Notes a step, in which `requester` asked for what then waits in an environment.
    pub(super) fn pass(
        &mut self,
        step: &Passed<'_>,
        requester: impl Fn(&EnvironmentSlug) -> Option<Request>,
    ) {
        let Passed {
            commit,
            at,
            before,
            after,
        } = *step;
        self.reached = Some(at);
        for slug in before
            .environments
            .keys()
            .filter(|slug| !after.environments.contains_key(*slug))
        {
            self.seen.remove(slug);
        }
        for slug in after
            .environments
            .keys()
            .filter(|slug| !before.environments.contains_key(*slug))
        {
            self.seen.insert(
                slug.clone(),
                Seen {
                    created: Some((commit, at)),
                    ..Seen::default()
                },
            );
        }
        for moved in moves(before, after) {
            let seen = self.seen.entry(moved.environment).or_default();
            let (_, stretches) = seen
                .pointers
                .entry(moved.resource)
                .or_insert((moved.before, Vec::new()));
            stretches.push(Stretch {
                live: moved.after,
                since: at,
                commit,
            });
        }
        if before.pending != after.pending {
            let slugs = before.pending.keys().chain(after.pending.keys());
            for slug in slugs.filter(|slug| before.pending.get(*slug) != after.pending.get(*slug)) {
                let request = after.pending.get(slug).and_then(|_| requester(slug));
                self.seen.entry(slug.clone()).or_default().request = Some(request);
            }
        }
    }

    /// Notes the time of a commit that changes nothing.
    pub(super) fn reach(&mut self, at: Timestamp) {
        self.reached = Some(at);
    }

    /// Answers `questions` into `facts`.
    pub(super) fn answer(
        &mut self,
        questions: &[Question],
        facts: &mut Facts,
    ) -> Result<(), ReadError> {
        facts.reached = self.reached;
        for question in questions {
            match question {
                Question::Variables(content) => {
                    facts.tell_variables(*content, stored_variables(self.store, *content)?);
                }
                Question::Request(slug) => {
                    let seen = self.seen.get(slug).and_then(|seen| seen.request.clone());
                    let request = match seen {
                        Some(request) => request,
                        None => self.requested_before(slug)?,
                    };
                    facts.tell_request(slug.clone(), request);
                }
                Question::Live {
                    environment,
                    resource,
                    reach,
                } => {
                    let timeline = self.timeline(environment, resource, *reach)?;
                    facts.tell(environment.clone(), resource.clone(), timeline);
                }
            }
        }
        Ok(())
    }

    fn timeline(
        &mut self,
        environment: &EnvironmentSlug,
        resource: &Resource,
        reach: Reach,
    ) -> Result<Timeline, ReadError> {
        let (created, moved) = match self.seen.get(environment) {
            Some(seen) => (seen.created, seen.pointers.get(resource)),
            None => (None, None),
        };
        let mut timeline = Timeline::default();
        if let Some((first, stretches)) = moved {
            timeline.stretches.extend(stretches.iter().rev());
            timeline.beyond = Beyond::Live(*first);
        }
        if let Some((commit, since)) = created {
            // What a pointer named when its environment came began with it.
            if timeline
                .stretches
                .last()
                .is_none_or(|oldest| oldest.commit != commit)
            {
                timeline.stretches.push(Stretch {
                    live: None,
                    since,
                    commit,
                });
            }
            timeline.beyond = Beyond::Nothing;
            return Ok(timeline);
        }
        if !timeline.stretches.is_empty() && timeline.reaches(reach) {
            return Ok(timeline);
        }
        let reach = match reach {
            Reach::Stretches(count) => {
                Reach::Stretches(count.saturating_sub(timeline.stretches.len()).max(1))
            }
            other => other,
        };
        let before = self.live_before(environment, resource, reach)?;
        timeline.stretches.extend(before.stretches);
        timeline.beyond = before.beyond;
        Ok(timeline)
    }

    fn live_before(
        &mut self,
        environment: &EnvironmentSlug,
        resource: &Resource,
        reach: Reach,
    ) -> Result<Timeline, ReadError> {
        let question = Question::Live {
            environment: environment.clone(),
            resource: resource.clone(),
            reach,
        };
        let Some((history, facts)) = self.before() else {
            return Ok(Timeline::default());
        };
        if !facts.answer(&question) {
            history.answer(&[question], facts)?;
        }
        Ok(facts
            .timeline(environment, resource)
            .cloned()
            .unwrap_or_default())
    }

    fn requested_before(
        &mut self,
        environment: &EnvironmentSlug,
    ) -> Result<Option<Request>, ReadError> {
        match self.before() {
            Some((history, _)) => history.request(environment),
            None => Ok(None),
        }
    }

    fn before(&mut self) -> Option<(&History<'s>, &mut Facts)> {
        if self.before.is_none() {
            let line = self.line.clone()?;
            self.before = Some((
                History::along(self.store, &self.folder, line),
                Facts::default(),
            ));
        }
        self.before
            .as_mut()
            .map(|(history, facts)| (&*history, facts))
    }
}
