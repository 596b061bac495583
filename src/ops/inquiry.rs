use jiff::Timestamp;

use super::{History, ReadError};
use crate::model::CommitId;
use crate::policy::{Facts, Question};
use crate::store::{ProjectFolder, Store};

/// How often a judge may ask for more. Each verdict asks at most twice: for what it needs, and then, since a rule is not
/// kept, whether it is a return.
const ROUNDS: usize = 8;

/// Finds out what history says, as far as a judge wants to know it, and remembers that between two questions.
pub(super) struct Inquiry<'s> {
    store: &'s Store,
    folder: &'s ProjectFolder,
    tip: Option<CommitId>,
    now: Timestamp,
    history: Option<History<'s>>,
    facts: Facts,
}

impl<'s> Inquiry<'s> {
    /// About the past that ends with `tip` (none: there is no past), as seen at `now`.
    pub(super) fn new(store: &'s Store, folder: &'s ProjectFolder, tip: Option<CommitId>, now: Timestamp) -> Self {
        Self { store, folder, tip, now, history: None, facts: Facts::default() }
    }

    /// What `judge` says once it knows everything that it asks for.
    pub(super) fn ask<T>(&mut self, judge: impl Fn(&Facts) -> Result<T, Vec<Question>>) -> Result<T, ReadError> {
        for _ in 0..ROUNDS {
            match judge(&self.facts) {
                Ok(answer) => return Ok(answer),
                Err(questions) => self.answer(&questions)?,
            }
        }
        unreachable!("a judge asks at most twice for each verdict")
    }

    /// What is known so far.
    pub(super) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The effective time of the commit that the past ends with.
    pub(super) fn reached(&mut self) -> Result<Option<Timestamp>, ReadError> {
        Ok(self.history()?.line().reached())
    }

    /// Answers `questions` before a judge asks any of them.
    pub(super) fn answer(&mut self, questions: &[Question]) -> Result<(), ReadError> {
        let mut facts = std::mem::take(&mut self.facts);
        let answered = self.history().and_then(|history| history.answer(questions, &mut facts));
        self.facts = facts;
        answered
    }

    fn history(&mut self) -> Result<&History<'s>, ReadError> {
        let Some(tip) = self.tip else { unreachable!("without a commit there is no project that could have a policy") };
        let history = match self.history.take() {
            Some(history) => history,
            None => History::of(self.store, self.folder, tip, self.now)?,
        };
        Ok(self.history.insert(history))
    }
}
