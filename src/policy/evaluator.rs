use jiff::{SignedDuration, Timestamp};

use super::facts::{Question, Reach, Request, Stretch, Timeline};
use super::lifeline::Made;
use super::step::{Scope, Step};
use crate::model::{
    CommitId, Entry, EnvironmentSlug, Identity, Move, Project, Resource, Version, VersionId,
    VersionNumber,
};

/// How long whoever made a return may take it back.
const TAKE_BACK: SignedDuration = SignedDuration::from_hours(1);

/// That a version was rolled back.
#[derive(Clone, Debug)]
pub(super) struct RolledBack {
    /// The commit of the line that did so last.
    pub(super) commit: CommitId,
    /// By whom, when and why; `None` while nobody has looked.
    made: Option<Made>,
}

/// What rules ask about the step that they judge. Collects the questions to history that nobody has answered yet.
pub(super) struct Evaluator<'a> {
    pub(super) step: &'a Step<'a>,
    open: Vec<Question>,
}

/// Those who count as having asked for a release.
#[derive(Clone, Debug)]
pub(super) struct Requesters {
    /// The people.
    pub(super) people: Vec<Identity>,
    /// A version that no person is known to have written, if a bot asked.
    pub(super) unwritten: Option<VersionId>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(step: &'a Step<'a>) -> Self {
        Self {
            step,
            open: Vec::new(),
        }
    }

    /// Ends the evaluation.
    ///
    /// # Errors
    ///
    /// The questions that are open: what was said without their answers does not count.
    pub(super) fn finish(self) -> Result<(), Vec<Question>> {
        let mut open = self.open;
        if open.is_empty() {
            return Ok(());
        }
        open.sort();
        open.dedup();
        Err(open)
    }

    /// Reports whether `question` was answered, and notes it where it was not.
    pub(super) fn knows(&mut self, question: Question) -> bool {
        let known = self.step.facts.answer(&question);
        if !known {
            self.open.push(question);
        }
        known
    }

