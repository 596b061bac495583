use jiff::Timestamp;

use super::facts::{Question, Reach, Timeline};
use super::step::Step;
use crate::model::{CommitId, EnvironmentSlug, Move, Resource, VersionNumber};

/// What rules ask about the step that they judge. Collects the questions to history that nobody has answered yet.
pub(super) struct Evaluator<'a> {
    pub(super) step: &'a Step<'a>,
    open: Vec<Question>,
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

    /// Returns the commit that ended the newest earlier stretch of `number`, if it was live in the target before.
    pub(super) fn earlier(&mut self, moved: &Move, number: VersionNumber) -> Option<CommitId> {
        let reach = Reach::Earlier(number);
        self.timeline(&moved.environment, &moved.resource, reach)?
            .earlier(number)
    }

    /// Returns the commit that ended the stretch before the current one, if the move goes back to what was live in it.
    pub(super) fn back_to_previous(&mut self, moved: &Move) -> Option<CommitId> {
        let timeline = self.timeline(&moved.environment, &moved.resource, Reach::Stretches(1))?;
        let returns = timeline.previous() == Some(moved.after);
        timeline
            .current()
            .filter(|_| returns)
            .map(|stretch| stretch.commit)
    }

    /// Returns the own time of the step: dwell and windows end there, and begin at effective times.
    pub(super) fn now(&self) -> Timestamp {
        self.step.at
    }
}
