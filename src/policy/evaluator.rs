use std::cmp::Ordering;

use jiff::{SignedDuration, Timestamp};

use super::facts::{Question, Request};
use super::step::{Scope, Step};
use super::timeline::{Reach, Stretch, Timeline};
use crate::model::{CommitId, EnvironmentSlug, Identity, Move, Resource, VersionId, VersionNumber};

mod rolled_back;
mod vetoes;

pub(super) use rolled_back::RolledBack;

/// What rules ask about the step that they judge. Collects the questions to history that have no answer yet.
pub(super) struct Evaluator<'a> {
    pub(super) step: &'a Step<'a>,
    // A rule that needs an unknown fact notes its question and goes on with what it has. So one
    // pass collects the questions of all rules, and history is read once for them instead of once
    // for each.
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
        // Several rules ask the same thing, in an order that depends on the table of rules. Sorted,
        // so that what is asked for depends on the step alone.
        open.sort();
        open.dedup();
        Err(open)
    }

    /// Returns the questions that are open, and forgets the rest.
    pub(super) fn open(self) -> Vec<Question> {
        self.open
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
        // An environment that comes with this step has no past, even if an earlier one had the same
        // slug.
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
                // The version exists on neither side of the step, so nobody can be shown to have
                // written it.
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
        // A merge knows the request from the commit that it takes the approval from; only a step on
        // the line asks history.
        if origin.is_none() && !self.knows(Question::Request(moved.environment.clone())) {
            return None;
        }
        let request = step.request(moved)?;
        let (asked, landed) = (request.since, request.landed);
        // Commit dates have whole seconds: a stretch that began in the same second may have begun
        // after the request.
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
        // A source that has rolled the version back since does not vouch for it any more, however
        // long it served it.
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
        // An empty pointer has nothing to go back from. What a removal took away comes back as a
        // first version, so that removing it and adding it again is no way around the rules that
        // exempt returns.
        let (Some(_), Some(after)) = (moved.before, moved.after) else {
            return true;
        };
        // What was rolled back is judged where it becomes live. On a branch the history of the live
        // line is not known yet.
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