    /// Returns what is known of a pointer's past; if that does not go back far enough, the question is noted.
    pub(super) fn timeline(
        &mut self,
        environment: &EnvironmentSlug,
        resource: &Resource,
        reach: Reach,
    ) -> Option<&'a Timeline> {
        // An environment that comes with this step has no past, whatever had its slug before.
        if !self.step.before.environments.contains_key(environment) {
            return None;
        }
        self.knows(Question::Live {
            environment: environment.clone(),
            resource: resource.clone(),
            reach,
        });
        self.step.facts.timeline(environment, resource)
    }

    /// Returns that `number` was rolled back where `moved` would bring it, if it was and has not come back since.
    pub(super) fn rolled_back(
        &mut self,
        moved: &Move,
        number: VersionNumber,
    ) -> Option<RolledBack> {
        let step = self.step;
        let (environment, resource) = (&moved.environment, &moved.resource);
        let of = |project: &'a Project, number| -> Option<&'a Version> {
            project.versions.get(resource)?.get(&number)
        };
        let content = of(step.after, number).or(of(step.before, number))?.content;
        let published = step.before.versions.get(resource)?;
        // The first number with these bytes: what comes with this step was never live.
        let mut first = published
            .iter()
            .find(|(_, version)| version.content == content)
            .map(|(number, _)| *number)?;
        let bytes = |number| of(step.before, number).map(|version| version.content);
        loop {
            let version = of(step.before, first)?;
            self.knows(Question::Lifeline {
                environment: environment.clone(),
                resource: resource.clone(),
                published: (first, version.extension.clone()),
                advisory: !step.guards(moved),
            })
            .then_some(())?;
            let lifeline = step.facts.lifeline(environment, resource)?;
            match lifeline.rolled_back(first, bytes) {
                Ok(None) => return None,
                Ok(Some(commit)) => return Some(self.made(moved, commit)),
                // Where that number was never published, or the lifeline reaches it, there is no more to know.
                Err(further) if further >= first => return None,
                Err(further) => first = further,
            }
        }
    }

    fn made(&mut self, moved: &Move, commit: CommitId) -> RolledBack {
        let (environment, resource) = (&moved.environment, &moved.resource);
        self.knows(Question::Made(
            commit,
            environment.clone(),
            resource.clone(),
        ));
        let made = self.step.facts.made(commit, environment, resource).cloned();
        RolledBack { commit, made }
    }

    /// Returns what `moved` brings and how it was rolled back, as a sentence says it.
    pub(super) fn told(&self, moved: &Move, mark: &RolledBack) -> String {
        let what = moved.after.map_or_else(
            || moved.resource.to_string(),
            |number| moved.resource.at(number).to_string(),
        );
        let Some(made) = &mark.made else {
            return what;
        };
        let ago = ago(made.at, self.latest());
        let who = made
            .author
            .as_ref()
            .map_or("an unknown person", |author| author.name());
        let why = made
            .reason
            .as_ref()
            .map_or_else(String::new, |reason| format!(": {reason}"));
        format!(
            "{what} was rolled back in `{}` {ago} by {who}{why} ({})",
            moved.environment,
            mark.commit.short()
        )
    }

    /// Reports whether `moved` takes back the return or the removal that `mark` is: whoever made it does so, within an hour,
    /// while it is the newest change of the pointer. What was removed is then a first release, of which nothing is exempt.
    pub(super) fn may_take_back(&mut self, moved: &Move, mark: &RolledBack) -> bool {
        let step = self.step;
        let entry = Entry::Pointer(moved.environment.clone(), moved.resource.clone());
        let (Some(made), Some(actor)) = (&mark.made, step.actor(&entry)) else {
            return false;
        };
        let in_time = self.latest().duration_since(made.at) <= TAKE_BACK;
        let by_them = made
            .author
            .as_ref()
            .is_some_and(|author| step.is_same_person(author, actor));
        if !in_time || !by_them || step.is_bot(actor) {
            return false;
        }
        let (reach, previous) = (Reach::Stretches(1), Some(moved.after));
        let timeline = self.timeline(&moved.environment, &moved.resource, reach);
        timeline.is_some_and(|timeline| {
            let newest = timeline.current().map(|stretch| stretch.commit);
            newest == Some(mark.commit) && timeline.previous() == previous
        })
    }

    /// Returns those who count as having asked for `moved` by `request`: whoever did, and where that is a bot, those who
    /// published the versions in it.
    pub(super) fn requesters(&mut self, moved: &Move, request: &Request) -> Requesters {
        let step = self.step;
        if !step.is_bot(&request.author) {
            return Requesters {
                people: vec![request.author.clone()],
                unwritten: None,
            };
        }
        let mut requesters = Requesters {
            people: Vec::new(),
            unwritten: None,
        };
        let waiting = step.before.pending.get(&moved.environment);
        let all = waiting.into_iter().flat_map(|waiting| &waiting.moves);
        let asked = all.filter_map(|(resource, asked)| Some(resource.at(asked.target?)));
        let mut versions: Vec<_> = asked.collect();
        versions.extend(moved.after.map(|number| moved.resource.at(number)));
        versions.sort();
        versions.dedup();
        for id in versions {
            let project = [step.after, step.before];
            let known = project.into_iter().find_map(|project| project.version(&id));
            let Some(extension) = known.map(|version| version.extension.clone()) else {
                requesters.unwritten = Some(id);
                continue;
            };
            self.knows(Question::Publisher(id.clone(), extension));
            match step.facts.publisher(&id) {
                Some(person) if !step.is_bot(person) => requesters.people.push(person.clone()),
                _ => requesters.unwritten = Some(id),
            }
        }
        requesters
    }

    /// Returns the stretch during which `place` served what `moved` brings when that was asked for, and since when the request
    /// waits; `None` if it did not, or has rolled it back since.
    pub(super) fn when_asked(
        &mut self,
        moved: &Move,
        place: &EnvironmentSlug,
    ) -> Option<(Stretch, Timestamp)> {
        let step = self.step;
        let number = moved.after?;
        let origin = step.origins.of_pointer(&moved.environment, &moved.resource);
        if origin.is_none() && !self.knows(Question::Request(moved.environment.clone())) {
            return None;
        }
        let asked = step.request(moved)?.since;
        // What began in the same second may have begun after that.
        let before = asked
            .checked_sub(SignedDuration::from_secs(1))
            .unwrap_or(asked);
        let timeline = self.timeline(place, &moved.resource, Reach::Since(before))?;
        let mut until = None;
        let mut found = None;
        for stretch in &timeline.stretches {
            let goes_on = until.is_none_or(|until| until >= asked);
            if stretch.live == moved.after && stretch.since <= asked && goes_on {
                found = Some(*stretch);
                break;
            }
            until = Some(stretch.since);
        }
        let there = Move {
            environment: place.clone(),
            ..moved.clone()
        };
        let rolled_back = self.rolled_back(&there, number).is_some();
        found
            .filter(|_| !rolled_back)
            .map(|stretch| (stretch, asked))
    }

    /// Reports whether `older` is `newer` or an ancestor of it.
    pub(super) fn leads_to(&mut self, older: CommitId, newer: CommitId) -> bool {
        self.knows(Question::Leads(older, newer)) && self.step.facts.leads(older, newer)
    }

    /// Reports whether `moved` is no return, though its version was live before: from nothing there is none, and what was
    /// rolled back does not return.
    fn is_no_return(&mut self, moved: &Move) -> bool {
        let (Some(_), Some(after)) = (moved.before, moved.after) else {
            return true;
        };
        // What was rolled back is judged where it becomes live; on a branch nobody knows yet.
        if self.step.scope == Scope::Branch || self.step.allows_rolled_back(moved) {
            return false;
        }
        match self.rolled_back(moved, after) {
            None => false,
            Some(mark) => !self.may_take_back(moved, &mark),
        }
    }

    /// Returns the commit that ended the newest earlier stretch of `number`, if the move returns to it.
    pub(super) fn earlier(&mut self, moved: &Move, number: VersionNumber) -> Option<CommitId> {
        if self.is_no_return(moved) {
            return None;
        }
        let reach = Reach::Earlier(number);
        self.timeline(&moved.environment, &moved.resource, reach)?
            .earlier(number)
    }

    /// Returns the commit that ended the stretch before the current one, if the move goes back to what was live in it.
    pub(super) fn back_to_previous(&mut self, moved: &Move) -> Option<CommitId> {
        if self.is_no_return(moved) {
            return None;
        }
        let timeline = self.timeline(&moved.environment, &moved.resource, Reach::Stretches(1))?;
        let returns = timeline.previous() == Some(moved.after);
        timeline
            .current()
            .filter(|_| returns)
            .map(|stretch| stretch.commit)
    }

    /// Returns the own or the effective time of the step, whichever is later: a date that steps back gains no time.
    fn latest(&self) -> Timestamp {
        self.step.at.max(self.step.lands)
    }

    /// Returns the own time of the step: dwell and windows end there, and begin at effective times.
    pub(super) fn now(&self) -> Timestamp {
        self.step.at
    }
}

/// Returns how long before `now` it was `then`, as people say it: `4 min ago`.
fn ago(then: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(then).as_mins();
    let (hours, days) = (minutes / 60, minutes / (24 * 60));
    match (days, hours, minutes) {
        (0, 0, minutes) if minutes < 1 => "just now".to_owned(),
        (0, 0, minutes) => format!("{minutes} min ago"),
        (0, hours, _) => format!("{hours} h ago"),
        (1, ..) => "1 day ago".to_owned(),
        (days, ..) => format!("{days} days ago"),
    }
}
