use std::cmp::Ordering;

use jiff::{SignedDuration, Timestamp};

use super::facts::{Question, Reach, Request, Stretch, Timeline};
use super::lifeline::Made;
use super::step::{Scope, Step};
use crate::model::{
    CommitId, Entry, EnvironmentSlug, Identity, Move, Project, Resource, Version, VersionId,
    VersionNumber,
};

/// How long whoever made a return may take it back, from the commit that made it: long enough to notice a
/// rollback of the wrong resource, too short to serve as a way around approval.
const TAKE_BACK: SignedDuration = SignedDuration::from_hours(1);

/// The mark on a version that was rolled back.
#[derive(Clone, Debug)]
pub(super) struct RolledBack {
    /// The commit of the first-parent line that rolled it back last.
    pub(super) commit: CommitId,
    /// Who did that, when and why; `None` until the question is answered.
    made: Option<Made>,
}

/// What rules ask about the step that they judge. Collects the questions to history that have no answer yet.
pub(super) struct Evaluator<'a> {
    pub(super) step: &'a Step<'a>,
    // A rule that needs an unknown fact notes its question and goes on with what it has. So one pass collects
    // the
    // questions of all rules, and history is read once for them instead of once for each.
    open: Vec<Question>,
}

/// Those who count as having asked for a release.
#[derive(Clone, Debug)]
pub(super) struct Requesters {
    /// The people.
    pub(super) people: Vec<Identity>,
    /// A version without a known person as its author, if a bot asked. Where it is set, separation of duties
    /// cannot be proven.
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
    /// The questions that are open. What the rules said without their answers is discarded.
    pub(super) fn finish(self) -> Result<(), Vec<Question>> {
        let mut open = self.open;
        if open.is_empty() {
            return Ok(());
        }
        open.sort();
        open.dedup();
        Err(open)
    }

    /// Reports whether `question` is answered, and notes it if it is not.
    pub(super) fn knows(&mut self, question: Question) -> bool {
        let known = self.step.facts.answer(&question);
        if !known {
            self.open.push(question);
        }
        known
    }

    /// Returns what is known of a pointer's past. If that does not go back as far as `reach`, the question is
    /// noted, and what is returned is not to be relied on: [`Evaluator::finish`] discards the verdict.
    pub(super) fn timeline(
        &mut self,
        environment: &EnvironmentSlug,
        resource: &Resource,
        reach: Reach,
    ) -> Option<&'a Timeline> {
        // An environment that comes with this step has no past, even if an earlier one had the same slug.
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

    /// Returns the mark on `number` where `moved` would bring it: it was rolled back there and has not come
    /// back since.
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
        // A mark holds for bytes: publishing the same text again under a new number must not remove it. So
        // the lifeline has to go back to the first number with these bytes. Versions that come with this step
        // do not count, since they were never live.
        let mut first = published
            .iter()
            .find(|(_, version)| version.content == content)
            .map(|(number, _)| *number)?;
        let bytes = |number| of(step.before, number).map(|version| version.content);
        // Reading a lifeline to the beginning of history would be slow in a large project. It is asked for
        // only as far back as the first publication of these bytes; `further` says that a return in between
        // went to an even older version, whose own stretch has to be known to say what that return marked.
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
                // Without this arm the loop would not end: a number that is not older than what was already
                // read adds nothing.
                Err(further) if further >= first => return None,
                Err(further) => first = further,
            }
        }
    }

    /// Returns the mark that `commit` set where `moved` goes, with its author and reason as far as they are
    /// known.
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

    /// Returns a clause that names what `moved` brings and says who rolled it back, when and why.
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

    /// Reports whether `moved` takes back the return or removal that set `mark`. Only the person who made it
    /// may, within [`TAKE_BACK`], and while it is the newest change of the pointer.
    ///
    /// A return is an emergency exit that needs no approval, so a slip in it must be as quick to correct. A
    /// bot may not: it would turn "rolled back" into a state that a pipeline undoes by itself. What a removal
    /// took away comes back as a first version, from which no rule exempts.
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
        // One stretch is enough: if anything has moved since the return, it is not the current one any more.
        let (reach, previous) = (Reach::Stretches(1), Some(moved.after));
        let timeline = self.timeline(&moved.environment, &moved.resource, reach);
        timeline.is_some_and(|timeline| {
            let newest = timeline.current().map(|stretch| stretch.commit);
            newest == Some(mark.commit) && timeline.previous() == previous
        })
    }

    /// Returns those who count as having asked for `moved` by `request`: its author, or if that is a bot,
    /// those who published the versions in it.
    ///
    /// Otherwise a person could let a bot ask for their own version and approve it themselves.
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
        // The whole request counts, not only what moves here: it is approved as one.
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
                // The version exists on neither side of the step, so nobody can be shown to have written it.
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

    /// Returns the stretch in which `place` served what `moved` brings at the time of the request, and since
    /// when the request waits. `None` if `place` did not serve it then, or has rolled it back since.
    ///
    /// Approvals take days. Without this, a release that was ready when it was asked for could no longer be
    /// approved once its source serves something newer.
    pub(super) fn when_asked(
        &mut self,
        moved: &Move,
        place: &EnvironmentSlug,
    ) -> Option<(Stretch, Timestamp)> {
        let step = self.step;
        let number = moved.after?;
        let origin = step.origins.of_pointer(&moved.environment, &moved.resource);
        // A merge knows the request from the commit that it takes the approval from; only a step on the line
        // asks history.
        if origin.is_none() && !self.knows(Question::Request(moved.environment.clone())) {
            return None;
        }
        let request = step.request(moved)?;
        let (asked, landed) = (request.since, request.landed);
        // Commit dates have whole seconds: a stretch that began in the same second may have begun after the
        // request.
        let before = asked
            .checked_sub(SignedDuration::from_secs(1))
            .unwrap_or(asked);
        let timeline = self.timeline(place, &moved.resource, Reach::Since(before))?;
        // Order is ancestry; only within one second the dates do not show it.
        let mut had_begun = |stretch: &&Stretch| match stretch.since.cmp(&asked) {
            Ordering::Less => true,
            Ordering::Equal => self.leads_to(stretch.commit, landed),
            Ordering::Greater => false,
        };
        let then = timeline.stretches.iter().find(|stretch| had_begun(stretch));
        let found = then.filter(|stretch| stretch.live == moved.after).copied();
        // A source that has rolled the version back since does not vouch for it any more, however long it
        // served it.
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

    /// Reports whether `moved` does not count as a return although its version was live before: the pointer
    /// was empty before, or the version was rolled back.
    fn is_no_return(&mut self, moved: &Move) -> bool {
        let (Some(_), Some(after)) = (moved.before, moved.after) else {
            return true;
        };
        // What was rolled back is judged where it becomes live. On a branch the history of the live line is
        // not known yet.
        if self.step.scope == Scope::Branch || self.step.allows_rolled_back(moved) {
            return false;
        }
        match self.rolled_back(moved, after) {
            None => false,
            Some(mark) => !self.may_take_back(moved, &mark),
        }
    }

    /// Returns the commit that ended the newest earlier stretch of `number`, if `moved` is a return to it.
    pub(super) fn earlier(&mut self, moved: &Move, number: VersionNumber) -> Option<CommitId> {
        if self.is_no_return(moved) {
            return None;
        }
        let reach = Reach::Earlier(number);
        self.timeline(&moved.environment, &moved.resource, reach)?
            .earlier(number)
    }

    /// Returns the commit that ended the stretch before the current one, if `moved` goes back to what was
    /// live in it.
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

    /// Returns the own or the effective time of the step, whichever is later, so that a commit with a date in
    /// the past gains no time.
    fn latest(&self) -> Timestamp {
        self.step.at.max(self.step.lands)
    }

    /// Returns the own time of the step, at which dwell and windows end. They begin at effective times, which
    /// are never earlier than dates say, so a date in the past only makes a wait longer.
    pub(super) fn now(&self) -> Timestamp {
        self.step.at
    }
}

/// Returns how long before `now` it was `then`, in words: `4 min ago`.
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
